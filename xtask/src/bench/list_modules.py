"""Prints the names of all modules of the standard library that can be imported without effects."""

import os
import pkgutil
import subprocess
import sys

# They print, open a browser or a window, install, or are the library's own tests.
LEFT_OUT = {
    '__phello__',
    'antigravity',
    'ensurepip',
    'idlelib',
    'lib2to3',
    'test',
    'this',
    'tkinter',
    'turtle',
    'turtledemo',
}


def candidates():
    for name in sorted(sys.stdlib_module_names - LEFT_OUT):
        yield name
        folder = os.path.join(os.path.dirname(os.__file__), name)
        if os.path.isdir(folder):
            for module in pkgutil.walk_packages([folder], f'{name}.'):
                parts = module.name.split('.')
                if '__main__' not in parts and not any(part.startswith('test') for part in parts):
                    yield module.name


def main():
    for name in candidates():
        # Each by itself: whether it can be imported must not depend on what was before.
        command = [sys.executable, '-I', '-S', '-W', 'ignore', '-c', f'import {name}']
        if subprocess.run(command, capture_output=True).returncode == 0:
            print(name)


if __name__ == '__main__':
    main()
