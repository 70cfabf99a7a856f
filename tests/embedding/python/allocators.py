"""What a program does with memory, for the tests of `[allocator]`."""

import itertools
import os
import sys
import threading
import tracemalloc

# More than CPython's own allocator serves.
LARGE = 1 << 20


def small_objects(count):
    return [object() for _ in range(count)]


def chain(count):
    """As many small objects, without anything large."""
    last = None
    for _ in itertools.repeat(None, count):
        last = (last,)
    return last


def work(rounds=20):
    """Grows and shrinks containers of all sizes; returns what depends on their contents."""
    total = 0
    for round in range(rounds):
        texts = [str(number) * (1 + number % 40) for number in range(500)]
        table = {text: len(text) for text in texts}
        buffer = bytearray()
        for text in texts:
            buffer += text.encode()
        del texts[::2]
        total += sum(table.values()) + len(buffer) + round
    return total


def in_threads(count=8):
    expected = work()
    results = []
    threads = [threading.Thread(target=lambda: results.append(work())) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [expected] * count, results


def forks(count):
    """Forks in the midst of what other threads do; each child uses memory and starts a thread."""
    for number in range(count):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                thread = threading.Thread(target=work, args=(1,))
                thread.start()
                memory = [bytearray(size) for size in (100, 5000, LARGE)]
                thread.join()
                code = 0 if len(memory) == 3 else 2
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        assert status == 0, (number, status)


def in_processes():
    import multiprocessing

    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(work, [1, 2, 3]) == [work(1), work(2), work(3)]


def reports():
    tracemalloc.start()
    kept = bytearray(LARGE)
    now, peak = tracemalloc.get_traced_memory()
    assert LARGE <= now <= peak < 2 * LARGE + len(kept), (now, peak)
    tracemalloc.stop()
    sys._debugmallocstats()
    assert sys.getallocatedblocks() >= 0


def leave_something():
    """Leaves what the end of the interpreter frees, and what nothing frees."""
    cycle = small_objects(1000)
    cycle.append(cycle)
    module = sys.modules[__name__]
    module.kept = [bytearray(LARGE), cycle]
