"""What the tests share: sessions, DLLs, and running programs apart."""

import os
import pathlib
import subprocess
import sys
import time

DLLS = pathlib.Path(os.environ["WINDLL_TEST_DLLS"])

_sessions = {}


def session(arch):
    """One session for each architecture, for all tests that do it no harm."""
    from pywindll import Session

    if arch not in _sessions:
        _sessions[arch] = Session(arch=arch)
    return _sessions[arch]


def dll(arch, convention):
    return str(DLLS / f"{arch}-{convention}.dll")


def run(program, *arguments, **options):
    """A Python program in a process of its own."""
    options.setdefault("timeout", 120)
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        capture_output=True,
        text=True,
        **options,
    )


def process_is_there(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until(condition, seconds=10):
    """Waits for something that happens soon, or not at all."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.005)
    return condition()
