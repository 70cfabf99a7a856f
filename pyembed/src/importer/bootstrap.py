# The Python half of the importer of packed modules. The other half is the native module
# _pymodules (importer/mod.rs).
#
# The interpreter gets this file as its frozen module _frozen_importlib_external, in the place of
# CPython's importlib/_bootstrap_external.py. That one is packed too, and executed in this module's
# namespace as soon as somebody asks for a name that is not defined here: an application that does
# not use importlib never pays for it.

import sys

import _imp
import _pymodules

_PATH_SEPARATOR = '\\' if sys.platform == 'win32' else '/'

# Kinds of modules, as _pymodules.find() gives them.
_MODULE, _PACKAGE, _NAMESPACE = range(3)


def __getattr__(name):
    """Execute CPython's own _bootstrap_external, then look again."""
    namespace = globals()
    if '_install_path_finder' in namespace:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    kept = {key: namespace[key] for key in ('_bootstrap', '_install')}
    exec(_pymodules.code('_frozen_importlib_external.cpython'), namespace)
    namespace['_install_path_finder'] = namespace['_install']
    namespace.update(kept)
    try:
        return namespace[name]
    except KeyError:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}') from None


def _cpython(name):
    """Return what CPython's own _bootstrap_external calls `name`."""
    try:
        return globals()[name]
    except KeyError:
        return __getattr__(name)


def _install(_bootstrap_module):
    """Install the importer of packed modules; the interpreter calls this when it starts."""
    global _bootstrap, _packed_root, PackedSpec
    _bootstrap = _bootstrap_module
    _packed_root = sys.executable

    class PackedSpec(_bootstrap.ModuleSpec):
        """The spec of a packed module: it has a location, but nowhere to cache bytecode."""

        cached = None

    sys.meta_path.insert(0, PackedImporter)
    if not sys.flags.no_site:
        # The site module adds folders to sys.path, so somebody must look into them. The
        # interpreter itself adds zipimport.
        PackedImporter.find_spec = staticmethod(_packed_find_spec)
        _cpython('_install_path_finder')(_bootstrap)
    if sys.version_info < (3, 13):
        sys.excepthook = _print_exception


def _print_exception(exception_type, exception, traceback):
    """Print an uncaught exception with source lines.

    Up to CPython 3.12 the interpreter looks for source in files only; the traceback module asks
    the importer too.
    """
    try:
        from traceback import print_exception
    except ImportError:
        sys.__excepthook__(exception_type, exception, traceback)
    else:
        print_exception(exception_type, exception, traceback)


def _install_path_importers():
    """Let sys.path be searched after the packed modules, as in an ordinary interpreter."""
    if sys.path_hooks:
        return
    from zipimport import zipimporter

    sys.path_hooks.append(zipimporter)
    _cpython('_install_path_finder')(_bootstrap)


def _packed_path(name, kind):
    """Return the path that a packed module seems to have, below the executable's own."""
    path = name.replace('.', _PATH_SEPARATOR)
    if kind == _PACKAGE:
        return f'{_packed_root}{_PATH_SEPARATOR}{path}{_PATH_SEPARATOR}__init__.py'
    if kind == _MODULE:
        return f'{_packed_root}{_PATH_SEPARATOR}{path}.py'
    return f'{_packed_root}{_PATH_SEPARATOR}{path}'


def _packed_find_spec(fullname, path=None, target=None):
    """Find the spec of a packed module, or return None."""
    kind = _pymodules.find(fullname)
    if kind is None:
        return None
    origin = _packed_path(fullname, kind)
    if kind == _NAMESPACE:
        # No file is behind a namespace package, so there is no __file__, as with CPython's own.
        spec = PackedSpec(fullname, PackedImporter, is_package=True)
        spec.submodule_search_locations = [origin]
        return spec
    spec = PackedSpec(fullname, PackedImporter, origin=origin, is_package=kind == _PACKAGE)
    spec._set_fileattr = True
    if kind == _PACKAGE:
        spec.submodule_search_locations = [origin.removesuffix(f'{_PATH_SEPARATOR}__init__.py')]
    return spec


