"""Programs that start other processes from sys.executable."""

import concurrent.futures
import importlib.util
import multiprocessing
import multiprocessing.shared_memory
import os
import subprocess
import sys
import tempfile

METHODS = ('fork', 'spawn', 'forkserver')


def square(number):
    return number * number


def put(queue, value):
    queue.put((value, multiprocessing.current_process().name))


def fill(name):
    memory = multiprocessing.shared_memory.SharedMemory(name)
    memory.buf[:5] = b'hello'
    memory.close()


def pools():
    """Print what pools of each kind compute."""
    for method in METHODS:
        context = multiprocessing.get_context(method)
        with context.Pool(2) as pool:
            print(method, pool.map(square, range(5)))
        with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as executor:
            print(method, list(executor.map(square, range(5))))


def workers():
    """Print what processes of each kind hand over, through queues and shared memory."""
    for method in METHODS:
        context = multiprocessing.get_context(method)
        queue = context.Queue()
        process = context.Process(target=put, args=(queue, 42), name='worker')
        process.start()
        print(method, queue.get(timeout=60))
        process.join()
        memory = multiprocessing.shared_memory.SharedMemory(create=True, size=5)
        process = context.Process(target=fill, args=(memory.name,))
        process.start()
        process.join()
        print(process.exitcode, bytes(memory.buf[:5]))
        memory.close()
        memory.unlink()


def spawn():
    """Start a process by the method that starts sys.executable."""
    process = multiprocessing.get_context('spawn').Process(target=print, args=('spawned',))
    process.start()
    process.join()
    print(process.exitcode)


def bomb():
    """Start workers that would start workers: multiprocessing itself must end that."""
    code = (
        'import multiprocessing\n'
        'multiprocessing.set_start_method("spawn")\n'
        'multiprocessing.Process(target=print).start()\n'
    )
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'bomb.py')
        with open(path, 'w') as file:
            file.write(code)
        finished = run(path)
    print(finished.returncode, finished.stderr.count('bootstrapping phase'))


def run(*arguments, **keywords):
    """Start sys.executable."""
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **keywords)


def interpreters():
    """Print what interpreters say that are started in every way."""
    code = 'import json, sys; print(sys.argv, json.dumps([1]), sys.flags.isolated)'
    print(run('-c', code, 'a', '-b').stdout)
    print(run('-I', '-c', code, env={}).stdout)
    print(run('-', 'x', input='import sys; print(sys.argv)').stdout)
    print(run(input='print(1 + 1)').stdout)
    print(run('-m', 'base64', '-h').stdout.splitlines()[:1])
    print(run('-c', 'import sys; sys.exit(3)').returncode)
    print(run('-c', 'import os; print("PYEMBED_INTERPRETER" in os.environ)').stdout)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'beside.py')
        with open(path, 'w') as file:
            file.write('import sys; print("imported" if __name__ == "beside" else sys.argv)\n')
        print(run(path, 'x').stdout == f'{[path, "x"]}\n')
        print(run('-c', 'import beside', env={'PYTHONPATH': folder}).stdout)
        print(run('-E', '-c', 'import beside', env={'PYTHONPATH': folder}).returncode)
    shell = f'"{sys.executable}" -c "print(6 * 7)"'
    print(subprocess.run(shell, shell=True, capture_output=True, text=True).stdout)
    nested = 'import subprocess, sys; subprocess.run([sys.executable, "-c", "print(7)"])'
    print(run('-c', nested).stdout)


def other_ways():
    """Start interpreters by functions of os."""
    arguments = [sys.executable, '-c', 'print("started")']
    sys.stdout.flush()
    for start in (os.posix_spawn, os.posix_spawnp, os.spawnve):
        if start is os.spawnve:
            print(os.spawnve(os.P_WAIT, sys.executable, arguments, {}), flush=True)
        else:
            print(os.waitpid(start(sys.executable, arguments, {}), 0)[1], flush=True)
    child = os.fork()
    if not child:
        os.execv(sys.executable, arguments)
    print(os.waitpid(child, 0)[1])


def packed_file():
    """Run a packed file by its path."""
    print(run(importlib.util.find_spec('scenarios.script').origin, 'x').stdout)


def own_arguments(*given):
    """Print the arguments that the application got."""
    print(given, 'PYEMBED_INTERPRETER' in os.environ)


def anew(way):
    """Start the application anew, in one of the ways that applications do that."""
    mark = 'SCENARIOS_STARTED_ANEW'
    if mark in os.environ:
        print('the application, anew', sys.argv[1:])
        return
    os.environ[mark] = '1'
    sys.stdout.flush()
    if way == 'execv':
        os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
    elif way == 'execv-argv':
        os.execv(sys.executable, [sys.executable, *sys.argv])
    elif way == 'argv':
        subprocess.run([sys.executable, *sys.argv])
    else:
        subprocess.run([sys.executable, *sys.argv[1:]])
