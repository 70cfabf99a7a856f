"""Exceptions of sessions. Each derives from what ctypes raises under Windows, so that programs that
catch that catch these."""

from ctypes import ArgumentError

__all__ = [
    "ArgumentError",
    "DllException",
    "NestedTooDeep",
    "OutOfMemory",
    "PrefixRefused",
    "SessionDamaged",
    "SessionEnded",
    "SessionForked",
    "StartError",
    "WindllError",
    "WineNotFound",
]


class WindllError(OSError):
    """What all others are, but for ArgumentError."""


class WineNotFound(WindllError):
    """There is no Wine, or none for the architecture. The message names the package to install."""


class PrefixRefused(WindllError):
    """The prefix is another user's, or the user is root and has not allowed it."""


class StartError(WindllError):
    """The agent did not come up."""


class SessionEnded(WindllError):
    """The agent is gone: killed, ended by a DLL, or closed. Another session can be started."""


class SessionForked(SessionEnded):
    """The session is that of the process that this one was forked from."""


class SessionDamaged(SessionEnded):
    """A DLL wrote into the memory that sessions keep their own state in."""


class OutOfMemory(WindllError, MemoryError):
    """No room in the memory shared with DLLs, or for one more thread or callback."""


class NestedTooDeep(WindllError, RecursionError):
    """Routines and callbacks call each other too deeply."""


class DllException(WindllError):
    """An exception of Windows that a routine raised and did not handle. The session goes on."""

    #: The exception's code, as `0xC0000005` for an access violation.
    code = 0
    #: For an access violation, the address.
    address = 0


#: Windows' error numbers for which Python has an exception of its own, as CPython maps them.
_ERRNO = {
    2: 2,  # ERROR_FILE_NOT_FOUND
    3: 2,  # ERROR_PATH_NOT_FOUND
    4: 24,  # ERROR_TOO_MANY_OPEN_FILES
    5: 13,  # ERROR_ACCESS_DENIED
    6: 9,  # ERROR_INVALID_HANDLE
    8: 12,  # ERROR_NOT_ENOUGH_MEMORY
    14: 12,  # ERROR_OUTOFMEMORY
    19: 13,  # ERROR_WRITE_PROTECT
    32: 13,  # ERROR_SHARING_VIOLATION
    33: 13,  # ERROR_LOCK_VIOLATION
    80: 17,  # ERROR_FILE_EXISTS
    109: 32,  # ERROR_BROKEN_PIPE
    126: 2,  # ERROR_MOD_NOT_FOUND, which ctypes raises as FileNotFoundError
    145: 39,  # ERROR_DIR_NOT_EMPTY
    183: 17,  # ERROR_ALREADY_EXISTS
    193: 8,  # ERROR_BAD_EXE_FORMAT
}


def windows_error(code, text, filename=None):
    """An OSError of the class that Python has for a Windows error number, with its `winerror`."""
    error = OSError(_ERRNO.get(code & 0xFFFFFFFF, 22), text, filename)
    error.winerror = code
    return error
