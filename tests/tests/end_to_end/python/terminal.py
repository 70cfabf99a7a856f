"""Runs a program on a terminal and types a line at each of its prompts.

The first argument is the program; each other one is typed, as it is, at a prompt. What the screen
shows goes to standard output, and the exit code is the program's.
"""

import os
import pty
import select
import signal
import sys

PROMPTS = (b'>>> ', b'... ')
PATIENCE = 60  # seconds
INTERRUPT = '\x03'


def read_until_prompt(terminal, typed=''):
    """Return what the screen shows up to the next prompt, or to the program's end.

    An interrupt that comes after a prompt is shown and before the program waits for input is lost
    on CPython, so it is typed again as a person would.
    """
    screen = b''
    for _ in range(PATIENCE):
        while select.select([terminal], [], [], 1)[0]:
            try:
                data = os.read(terminal, 4096)
            except OSError:
                # Linux reports the end of the program at the other end as an error.
                return screen
            screen += data
            if not data or screen.endswith(PROMPTS):
                return screen
        if typed == INTERRUPT:
            os.write(terminal, typed.encode())
    sys.exit(f'no prompt after {PATIENCE} seconds: {screen!r}')


def main(program, *lines):
    process, terminal = pty.fork()
    if process == 0:
        # Whoever started the tests may ignore the signal, as shells do for background jobs.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.execv(program, [program])
    screen = read_until_prompt(terminal)
    for line in lines:
        os.write(terminal, line.encode())
        screen += read_until_prompt(terminal, line)
    sys.stdout.write(screen.decode().replace('\r', ''))
    _, status = os.waitpid(process, 0)
    return os.waitstatus_to_exitcode(status)


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
