"""Routines of DLLs and callbacks, as ctypes' function pointers."""

import ctypes
import types

from pywindll import datatypes
from pywindll._native import Callback, Routine

_Base = ctypes._CFuncPtr
_Simple = ctypes._SimpleCData
_Keeper = ctypes.CFUNCTYPE(None)
_address = ctypes.c_void_p.from_buffer

# Flags of parameters in prototypes, as ctypes documents them.
_IN, _OUT, _IN_ZERO = 1, 2, 4


class FunctionPointer(_Base):
    """The address of a routine, called through a session.

    Its memory is that of a pointer, so that it can be a field or an element; a callable becomes the
    address of a callback in the agent.
    """

    _flags_ = 1
    _restype_ = ctypes.c_int
    _session_ = None
    _convention_ = "cdecl"
    _use_errno_ = False
    _use_last_error_ = False

    # The routine as the extension module has it, made at the first call; `_direct_` where nothing
    # more is to be done about a call.
    _routine_ = None
    _direct_ = False
    _finish_ = None
    _method_ = None
    _flags_of_parameters_ = None
    _memsync_ = None
    __name__ = None

    def __new__(cls, *arguments):
        if not arguments:
            return super().__new__(cls)
        first = arguments[0]
        if isinstance(first, int) and len(arguments) > 1:
            self = super().__new__(cls)
            self._method_ = first
            self.__name__ = arguments[1]
            self._take_flags(arguments[2] if len(arguments) > 2 else None)
            return self
        if isinstance(first, int):
            return super().__new__(cls, first)
        if isinstance(first, tuple):
            name, library = first
            self = super().__new__(cls, library._symbol(name))
            self.__name__ = name
            self._take_flags(arguments[1] if len(arguments) > 1 else None)
            return self
        if callable(first):
            return cls._callback(first)
        raise TypeError("argument must be callable or integer function address")

    def __init__(self, *arguments):
        # All is done by then.
        pass

    @classmethod
    def _callback(cls, function):
        callback = cls._session_.callback(cls, function)

        def keeper():
            return callback

        # What `cast` makes keeps what it was made of, wherever it is copied to.
        made = ctypes.cast(_Keeper(keeper), cls)
        _address(made).value = callback.address
        made._function_ = function
        return made

    def _take_flags(self, flags):
        if flags is None:
            return
        types = self.argtypes or ()
        flags = tuple(flags)
        if len(flags) != len(types):
            raise ValueError("paramflags must have the same length as argtypes")
        for flag in flags:
            if (
                not isinstance(flag, tuple)
                or not 1 <= len(flag) <= 3
                or flag[0] not in (0, 1, 2, 3, 4, 5)
            ):
                raise TypeError("paramflags must be a sequence of (int [,string [,value]]) tuples")
        self._flags_of_parameters_ = flags

    # What a program sets.

    @property
    def argtypes(self):
        return _Base.argtypes.__get__(self)

    @argtypes.setter
    def argtypes(self, types):
        _Base.argtypes.__set__(self, types)
        self._routine_ = None
        self._direct_ = False

    @property
    def restype(self):
        return _Base.restype.__get__(self)

    @restype.setter
    def restype(self, kind):
        _Base.restype.__set__(self, kind)
        self._routine_ = None
        self._direct_ = False

    @property
    def errcheck(self):
        return _Base.errcheck.__get__(self)

    @errcheck.setter
    def errcheck(self, check):
        _Base.errcheck.__set__(self, check)
        self._direct_ = False
        self._routine_ = None

    @property
    def memsync(self):
        """Accepted for programs written for zugbruecke, and checked. Memory is passed with the size
        that its object knows, so nothing more has to be said of it."""
        return self._memsync_

    @memsync.setter
    def memsync(self, items):
        check_memsync(items)
        self._memsync_ = items

    @memsync.deleter
    def memsync(self):
        self._memsync_ = None

    # Calls.

    def __call__(self, *arguments, **named):
        session = self._session_
        if self._direct_ and not named and not session.views:
            return self._routine_(*arguments)
        return self._call(arguments, named)

    def _call(self, arguments, named):
        session = self._session_
        routine = self._routine_
        if routine is None or self._method_ is not None or self._b_base_ is not None:
            routine, arguments = self._prepare(arguments)
        outputs = None
        if self._flags_of_parameters_ is not None:
            arguments, outputs = self._by_flags(arguments, named)
        elif named:
            raise TypeError("this function takes no keyword arguments")
        if session.views:
            session.flush_views()
        result = routine(*arguments)
        if session.views:
            session.refresh_views()
        if self._finish_ is not None:
            result = self._finish_(result)
        check = self.errcheck
        if check is not None:
            checked = check(result, self, tuple(arguments))
            if outputs is None or checked is not tuple(arguments):
                return checked
        return result if outputs is None else _output_values(outputs)

    def prepared(self):
        """The routine as the extension module has it."""
        return self._routine_ or self._prepare(())[0]

    def _prepare(self, arguments):
        """The routine, and what is left of the arguments when a method has taken its object."""
        types = self.argtypes
        address = _address(self).value
        if self._method_ is not None:
            if not arguments:
                raise ValueError("native com method call without 'this' parameter")
            address = self._method_address(arguments[0])
            if types is not None:
                types = (ctypes.c_void_p, *types)
        if not address:
            raise ValueError("attempt to call a NULL function pointer")
        kind = self.restype
        code, maker, self._finish_ = result_code(kind)
        parameters = None if types is None else [parameter_code(one) for one in types]
        native = self._session_.native
        routine = Routine(
            native,
            address,
            self._convention_,
            self._use_last_error_,
            self._use_errno_,
            parameters,
            (code, maker),
        )
        self._routine_ = routine
        plain = (
            self._method_ is None and self._flags_of_parameters_ is None and self._b_base_ is None
        )
        self._direct_ = plain and self._finish_ is None and self.errcheck is None
        return routine, arguments

    def _method_address(self, this):
        """The address of a method of a COM object: an entry of the table that the object begins
        with."""
        native = self._session_.native
        size = native.pointer_size
        pointer = this if isinstance(this, int) else _address(this).value
        if not pointer:
            raise ValueError("NULL COM pointer access")
        table = int.from_bytes(native.read(pointer, size), "little")
        return int.from_bytes(native.read(table + self._method_ * size, size), "little")

    def _by_flags(self, given, named):
        """Arguments by the flags of their parameters, and the objects that outputs go to."""
        types = self.argtypes
        this, given = (given[:1], given[1:]) if self._method_ is not None else ((), given)
        arguments, outputs, place = list(this), [], 0
        for (kind, *rest), cls in zip(self._flags_of_parameters_, types, strict=True):
            name = rest[0] if rest else None
            if kind & _OUT and not kind & _IN:
                made = cls._type_()
                outputs.append(made)
                arguments.append(made)
                continue
            if place < len(given):
                value = given[place]
                place += 1
            elif name is not None and name in named:
                value = named.pop(name)
            elif len(rest) > 1:
                value = rest[1]
            elif kind & _IN_ZERO:
                value = 0
            else:
                raise TypeError(
                    f"required argument {name!r} missing" if name else "not enough arguments"
                )
            if kind & _OUT:
                made = value if isinstance(value, cls._type_) else cls._type_(value)
                outputs.append(made)
                value = made
            arguments.append(value)
        if place < len(given) or named:
            count = len(self._flags_of_parameters_)
            raise TypeError(
                f"call takes exactly {count} arguments ({len(given) + len(named)} given)"
            )
        return arguments, outputs or None


