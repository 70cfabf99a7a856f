"""Routines of Windows DLLs called from Linux, through Wine, as `ctypes.windll` under Windows.

    from pywindll import ctypes
    pow = ctypes.cdll.msvcrt.pow
    pow.argtypes, pow.restype = [ctypes.c_double] * 2, ctypes.c_double
    pow(3.0, 4.0)

Importing changes nothing in ctypes itself, and starts nothing: the first DLL does. Under Windows,
the
same import gives ctypes itself.
"""

import importlib
import sys

__all__ = ["Session", "ctypes", "default_session", "install", "uninstall", "windll"]

_default = None

#: What `install` adds to ctypes: names that it has under Windows only.
_INSTALLED = (
    "windll oledll WinDLL OleDLL WINFUNCTYPE HRESULT FormatError WinError "
    "GetLastError get_last_error set_last_error DllCanUnloadNow DllGetClassObject"
).split()


def __getattr__(name):
    if name == "ctypes":
        return importlib.import_module("pywindll.ctypes")
    if name == "Session" and sys.platform != "win32":
        from pywindll.session import Session

        return Session
    if not name.startswith("_"):
        import ctypes

        if sys.platform == "win32":
            return getattr(ctypes, name)
        if name in _INSTALLED or name in ("wintypes", "util") or hasattr(ctypes, name):
            return getattr(default_session().ctypes, name)
    raise AttributeError(f"module 'pywindll' has no attribute {name!r}")


def default_session():
    """The session of `pywindll.ctypes`, set by the environment alone."""
    global _default
    if _default is None:
        from pywindll.session import Session

        _default = Session()
    return _default


def install():
    """Adds to ctypes itself what it lacks under Linux, for programs that import it and not this
    package.

    Types stay Linux's: `c_long` has 8 bytes, `c_wchar` 4. `pywindll.ctypes` has Windows'.
    """
    import ctypes

    if sys.platform == "win32":
        return
    namespace = default_session().ctypes
    for name in _INSTALLED:
        if not hasattr(ctypes, name):
            setattr(ctypes, name, getattr(namespace, name))


def uninstall():
    """Takes back what `install` has added."""
    import ctypes

    if sys.platform == "win32" or _default is None:
        return
    namespace = _default.ctypes
    for name in _INSTALLED:
        if getattr(ctypes, name, None) == getattr(namespace, name):
            delattr(ctypes, name)
