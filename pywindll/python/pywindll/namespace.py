"""The names of ctypes as under Windows, for one session."""

import ctypes
import importlib.machinery
import os
import types

from pywindll import datatypes, errors, exports, functions, paths, pe
from pywindll._native import ByRef

# Flags of LoadLibraryExW.
_SEARCH_DEFAULT_DIRS = 0x1000
_SEARCH_DLL_LOAD_DIR = 0x100

_MOD_NOT_FOUND = 126
_BAD_EXE_FORMAT = 193

#: Names that are ctypes' own, unchanged.
_SAME = """
    Array BigEndianStructure LittleEndianStructure RTLD_GLOBAL RTLD_LOCAL DEFAULT_MODE ArgumentError
    c_bool c_buffer c_byte c_char c_double c_float c_int c_int8 c_int16 c_int32 c_int64 c_longlong
    c_short c_ubyte c_uint c_uint8 c_uint16 c_uint32 c_uint64 c_ulonglong c_ushort c_void_p
    addressof alignment memmove memset py_object pydll pythonapi PyDLL PYFUNCTYPE resize sizeof
    string_at create_string_buffer _SimpleCData _Pointer _CFuncPtr
""".split()


class Namespace(types.ModuleType):
    """ctypes for one session. Everything that is not here is as in ctypes itself."""

    def __init__(self, session, name="pywindll.ctypes"):
        super().__init__(name, ctypes.__doc__)
        self.__spec__ = importlib.machinery.ModuleSpec(name, None)
        self._session_ = session
        self._pointers = {}
        self._prototypes = {}
        for same in _SAME:
            if hasattr(ctypes, same):
                setattr(self, same, getattr(ctypes, same))
        self._add_types(session)
        self._add_functions(session)
        self.cdll = LibraryLoader(self, "CDLL")
        self.windll = LibraryLoader(self, "WinDLL")
        self.oledll = LibraryLoader(self, "OleDLL")
        self.LibraryLoader = LibraryLoader

    def __getattr__(self, name):
        if name in ("wintypes", "util"):
            from pywindll import libraries, windows_types

            made = {"wintypes": windows_types.make, "util": libraries.make}[name](self)
            setattr(self, name, made)
            return made
        return getattr(ctypes, name)

    def __enter__(self):
        self._session_.start()
        return self

    def __exit__(self, *exception):
        self._session_.close()

    def __dir__(self):
        return sorted({*vars(self), *dir(ctypes), "wintypes", "util"})

    def _add_types(self, session):
        own = {"_session_": session}
        self.c_long, self.c_ulong = ctypes.c_int, ctypes.c_uint
        self.c_longdouble = ctypes.c_double
        narrow = session.arch == "win32"
        self.c_size_t = ctypes.c_uint if narrow else ctypes.c_ulonglong
        self.c_ssize_t = ctypes.c_int if narrow else ctypes.c_longlong
        self.c_time_t = ctypes.c_longlong
        self.c_wchar = datatypes.c_wchar
        self.HRESULT = datatypes.HRESULT
        self.c_voidp = ctypes.c_void_p
        for base in (datatypes.c_char_p, datatypes.c_wchar_p):
            setattr(self, base.__name__, type(base)(base.__name__, (base,), dict(own)))
        for base in (datatypes.Structure, datatypes.Union):
            setattr(
                self, base.__name__, type(base)(base.__name__, (base,), {**own, "__slots__": ()})
            )
        self.LittleEndianStructure, self.LittleEndianUnion = self.Structure, self.Union
        big = {"_swap_": staticmethod(datatypes.big_endian), "__slots__": ()}
        self.BigEndianStructure = type(datatypes.Structure)(
            "BigEndianStructure", (self.Structure,), dict(big)
        )
        self.BigEndianUnion = type(datatypes.Union)("BigEndianUnion", (self.Union,), dict(big))
        self._Pointer = type(ctypes._Pointer)("_Pointer", (datatypes.Pointer,), dict(own))

    def _add_functions(self, session):
        self.byref = ByRef
        self.get_last_error = lambda: session.native.private_error()
        self.set_last_error = lambda value: session.native.set_private_error(value & 0xFFFFFFFF)
        self.GetLastError = lambda: session.native.last_error
        self.get_errno = lambda: session.native.private_errno()
        self.set_errno = lambda value: session.native.set_private_errno(value & 0xFFFFFFFF)

    # Types made of types.

    def POINTER(self, kind):
        """The type of pointers to objects of a type."""
        if kind is None:
            return ctypes.c_void_p
        found = self._pointers.get(kind)
        if found is None:
            body = {} if isinstance(kind, str) else {"_type_": kind}
            name = "LP_" + (kind if isinstance(kind, str) else kind.__name__)
            found = type(self._Pointer)(name, (self._Pointer,), body)
            self._pointers[id(found) if isinstance(kind, str) else kind] = found
        return found

    def SetPointerType(self, pointer, kind):
        """Completes a type that was made of a name."""
        pointer.set_type(kind)
        self._pointers[kind] = pointer

    def pointer(self, made):
        """A pointer to an object."""
        return self.POINTER(type(made))(made)

    def ARRAY(self, kind, length):
        return kind * length

    def cast(self, made, kind):
        """An object of a pointer's type with the address of another."""
        if isinstance(made, str):
            made = self.c_wchar_p(made)
        elif isinstance(made, bytes):
            made = self.c_char_p(made)
        elif isinstance(made, ByRef):
            made = self.cast(ctypes.addressof(made._obj) + made.offset, ctypes.c_void_p)
        return ctypes.cast(made, kind)

    def CFUNCTYPE(self, restype, *argtypes, use_errno=False, use_last_error=False):
        """The type of functions with C's calling convention."""
        return self._prototype("cdecl", 1, restype, argtypes, use_errno, use_last_error)

    def WINFUNCTYPE(self, restype, *argtypes, use_errno=False, use_last_error=False):
        """The type of functions with the calling convention of the Windows API."""
        return self._prototype("stdcall", 0, restype, argtypes, use_errno, use_last_error)

    def _prototype(self, convention, flags, restype, argtypes, use_errno, use_last_error):
        key = (convention, restype, argtypes, use_errno, use_last_error)
        found = self._prototypes.get(key)
        if found is None:
            body = {
                "_session_": self._session_,
                "_flags_": flags | (8 if use_errno else 0),
                "_restype_": restype,
                "_argtypes_": argtypes,
                "_convention_": convention,
                "_use_errno_": use_errno,
                "_use_last_error_": use_last_error,
            }
            name = "WinFunctionType" if convention == "stdcall" else "CFunctionType"
            found = type(ctypes._CFuncPtr)(name, (functions.FunctionPointer,), body)
            self._prototypes[key] = found
        return found

    # Text.

    def create_unicode_buffer(self, init, size=None):
        """An array of `c_wchar` with a text, or of a length."""
        if isinstance(init, str):
            units = len(init.encode("utf-16-le", "surrogatepass")) // 2
            made = (self.c_wchar * (units + 1 if size is None else size))()
            made.value = init
            return made
        if isinstance(init, int):
            return (self.c_wchar * init)()
        raise TypeError(init)

    def wstring_at(self, address, size=-1):
        """The text at an address."""
        native = self._session_.native
        if not isinstance(address, int):
            address = ctypes.cast(address, ctypes.c_void_p).value
        units = native.read_string(address, 2) if size < 0 else self._bytes_at(address, 2 * size)
        return units.decode("utf-16-le", "surrogatepass")

    def string_at(self, address, size=-1):
        """The bytes at an address, here or in the DLLs' memory."""
        if not isinstance(address, int):
            if not isinstance(address, (datatypes._Text, datatypes.Pointer)):
                return ctypes.string_at(address, size)
            if self._session_.is_host_memory(
                ctypes.c_void_p.from_buffer(address).value or 0, address
            ):
                return ctypes.string_at(ctypes.c_void_p.from_buffer(address).value, size)
            address = ctypes.c_void_p.from_buffer(address).value
        return (
            self._session_.native.read_string(address, 1)
            if size < 0
            else self._bytes_at(address, size)
        )

    def _bytes_at(self, address, size):
        return self._session_.native.read(address, size)

    # Errors.

    def FormatError(self, code=None):
        """Windows' text for an error number."""
        code = self.GetLastError() if code is None else code
        return self._session_.format_error(code)

    def WinError(self, code=None, descr=None):
        """The exception for an error number."""
        code = self.GetLastError() if code is None else code
        text = self.FormatError(code).strip() if descr is None else descr
        return errors.windows_error(code, text)

    def DllCanUnloadNow(self):
        """S_FALSE: this process is no COM server."""
        return 1

    def DllGetClassObject(self, rclsid, riid, ppv):
        """CLASS_E_CLASSNOTAVAILABLE, likewise."""
        return -2147221231

    # Libraries.

    def CDLL(self, *arguments, **options):
        """A DLL whose routines have C's calling convention; arguments as those of `ctypes.CDLL`."""
        return Library(self, "cdecl", ctypes.c_int, *arguments, **options)

    def WinDLL(self, *arguments, **options):
        """A DLL whose routines have the calling convention of the Windows API."""
        return Library(self, "stdcall", ctypes.c_int, *arguments, **options)

    def OleDLL(self, *arguments, **options):
        """A DLL whose routines return an HRESULT, which is raised where it is an error."""
        return Library(self, "stdcall", datatypes.HRESULT, *arguments, **options)

    def FreeLibrary(self, handle):
        """Gives a DLL back, as `_ctypes.FreeLibrary`."""
        free = self.windll.kernel32["FreeLibrary"]
        free.argtypes = [ctypes.c_void_p]
        if not free(handle):
            raise self.WinError()


