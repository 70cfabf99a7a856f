# The finder of packed folders for sys.path_hooks, and scripts at packed paths.

import _frozen_importlib_external as importer
import sys
from _frozen_importlib import ModuleSpec

import _pymodules


class PackedPathFinder:
    """Finder of the modules in one packed folder: an entry of sys.path or of a __path__."""

    def __init__(self, path):
        """Take the folder's path."""
        self.path = path.rstrip('/')

    def __repr__(self):
        return f'{type(self).__name__}({self.path!r})'

    def invalidate_caches(self):
        """Do nothing: what is packed does not change."""

    def find_spec(self, fullname, target=None):
        """Find the spec of a module in the folder, or return None."""
        spec = importer._packed_spec(fullname, [self.path])
        name = fullname.rpartition('.')[2]
        if spec is None and name:
            folder = f'{self.path}/{name}'
            if _pymodules.is_folder(folder):
                # A part of a namespace package: whoever searches the path puts the parts together.
                spec = ModuleSpec(fullname, None, is_package=True)
                spec.submodule_search_locations = [folder]
        return spec

    def iter_modules(self, prefix=''):
        """Yield names of the modules in the folder, and whether each is a package, for pkgutil."""
        for name, is_package in _pymodules.submodules(self.path):
            yield prefix + name, is_package


def finder(path):
    """Make the finder of a packed folder: by one of the program's own hooks, or ours."""
    # The executable is a file to others, with a slash at the end a folder.
    folder = f'{path}/' if path == importer._packed_root else path
    for hook in sys.path_hooks:
        if hook is importer._own_hooks[-1]:
            break
        if hook not in importer._own_hooks:
            try:
                return hook(folder)
            except ImportError:
                continue
    if len(vars(importer).get('SOURCE_SUFFIXES', '.')) > 1:
        # A program has modules of other names, in a language of its own.
        return importer.path_hook_for_FileFinder(folder)
    return PackedPathFinder(path)


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
        sys.path.insert(0, path.rpartition('/')[0])
    sys.modules['__main__'].__dict__.update(
        importer._CACHED_ATTRIBUTE,
        __file__=path,
        __loader__=importer.PackedLoader('__main__', path),
    )
    return code


def script_code(path):
    """Return the code of the module or of the other file of Python source at a packed path."""
    if _pymodules.is_folder(path):
        path = f'{path}/__main__.py'
    code = _pymodules.code(path)
    if code is not None:
        return code
    source = _pymodules.file(path)
    return None if source is None else compile(source, path, 'exec', dont_inherit=True)


def replace_stand_ins(namespace):
    """Put CPython's PathFinder and path hooks where something stood for them."""
    finder, stand_in = namespace['PathFinder'], importer._PathFinderStandIn
    sys.meta_path[:] = [finder if each is stand_in else each for each in sys.meta_path]
    if importer.path_hook_for_FileFinder in sys.path_hooks:
        loaders = namespace['_get_supported_file_loaders']()
        importer._file_finder_hook = namespace['FileFinder'].path_hook(*loaders)
        _replace_hook(importer.path_hook_for_FileFinder, importer._file_finder_hook)
    # Import hooks of programs change what such a loader loads, and know it by its type.
    importer.PackedLoader.__bases__ = (namespace['SourceFileLoader'],)


def _replace_hook(old, new):
    """Put a hook in the place of what stood for it."""
    for hooks in (sys.path_hooks, importer._own_hooks):
        if old in hooks:
            hooks[hooks.index(old)] = new


def import_zipimporter(path):
    """Return the class zipimport.zipimporter, put in its place, unless `path` is a folder."""
    from posix import stat

    try:
        is_folder = stat(path).st_mode & 0o170000 == 0o040000
    except OSError:
        # Perhaps a path within an archive.
        is_folder = False
    if is_folder:
        # zipimport need not be loaded to say so.
        raise ImportError('a folder is no archive', path=path)
    if 'zipimport' not in sys.modules:
        # What it needs is packed, and may stand behind an archive on sys.path.
        search_path = sys.path
        sys.path = [entry for entry in search_path if entry.startswith(importer._packed_root)]
        try:
            import zipimport  # noqa: F401
        finally:
            sys.path = search_path
    from zipimport import zipimporter

    _replace_hook(importer.zipimporter, zipimporter)
    return zipimporter
