"""Runs a program on a terminal and types a line at each of its prompts.

The first argument is the program; each other one is typed, as it is, at a prompt. What the screen
shows goes to standard output, and the exit code is the program's.
"""

import os
import pty
import select
import sys

PROMPTS = (b'>>> ', b'... ')
PATIENCE = 60  # seconds


def read_until_prompt(terminal):
    """Return what the screen shows up to the next prompt, or to the program's end."""
    screen = b''
    while not screen.endswith(PROMPTS):
        ready, _, _ = select.select([terminal], [], [], PATIENCE)
        if not ready:
            sys.exit(f'no prompt after {PATIENCE} seconds: {screen!r}')
        try:
            data = os.read(terminal, 4096)
        except OSError:
            # Linux reports the end of the program at the other end as an error.
            data = b''
        if not data:
            break
        screen += data
    return screen


def main(program, *lines):
    process, terminal = pty.fork()
    if process == 0:
        os.execv(program, [program])
    screen = read_until_prompt(terminal)
    for line in lines:
        os.write(terminal, line.encode())
        screen += read_until_prompt(terminal)
    sys.stdout.write(screen.decode().replace('\r', ''))
    _, status = os.waitpid(process, 0)
    return os.waitstatus_to_exitcode(status)


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