def _packed_first_find_spec(fullname, path=None, target=None):
    """Answer the first question that the interpreter asks, then step aside.

    Right after installing the importers it imports zipimport for its path hook and goes on
    without one if there is none. An application seldom needs it, and can import it at any time
    later, so it does not have to wait for it at each start.
    """
    PackedImporter.find_spec = staticmethod(_packed_find_spec)
    if fullname == 'zipimport':
        raise ImportError('zipimport is left for later', name=fullname)
    return _packed_find_spec(fullname, path, target)


def _packed_code(fullname, path):
    """Return the code object of a packed module, None for a namespace package."""
    code = _pymodules.code(fullname)
    if code is not None:
        _imp._fix_co_filename(code, path)
        return code
    # Only the source was packed: a module that the packager could not compile.
    source = _pymodules.source(fullname)
    if source is None:
        return None
    return compile(source, path, 'exec', dont_inherit=True)


def _call_with_frames_removed(module):
    """Execute a packed module in its namespace.

    The name matters: the interpreter leaves the import system's frames out of a traceback when
    one of them has it, so that errors in a module show the application's own frames only.
    """
    spec = module.__spec__
    code = _packed_code(spec.name, spec.origin)
    if code is not None:
        exec(code, module.__dict__)


def _packed_kind(fullname):
    """Return what kind of packed module this is; raise ImportError if it is none."""
    kind = _pymodules.find(fullname)
    if kind is None:
        raise ImportError(f'{fullname!r} is not packed into {_packed_root}', name=fullname)
    return kind


class PackedImporter:
    """Finder on sys.meta_path and loader of the modules that are packed into the executable.

    All methods are static, as those of BuiltinImporter are: there is one of it.
    """

    find_spec = staticmethod(_packed_first_find_spec)
    exec_module = staticmethod(_call_with_frames_removed)

    @staticmethod
    def create_module(spec):
        """Use the default way to make a module object."""

    @staticmethod
    def is_package(fullname):
        """Return whether a packed module is a package."""
        return _packed_kind(fullname) != _MODULE

    @staticmethod
    def get_filename(fullname):
        """Return the path that a packed module seems to have."""
        return _packed_path(fullname, _packed_kind(fullname))

    @staticmethod
    def get_code(fullname):
        """Return the code object of a packed module, None for a namespace package."""
        return _packed_code(fullname, PackedImporter.get_filename(fullname))

    @staticmethod
    def get_source(fullname):
        """Return the source of a packed module, None if only its bytecode was packed."""
        _packed_kind(fullname)
        source = _pymodules.source(fullname)
        if source is None:
            return None
        try:
            return _cpython('decode_source')(source)
        except UnicodeDecodeError as error:
            raise ImportError('source not available through get_source()', name=fullname) from error

    @staticmethod
    def get_data(path):
        """Return the contents of a packed file, given by the path that it seems to have."""
        root = f'{_packed_root}{_PATH_SEPARATOR}'
        if path.startswith(root):
            data = _pymodules.file(path[len(root) :].replace(_PATH_SEPARATOR, '/'))
            if data is not None:
                return data
        raise FileNotFoundError(2, 'No such file is packed into the executable', path)


def _prepare_main(name):
    """Make __main__ ready to run the packed module `name`, and return its code.

    This is what runpy does for `python -m name`, without the cost of importing runpy. Return None
    for everything that is not plain: runpy then runs the module, or says why it cannot.
    """
    kind = _pymodules.find(name)
    if kind == _PACKAGE:
        name = f'{name}.__main__'
        kind = _pymodules.find(name)
    if kind != _MODULE:
        return None
    parent = name.rpartition('.')[0]
    if parent:
        __import__(parent)
    spec = _bootstrap._find_spec(name, sys.modules[parent].__path__ if parent else None)
    if spec is None or spec.loader is not PackedImporter or name in sys.modules:
        return None
    code = PackedImporter.get_code(name)
    sys.modules['__main__'].__dict__.update(
        __cached__=None,
        __doc__=None,
        __file__=spec.origin,
        __loader__=spec.loader,
        __package__=spec.parent,
        __spec__=spec,
    )
    return code
