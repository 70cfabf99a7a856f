"""A session: one process under Wine, its DLLs, and views of its memory."""

import atexit
import ctypes
import os
import sys
import weakref

from pywindll import _native, exports, functions, layout, packed, paths
from pywindll.errors import DllException


class Session:
    """DLLs of one architecture in a process of their own. It starts with what first needs it, and
    ends with `close`, at the end of a `with` block, or with Python.

    Options are those of `docs/windll.rst`; they go before the environment's.
    """

    def __init__(self, **options):
        unknown = sorted(set(options) - set(_native.OPTIONS))
        if unknown:
            raise TypeError(
                f"{unknown[0]}: no option of a session; there are {', '.join(_native.OPTIONS)}"
            )
        texts = {
            name: os.fspath(value) if isinstance(value, os.PathLike) else str(value)
            for name, value in options.items()
            if value is not None
        }
        self._options = texts
        self._native = None
        self._namespace = None
        #: Objects that stand for memory of the DLLs, by address and type.
        self.views = {}
        self._folders = []
        self._packed = None
        _sessions.add(self)

    @property
    def native(self):
        """The extension module's part."""
        native = self._native
        if native is None:
            pointer_size = 4 if self.arch == "win32" else 8
            native = self._native = _native.Session(self._options, layout.describe(pointer_size))
        return native

    @property
    def arch(self):
        """`win64` or `win32`."""
        if self._native is not None:
            return self._native.arch
        return self._options.get("arch") or os.environ.get("PYWINDLL_ARCH") or "win64"

    @property
    def ctypes(self):
        """All names of ctypes as under Windows, for this session."""
        if self._namespace is None:
            from pywindll import namespace

            self._namespace = namespace.Namespace(self)
        return self._namespace

    @property
    def pid(self):
        """The process of the agent."""
        return self.native.pid

    def start(self):
        """Starts the agent now rather than with the first call."""
        self.native.start()
        return self

    def close(self):
        """Ends the agent. Memory that it shared stays readable."""
        self.views.clear()
        if self._native is not None:
            self._native.close()
        if self._packed is not None:
            self._packed.close()
            self._packed = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *exception):
        self.close()

    def __repr__(self):
        native = self._native
        state = (
            "not started"
            if native is None or not native.is_started
            else "open"
            if native.is_open
            else "closed"
        )
        return f"<pywindll.Session {self.arch}, {state}>"

    # Paths and folders.

    def add_dll_directory(self, path):
        """Has DLLs looked for in a folder, too, as `os.add_dll_directory` under Windows."""
        folder = os.path.abspath(os.fspath(path))
        if not os.path.isdir(folder):
            raise FileNotFoundError(2, "no such folder", folder)
        self._folders.append(folder)
        kernel32 = self.ctypes.windll.kernel32
        add = kernel32["AddDllDirectory"]
        add.argtypes, add.restype = [self.ctypes.c_wchar_p], self.ctypes.c_void_p
        cookie = add(paths.to_windows(folder))
        return _AddedFolder(self, folder, cookie)

    def loadable(self, path):
        """A path of Linux that Wine can open, for one that may be packed."""
        path = os.path.abspath(path)
        if not packed.is_packed(path):
            return path
        if self._packed is None:
            self._packed = packed.PackedFolders()
        return self._packed.path(path)

    @staticmethod
    def to_windows(path):
        """Wine's path of a path of Linux."""
        return paths.to_windows(path)

    @staticmethod
    def to_unix(path):
        """The path of Linux that a path of Wine leads to."""
        return paths.to_unix(path)

    def call_batch(self, routine, calls):
        """Calls a routine once for each tuple of arguments, in one turn of the agent, up to the
        first
        call that raises. For many short calls of which none needs the result of another."""
        if self.views:
            self.flush_views()
        results = routine.prepared().batch(list(calls))
        if self.views:
            self.refresh_views()
        return results

    def system_folder(self):
        """Where Wine has its own DLLs, as a path of Linux, or an empty text."""
        found = _native.check_wine(self._options).get(self.arch)
        return found if isinstance(found, str) else ""

    @staticmethod
    def in_dll(kind, dll, name):
        """An object of any type that stands for an exported variable; of an array's type, too."""
        return exports.in_dll(kind, dll, name)

    def callback(self, cls, function):
        """A callback for a function, as a type of function pointers says."""
        return functions.callback(self, cls, function)

    def format_error(self, code):
        """Windows' text for an error number."""
        kernel32 = self.ctypes.windll.kernel32
        show = kernel32["FormatMessageW"]
        c = self.ctypes
        text = c.create_unicode_buffer(512)
        from_system, ignore_inserts = 0x1000, 0x200
        show.argtypes = [c.c_uint, c.c_void_p, c.c_uint, c.c_uint, c.c_void_p, c.c_uint, c.c_void_p]
        count = show(
            from_system | ignore_inserts, None, code & 0xFFFFFFFF, 0, text, len(text), None
        )
        return text.value.strip() if count else "<no description>"

    # Memory.

    def is_host_memory(self, address, keeper):
        """Whether an address in a pointer is this process's, and not the DLLs'."""
        return self.native.holds(address, 1) or _kept(keeper, address)

    def view(self, cls, address):
        """An object that stands for memory of the DLLs: read again after each call, and written
        back
        before the next where Python has changed it."""
        if self.native.holds(address, ctypes.sizeof(cls)):
            return cls.from_address(address)
        found = self.views.get((address, cls))
        if found is None:
            made = cls.from_buffer(bytearray(ctypes.sizeof(cls)))
            self.native.load_object(made, address)
            found = self.views[address, cls] = _View(made)
        return found.made

    def flush_views(self):
        """Writes what Python has changed, and forgets what it has no more."""
        for key, view in list(self.views.items()):
            now = bytes(view.made)
            if now != view.before:
                self.native.store_object(view.made, key[0])
                view.before = now
            if view.is_unused():
                self.views.pop(key, None)

    def refresh_views(self):
        """Reads what DLLs may have changed."""
        for key, view in list(self.views.items()):
            try:
                self.native.load_object(view.made, key[0])
                view.before = bytes(view.made)
            except DllException:
                # Freed by the DLL: the object keeps what it was.
                self.views.pop(key, None)


class _View:
    """An object that stands for memory of the DLLs, and its bytes when they were last the same."""

    __slots__ = ("before", "made")

    def __init__(self, made):
        self.made = made
        self.before = bytes(made)

    def is_unused(self):
        # Referred to by this object and as the argument of the function that counts.
        return sys.getrefcount(self.made) <= 2


class _AddedFolder:
    """What `add_dll_directory` gives: `close`, or the end of a `with` block, takes the folder
    back."""

    def __init__(self, session, folder, cookie):
        self.path = folder
        self._session = session
        self._cookie = cookie

    def close(self):
        if self._cookie is not None:
            remove = self._session.ctypes.windll.kernel32["RemoveDllDirectory"]
            remove.argtypes = [self._session.ctypes.c_void_p]
            remove(self._cookie)
            self._session._folders.remove(self.path)
            self._cookie = None

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()


#: Sessions that end with Python at the latest.
_sessions = weakref.WeakSet()


@atexit.register
def _close_all():
    for session in list(_sessions):
        session.close()


def _kept(keeper, address):
    """Whether ctypes keeps an object for a pointer whose memory has the address."""
    root = keeper
    while getattr(root, "_b_base_", None) is not None:
        root = root._b_base_
    return _native.keeps(root, address)
