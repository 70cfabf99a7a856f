"""Variables that DLLs export: `T.in_dll(dll, name)`."""

import ctypes


def in_dll(kind, dll, name):
    """An object that stands for an exported variable."""
    from pywindll.namespace import Library

    if not isinstance(dll, Library):
        return _in_library_of_linux(kind, dll, name)
    try:
        address = dll._symbol(name)
    except AttributeError:
        raise ValueError(f"symbol '{name}' not found") from None
    return dll._namespace._session_.view(kind, address)


def _in_library_of_linux(kind, dll, name):
    """What ctypes itself does: the method of the type's type."""
    return type(kind).in_dll(kind, dll, name)


_taught = False


def teach_simple_types():
    """Gives ctypes' simple types an `in_dll` that knows DLLs; for libraries of Linux it stays what
    it is."""
    global _taught
    if _taught:
        return
    _taught = True
    for kind in vars(ctypes).copy().values():
        if (
            isinstance(kind, type)
            and ctypes._SimpleCData in kind.__bases__
            and "in_dll" not in vars(kind)
        ):
            kind.in_dll = classmethod(in_dll)
