# Writes down which modules an application loads, for the rule `filter-file-include`.

import atexit
import sys


def start(folder):
    """Write the list into `folder` when the interpreter ends."""
    # What was registered last is called first, so this comes after all of the application's.
    atexit.register(_write, folder)


def _write(folder):
    # Before this function's own imports.
    names = list(sys.modules)
    main = getattr(sys.modules.get('__main__'), '__spec__', None)
    if main is not None:
        # It is loaded under another name.
        names.append(main.name)

    import os

    path = os.path.join(folder, f'modules-{os.urandom(16).hex()}.txt')
    try:
        os.makedirs(folder, exist_ok=True)
        with open(path, 'x', encoding='utf-8') as file:
            file.writelines(f'{name}\n' for name in names)
    except OSError as error:
        print(f'error: the list of loaded modules was not written: {error}', file=sys.stderr)
