"""zugbruecke's names over pywindll, so that programs written for it run unchanged.

    from zugbruecke import CtypesSession
    import zugbruecke.ctypes as ctypes

Sessions are for win32 by default, as zugbruecke's are.
"""

import os
import sys

__all__ = ["CtypesSession", "ctypes"]

#: Settings of zugbruecke that mean something here, and what they are called.
_SETTINGS = {"arch": "arch", "timeout_start": "timeout_start", "timeout_stop": "timeout_stop"}
#: Those that have nothing left to set: there is no Windows Python, and logging is `logging`'s.
_IGNORED = frozenset("id log_write log_level log_server pythonversion copy_modules stderr".split())


def _options(settings):
    """Options of a session for settings of zugbruecke; the environment goes before."""
    settings = dict(settings)
    for name in (*_SETTINGS, "stdout"):
        value = os.environ.get(f"ZUGBRUECKE_{name.upper()}")
        if value:
            settings[name] = value
    options = {"arch": "win32"}
    for name, value in settings.items():
        if name in _SETTINGS:
            options[_SETTINGS[name]] = value
        elif name == "stdout":
            options["output"] = str(value).lower() in ("1", "true")
        elif name not in _IGNORED and not name.startswith(
            ("wine", "python", "prefix", "pypi", "offline", "cache", "c_")
        ):
            raise TypeError(f"{name}: no setting of zugbruecke")
    return options


def CtypesSession(**settings):
    """All names of ctypes for a session of its own, with zugbruecke's own names beside them."""
    if sys.platform == "win32":
        import ctypes

        return ctypes
    from pywindll import Session

    session = Session(**_options(settings))
    namespace = session.ctypes
    parameters = {"id": format(id(session), "x"), **settings}
    namespace.zb_id = parameters["id"]
    namespace.zb_terminate = session.close
    namespace.zb_path_unix_to_wine = session.to_windows
    namespace.zb_path_wine_to_unix = session.to_unix
    namespace.zb_get_parameter = parameters.get
    namespace.zb_set_parameter = parameters.__setitem__
    return namespace


_default = None


def _default_session():
    global _default
    if _default is None:
        _default = CtypesSession()
    return _default


def __getattr__(name):
    if name == "ctypes":
        import importlib

        return importlib.import_module("zugbruecke.ctypes")
    raise AttributeError(f"module 'zugbruecke' has no attribute {name!r}")
