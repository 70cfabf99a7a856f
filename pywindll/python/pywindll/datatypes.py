"""ctypes' types with the sizes and layouts of Windows.

They derive from ctypes' own, so that arrays, buffers, `sizeof` and `isinstance` work as ever. Those
that need a session, as memory is theirs, find it in `_session_`, which `namespace.py` sets in
a subclass for each session.
"""

import ctypes
import sys

from pywindll import exports

_Simple = type(ctypes.c_int)
_StructureType = type(ctypes.Structure)
_UnionType = type(ctypes.Union)
_address = ctypes.c_void_p.from_buffer


# ---- Values that ctypes shows as objects of Python --------------------------------------------


class _ConvertedArray(ctypes.Array):
    """An array whose elements read and write as their `value`."""

    _type_ = ctypes.c_byte
    _length_ = 0

    def __init__(self, *values):
        super().__init__(*(self._element(value) for value in values))

    def _element(self, value):
        return value if isinstance(value, self._type_) else self._type_(value)

    def __getitem__(self, place):
        found = super().__getitem__(place)
        return [element.value for element in found] if isinstance(place, slice) else found.value

    def __setitem__(self, place, value):
        if isinstance(place, slice):
            value = [self._element(element) for element in value]
        else:
            value = self._element(value)
        super().__setitem__(place, value)

    def __iter__(self):
        return (self[place] for place in range(len(self)))


class _WideArray(_ConvertedArray):
    """An array of `c_wchar`, with a text as its value."""

    _length_ = 0

    def _units(self):
        return ctypes.string_at(ctypes.addressof(self), ctypes.sizeof(self))

    def __getitem__(self, place):
        found = super().__getitem__(place)
        return "".join(found) if isinstance(place, slice) else found

    @property
    def value(self):
        text = self._units().decode("utf-16-le", "surrogatepass")
        return text.partition("\0")[0]

    @value.setter
    def value(self, text):
        if not isinstance(text, str):
            raise TypeError(f"unicode string expected instead of {type(text).__name__} instance")
        units = text.encode("utf-16-le", "surrogatepass")
        if len(units) > ctypes.sizeof(self):
            raise ValueError("string too long")
        if len(units) < ctypes.sizeof(self):
            units += b"\0\0"
        ctypes.memmove(self, units, len(units))


class _ConvertedType(_Simple):
    """The type of types whose arrays are of `_array_`."""

    def __mul__(cls, length):
        if not isinstance(length, int):
            return NotImplemented
        cache = cls.__dict__.get("_arrays_")
        if cache is None:
            cache = {}
            cls._arrays_ = cache
        if length not in cache:
            name = f"{cls.__name__}_Array_{length}"
            cache[length] = type(ctypes.Array)(
                name, (cls._array_,), {"_type_": cls, "_length_": length}
            )
        return cache[length]

    __rmul__ = __mul__


class c_wchar(ctypes.c_uint16, metaclass=_ConvertedType):
    """A unit of UTF-16, of 2 bytes."""

    _array_ = _WideArray

    def __init__(self, value="\0"):
        super().__init__()
        self.value = value

    @property
    def value(self):
        return chr(ctypes.c_uint16.value.__get__(self))

    @value.setter
    def value(self, text):
        if not isinstance(text, str) or len(text) != 1 or ord(text) > 0xFFFF:
            raise TypeError("one character unicode string expected")
        ctypes.c_uint16.value.__set__(self, ord(text))

    @classmethod
    def from_param(cls, value):
        return value if isinstance(value, cls) else cls(value)

    def __repr__(self):
        return f"c_wchar({self.value!r})"


class VARIANT_BOOL(ctypes.c_short, metaclass=_ConvertedType):
    """A boolean of 2 bytes, of which all are set when it is true."""

    _array_ = _ConvertedArray

    def __init__(self, value=False):
        super().__init__()
        self.value = value

    @property
    def value(self):
        return bool(ctypes.c_short.value.__get__(self))

    @value.setter
    def value(self, value):
        ctypes.c_short.value.__set__(self, -1 if value else 0)

    @classmethod
    def from_param(cls, value):
        return value if isinstance(value, cls) else cls(value)


class HRESULT(ctypes.c_int):
    """A result that is an error where it is negative."""


# ---- Pointers -----------------------------------------------------------------------------------


class _Text(ctypes.c_void_p, metaclass=_ConvertedType):
    """The address of text, which is made in the memory that both sides see."""

    _array_ = _ConvertedArray
    _session_ = None
    _unit_ = 1
    in_dll = classmethod(exports.in_dll)

    def __new__(cls, value=None):
        if value is None or isinstance(value, int):
            return super().__new__(cls)
        block = cls._session_.native.allocate(len(cls._encode(value)))
        memory = (ctypes.c_char * block.length).from_address(block.address)
        # An attribute of what ctypes keeps in `_objects`, so that it lives with any copy.
        memory._block_ = block
        memory.raw = cls._encode(value)
        return ctypes.cast(memory, cls)

    def __init__(self, value=None):
        if value is None or isinstance(value, int):
            super().__init__(value)

    @property
    def value(self):
        address = ctypes.c_void_p.value.__get__(self)
        if address is None:
            return None
        native = self._session_.native
        if self._session_.is_host_memory(address, self):
            return self._decode(_until_zero(address, self._unit_))
        return self._decode(native.read_string(address, self._unit_))

    @value.setter
    def value(self, value):
        if value is None or isinstance(value, int):
            ctypes.c_void_p.value.__set__(self, value)
            return
        made = type(self)(value)
        self._made_ = made
        ctypes.c_void_p.value.__set__(self, ctypes.c_void_p.value.__get__(made))

    @property
    def address(self):
        """The address itself, or None."""
        return ctypes.c_void_p.value.__get__(self)

    def __repr__(self):
        return f"{type(self).__name__}({self.value!r})"


