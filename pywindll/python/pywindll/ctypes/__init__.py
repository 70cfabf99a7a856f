"""ctypes as under Windows, for the default session. Under Windows, ctypes itself."""

import sys

if sys.platform == "win32":
    import ctypes as _ctypes
else:
    import pywindll

    _ctypes = pywindll.default_session().ctypes

globals().update(
    {name: value for name, value in vars(_ctypes).items() if not name.startswith("__")}
)
__all__ = [name for name in dir(_ctypes) if not name.startswith("_")]


def __getattr__(name):
    return getattr(_ctypes, name)


def __dir__():
    return dir(_ctypes)
