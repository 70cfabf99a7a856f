"""`ctypes.wintypes` with the sizes of Windows."""

import ctypes
import types

from pywindll import datatypes

_INT, _UINT = ctypes.c_int, ctypes.c_uint
_SAME = {
    "BYTE": ctypes.c_ubyte,
    "WORD": ctypes.c_ushort,
    "DWORD": _UINT,
    "CHAR": ctypes.c_char,
    "WCHAR": datatypes.c_wchar,
    "UINT": _UINT,
    "INT": _INT,
    "DOUBLE": ctypes.c_double,
    "FLOAT": ctypes.c_float,
    "BOOLEAN": ctypes.c_ubyte,
    "BOOL": _INT,
    "VARIANT_BOOL": datatypes.VARIANT_BOOL,
    "ULONG": _UINT,
    "LONG": _INT,
    "USHORT": ctypes.c_ushort,
    "SHORT": ctypes.c_short,
    "LARGE_INTEGER": ctypes.c_longlong,
    "_LARGE_INTEGER": ctypes.c_longlong,
    "ULARGE_INTEGER": ctypes.c_ulonglong,
    "_ULARGE_INTEGER": ctypes.c_ulonglong,
    "ATOM": ctypes.c_ushort,
    "LANGID": ctypes.c_ushort,
    "COLORREF": _UINT,
    "LGRPID": _UINT,
    "LCTYPE": _UINT,
    "LCID": _UINT,
}
_HANDLES = """
    HANDLE HACCEL HBITMAP HBRUSH HCOLORSPACE HDC HDESK HDWP HENHMETAFILE HFONT HGDIOBJ HGLOBAL HHOOK
    HICON
    HINSTANCE HKEY HKL HLOCAL HMENU HMETAFILE HMODULE HMONITOR HPALETTE HPEN HRGN HRSRC HSTR HTASK
    HWINSTA
    HWND SC_HANDLE SERVICE_STATUS_HANDLE LPVOID LPCVOID
""".split()
_POINTERS = {
    "BOOL": "PBOOL LPBOOL",
    "BOOLEAN": "PBOOLEAN",
    "BYTE": "PBYTE LPBYTE",
    "CHAR": "PCHAR",
    "COLORREF": "LPCOLORREF",
    "DWORD": "PDWORD LPDWORD",
    "FILETIME": "PFILETIME LPFILETIME",
    "FLOAT": "PFLOAT",
    "HANDLE": "PHANDLE LPHANDLE",
    "HKEY": "PHKEY",
    "HKL": "LPHKL",
    "INT": "PINT LPINT",
    "LARGE_INTEGER": "PLARGE_INTEGER",
    "LCID": "PLCID",
    "LONG": "PLONG LPLONG",
    "MSG": "PMSG LPMSG",
    "POINT": "PPOINT LPPOINT",
    "POINTL": "PPOINTL",
    "RECT": "PRECT LPRECT",
    "RECTL": "PRECTL LPRECTL",
    "SHORT": "PSHORT",
    "SIZE": "PSIZE LPSIZE",
    "SIZEL": "PSIZEL LPSIZEL",
    "SMALL_RECT": "PSMALL_RECT",
    "UINT": "PUINT LPUINT",
    "ULARGE_INTEGER": "PULARGE_INTEGER",
    "ULONG": "PULONG",
    "USHORT": "PUSHORT",
    "WCHAR": "PWCHAR",
    "WIN32_FIND_DATAA": "PWIN32_FIND_DATAA LPWIN32_FIND_DATAA",
    "WIN32_FIND_DATAW": "PWIN32_FIND_DATAW LPWIN32_FIND_DATAW",
    "WORD": "PWORD LPWORD",
}
_MAX_PATH = 260


def make(namespace):
    """The module for one session's ctypes."""
    module = types.ModuleType("pywindll.ctypes.wintypes", ctypes.__doc__)
    vars(module).update(_SAME, MAX_PATH=_MAX_PATH, HFILE=_INT, HRESULT=datatypes.HRESULT)
    vars(module).update({name: ctypes.c_void_p for name in _HANDLES})
    narrow = namespace._session_.arch == "win32"
    module.WPARAM = _UINT if narrow else ctypes.c_ulonglong
    module.LPARAM = _INT if narrow else ctypes.c_longlong
    for name in ("LPOLESTR", "LPCOLESTR", "LPWSTR", "LPCWSTR", "OLESTR"):
        setattr(module, name, namespace.c_wchar_p)
    for name in ("LPSTR", "LPCSTR"):
        setattr(module, name, namespace.c_char_p)
    _add_structures(module, namespace)
    for name, pointers in _POINTERS.items():
        for pointer in pointers.split():
            setattr(module, pointer, namespace.POINTER(getattr(module, name)))
    module.RGB = lambda red, green, blue: red + (green << 8) + (blue << 16)
    return module


def _add_structures(module, namespace):
    def structure(names, *fields):
        first, *others = names.split()
        made = type(namespace.Structure)(first, (namespace.Structure,), {"_fields_": fields})
        for name in (first, *others):
            setattr(module, name, made)
        return made

    long, short = _INT, ctypes.c_short
    structure(
        "RECT tagRECT _RECTL RECTL", *((name, long) for name in ("left", "top", "right", "bottom"))
    )
    structure(
        "SMALL_RECT _SMALL_RECT", *((name, short) for name in ("Left", "Top", "Right", "Bottom"))
    )
    structure("_COORD", ("X", short), ("Y", short))
    point = structure("POINT tagPOINT _POINTL POINTL", ("x", long), ("y", long))
    structure("SIZE tagSIZE SIZEL", ("cx", long), ("cy", long))
    time = structure("FILETIME _FILETIME", ("dwLowDateTime", _UINT), ("dwHighDateTime", _UINT))
    structure(
        "MSG tagMSG",
        ("hWnd", ctypes.c_void_p),
        ("message", _UINT),
        ("wParam", module.WPARAM),
        ("lParam", module.LPARAM),
        ("time", _UINT),
        ("pt", point),
    )
    for name, character in (
        ("WIN32_FIND_DATAA", ctypes.c_char),
        ("WIN32_FIND_DATAW", datatypes.c_wchar),
    ):
        structure(
            name,
            ("dwFileAttributes", _UINT),
            ("ftCreationTime", time),
            ("ftLastAccessTime", time),
            ("ftLastWriteTime", time),
            ("nFileSizeHigh", _UINT),
            ("nFileSizeLow", _UINT),
            ("dwReserved0", _UINT),
            ("dwReserved1", _UINT),
            ("cFileName", character * _MAX_PATH),
            ("cAlternateFileName", character * 14),
        )
