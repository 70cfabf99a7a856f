"""Runs the function that the first argument names, with the other arguments."""

import importlib
import sys


def main():
    for name in (
        'endings',
        'files',
        'imports',
        'processes',
        'releases',
        'resources',
        'streams',
    ):
        module = importlib.import_module(f'scenarios.{name}')
        function = vars(module).get(sys.argv[1])
        if function is not None:
            function(*sys.argv[2:])
            break
    else:
        raise LookupError(f'no scenario {sys.argv[1]!r}')


# Processes that multiprocessing starts import this module too.
if __name__ == '__main__':
    main()