class ModuleHandle:
    """Windows' handle of a DLL: a number that ctypes itself does not take for a handle of Linux."""

    def __init__(self, handle):
        self._as_parameter_ = int(handle)

    def __index__(self):
        return self._as_parameter_

    __int__ = __index__

    def __eq__(self, other):
        return isinstance(other, (int, ModuleHandle)) and int(self) == int(other)

    def __hash__(self):
        return hash(self._as_parameter_)

    def __bool__(self):
        return bool(self._as_parameter_)

    def __repr__(self):
        return str(self._as_parameter_)


class Library:
    """One DLL. Attributes and items are its routines; items are made anew at each access."""

    def __init__(
        self,
        namespace,
        convention,
        restype,
        name,
        mode=ctypes.DEFAULT_MODE,
        handle=None,
        use_errno=False,
        use_last_error=False,
        winmode=None,
    ):
        self._namespace = namespace
        self._name = os.fspath(name) if name is not None else None
        self._handle = ModuleHandle(
            _load(namespace, self._name, winmode) if handle is None else handle
        )
        exports.teach_simple_types()
        body = {
            "_session_": namespace._session_,
            "_flags_": 1 if convention == "cdecl" else 0,
            "_restype_": restype,
            "_convention_": convention,
            "_use_errno_": use_errno,
            "_use_last_error_": use_last_error,
        }
        self._FuncPtr = type(ctypes._CFuncPtr)("_FuncPtr", (functions.FunctionPointer,), body)

    def __repr__(self):
        handle = int(self._handle)
        return f"<{type(self).__name__} '{self._name}', handle {handle:x} at 0x{id(self):x}>"

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        routine = self[name]
        setattr(self, name, routine)
        return routine

    def __getitem__(self, name):
        routine = self._FuncPtr((name, self))
        if not isinstance(name, int):
            routine.__name__ = name
        return routine

    def _symbol(self, name):
        """The address of an export."""
        address = self._namespace._session_.native.symbol(int(self._handle), name)
        if not address:
            what = f"function ordinal {name}" if isinstance(name, int) else f"function '{name}'"
            raise AttributeError(f"{what} not found")
        return address


