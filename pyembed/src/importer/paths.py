# The finder of virtual folders, for sys.path_hooks, and the search of sys.path after the packed
# modules.

import _frozen_importlib_external as importer
import sys

import _pymodules


def find_spec(fullname, path=None, target=None):
    """Find a packed module in an interpreter that searches sys.path after the packed modules.

    A namespace package may have parts in folders too, and a regular package there goes before it.
    """
    spec = importer._packed_find_spec(fullname, path, target)
    if spec is None or spec.origin is not None:
        return spec
    entries = sys.path if path is None else path
    elsewhere = [entry for entry in entries if not is_virtual(entry)]
    found = importer._cpython('PathFinder').find_spec(fullname, elsewhere, target)
    if found is None:
        return spec
    if found.origin is not None:
        return found
    spec.submodule_search_locations.extend(found.submodule_search_locations)
    return spec


def is_virtual(entry):
    """Return whether a path is one of ours."""
    return isinstance(entry, str) and (
        entry == importer._packed_root or entry.startswith(importer._packed_prefix)
    )


class PackedPathFinder:
    """Finder of the modules in one virtual folder: an entry of sys.path or of a __path__."""

    def __init__(self, folder):
        """Take the folder's path relative to the executable's own, '' for that itself."""
        self._folder = folder
        self.path = f'{importer._packed_prefix}{folder}' if folder else importer._packed_root

    def __repr__(self):
        return f'{type(self).__name__}({self.path!r})'

    def invalidate_caches(self):
        """Do nothing: what is packed does not change."""

    def find_spec(self, fullname, target=None):
        """Find the spec of a module in the folder, or return None."""
        spec = importer._packed_find_in(self._folder, fullname)
        if spec is not None and spec.origin is None:
            # A part of a namespace package: whoever searches sys.path puts the parts together.
            spec.loader = None
        return spec

    def iter_modules(self, prefix=''):
        """Yield names of the modules in the folder, and whether each is a package, for pkgutil."""
        package = self._folder.replace(importer._PATH_SEPARATOR, '.')
        for name, is_package in _pymodules.submodules(package):
            yield prefix + name, is_package


def prepare_script():
    """Make __main__ ready to run the file sys.argv[0], and return its code; None if not packed."""
    path = sys.argv[0]
    if not path.startswith(importer._packed_prefix):
        return None
    code = script_code(path)
    if code is None:
        sys.stderr.write(f"{sys.executable}: can't open file {path!r}: it is not packed\n")
        sys.exit(2)
    if not getattr(sys.flags, 'safe_path', sys.flags.isolated):
        sys.path.insert(0, path.rpartition(importer._PATH_SEPARATOR)[0])
    sys.modules['__main__'].__dict__.update(
        importer._CACHED_ATTRIBUTE,
        __file__=path,
        __loader__=importer._packed_importer,
    )
    return code


def script_code(path):
    """Return the code of the module or of the other file of Python source at a packed path."""
    below = path[len(importer._packed_prefix) :].replace(importer._PATH_SEPARATOR, '/')
    name = below.removesuffix('.py').removesuffix('/__init__').replace('/', '.')
    if _pymodules.is_folder(below):
        name = f'{name}.__main__'
    kind = _pymodules.find(name)
    if kind is not None and kind < importer._EXTENSION:
        return importer._packed_code(name, importer._packed_path(name, kind))
    source = _pymodules.file(below)
    return None if source is None else compile(source, path, 'exec', dont_inherit=True)
