"""Behaviors of ctypes under Windows, one test each, for each architecture and calling convention.

The numbers are those of the study that the package was made from.
"""

import array
import gc
import os
import sys
import threading
import time
import unittest
from unittest import mock

import support


class Cases:
    """The tests; `arch` and `convention` are set by the classes at the end."""

    arch = "win64"
    convention = "cdecl"

    def setUp(self):
        self.session = support.session(self.arch)
        self.c = self.session.ctypes
        loader = self.c.cdll if self.convention == "cdecl" else self.c.windll
        self.dll = loader.LoadLibrary(support.dll(self.arch, self.convention))
        self.functype = self.c.CFUNCTYPE if self.convention == "cdecl" else self.c.WINFUNCTYPE

    def routine(self, name, restype, *argtypes):
        routine = self.dll[name]
        routine.restype, routine.argtypes = restype, argtypes
        return routine

    def point(self):
        c = self.c

        class Point(c.Structure):
            _fields_ = [("x", c.c_double), ("y", c.c_double)]

        return Point

    # Numbers.

    def test_01_int(self):
        self.assertEqual(self.dll.add(3, 4), 7)

    def test_02_negative_int(self):
        self.assertEqual(self.dll.add(-3, 1), -2)

    def test_03_int_wraps(self):
        self.assertEqual(self.dll.add(2**31 - 1, 1), -(2**31))

    def test_04_example_of_the_founding_document(self):
        routine = self.routine(
            "simple_demo_routine", self.c.c_float, self.c.c_float, self.c.c_float
        )
        self.assertAlmostEqual(routine(20.0, 1.07), 1.308412, 5)

    def test_05_double(self):
        self.assertEqual(
            self.routine("multiply", self.c.c_double, self.c.c_double, self.c.c_double)(1.5, 2.0),
            3.0,
        )

    def test_06_void(self):
        self.assertIsNone(self.routine("noop", None)())
        for argtypes in (None, (), []):
            routine = self.dll["noop"]
            routine.restype, routine.argtypes = None, argtypes
            self.assertIsNone(routine())

    def test_07_int64(self):
        routine = self.routine("add64", self.c.c_int64, self.c.c_int64, self.c.c_int64)
        self.assertEqual(routine(2**62, 5), 2**62 + 5)
        self.assertEqual(routine(-(2**63), 0), -(2**63))

    def mix10(self):
        c = self.c
        kinds = (
            c.c_int,
            c.c_double,
            c.c_int64,
            c.c_float,
            c.c_int8,
            c.c_double,
            c.c_uint16,
            c.c_float,
            c.c_void_p,
            c.c_double,
        )
        return self.routine("mix10", c.c_double, *kinds)

    def test_08_ten_mixed_arguments(self):
        self.assertEqual(self.mix10()(1, 2.5, 3, 4.5, 5, 6.5, 7, 8.5, None, 9.25), 47.25)

    def test_09_ten_mixed_arguments_with_a_pointer(self):
        hundred = self.c.c_int(100)
        self.assertEqual(
            self.mix10()(1, 2.5, 3, 4.5, 5, 6.5, 7, 8.5, self.c.pointer(hundred), 9.25), 147.25
        )

    # Structures and arrays by address.

    def distance(self):
        point = self.point()
        return point, self.routine(
            "distance", self.c.c_double, self.c.POINTER(point), self.c.POINTER(point)
        )

    def test_10_byref_of_a_structure(self):
        point, routine = self.distance()
        self.assertEqual(routine(self.c.byref(point(1, 2)), self.c.byref(point(4, 6))), 25.0)

    def test_11_structure_for_a_pointer(self):
        point, routine = self.distance()
        self.assertEqual(routine(point(1, 2), point(4, 6)), 25.0)

    def test_12_pointer(self):
        point, routine = self.distance()
        self.assertEqual(routine(self.c.pointer(point(1, 2)), self.c.pointer(point(4, 6))), 25.0)

    NUMBERS = (5.74, 3.72, 6.28, 8.6, 9.34, 6.47, 2.05, 9.09, 4.39, 4.75)

    def sorted_numbers(self):
        return [round(number, 2) for number in sorted(self.NUMBERS)]

    def test_13_array_in_and_out(self):
        c = self.c
        for argtype in (c.POINTER(c.c_float), c.c_float * 10, c.c_void_p):
            numbers = (c.c_float * 10)(*self.NUMBERS)
            self.routine("bubblesort", None, argtype, c.c_int)(numbers, 10)
            self.assertEqual([round(number, 2) for number in numbers], self.sorted_numbers())

    def test_14_out_int(self):
        rest = self.c.c_int()
        routine = self.routine(
            "divide", self.c.c_int, self.c.c_int, self.c.c_int, self.c.POINTER(self.c.c_int)
        )
        self.assertEqual((routine(17, 5, self.c.byref(rest)), rest.value), (3, 2))
        self.assertEqual(self.dll.divide(17, 4, self.c.byref(rest)), 4)
        self.assertEqual(rest.value, 1)

    def test_15_array_in_shared_memory(self):
        c = self.c

        class Holder(c.Structure):
            _fields_ = [("numbers", c.c_float * 10)]

        holder = Holder()
        address = c.addressof(holder)
        self.assertTrue(self.session.native.holds(address, c.sizeof(holder)))
        holder.numbers[:] = self.NUMBERS
        self.routine("bubblesort", None, c.POINTER(c.c_float), c.c_int)(holder.numbers, 10)
        self.assertEqual([round(number, 2) for number in holder.numbers], self.sorted_numbers())
        self.assertEqual(c.addressof(holder), address)

    # Texts.

    def test_16_wide_text(self):
        self.assertEqual(
            self.routine("wide_length", self.c.c_int, self.c.c_wchar_p)("h\u00e9llo"), 5
        )
        self.assertEqual(self.dll.wide_length("abc"), 3)

    def test_17_character_beyond_16_bits(self):
        self.assertEqual(
            self.routine("wide_length", self.c.c_int, self.c.c_wchar_p)("\U0001f600"), 2
        )

    def test_18_wide_text_in_and_out(self):
        text = self.c.create_unicode_buffer("abc")
        self.routine("wide_upper", None, self.c.c_wchar_p)(text)
        self.assertEqual(text.value, "ABC")
        self.assertEqual(text[1], "B")
        self.assertEqual(text[:2], "AB")
        self.assertEqual(len(text), 4)

    def test_19_char_result(self):
        self.assertEqual(self.routine("hello", self.c.c_char_p)(), b"hello from PE")

    def test_20_wide_result(self):
        self.assertEqual(self.routine("wide_hello", self.c.c_wchar_p)(), "h\u00e9llo wide")

    def test_21_memory_of_the_dll(self):
        found = self.routine("squares", self.c.POINTER(self.c.c_int), self.c.c_int)(5)
        self.assertEqual(found[:5], [0, 1, 4, 9, 16])
        self.assertEqual(found[4], 16)
        self.assertEqual(found.contents.value, 0)
        found[1] = 7
        self.assertEqual(found[:3], [0, 7, 4])

    def test_22_exported_data(self):
        value = self.c.c_int.in_dll(self.dll, "exported_value")
        self.assertEqual(value.value, 42)
        value.value = 5
        self.assertEqual(self.dll.exported_value_times(3), 15)
        value.value = 42
        self.assertEqual(self.dll.exported_value_times(2), 84)
        point = self.point().in_dll(self.dll, "exported_point")
        self.assertEqual((point.x, point.y), (1.5, 2.5))
        numbers = self.session.in_dll(self.c.c_double * 2, self.dll, "exported_point")
        self.assertEqual(list(numbers), [1.5, 2.5])
        with self.assertRaisesRegex(ValueError, "symbol 'nope' not found"):
            self.c.c_int.in_dll(self.dll, "nope")

    # Errors of Windows and of C.

    def test_23_last_error(self):
        kind = self.c.CDLL if self.convention == "cdecl" else self.c.WinDLL
        dll = kind(support.dll(self.arch, self.convention), use_last_error=True)
        self.c.set_last_error(0)
        self.assertEqual(dll.set_last_error(1234), 7)
        self.assertEqual(self.c.get_last_error(), 1234)
        self.assertEqual(self.c.set_last_error(5), 1234)
        self.dll.set_last_error(77)
        self.assertEqual(self.c.GetLastError(), 77)
        self.assertEqual(self.c.get_last_error(), 5)

    def test_24_errno(self):
        kind = self.c.CDLL if self.convention == "cdecl" else self.c.WinDLL
        dll = kind(support.dll(self.arch, self.convention), use_errno=True)
        self.c.set_errno(0)
        dll.set_errno(22)
        self.assertEqual(self.c.get_errno(), 22)

    def test_25_missing_routine(self):
        with self.assertRaisesRegex(AttributeError, "function 'nope' not found"):
            _ = self.dll.nope
        with self.assertRaisesRegex(AttributeError, "function ordinal 999 not found"):
            self.dll[999]
        self.assertFalse(hasattr(self.dll, "nope"))

    def test_26_missing_dll(self):
        for load in (self.c.WinDLL, self.c.windll.LoadLibrary):
            with self.assertRaisesRegex(
                FileNotFoundError, "Could not find module 'nope.dll'"
            ) as caught:
                load("nope.dll")
            self.assertEqual(caught.exception.winerror, 126)
        with self.assertRaises(OSError):
            _ = self.c.windll.nope

    def test_27_ordinal(self):
        self.assertEqual(self.dll[77](2), 154)

    # Callbacks.

    def test_28_callback(self):
        data = [1, 6, 8, 4, 9, 7, 4, 2, 5, 2]
        kind = self.functype(self.c.c_int, self.c.c_int)
        routine = self.routine("sum_callback", self.c.c_int, self.c.c_int, kind)
        self.assertEqual(routine(10, kind(lambda place: data[place])), 48)

    def test_29_callback_with_mixed_arguments(self):
        c, seen = self.c, []

        def call(a, b, f, place, d):
            seen[:] = [a, b, f, place[0], d]
            return a + b + f + place[0] + d

        kind = self.functype(
            c.c_double, c.c_double, c.c_int, c.c_float, c.POINTER(c.c_int), c.c_double
        )
        self.assertEqual(
            self.routine("call_mixed", c.c_double, kind, c.c_double)(kind(call), 10.5), 41.0
        )
        self.assertEqual(seen, [10.5, 3, 1.5, 5, 21.0])

    def test_30_reentrant(self):
        kind = self.functype(self.c.c_int, self.c.c_int)
        routine = self.routine("recurse", self.c.c_int, self.c.c_int, kind)
        callback = kind(lambda depth: routine(depth, callback))
        self.assertEqual(routine(10, callback), 10)
        seen = []
        with mock.patch("sys.unraisablehook", lambda unraisable: seen.append(unraisable.exc_value)):
            routine(100, callback)
        self.assertIsInstance(seen[0], RecursionError)
        self.assertEqual(routine(5, callback), 5)

    # Exceptions.

    def test_31_access_violation(self):
        routine = self.routine("write_at", self.c.c_int, self.c.c_void_p)
        digits = 16 if self.arch == "win64" else 8
        with self.assertRaisesRegex(
            OSError, f"exception: access violation writing 0x{16:0{digits}X}"
        ) as caught:
            routine(16)
        self.assertEqual(caught.exception.code, 0xC0000005)
        self.assertEqual(caught.exception.address, 16)

    def test_32_division_by_zero(self):
        with self.assertRaisesRegex(OSError, "exception: 0xC0000094"):
            self.dll.divide_int(1, 0)

    def test_33_alive_after_exceptions(self):
        for _ in range(20):
            with self.assertRaises(OSError):
                self.dll.divide_int(1, 0)
        self.assertEqual(self.dll.add(20, 22), 42)

    def test_34_pointer_to_pointer(self):
        c = self.c
        text = c.create_string_buffer(b"Hello world!")
        pointer = c.POINTER(c.c_char).from_buffer(c.cast(text, c.c_void_p))
        pointer = c.cast(text, c.POINTER(c.c_char))
        routine = self.routine(
            "replace_letter", c.c_int, c.POINTER(c.POINTER(c.c_char)), c.c_char, c.c_char
        )
        self.assertEqual(routine(c.byref(pointer), b"o", b"u"), 2)
        self.assertEqual(text.value, b"Hellu wurld!")

    # System DLLs.

    def test_35_system_dll(self):
        self.assertGreater(self.c.windll.kernel32.GetCurrentProcessId(), 0)

    def test_36_c_runtime(self):
        routine = self.c.cdll.msvcrt.pow
        routine.argtypes, routine.restype = [self.c.c_double, self.c.c_double], self.c.c_double
        self.assertEqual(routine(3.0, 4.0), 81.0)

    # Structures by value.

    def small_vector(self):
        class Vector(self.c.Structure):
            _fields_ = [(name, self.c.c_int16) for name in "xyzu"]

        return Vector

    def test_37_structure_of_8_bytes_by_value(self):
        vector = self.small_vector()
        self.assertEqual(
            self.routine("vector_by_value", self.c.c_int, vector)(vector(1, 2, 3, 4)), 4321
        )

    def test_38_structure_of_16_bytes_by_value(self):
        point = self.point()
        self.assertEqual(self.routine("norm_by_value", self.c.c_double, point)(point(3, 4)), 25.0)

    def test_39_structure_of_8_bytes_as_result(self):
        made = self.routine("make_vector", self.small_vector(), self.c.c_int)(5)
        self.assertEqual((made.x, made.y, made.z, made.u), (5, 6, 7, 8))

    def test_40_structure_of_16_bytes_as_result(self):
        made = self.routine("make_point", self.point(), self.c.c_double, self.c.c_double)(1.5, 2.5)
        self.assertEqual((made.x, made.y), (1.5, 2.5))

    def test_41_variable_arguments(self):
        c = self.c
        routine = c.CDLL(support.dll(self.arch, self.convention)).sum_variable
        self.assertEqual(routine(3, c.c_double(1.0), c.c_double(2.0), c.c_double(3.5)), 6)
        routine.argtypes = [c.c_int]
        self.assertEqual(routine(1, c.c_double(9.0)), 9)

    # Threads.

    def test_42_each_thread_has_one_of_windows(self):
        numbers = {}

        def ask():
            numbers[threading.get_ident()] = {self.dll.thread_number() for _ in range(10)}
            barrier.wait()

        barrier = threading.Barrier(6)
        threads = [threading.Thread(target=ask) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([len(found) for found in numbers.values()], [1] * 6)
        self.assertEqual(len(set.union(*numbers.values())), 6)
        self.assertEqual(self.dll.thread_number(), self.dll.thread_number())

    def test_43_threads_run_at_the_same_time(self):
        sleep = self.dll.sleep_milliseconds
        threads = [threading.Thread(target=sleep, args=(300,)) for _ in range(6)]
        began = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertLess(time.monotonic() - began, 1.5)

    def test_44_linked_list(self):
        c = self.c

        class Node(c.Structure):
            pass

        Node._fields_ = [("value", c.c_int), ("next", c.POINTER(Node))]
        first = None
        for value in range(1, 101):
            node = Node(value)
            if first is not None:
                node.next = c.pointer(first)
            first = node
        routine = self.routine("sum_list", c.c_int, c.POINTER(Node))
        self.assertEqual(routine(c.byref(first)), 5050)
        self.assertEqual(first.next.contents.next.contents.value, 98)

    def test_44_linked_list_of_ctypes_itself(self):
        import ctypes

        class Node(ctypes.Structure):
            pass

        Node._fields_ = [("value", ctypes.c_int), ("next", ctypes.POINTER(Node))]
        first = None
        for value in range(1, 3001):
            node = Node(value)
            if first is not None:
                node.next = ctypes.pointer(first)
            first = node
        self.assertEqual(
            self.routine("sum_list", self.c.c_int, self.c.c_void_p)(ctypes.byref(first)),
            3000 * 3001 // 2,
        )
        ring = Node(7)
        ring.next = ctypes.pointer(ring)
        self.assertEqual(
            self.routine("is_null", self.c.c_int, self.c.c_void_p)(ctypes.byref(ring)), 0
        )

    def test_44_linked_list_of_the_dll(self):
        c = self.c

        class Node(c.Structure):
            pass

        Node._fields_ = [("value", c.c_int), ("next", c.POINTER(Node))]
        node = self.routine("new_list", c.POINTER(Node), c.c_int)(5)
        values = []
        while node:
            values.append(node.contents.value)
            node = node.contents.next
        self.assertEqual(values, [0, 1, 2, 3, 4])

    # More of ctypes.

    def test_50_structure_of_3_bytes_by_value(self):
        class Triple(self.c.Structure):
            _fields_ = [(name, self.c.c_int8) for name in "abc"]

        self.assertEqual(
            self.routine("triple_by_value", self.c.c_int, Triple)(Triple(1, 2, 3)), 321
        )

    def test_51_callback_in_a_structure(self):
        data = [1, 6, 8, 4, 9, 7, 4, 2, 5, 2]
        kind = self.functype(self.c.c_int, self.c.c_int)

        class Belt(self.c.Structure):
            _fields_ = [("count", self.c.c_int16), ("get", kind)]

        belt = Belt(10, kind(lambda place: data[place]))
        gc.collect()
        self.assertEqual(self.routine("sum_belt", self.c.c_int, self.c.POINTER(Belt))(belt), 48)

    def test_52_optional_callback(self):
        kind = self.functype(self.c.c_int, self.c.c_int)
        routine = self.routine("sum_callback", self.c.c_int, self.c.c_int, kind)
        self.assertEqual(routine(7, None), 14)
        self.assertEqual(routine(7, kind()), 14)
        self.assertEqual(routine(2, kind(lambda place: place)), 1)

    def test_53_callback_from_a_thread_of_the_dll(self):
        kind = self.functype(self.c.c_int, self.c.c_int)
        threads = []

        def callback(number):
            threads.append(threading.get_ident())
            return self.dll.add(number, 1)

        routine = self.routine("callback_from_thread", self.c.c_int, kind)
        for _ in range(5):
            self.assertEqual(routine(kind(callback)), 42)
        self.assertNotIn(threading.get_ident(), threads)

    def test_54_callback_that_raises(self):
        def fail(place):
            raise ValueError(place)

        kind = self.functype(self.c.c_int, self.c.c_int)
        seen = []
        with mock.patch("sys.unraisablehook", lambda unraisable: seen.append(unraisable.exc_value)):
            self.assertEqual(
                self.routine("sum_callback", self.c.c_int, self.c.c_int, kind)(2, kind(fail)), 0
            )
        self.assertEqual([type(error) for error in seen], [ValueError] * 2)
        self.assertEqual(self.dll.add(1, 1), 2)

    def test_55_errcheck(self):
        routine = self.routine("add", self.c.c_int, self.c.c_int, self.c.c_int)
        seen = []

        def check(result, function, arguments):
            seen.append((function is routine, arguments))
            return result * 2

        routine.errcheck = check
        self.assertEqual(routine(3, 4), 14)
        self.assertEqual(seen, [(True, (3, 4))])
        routine.errcheck = (
            None if sys.version_info >= (3, 14) else lambda result, function, arguments: result
        )
        self.assertEqual(routine(3, 4), 7)

    def test_56_argtypes_that_are_no_sequence(self):
        with self.assertRaises(TypeError):
            self.dll["add"].argtypes = self.c.c_int
        with self.assertRaises(TypeError):
            self.dll["add"].argtypes = [5]

    def test_57_too_few_arguments(self):
        routine = self.routine("add", self.c.c_int, self.c.c_int, self.c.c_int)
        with self.assertRaisesRegex(
            TypeError, r"this function takes (at least )?2 arguments \(1 given\)"
        ):
            routine(1)

    def test_58_too_many_arguments(self):
        routine = self.routine("add", self.c.c_int, self.c.c_int, self.c.c_int)
        if self.convention == "cdecl":
            self.assertEqual(routine(1, 2, 3), 3)
        else:
            with self.assertRaisesRegex(TypeError, r"this function takes 2 arguments \(3 given\)"):
                routine(1, 2, 3)

    def test_59_argument_of_a_wrong_type(self):
        with self.assertRaisesRegex(
            self.c.ArgumentError, "argument 1: TypeError: Don't know how to convert parameter 1"
        ):
            self.dll["add"](1.5, 2)
        routine = self.routine("add", self.c.c_int, self.c.c_int, self.c.c_int)
        for wrong in (1.5, "1", None, [1]):
            with self.assertRaisesRegex(self.c.ArgumentError, "argument 2: TypeError: "):
                routine(1, wrong)
        with self.assertRaises(self.c.ArgumentError):
            self.routine("wide_length", self.c.c_int, self.c.c_wchar_p)(b"bytes")
        with self.assertRaises(self.c.ArgumentError):
            self.routine("is_null", self.c.c_int, self.c.POINTER(self.c.c_int))(
                self.c.byref(self.c.c_double())
            )

    def test_60_restype_of_a_wrong_type(self):
        with self.assertRaises(TypeError):
            self.dll["add"].restype = "x"

    def test_61_float_through_the_default_restype(self):
        routine = self.dll["simple_demo_routine"]
        routine.argtypes = [self.c.c_float, self.c.c_float]
        self.assertIsInstance(routine(20.0, 1.07), int)

    def test_62_oledll(self):
        dll = self.c.OleDLL(support.dll(self.arch, self.convention))
        self.assertEqual(dll.result_code(1), 1)
        with self.assertRaises(OSError) as caught:
            dll.result_code(-2147467259)
        self.assertEqual(caught.exception.winerror, -2147467259)

    def test_63_format_error(self):
        self.assertEqual(self.c.FormatError(2), "File not found.")
        self.dll.set_last_error(5)
        self.assertEqual(self.c.FormatError(), self.c.FormatError(5))

    def test_64_win_error(self):
        error = self.c.WinError(5)
        self.assertIsInstance(error, PermissionError)
        self.assertEqual(error.winerror, 5)
        self.assertIsInstance(self.c.WinError(2), FileNotFoundError)
        self.assertIn("mine", str(self.c.WinError(87, "mine")))

    def test_65_sizes_of_wintypes(self):
        c, wintypes = self.c, self.c.wintypes
        sizes = {
            "DWORD": 4,
            "LONG": 4,
            "BOOL": 4,
            "WCHAR": 2,
            "VARIANT_BOOL": 2,
            "LARGE_INTEGER": 8,
            "WIN32_FIND_DATAW": 592,
            "RECT": 16,
            "FILETIME": 8,
        }
        self.assertEqual({name: c.sizeof(getattr(wintypes, name)) for name in sizes}, sizes)

    def test_65_structure_of_the_system(self):
        c, wintypes = self.c, self.c.wintypes
        kernel32 = c.WinDLL("kernel32", use_last_error=True)
        first = kernel32.FindFirstFileW
        first.argtypes, first.restype = (
            [wintypes.LPCWSTR, wintypes.LPWIN32_FIND_DATAW],
            wintypes.HANDLE,
        )
        found = wintypes.WIN32_FIND_DATAW()
        handle = first(
            self.session.to_windows(support.dll(self.arch, self.convention)), c.byref(found)
        )
        self.assertEqual(found.cFileName, f"{self.arch}-{self.convention}.dll")
        self.assertEqual(
            found.nFileSizeLow, os.path.getsize(support.dll(self.arch, self.convention))
        )
        close = kernel32.FindClose
        close.argtypes = [wintypes.HANDLE]
        self.assertTrue(close(handle))

    def test_66_sizes_of_types(self):
        c = self.c
        self.assertEqual(c.sizeof(c.c_long), 4)
        self.assertEqual(c.sizeof(c.c_ulong), 4)
        self.assertEqual(c.sizeof(c.c_wchar), 2)
        self.assertEqual(c.sizeof(c.c_longdouble), 8)
        self.assertEqual(c.sizeof(c.c_size_t), 8 if self.arch == "win64" else 4)

    def test_67_null_as_result(self):
        self.assertIsNone(self.routine("same_address", self.c.c_void_p, self.c.c_void_p)(None))
        self.assertIsNone(self.routine("same_address", self.c.c_char_p, self.c.c_void_p)(None))
        self.assertIsNone(self.routine("same_address", self.c.c_wchar_p, self.c.c_void_p)(None))
        self.assertFalse(
            self.routine("same_address", self.c.POINTER(self.c.c_int), self.c.c_void_p)(None)
        )

    def test_68_null_as_argument(self):
        routine = self.routine("is_null", self.c.c_int, self.c.c_void_p)
        self.assertEqual(
            (routine(None), routine(0), routine(self.c.byref(self.c.c_int()))), (1, 1, 0)
        )

    def test_69_large_buffer(self):
        c = self.c
        data = bytearray(range(256)) * 4096
        total = c.c_uint64()
        routine = self.routine("sum_bytes", None, c.c_void_p, c.c_size_t, c.POINTER(c.c_uint64))
        for argument in (
            data,
            bytes(data),
            (c.c_uint8 * len(data)).from_buffer(data),
            memoryview(data),
        ):
            routine(argument, len(data), c.byref(total))
            self.assertEqual(total.value, sum(data))
        too_large = bytearray(1 << 29)
        with self.assertRaises(MemoryError):
            routine(too_large, 1, c.byref(total))

    def test_70_dll_with_a_dependency_beside_it(self):
        dll = self.c.cdll.LoadLibrary(str(support.DLLS / self.arch / "needs.dll"))
        self.assertEqual(dll.number_times_two(), 42)

    def test_71_wrong_architecture(self):
        other = "win32" if self.arch == "win64" else "win64"
        with self.assertRaisesRegex(OSError, f"is for {other}") as caught:
            self.c.WinDLL(support.dll(other, self.convention))
        self.assertEqual(caught.exception.winerror, 193)

    def test_71_not_a_dll(self):
        with self.assertRaisesRegex(OSError, "not a DLL of Windows") as caught:
            self.c.WinDLL(__file__)
        self.assertEqual(caught.exception.winerror, 193)

    def test_72_paths(self):
        to_windows, to_unix = self.session.to_windows, self.session.to_unix
        self.assertEqual(to_windows("/opt/a b/x.dll"), "Z:\\opt\\a b\\x.dll")
        self.assertEqual(to_unix(to_windows("/opt/a b/x.dll")), "/opt/a b/x.dll")
        with self.assertRaises(ValueError):
            to_unix("C:\\windows")
        windows = self.c.CDLL(to_windows(support.dll(self.arch, self.convention)))
        self.assertEqual(windows.add(1, 2), 3)

    def test_73_other_memory_and_from_param(self):
        c = self.c

        class Doubles:
            """As in the documentation of zugbruecke and of ctypes' users."""

            @classmethod
            def from_param(cls, value):
                if isinstance(value, array.array):
                    return c.cast((c.c_double * len(value))(*value), c.POINTER(c.c_double))
                return (c.c_double * len(value))(*value)

        routine = self.routine("average", c.c_double, Doubles, c.c_int)
        for values in ([1, 2, 3, 4], (1.0, 2.0, 3.0, 4.0), array.array("d", [1, 2, 3, 4])):
            self.assertEqual(routine(values, 4), 2.5)
        routine = self.routine("average", c.c_double, c.POINTER(c.c_double), c.c_int)
        self.assertEqual(routine(array.array("d", [1, 2, 3, 4]), 4), 2.5)
        try:
            import numpy
        except ImportError:
            return
        self.assertEqual(routine(numpy.array([1.0, 2.0, 3.0, 4.0]), 4), 2.5)

    def test_74_arrays_of_arrays(self):
        c = self.c
        matrix = ((c.c_float * 4) * 3)((2, 1, -1, 8), (-3, -1, 2, -11), (-2, 1, 2, -3))
        solution = (c.c_float * 3)()
        kinds = c.POINTER((c.c_float * 4) * 3), c.POINTER(c.c_float * 3)
        self.routine("gauss_elimination", None, *kinds)(matrix, solution)
        self.assertEqual([round(number, 3) for number in solution], [2, 3, -1])

    def test_75_image_filter(self):
        c = self.c

        class Image(c.Structure):
            _fields_ = [("width", c.c_int16), ("height", c.c_int16), ("data", c.POINTER(c.c_int16))]

        def image(width, height, values):
            return Image(
                width, height, c.cast((c.c_int16 * len(values))(*values), c.POINTER(c.c_int16))
            )

        def largest(part):
            given = part.contents
            return max(given.data[: given.width * given.height])

        kind = self.functype(c.c_int16, c.POINTER(Image))
        given, result = image(3, 3, range(1, 10)), image(3, 3, [0] * 9)
        routine = self.routine(
            "apply_filter", None, c.POINTER(Image), c.POINTER(Image), c.c_int16, kind
        )
        routine.memsync = [
            {
                "pointer": [0, "data"],
                "length": ([0, "width"], [0, "height"]),
                "func": "lambda x, y: x * y",
                "type": c.c_int16,
            }
        ]
        routine(given, result, 3, kind(largest))
        self.assertEqual(result.data[:9], [5, 6, 6, 8, 9, 9, 8, 9, 9])

    def test_76_limits_of_integers(self):
        self.assertEqual(self.routine("largest8", self.c.c_uint8)(), 255)
        self.assertEqual(self.routine("smallest8", self.c.c_int8)(), -128)
        self.assertEqual(self.routine("largest64", self.c.c_uint64)(), 2**64 - 1)
        routine = self.routine("add", self.c.c_int, self.c.c_int, self.c.c_int)
        self.assertEqual(routine(2**32 + 1, 2**40 + 2), 3)

    def test_77_free_and_load_again(self):
        path = str(support.DLLS / self.arch / "dependency.dll")
        first = self.c.CDLL(path)
        self.assertEqual(first.number_of_dependency(), 21)
        self.c.FreeLibrary(first._handle)
        self.assertEqual(self.c.CDLL(path).number_of_dependency(), 21)

    def test_78_output_of_the_dll(self):
        program = (
            "import sys, pywindll\nc = pywindll.Session(arch=sys.argv[1]).ctypes\n"
            "c.cdll.LoadLibrary(sys.argv[2]).say(b'from the DLL')"
        )
        self.assertEqual(
            support.run(program, self.arch, support.dll(self.arch, self.convention)).stdout,
            "from the DLL\n",
        )

    # What the study has no number for.

    def test_bit_fields_of_microsoft(self):
        c = self.c

        class Bits(c.Structure):
            _fields_ = [
                ("low", c.c_uint32, 3),
                ("middle", c.c_int32, 7),
                ("high", c.c_uint16, 4),
                ("last", c.c_uint8, 5),
                ("after", c.c_int32),
            ]

        self.assertEqual(c.sizeof(Bits), self.dll.size_of_bits())
        value = Bits(5, -3, 9, 17, 2)
        self.assertEqual(
            (value.low, value.middle, value.high, value.last, value.after), (5, -3, 9, 17, 2)
        )
        self.assertEqual(
            self.routine("sum_bits", c.c_int, c.POINTER(Bits))(value), 5 - 30 + 900 + 17000 + 20000
        )

    def test_texts_in_structures(self):
        c = self.c

        class Texts(c.Structure):
            _fields_ = [
                ("name", c.c_char_p),
                ("title", c.c_wchar_p),
                ("tag", c.c_wchar * 8),
                ("letter", c.c_wchar),
            ]

        texts = Texts(b"name", "title", "tag", "c")
        gc.collect()
        self.assertEqual(
            (texts.name, texts.title, texts.tag, texts.letter), (b"name", "title", "tag", "c")
        )
        self.assertEqual(
            self.routine("text_lengths", c.c_int, c.POINTER(Texts))(texts), 4 + 50 + 300 + 2000
        )
        texts.name = b"longer name"
        self.assertEqual(texts.name, b"longer name")

    def test_array_of_texts(self):
        c = self.c
        texts = (c.c_char_p * 3)(b"a", b"bc", b"def")
        self.assertEqual(texts[1], b"bc")
        self.assertEqual(self.dll.joined_length(texts, 3), 6)
        import ctypes

        self.assertEqual(self.dll.joined_length((ctypes.c_char_p * 2)(b"four", b"five5"), 2), 9)

    def test_pointer_that_the_dll_sets(self):
        c = self.c
        place = c.POINTER(c.c_int)()
        self.routine("give_squares", None, c.POINTER(c.POINTER(c.c_int)), c.c_int)(
            c.byref(place), 4
        )
        self.assertEqual(place[:4], [0, 1, 4, 9])

    def test_structure_of_the_dll_is_read_and_written(self):
        c, point = self.c, self.point()
        made = self.routine("new_point", c.POINTER(point), c.c_double, c.c_double)(3, 4)
        view = made.contents
        self.assertEqual((view.x, view.y), (3, 4))
        view.x = 6
        distance = self.routine("distance", c.c_double, c.POINTER(point), c.POINTER(point))
        self.assertEqual(distance(made, point(0, 0)), 36 + 16)

    def test_callback_with_structures(self):
        c, point = self.c, self.point()

        def call(first, second):
            result = first.x + first.y + second.contents.y
            second.contents.x = 100
            return result

        kind = self.functype(c.c_double, point, c.POINTER(point))
        self.assertEqual(self.routine("call_points", c.c_double, kind)(kind(call)), 1 + 2 + 4 + 100)

    def test_registers_of_conventions(self):
        dll = self.c.CDLL(support.dll(self.arch, self.convention))
        fast = dll["fast_add"]
        fast._convention_ = "fastcall"
        self.assertEqual(fast(1, 2, 3), 321)
        method = dll["method_add"]
        method._convention_ = "thiscall"
        self.assertEqual(method(self.c.byref(self.c.c_int(5)), 2), 25)

    def test_com_methods(self):
        c = self.c
        made = self.routine("make_object", c.c_void_p, c.c_int)(10)
        add = c.WINFUNCTYPE(c.c_int, c.c_int)(0, "Add")
        times = c.WINFUNCTYPE(c.c_int, c.c_int)(1, "Times")
        self.assertEqual(add(c.c_void_p(made), 5), 15)
        self.assertEqual(times(c.c_void_p(made), 3), 45)

    def test_prototypes_with_flags(self):
        c = self.c
        prototype = self.functype(c.c_int, c.c_int, c.c_int, c.POINTER(c.c_int))
        divide = prototype(("divide", self.dll), ((1, "a"), (1, "b", 5), (2, "rest")))
        self.assertEqual(divide(17), 2)
        self.assertEqual(divide(a=17, b=3), 2)
        divide.errcheck = lambda result, function, arguments: (result, arguments[2].value)
        self.assertEqual(divide(17, 3), (5, 2))
        add = self.functype(c.c_int, c.c_int, c.c_int)(("add", self.dll))
        self.assertEqual(add(1, 2), 3)

    def test_big_endian_structure(self):
        c = self.c

        class Big(c.BigEndianStructure):
            _fields_ = [("value", c.c_uint32)]

        self.assertEqual(bytes(Big(1)), b"\0\0\0\1")
        total = c.c_uint64()
        self.dll.sum_bytes(c.byref(Big(0x01020304)), c.c_size_t(4), c.byref(total))
        self.assertEqual(total.value, 10)

    def test_packed_structure_and_anonymous_union(self):
        c = self.c

        class Number(c.Union):
            _fields_ = [("whole", c.c_int32), ("parts", c.c_int16 * 2)]

        class Packed(c.Structure):
            _pack_ = 1
            _anonymous_ = ["number"]
            _fields_ = [("tag", c.c_char), ("number", Number)]

        packed = Packed(b"x")
        packed.whole = 0x20001
        self.assertEqual((c.sizeof(packed), list(packed.parts)), (5, [1, 2]))
        total = c.c_uint64()
        self.dll.sum_bytes(c.byref(packed), c.c_size_t(5), c.byref(total))
        self.assertEqual(total.value, ord("x") + 3)

    def test_batch(self):
        routine = self.routine(
            "divide", self.c.c_int, self.c.c_int, self.c.c_int, self.c.POINTER(self.c.c_int)
        )
        rests = [self.c.c_int() for _ in range(300)]
        results = self.session.call_batch(
            routine, [(number, 7, rest) for number, rest in enumerate(rests)]
        )
        self.assertEqual(results, [number // 7 for number in range(300)])
        self.assertEqual([rest.value for rest in rests], [number % 7 for number in range(300)])
        divide = self.routine("divide_int", self.c.c_int, self.c.c_int, self.c.c_int)
        with self.assertRaisesRegex(OSError, "0xC0000094"):
            self.session.call_batch(divide, [(1, 1), (1, 0), (2, 1)])
        self.assertEqual(divide(6, 3), 2)

    def test_memsync_of_a_wrong_type(self):
        for wrong in (5, [5], [{"length": []}]):
            with self.assertRaises(TypeError):
                self.dll["add"].memsync = wrong

    def test_module_functions_of_com(self):
        self.assertEqual(self.c.DllCanUnloadNow(), 1)
        self.assertEqual(self.c.DllGetClassObject(0, 0, 0), -2147221231)

    def test_stack_overflow(self):
        session = self.session
        for _ in range(3):
            with self.assertRaisesRegex(OSError, "exception: stack overflow"):
                self.dll.overflow_stack()
            self.assertEqual(self.dll.add(1, 2), 3)
        self.assertTrue(session.native.is_open)

    def test_missing_dependency_is_named(self):
        path = str(support.DLLS / f"{self.arch}-lonely" / "needs.dll")
        from pywindll import Session

        with Session(arch=self.arch) as session:
            with self.assertRaisesRegex(FileNotFoundError, "dependency.dll"):
                session.ctypes.CDLL(path)
            with session.add_dll_directory(support.DLLS / self.arch):
                self.assertEqual(session.ctypes.CDLL(path).number_times_two(), 42)


class Win64Cdecl(Cases, unittest.TestCase):
    arch, convention = "win64", "cdecl"


class Win64Stdcall(Cases, unittest.TestCase):
    arch, convention = "win64", "stdcall"


class Win32Cdecl(Cases, unittest.TestCase):
    arch, convention = "win32", "cdecl"


class Win32Stdcall(Cases, unittest.TestCase):
    arch, convention = "win32", "stdcall"


if __name__ == "__main__":
    unittest.main()