class LibraryLoader:
    """`windll` and its like: DLLs as attributes."""

    def __init__(self, namespace, kind):
        self._namespace = namespace
        self._kind = kind

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        library = self.LoadLibrary(name)
        setattr(self, name, library)
        return library

    def __getitem__(self, name):
        return getattr(self, name)

    def LoadLibrary(self, name):
        """A DLL by its name or path."""
        return getattr(self._namespace, self._kind)(name)


def _load(namespace, name, winmode):
    """The handle of a DLL."""
    session = namespace._session_
    if name is None:
        raise TypeError("the name of a DLL expected, not None")
    flags = _SEARCH_DEFAULT_DIRS if winmode is None else winmode
    target, file = name, None
    if paths.is_path(name):
        file = name if name.startswith("/") or (name[1:2] != ":" and "\\" not in name) else None
        target = paths.to_windows(name if file is None else session.loadable(name))
        if winmode is None:
            flags |= _SEARCH_DLL_LOAD_DIR
    elif os.path.exists(name):
        file = target = os.path.abspath(name)
        target = paths.to_windows(target)
        flags |= _SEARCH_DLL_LOAD_DIR if winmode is None else 0
    handle, error = session.native.load(target, flags)
    if handle:
        return handle
    if file is None and target[:2].upper() == paths.DRIVE:
        file = paths.to_unix(target)
    raise _load_error(session, name, file, error)


def _load_error(session, name, file, code):
    """Why a DLL cannot be loaded, as far as its file tells."""
    if code == _MOD_NOT_FOUND and file is not None and os.path.exists(file):
        image = _image(file)
        folders = [
            os.path.dirname(os.path.abspath(file)),
            *session._folders,
            session.system_folder(),
        ]
        missing = image.missing(folders) if image else []
        if missing:
            text = (
                f"Could not find module {', '.join(map(repr, missing))}, which '{name}' needs. "
                "Use `add_dll_directory` to say where it is."
            )
            return errors.windows_error(code, text)
    if code == _MOD_NOT_FOUND:
        text = (
            f"Could not find module '{name}' (or one of its dependencies). "
            "Try using the full path with constructor syntax."
        )
        return errors.windows_error(code, text)
    if code == _BAD_EXE_FORMAT and file is not None and os.path.exists(file):
        try:
            arch = pe.Image.open(file).arch
        except pe.NotPE as error:
            return errors.windows_error(code, str(error))
        if arch != session.arch:
            text = (
                f"'{name}' is for {arch}, and this session loads DLLs for {session.arch}: "
                f'use `pywindll.Session(arch="{arch}").ctypes`'
            )
            return errors.windows_error(code, text)
    return errors.windows_error(code, f"'{name}': {session.format_error(code)}")


def _image(file):
    try:
        return pe.Image.open(file)
    except (OSError, pe.NotPE):
        return None
