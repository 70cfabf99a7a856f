"""How DLLs lay out ctypes' types: what the extension module knows of a type before it copies its
objects.

On x86_64, Linux and Windows lay out all types alike but for `long` and `wchar_t`, for which this
package has types of its own. (ctypes of Linux cannot tell `c_long` from `c_int64`:
they are one type.) On i686 pointers have 4 bytes, so that what holds some is laid out anew.
"""

import ctypes

from pywindll._native import ByRef, TypeInfo

_SIMPLE = ctypes._SimpleCData
_POINTER = ctypes._Pointer
_FUNCTION = ctypes._CFuncPtr
_POINTER_LETTERS = frozenset("PzZ")


class Unsupported(TypeError):
    """A type that cannot be passed to DLLs."""


class _Layout:
    """Size and alignment at DLLs, and the steps of copying. Offsets are relative to the object."""

    __slots__ = ("align", "items", "plain", "size")

    def __init__(self, size, align, items, plain):
        self.size = size
        self.align = align
        self.items = items
        self.plain = plain


def describe(pointer_size):
    """The function that makes a TypeInfo of a class, or None of a class that is not one of
    ctypes'."""
    layouts = {}

    def layout(cls):
        found = layouts.get(cls)
        if found is None:
            found = layouts[cls] = _layout(cls, pointer_size, layout)
        return found

    def describe_class(cls):
        kind = _kind(cls)
        if kind is None:
            return None
        code = getattr(cls, "_type_", "\0")
        code = code if kind == "simple" and isinstance(code, str) else "\0"
        try:
            made = layout(cls)
        except AttributeError:
            # Abstract, as POINTER of an incomplete type: nothing can be in its objects.
            return None
        items = [] if made.plain else _merged(made.items)
        return TypeInfo(kind, code, ctypes.sizeof(cls), made.size, items, pointer_size)

    return describe_class


def _kind(cls):
    if issubclass(cls, _SIMPLE):
        return "pointer" if cls._type_ in _POINTER_LETTERS else "simple"
    if issubclass(cls, _POINTER):
        return "pointer"
    if issubclass(cls, _FUNCTION):
        return "function"
    if issubclass(cls, ctypes.Array):
        return "array"
    if issubclass(cls, (ctypes.Structure, ctypes.Union)):
        return "structure"
    return None


def _layout(cls, pointer_size, layout):
    if issubclass(cls, (_POINTER, _FUNCTION)):
        step = "F" if issubclass(cls, _FUNCTION) else "P"
        return _Layout(pointer_size, pointer_size, [(step, 0, 0, 8)], False)
    if issubclass(cls, _SIMPLE):
        return _simple(cls, pointer_size)
    if issubclass(cls, ctypes.Array):
        return _array(cls, layout)
    return _fields(cls, layout)


def _simple(cls, pointer_size):
    letter = cls._type_
    if letter in _POINTER_LETTERS:
        return _Layout(pointer_size, pointer_size, [("P", 0, 0, 8)], False)
    if letter in ("O", "g"):
        raise Unsupported(f"{cls.__name__}: DLLs have no such type")
    size = ctypes.sizeof(cls)
    if letter == "u":
        return _Layout(2, 2, [("u", 0, 0, size)], False)
    return _Layout(size, size, [("C", 0, 0, size)], True)


def _array(cls, layout):
    element = layout(cls._type_)
    length = cls._length_
    if element.plain:
        size = element.size * length
        return _Layout(size, element.align, [("C", 0, 0, size)] if size else [], True)
    stride = ctypes.sizeof(cls._type_)
    items = []
    for place in range(length):
        host, guest = place * stride, place * element.size
        items += [(step, host + at, guest + to, size) for step, at, to, size in element.items]
    return _Layout(element.size * length, element.align, items, False)


def _fields(cls, layout):
    union = issubclass(cls, ctypes.Union)
    end, align, items = 0, 1, []
    plain = True
    for owner in reversed(cls.__mro__):
        fields = owner.__dict__.get("_fields_", ())
        pack = owner.__dict__.get("_pack_", 0) or 16
        for field in fields:
            if len(field) == 3:
                return _bits(cls, layout)
            name = field[0]
            part = layout(field[1])
            part_align = min(part.align, pack)
            align = max(align, part_align)
            guest = 0 if union else -(-end // part_align) * part_align
            host = getattr(owner, name).offset
            plain = plain and part.plain and guest == host
            items += [(step, host + at, guest + to, size) for step, at, to, size in part.items]
            end = max(end, guest + part.size) if union else guest + part.size
    size = -(-end // align) * align
    if size != ctypes.sizeof(cls) and plain:
        plain = False
    if union and not plain:
        items = _union_items(cls, items, size)
    return _Layout(size, align, items, plain)


def _union_items(cls, items, size):
    """Members of a union lie over each other: the bytes first, addresses after them."""
    if any(step == "u" or (step in "PF" and host != guest) for step, host, guest, _ in items):
        raise Unsupported(
            f"{cls.__name__}: a union of members whose sizes differ between Linux and Windows"
        )
    if size != ctypes.sizeof(cls):
        raise Unsupported(f"{cls.__name__}: a union that holds pointers, for a 32-bit DLL")
    return [("C", 0, 0, size)] + [item for item in items if item[0] == "P"]


def _bits(cls, layout):
    """A structure of ctypes itself with bit fields, which ctypes has laid out."""
    for name, kind, *_ in cls._fields_:
        if not layout(kind).plain:
            raise Unsupported(
                f"{cls.__name__}.{name}: beside bit fields, use the Structure of pywindll.ctypes"
            )
    size = ctypes.sizeof(cls)
    return _Layout(size, ctypes.alignment(cls), [("C", 0, 0, size)], True)


def _merged(items):
    """Neighboring bytes in one step."""
    merged = []
    for step, host, guest, size in items:
        if merged and step == "C" == merged[-1][0]:
            _, before_host, before_guest, before_size = merged[-1]
            if before_host + before_size == host and before_guest + before_size == guest:
                merged[-1] = ("C", before_host, before_guest, before_size + size)
                continue
        merged.append((step, host, guest, size))
    return merged


_INTEGERS = {
    kind._type_: kind
    for kind in (
        ctypes.c_byte,
        ctypes.c_ubyte,
        ctypes.c_short,
        ctypes.c_ushort,
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.c_long,
        ctypes.c_ulong,
        ctypes.c_longlong,
        ctypes.c_ulonglong,
    )
}


def parameter_object(parameter):
    """An object with the value of what `from_param` or `byref` of ctypes itself gave, or None where
    that is something else. They show it in their text alone."""
    if type(parameter).__name__ != "CArgObject":
        return None
    # As `<cparam 'i' (5)>`, or without parentheses for what has no form of its own.
    letter, found, text = repr(parameter).removeprefix("<cparam '").partition("' (")
    if not found:
        return None
    text = text.removesuffix(")>")
    text = "0" if "nil" in text else text
    kept = parameter._obj
    if letter == "P" and kept is not None and _kind(type(kept)) is not None:
        return ByRef(kept, int(text, 16) - ctypes.addressof(kept))
    if letter in "zZP" and isinstance(kept, (bytes, str)):
        return kept
    if letter in "fd":
        return {"f": ctypes.c_float, "d": ctypes.c_double}[letter](float(text))
    if letter == "c":
        import ast

        return ctypes.c_char(ast.literal_eval("b" + text))
    if letter in "zZP":
        return ctypes.c_void_p(int(text, 16))
    return _INTEGERS[letter](int(text)) if letter in _INTEGERS else None
