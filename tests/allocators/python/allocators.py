"""Does one task; prints its processor time and the largest size of the process, as JSON."""

import sys
from time import process_time_ns


def hello():
    """Starts."""


def json():
    """Writes and reads JSON."""
    from json import dumps, loads

    record = {"name": "a name", "tags": ["one", "two", "three"], "point": {"x": 1.5, "y": 2.25}}
    records = [dict(record, number=number, text="x" * (number % 200)) for number in range(4000)]
    for _ in range(8):
        assert len(loads(dumps(records))) == len(records)


def objects():
    """Makes many small objects and lets them go."""

    class Point:
        def __init__(self, x, y):
            self.x, self.y = x, y

    for _ in range(6):
        points = [Point(number, float(number)) for number in range(60_000)]
        table = {point.x: (point, [point.y]) for point in points}
        del points[::2]
        assert len(table) == 60_000


def buffers():
    """Makes strings, bytes and lists that are too large for CPython's own allocator; they grow."""
    for _ in range(12):
        texts = [str(number) * 150 for number in range(4000)]
        joined = "\n".join(texts).encode()
        lines = joined.split(b"\n")
        grown = bytearray()
        for line in lines:
            grown += line
        assert len(grown) > len(lines)


def threads():
    """Compresses on four threads, which ask for memory without the lock of the interpreter."""
    from threading import Thread
    from zlib import compress

    data = [bytes(range(256)) * (1 + number % 8) for number in range(16)]

    def work():
        for number in range(1200):
            compress(data[number % 16], 1)

    workers = [Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def numpy():
    """Computes with arrays of numpy's, with a temporary one for each operation."""
    from numpy import arange

    for size, rounds in [(100, 30_000), (10_000, 3_000), (1_000_000, 25)]:
        values = arange(size, dtype=float)
        for _ in range(rounds):
            values = (values + 1.0) * 2.0 - values


def peak():
    """The largest size of this process in memory, in kilobytes."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))


def run(task):
    work = globals()[task]
    if work is numpy:
        import numpy as _  # noqa: F401
    # The start of the process is what `hello` is about.
    start = 0 if work is hello else process_time_ns()
    work()
    elapsed = process_time_ns() - start
    print(f'{{"nanoseconds": {elapsed}, "kilobytes": {peak()}}}')


if __name__ == "__main__":
    run(sys.argv[1])
