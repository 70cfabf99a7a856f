"""Prints Python's options as JSON, with those of a process that is started with its flags."""

import _imp
import faulthandler
import json
import os
import subprocess
import sys
import tracemalloc

CHILD = 'child'


def flags():
    names = [name for name in dir(sys.flags) if not name.startswith(('_', 'n_'))]
    return {name: getattr(sys.flags, name) for name in names if name not in ('count', 'index')}


def child():
    arguments = subprocess._args_from_interpreter_flags()
    path = [__file__] if os.path.isfile(__file__) else ['-m', 'options']
    command = [sys.executable, *arguments, *path, CHILD]
    environment = {**os.environ, 'PYTHONPATH': os.path.dirname(__file__)}
    output = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True).stdout
    return {'arguments': arguments, 'options': json.loads(output)}


def positions():
    code = compile('value = 1 / 0', 'code', 'exec')
    return any(column is not None for _, _, column, _ in code.co_positions())


def perf_is_supported():
    active = sys.is_stack_trampoline_active()
    if active:
        sys.deactivate_stack_trampoline()
        os.remove(f'/tmp/perf-{os.getpid()}.map')
    return active


def options():
    return {
        'flags': flags(),
        '_xoptions': sys._xoptions,
        'warnoptions': sys.warnoptions,
        'faulthandler': faulthandler.is_enabled(),
        'tracemalloc': tracemalloc.get_traceback_limit() if tracemalloc.is_tracing() else 0,
        'int_max_str_digits': sys.get_int_max_str_digits(),
        'cpu_count': os.cpu_count(),
        'positions': positions(),
        'perf': perf_is_supported(),
        'pycache_prefix': sys.pycache_prefix,
        'check_hash_pycs_mode': _imp.check_hash_based_pycs,
        'encoding': sys.stdout.encoding,
        'filesystem encoding': sys.getfilesystemencoding(),
        'hash': hash('text'),
    }


found = options()
if sys.argv[1:] != [CHILD]:
    found['child'] = child()
json.dump(found, sys.stdout)
