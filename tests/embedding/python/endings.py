"""What the Rust programs call."""

import atexit
import multiprocessing
import subprocess
import sys
import threading
import time

LEFT_OPEN = open('/dev/null', 'w')


class Finalized:
    """Says when it is."""

    def __del__(self):
        print('finalized')


KEPT = Finalized()


def fail():
    """Raise an exception."""
    raise ValueError('refused')


def leave(code):
    """Ask for the end."""
    sys.exit(code)


def interrupt():
    """Do as if the user had pressed Ctrl-C."""
    raise KeyboardInterrupt


def count():
    """Count without an end."""
    number = 0
    while True:
        number += 1


def sleep():
    """Let go of the interpreter again and again."""
    while True:
        time.sleep(0.0001)


def start_python():
    """Start Python in the ways that programs do, and print what comes of it."""
    command = [sys.executable, '-c', 'print("Python")']
    try:
        print(subprocess.run(command, capture_output=True, text=True, timeout=60).stdout.strip())
    except OSError as error:
        print(type(error).__name__)
    for method in ('spawn', 'forkserver'):
        try:
            with multiprocessing.get_context(method).Pool(1) as pool:
                print(pool.map(len, ['four']))
        except RuntimeError as error:
            print(error)


def say_at_end():
    """Leave something to do at the end: a thread, a function of atexit, buffered output."""
    atexit.register(print, 'atexit')
    threading.Thread(target=lambda: (time.sleep(0.1), print('thread'))).start()
    sys.stdout.write('buffered\n')