def _until_zero(address, unit):
    """The bytes of a text in this process's memory."""
    if unit == 1:
        return ctypes.string_at(address)
    units = ctypes.POINTER(ctypes.c_uint16).from_buffer(ctypes.c_void_p(address))
    length = 0
    while units[length]:
        length += 1
    return ctypes.string_at(address, 2 * length)


class c_char_p(_Text):
    """The address of bytes that end with a 0."""

    @staticmethod
    def _encode(value):
        if not isinstance(value, (bytes, bytearray)):
            raise TypeError(
                f"bytes or integer address expected instead of {type(value).__name__} instance"
            )
        return bytes(value) + b"\0"

    @staticmethod
    def _decode(value):
        return value


class c_wchar_p(_Text):
    """The address of a text in UTF-16 that ends with a 0."""

    _unit_ = 2

    @staticmethod
    def _encode(value):
        if not isinstance(value, str):
            raise TypeError(
                "unicode string or integer address expected instead of "
                f"{type(value).__name__} instance"
            )
        return value.encode("utf-16-le", "surrogatepass") + b"\0\0"

    @staticmethod
    def _decode(value):
        return value.decode("utf-16-le", "surrogatepass")


class Pointer(ctypes._Pointer):
    """`POINTER(T)`: leads to objects of this process, or to memory of the DLLs, of which it makes
    views."""

    _session_ = None
    in_dll = classmethod(exports.in_dll)

    def _leads_to(self, place):
        """The address of an element, and whether it is this process's memory."""
        address = _address(self).value
        if address is None:
            raise ValueError("NULL pointer access")
        address += place * ctypes.sizeof(self._type_)
        return address, self._session_.is_host_memory(address, self)

    @property
    def contents(self):
        address, here = self._leads_to(0)
        if here:
            return ctypes._Pointer.contents.__get__(self)
        return self._session_.view(self._type_, address)

    @contents.setter
    def contents(self, value):
        ctypes._Pointer.contents.__set__(self, value)

    def __getitem__(self, place):
        if isinstance(place, slice):
            return _joined(self._type_, [self[number] for number in _places(place)])
        address, here = self._leads_to(place)
        if here:
            return value_of(super().__getitem__(place))
        return value_of(self._session_.view(self._type_, address))

    def __setitem__(self, place, value):
        address, here = self._leads_to(place)
        if here:
            if hasattr(self._type_, "_array_") and not isinstance(value, self._type_):
                value = self._type_(value)
            super().__setitem__(place, value)
            return
        element = value if isinstance(value, self._type_) else self._type_(value)
        self._session_.native.store_object(element, address)
        self._session_.refresh_views()


def _places(places):
    if places.stop is None:
        raise ValueError("slice stop is required")
    step = 1 if places.step is None else places.step
    if places.start is None and step < 0:
        raise ValueError("slice start is required for step < 0")
    return range(places.start or 0, places.stop, step)


def _joined(kind, values):
    if issubclass(kind, ctypes.c_char):
        return b"".join(values)
    return "".join(values) if issubclass(kind, c_wchar) else values


def value_of(found):
    """What ctypes shows of an object: the value of simple types, otherwise the object itself."""
    cls = type(found)
    if isinstance(found, ctypes._SimpleCData) and (
        cls.__bases__[0] is ctypes._SimpleCData or hasattr(cls, "_array_")
    ):
        return found.value
    return found


# ---- Structures and unions ----------------------------------------------------------------------


class _ValueField:
    """A field whose type has a `value` that ctypes would show."""

    def __init__(self, field, kind):
        self._field = field
        self._kind = kind
        self.offset = field.offset
        self.size = field.size

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        found = self._field.__get__(instance, owner)
        return found if not hasattr(found, "value") else found.value

    def __set__(self, instance, value):
        if isinstance(value, str) and issubclass(self._kind, _WideArray):
            self._field.__get__(instance).value = value
            return
        if not isinstance(value, self._kind):
            value = self._kind(value) if not isinstance(value, tuple) else self._kind(*value)
        self._field.__set__(instance, value)


