"""Measures calls, callbacks, copies, starts: `calls.py DLL NATIVE_LIBRARY`.

Prints a table; times in microseconds unless a name says otherwise.
`cargo xtask bench windll` runs it.
"""

import ctypes as native
import os
import statistics
import subprocess
import sys
import time


def median(run, count):
    """The median, and the 99th of a hundred, of single runs."""
    clock = time.perf_counter_ns
    for _ in range(count // 20):
        run()
    times = []
    for _ in range(count):
        begin = clock()
        run()
        times.append(clock() - begin)
    times.sort()
    return [round(times[count // 2] / 1e3, 2), round(times[count * 99 // 100] / 1e3, 2)]


def start_times(count):
    """Seconds of processes that make one call each, from a server that is not running and from one
    that is."""
    program = (
        "import time\nbegin = time.perf_counter()\nfrom pywindll import ctypes\n"
        "imported = time.perf_counter()\nctypes.cdll.msvcrt.abs(5)\n"
        "print(imported - begin, time.perf_counter() - imported)"
    )
    runs = []
    for _ in range(count):
        output = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        ).stdout
        runs.append([float(number) for number in output.split()])
    return [statistics.median(run[place] for run in runs) * 1e3 for place in (0, 1)]


def main():
    from pywindll import Session

    dll_path, library_path = sys.argv[1:]
    found = {}
    import_time, cold = start_times(5)
    session = Session()
    c = session.ctypes
    dll = c.cdll.LoadLibrary(dll_path)
    _, warm = start_times(5)
    found["import, ms"] = round(import_time, 1)
    found["first call, cold, ms"] = round(cold)
    found["first call, warm, ms"] = round(warm)

    add = dll.add
    add.argtypes = [c.c_int, c.c_int]
    found["call of two ints"] = median(lambda: add(3, 4), 50_000)
    routine = dll.simple_demo_routine
    routine.argtypes, routine.restype = [c.c_float, c.c_float], c.c_float
    found["call of two floats"] = median(lambda: routine(20.0, 1.07), 50_000)
    sort = dll.bubblesort
    sort.argtypes = [c.POINTER(c.c_float), c.c_int]
    numbers = (c.c_float * 10)(5.74, 3.72, 6.28, 8.6, 9.34, 6.47, 2.05, 9.09, 4.39, 4.75)
    found["array of ten floats, in and out"] = median(lambda: sort(numbers, 10), 20_000)
    kind = c.CFUNCTYPE(c.c_int, c.c_int)
    total = dll.sum_callback
    total.argtypes = [c.c_int, kind]
    callback = kind(lambda place: place)
    found["callback"] = [
        round(number / 100, 2) for number in median(lambda: total(100, callback), 500)
    ]
    data, result = bytearray(1 << 20), c.c_uint64()
    null = dll.is_null
    null.argtypes = [c.c_void_p]
    found["1 MiB in and out"] = median(lambda: null(data), 500)
    copy = bytearray(1 << 20)

    def copied_twice():
        copy[:] = data
        data[:] = copy

    found["copying 1 MiB twice in Python"] = median(copied_twice, 500)
    del result
    calls = [(3, 4)] * 100
    found["call in a batch of 100"] = [
        round(number / 100, 3) for number in median(lambda: session.call_batch(add, calls), 500)
    ]

    library = native.CDLL(library_path)
    library.add.argtypes = [native.c_int, native.c_int]
    found["ctypes: call of two ints in a library of Linux"] = median(
        lambda: library.add(3, 4), 50_000
    )
    session.close()
    load = ", ".join(f"{number:.1f}" for number in os.getloadavg())
    print(f"{os.cpu_count()} processors, load {load}; median, 99th of a hundred; microseconds")
    for name, figures in found.items():
        text = "".join(
            f"{figure:>10}" for figure in (figures if isinstance(figures, list) else [figures])
        )
        print(f"{name:<52}{text}")


if __name__ == "__main__":
    main()
