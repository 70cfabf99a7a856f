# Tells whoever misses a module that was left out by `pyoxidizer build --prune`.

import _frozen_importlib as bootstrap

import _pymodules


def start():
    """Have the errors of imports say so from now on."""
    find_and_load = bootstrap._find_and_load
    handle_fromlist = bootstrap._handle_fromlist

    # The interpreter calls both functions by these names.
    def _find_and_load(name, import_):
        try:
            return find_and_load(name, import_)
        except ModuleNotFoundError as error:
            if error.name == name and _pymodules.pruned(name):
                _explain(error)
            raise

    def _handle_fromlist(module, fromlist, import_, *, recursive=False):
        handle_fromlist(module, fromlist, import_, recursive=recursive)
        for name in fromlist:
            # The interpreter would say that the name cannot be imported, and not why.
            full = f'{module.__name__}.{name}'
            if _pymodules.pruned(full) and not hasattr(module, name):
                raise _explain(ModuleNotFoundError(f'No module named {full!r}', name=full))
        return module

    bootstrap._find_and_load = _find_and_load
    bootstrap._handle_fromlist = _handle_fromlist


def _explain(error):
    """Add to an error what has become of the module; return the error."""
    note = f'{error.name!r} was left out by --prune: no traced run had loaded it'
    if hasattr(error, 'add_note'):
        if note not in getattr(error, '__notes__', ()):
            error.add_note(note)
    elif note not in error.msg:
        # CPython 3.10 has no notes.
        error.msg = f'{error.msg} ({note})'
    return error
