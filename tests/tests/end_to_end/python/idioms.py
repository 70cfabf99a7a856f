"""Makes the calls of docs/idioms.csv, which start this executable in one way or another."""

import csv
import os
import subprocess
import sys
import zipfile
from os import environ
from shlex import quote
from subprocess import DEVNULL

exe, argv = sys.executable, sys.argv
code = "print('Python')"


def run(arguments, **keywords):
    """Return what a process prints."""
    if 'input' not in keywords and 'stdin' not in keywords:
        keywords['stdin'] = DEVNULL
    finished = subprocess.run(arguments, text=True, capture_output=True, timeout=120, **keywords)
    return finished.stdout + finished.stderr


def shell(command):
    """Run a command by os.system(), and return what it prints."""
    os.system(f'({command}) > out 2>&1 < /dev/null; wait')
    for _ in range(600):
        with open('out') as text:
            if said := text.read():
                return said
        subprocess.run(['sleep', '0.1'])
    return ''


def role(_):
    """Return what a worker is."""
    return 'Python'


def pool(method):
    """Ask a worker of a pool."""
    import multiprocessing

    with multiprocessing.get_context(method).Pool(1) as workers:
        return workers.map(role, [0])[0]


def executor():
    """Ask a worker of an executor."""
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(1, multiprocessing.get_context('spawn')) as workers:
        return workers.submit(role, 0).result()


def tracker():
    """Start the tracker of shared memory, which a process by itself is."""
    from multiprocessing import resource_tracker, shared_memory

    memory = shared_memory.SharedMemory(create=True, size=1)
    memory.close()
    memory.unlink()
    with open(f'/proc/{resource_tracker._resource_tracker._pid}/cmdline') as text:
        return 'Python' if 'resource_tracker import main' in text.read() else 'application'


def packed(name):
    """Return the path of a packed file."""
    return os.path.join(exe, name)


def link(name):
    """Return the path of a link to the executable."""
    if not os.path.lexists(name):
        os.symlink(exe, name)
    return os.path.abspath(name)


def tool_for_python():
    """Return the path of another program's script, which runs the Python that it is told."""
    with open('tool.sh', 'w') as file:
        file.write(f'"${{2:-$PYSPARK_PYTHON}}" -c {quote(code)}')
    return 'tool.sh'


def other_python():
    """Return the path of what passes for another Python: it shows the file that it is given."""
    with open('python3', 'w') as file:
        file.write('#!/bin/sh\nexec sed -n "s/^print(.\\(.*\\).)/\\1/p" "$1"')
    os.chmod('python3', 0o755)
    return './python3'


def program_that_starts():
    """Return the path of another program's script, which starts what it is given by itself."""
    with open('start.sh', 'w') as file:
        file.write('exec "$@"')
    return 'start.sh'


def asynchronous(arguments):
    """Run a process by asyncio."""
    import asyncio

    async def run():
        process = await asyncio.create_subprocess_exec(*arguments, stdout=subprocess.PIPE)
        return (await process.communicate())[0].decode()

    return asyncio.run(run())


def _with_output(start):
    """Return what a process writes into a file that is its standard output."""
    saved = os.dup(1)
    with open('out', 'wb') as out:
        os.dup2(out.fileno(), 1)
        try:
            start()
        finally:
            os.dup2(saved, 1)
            os.close(saved)
    with open('out') as text:
        return text.read()


def spawnv(arguments):
    """Run a process by os.spawnv()."""
    return _with_output(lambda: os.spawnv(os.P_WAIT, arguments[0], arguments))


def posix_spawn(arguments):
    """Run a process by os.posix_spawn()."""
    return _with_output(lambda: os.waitpid(os.posix_spawn(arguments[0], arguments, environ), 0))


def in_place(arguments):
    """Run a program in the place of a child that is this application."""
    return run([exe, 'in-place', *arguments], env={**environ, 'IDIOMS': ''})


def prepare():
    """Write the files that the calls name."""
    os.makedirs('folder', exist_ok=True)
    for path in ('said.py', 'folder/__main__.py', 'tool'):
        with open(path, 'w') as file:
            file.write('#!/usr/bin/env python3\n' + code)
    with open('document.txt', 'w') as file:
        file.write('text')
    with zipfile.ZipFile('archive.pyz', 'w') as archive:
        archive.writestr('__main__.py', code)


def calls():
    """Make all calls, and print those that do something else than the table says."""
    prepare()
    environ['IDIOMS'] = 'child'
    count = 0
    with open(sys.argv[1], newline='') as table:
        for row in csv.DictReader(table):
            call, expected = row['Call'].strip('`'), row['Started as']
            said = eval(call, globals()).strip()
            found = 'application' if said.startswith('application') else said
            if 'Python' in found.splitlines() or found.startswith('Python 3.'):
                found = 'Python'
            if found != expected:
                print(f'{row["Program"]}: {call} is {found!r}, not {expected}')
            count += 1
    print(count, 'calls')


def main():
    """Make all calls, or be what one of them starts."""
    if sys.argv[1:2] == ['in-place']:
        environ['IDIOMS'] = 'child'
        os.execv(sys.argv[2], sys.argv[2:])
    elif environ.get('IDIOMS') == 'child' or not sys.argv[-1].endswith('.csv'):
        print('application', sys.argv[1:])
    else:
        calls()


if __name__ == '__main__':
    main()
