"""Runs shell commands and tells what came of them: `run.py SECONDS COMMANDS`.

The commands run in a session of their own; what they leave running, such as a server, is killed
at their end. Prints JSON: exit code (null when the time was over), both streams, seconds, and the
peak memory of the largest process in kB.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time


def main() -> None:
    deadline, commands = float(sys.argv[1]), sys.argv[2]
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        start = time.monotonic()
        shell = subprocess.Popen(
            ["/bin/sh", "-euc", commands],
            stdin=subprocess.DEVNULL,
            # Files: a server that goes on running would keep a pipe open.
            stdout=output,
            stderr=errors,
            start_new_session=True,
        )
        try:
            code = shell.wait(deadline)
        except subprocess.TimeoutExpired:
            code = None
        seconds = time.monotonic() - start
        try:
            os.killpg(shell.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        shell.wait()
        streams = []
        for file in (output, errors):
            file.seek(0)
            streams.append(file.read().decode("utf-8", "replace"))
    result = {
        "code": code,
        "stdout": streams[0],
        "stderr": streams[1],
        "seconds": seconds,
        "memory": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss,
    }
    print(json.dumps(result))


main()