class _BitField:
    """Some bits of a field."""

    def __init__(self, storage, kind, shift, width):
        self._storage = storage
        self._shift = shift
        self._mask = (1 << width) - 1
        self._sign = 1 << (width - 1) if kind(-1).value < 0 else 0
        self.offset = storage.offset
        self.size = width << 16 | shift

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        value = self._storage.__get__(instance, owner) >> self._shift & self._mask
        return value - 2 * self._sign if value & self._sign else value

    def __set__(self, instance, value):
        rest = self._storage.__get__(instance) & ~(self._mask << self._shift)
        self._storage.__set__(instance, rest | (int(value) & self._mask) << self._shift)


def _storage_units(fields):
    """Fields for ctypes, with one for each storage unit of bit fields as Microsoft's compilers make
    them: a bit field shares the unit of the one before where their types are of one size and it has
    room."""
    whole, bits = [], []
    unit = None
    for field in fields:
        if len(field) == 2:
            whole.append(tuple(field))
            unit = None
            continue
        name, kind, width = field
        size = 8 * ctypes.sizeof(kind)
        if not 0 < width <= size:
            raise ValueError("number of bits invalid for bit field")
        if unit is None or unit[1] != size or unit[2] + width > size:
            unit = [f"_bits_{len(whole)}_", size, 0]
            whole.append((unit[0], kind))
        bits.append((name, unit[0], kind, unit[2], width))
        unit[2] += width
    return whole, bits


class _FieldsMixin:
    """What the types of structures and of unions do alike when they get their `_fields_`."""

    _swapped_ = False

    def __new__(mcls, name, bases, namespace, **options):
        body = {key: value for key, value in namespace.items() if key != "_fields_"}
        if "_pack_" in body and sys.version_info >= (3, 14):
            body.setdefault("_layout_", "ms")
        return super().__new__(mcls, name, bases, body, **options)

    def __init__(cls, name, bases, namespace, **options):
        super().__init__(name, bases, namespace, **options)
        # Only now has ctypes made the class one of its own.
        if "_fields_" in namespace:
            cls._fields_ = namespace["_fields_"]

    def __setattr__(cls, name, value):
        if name != "_fields_":
            super().__setattr__(name, value)
            return
        fields = [tuple(field) for field in value]
        swap = getattr(cls, "_swap_", None)
        if swap is not None:
            fields = [(field[0], swap(field[1]), *field[2:]) for field in fields]
        if any(len(field) == 3 for field in fields):
            whole, bits = (
                ([field[:2] for field in fields], [])
                if issubclass(cls, ctypes.Union)
                else _storage_units(fields)
            )
            if issubclass(cls, ctypes.Union):
                whole, bits = _union_bits(fields)
        else:
            whole, bits = fields, []
        super().__setattr__("_fields_", whole)
        for field_name, kind in whole:
            if hasattr(kind, "_array_") or (
                issubclass(kind, _ConvertedArray) and issubclass(kind, _WideArray)
            ):
                super().__setattr__(field_name, _ValueField(cls.__dict__[field_name], kind))
        for field_name, storage, kind, shift, width in bits:
            super().__setattr__(field_name, _BitField(cls.__dict__[storage], kind, shift, width))
        if bits:
            super().__setattr__("_names_", [field[0] for field in fields])


def _union_bits(fields):
    """In a union, each bit field has a unit of its own."""
    whole, bits = [], []
    for field in fields:
        if len(field) == 2:
            whole.append(field)
        else:
            name, kind, width = field
            storage = f"_bits_{len(whole)}_"
            whole.append((storage, kind))
            bits.append((name, storage, kind, 0, width))
    return whole, bits


class StructureType(_FieldsMixin, _StructureType):
    """The type of structures."""


class UnionType(_FieldsMixin, _UnionType):
    """The type of unions."""


class _Aggregate:
    """Structures and unions: born in the memory that both sides see, so that calls copy nothing."""

    __slots__ = ()
    _session_ = None

    def __new__(cls, *values, **named):
        try:
            block = cls._session_.native.allocate(ctypes.sizeof(cls))
        except MemoryError:
            # Copied at each call instead.
            return super().__new__(cls)
        self = cls.from_address(block.address)
        self._block_ = block
        return self

    in_dll = classmethod(exports.in_dll)

    def __init__(self, *values, **named):
        names = getattr(type(self), "_names_", None)
        if names is not None:
            if len(values) > len(names):
                raise TypeError("too many initializers")
            for name, value in zip(names, values, strict=False):
                if name in named:
                    raise TypeError(f"duplicate values for field {name!r}")
                named[name] = value
            values = ()
        super().__init__(*values, **named)


class Structure(_Aggregate, ctypes.Structure, metaclass=StructureType):
    """`Structure` with the layout of Microsoft's compilers."""

    __slots__ = ("_block_",)


class Union(_Aggregate, ctypes.Union, metaclass=UnionType):
    """`Union` with the layout of Microsoft's compilers."""

    __slots__ = ("_block_",)


def big_endian(kind):
    """The type for fields of the other byte order, as ctypes chooses it."""
    swapped = getattr(kind, "__ctype_be__", None)
    if swapped is not None:
        return swapped
    if issubclass(kind, ctypes.Array):
        return big_endian(kind._type_) * kind._length_
    if issubclass(kind, (ctypes.Structure, ctypes.Union)):
        return kind
    raise TypeError(f"This type does not support other endian: {kind}")