def _output_values(outputs):
    values = [datatypes.value_of(made) for made in outputs]
    return values[0] if len(values) == 1 else tuple(values)


def _has_own_from_param(kind):
    # ctypes has methods of its own in some classes; those are no objects of the class
    # `classmethod`.
    methods = (vars(owner).get("from_param") for owner in kind.__mro__)
    return any(
        isinstance(method, (classmethod, staticmethod, types.FunctionType)) for method in methods
    )


def _is_basic(kind):
    """Whether ctypes shows objects of a simple type as their values."""
    return kind.__bases__[0] is _Simple


def parameter_code(kind):
    """The letter, the type, and what a pointer points to, for the extension module."""
    if not isinstance(kind, type) or _has_own_from_param(kind):
        return ("O", kind, None)
    if issubclass(kind, datatypes.c_char_p):
        return ("z", kind, None)
    if issubclass(kind, datatypes.c_wchar_p):
        return ("Z", kind, None)
    if issubclass(kind, _Simple):
        if kind._type_ in ("O", "g"):
            raise TypeError(f"{kind.__name__}: DLLs have no such type")
        return (kind._type_, kind, None)
    if issubclass(kind, ctypes._Pointer):
        return ("p", kind, getattr(kind, "_type_", None))
    if issubclass(kind, _Base):
        return ("F", kind, None)
    if issubclass(kind, (ctypes.Structure, ctypes.Union)):
        return ("S", kind, None)
    if issubclass(kind, ctypes.Array):
        return ("A", kind, None)
    return ("O", kind, None)


