"""pycrosscall's names over pywindll.

    import pycrosscall
    session = pycrosscall.start_session(parameter = {"arch": "win64"})
    dll = session.ctypes.windll.LoadLibrary("demo_dll.dll")

    from pycrosscall import ctypes

ctypes itself stays as it is; `pywindll.install()` adds to it.
"""

import importlib
import sys

__all__ = ["ctypes", "start_session", "windll"]


#: Parameters of pycrosscall that have nothing left to set.
_IGNORED = frozenset(
    "id stdout stderr logwrite remote_log log_write log_level version platform".split()
)


def start_session(parameter=None, **parameters):
    """A session, with parameters as a dictionary or by name."""
    from pywindll import Session

    options = {**(parameter or {}), **parameters}
    return Session(
        **{name: value for name, value in options.items() if name not in _IGNORED}
    ).start()


def __getattr__(name):
    if name == "ctypes":
        module = importlib.import_module("pywindll.ctypes")
        sys.modules.setdefault("pycrosscall.ctypes", module)
        return module
    if name.startswith("_"):
        raise AttributeError(f"module 'pycrosscall' has no attribute {name!r}")
    import pywindll

    return getattr(pywindll, name)