def result_code(kind):
    """The letter of a result, what makes an object of it, and what is done with that at last."""
    if kind is None:
        return ("v", None, None)
    if not isinstance(kind, type):
        return ("X", _called_with_int(kind), None)
    if issubclass(kind, datatypes.c_char_p):
        return ("z", None, None)
    if issubclass(kind, datatypes.c_wchar_p):
        return ("Z", None, None)
    if kind is datatypes.c_wchar:
        return ("u", None, None)
    if kind is datatypes.VARIANT_BOOL:
        return ("h", None, bool)
    if issubclass(kind, datatypes.HRESULT):
        return ("i", None, check_result)
    if issubclass(kind, _Simple):
        code = kind._type_
        if code in ("O", "g"):
            raise TypeError(f"{kind.__name__}: DLLs have no such type")
        if _is_basic(kind):
            return (code, None, None)
        return (code, None, kind)
    if issubclass(kind, (ctypes._Pointer, _Base)):
        return ("X", _object_of_register(kind), None)
    if issubclass(kind, (ctypes.Structure, ctypes.Union)):
        return ("S", kind, None)
    return ("X", _called_with_int(kind), None)


def _object_of_register(kind):
    def make(register):
        return kind.from_buffer_copy(register.to_bytes(8, "little"))

    return make


def _called_with_int(function):
    def make(register):
        return function(ctypes.c_int(register & 0xFFFFFFFF).value)

    return make


def check_result(code):
    """Raises the error that a negative HRESULT stands for."""
    if code < 0:
        from pywindll import errors

        raise errors.windows_error(code, f"HRESULT 0x{code & 0xFFFFFFFF:08X}")
    return code


def callback(session, cls, function):
    """A callback of a session for a function, as a type of function pointers says."""
    parameters = [_callback_parameter(session, kind) for kind in cls._argtypes_ or ()]
    kind = cls._restype_
    code = "v" if kind is None else parameter_code(kind)[0]
    if code not in "vcbBhHiIlLqQfd?PzZpFO" or code == "S":
        raise TypeError(f"{kind.__name__}: invalid result type for callback function")
    if code in "pFzZO":
        function = _address_of_result(function, kind)
        code = "P"

    def called(*arguments):
        if session.views:
            session.refresh_views()
        result = function(*arguments)
        if session.views:
            session.flush_views()
        return result

    return Callback(session.native, cls._convention_ == "stdcall", parameters, code, called)


def _callback_parameter(session, kind):
    code, _, _ = parameter_code(kind)
    if kind is datatypes.c_wchar:
        return ("u", None, 0)
    if kind is datatypes.VARIANT_BOOL:
        return ("X", lambda word: bool(word & 0xFFFF), 0)
    if code in "pF":
        return ("X", _object_of_register(kind), 0)
    if code == "S":
        size = ctypes.sizeof(kind)
        return ("S", kind.from_buffer_copy, size)
    if code in "AO":
        raise TypeError(f"{kind.__name__}: no type of a callback's argument")
    if issubclass(kind, _Simple) and not _is_basic(kind) and code not in "zZ":
        size = ctypes.sizeof(kind)
        return ("X", lambda word: kind.from_buffer_copy(word.to_bytes(8, "little")[:size]), 0)
    return (code, None, 0)


def _address_of_result(function, kind):
    """A callback's result as an address. What it leads to must live on, which is the function's to
    see to."""
    last = [None]

    def called(*arguments):
        result = function(*arguments)
        if result is None or isinstance(result, int):
            return result
        if not isinstance(result, ctypes._Pointer | _Simple | _Base):
            result = kind(result)
        last[0] = result
        return _address(result).value or 0

    return called


def check_memsync(items):
    """Raises TypeError for what zugbruecke's `memsync` cannot be."""
    if not isinstance(items, (list, tuple)):
        raise TypeError(f"memsync: a list of dictionaries expected, not {type(items).__name__}")
    for item in items:
        if not isinstance(item, dict):
            raise TypeError(f"memsync: each entry is a dictionary, not {type(item).__name__}")
        if not isinstance(item.get("pointer", item.get("p")), (list, tuple)):
            raise TypeError("memsync: an entry has the path of a pointer, `pointer`, as a list")
