# The Python half of the importer of packed modules. The other half is the native module
# _pymodules (importer/mod.rs).
#
# The interpreter gets this file as its frozen module _frozen_importlib_external, in the place of
# CPython's importlib/_bootstrap_external.py. That one is packed too, and executed in this module's
# namespace as soon as somebody asks for a name that is not defined here: an application that does
# not use importlib never pays for it. What is seldom used of our own lies in parts, the other files
# of this folder; each is executed when it is first needed.

import builtins as _builtins
import gc
import sys

import _pymodules

# Kinds of modules, as _pymodules.find() gives them.
_MODULE, _PACKAGE = range(2)
# What is added to the kind of an extension module, which may be a package.
_EXTENSION = 4

# What a package's path has behind that of its folder.
_PACKAGE_FILE = '/__init__.py'


def __getattr__(name):
    """Execute CPython's own _bootstrap_external, then look again."""
    namespace = globals()
    if '_cpython_get_cached' in namespace:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    kept = {key: namespace[key] for key in ('__name__', '_bootstrap', '_get_cached', '_install')}
    # Its classes are of the module by this name, whatever importlib has called it since.
    namespace['__name__'] = '_frozen_importlib_external'
    exec(_pymodules.part('_frozen_importlib_external.cpython'), namespace)
    namespace['_cpython_get_cached'] = namespace['_get_cached']
    namespace.update(kept)
    _part('paths').replace_stand_ins(namespace)
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


def _part(name):
    """Return the namespace of one of our own parts, executed when first asked for."""
    namespace = _parts.get(name)
    if namespace is None:
        # Debuggers and the like pass over modules with importlib's names.
        module = type(sys)(f'importlib._bootstrap_external.{name}')
        exec(_pymodules.part(f'_frozen_importlib_external.{name}'), module.__dict__)
        # Two threads may both have come here; the first one's is everybody's.
        namespace = _parts.setdefault(name, module)
    return namespace


_parts = {}


def _install(_bootstrap_module):
    """Install the importer of packed modules; the interpreter calls this when it starts."""
    global _bootstrap, _packed_root, _packed_prefix
    _bootstrap = _bootstrap_module
    _packed_root = _pymodules.root()
    _packed_prefix = f'{_packed_root}/'

    if not _pymodules.in_environment():
        sys.frozen = True
        sys._MEIPASS = _packed_root
    sys.meta_path.insert(0, PackedFinder())
    sys.meta_path.append(_PathFinderStandIn)
    sys.path_hooks.append(_packed_path_hook)
    if _pymodules.searches_path():
        sys.path_hooks += (zipimporter, path_hook_for_FileFinder)
    _own_hooks[:] = sys.path_hooks
    _pymodules.installed()
    path = _pymodules.pythonpath()
    if path and not sys.flags.ignore_environment:
        # As with python, the folder of the application's script comes before.
        position = 0 if _pymodules.is_python() else 1
        sys.path[position:position] = [entry for entry in path.split(':') if entry]
    for name in ('copyright', 'credits', 'exit', 'help', 'license', 'quit'):
        # The module `site`, where it is imported, replaces them.
        setattr(_builtins, name, _SiteBuiltin(name))
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


class _SiteBuiltin:
    """Stands for a builtin that the module `site` adds, until it is used."""

    def __init__(self, name):
        self._name = name

    def __repr__(self):
        return repr(_part('site').make(self._name))

    def __call__(self, *arguments, **keywords):
        return _part('site').make(self._name)(*arguments, **keywords)


def _packed_find_spec(fullname, path=None, target=None):
    """Find the spec of a packed module, or return None.

    This is the short way to what CPython's PathFinder, which is asked later, would find too. It
    gives up before the first folder on the path that is not ours, and where a hook of the program's
    own stands before ours.
    """
    hooks = sys.path_hooks
    # Each import comes here.
    if hooks == _own_hooks or not _has_other_hooks(hooks):
        return _packed_spec(fullname, sys.path if path is None else path)
    return None


def _has_other_hooks(hooks):
    """Return whether a program has hooks on sys.path_hooks before that of FileFinder."""
    return hooks[: len(_own_hooks)] != _own_hooks


# What sys.path_hooks begins with as long as a program puts nothing of its own there.
_own_hooks = []


def _packed_spec(fullname, path):
    """Make the spec of a packed module in folders of ours, or return None."""
    found = _pymodules.find(fullname, path)
    if found is None:
        if fullname in _LOCALE_USERS:
            _pymodules.set_locale()
        elif fullname == 'distutils':
            return _part('adjust').find_distutils()
        return None
    kind, origin = found
    if kind >= _EXTENSION:
        return _part('extensions').make_spec(fullname, origin, kind)
    loader = PackedLoader(fullname, origin)
    spec = _bootstrap.ModuleSpec(fullname, loader, origin=origin, is_package=kind == _PACKAGE)
    spec._set_fileattr = True
    if kind == _PACKAGE:
        spec.submodule_search_locations = [origin[: -len(_PACKAGE_FILE)]]
    return spec


def _get_cached(filename):
    """Return where the bytecode of a file is cached, for its module's spec."""
    if filename.startswith(_packed_prefix):
        return None
    return _cpython('_cpython_get_cached')(filename)


# Built-in modules whose C code goes by the C library's locale, some as soon as they are imported.
_LOCALE_USERS = frozenset(('_ctypes', '_curses', '_locale', 'readline'))


def _packed_starting_find_spec(fullname, path=None, target=None):
    """Answer the first questions of the interpreter, up to the one for zipimport.

    Right after installing the importers it imports zipimport for its path hook, and goes on without
    it if that fails. There is a hook that stands for it already.
    """
    if fullname == 'zipimport':
        sys.meta_path[0].find_spec = _packed_find_spec
        raise ImportError('zipimport is left for later', name=fullname)
    return _packed_spec(fullname, sys.path if path is None else path)


class _PathFinderStandIn:
    """Stands for CPython's PathFinder on sys.meta_path.

    That comes with the rest of CPython's own module, which most applications never need. Programs
    look for it by its name.
    """

    @staticmethod
    def find_spec(fullname, path=None, target=None):
        """Find what lies in folders of the machine, and namespace packages; and packed modules.

        Programs with finders of their own ask it for these.
        """
        search_path = sys.path if path is None else path
        if _has_other_hooks(sys.path_hooks) or _pymodules.is_elsewhere(fullname, search_path):
            return _path_finder().find_spec(fullname, path, target)
        return _packed_spec(fullname, search_path)

    @staticmethod
    def find_distributions(*arguments, **keywords):
        """Find distributions in folders of the machine."""
        return _path_finder().find_distributions(*arguments, **keywords)

    @staticmethod
    def invalidate_caches():
        """Do nothing: there are none."""


_PathFinderStandIn.__name__ = _PathFinderStandIn.__qualname__ = 'PathFinder'


def _path_finder():
    """Return CPython's PathFinder, put in its place."""
    return _cpython('PathFinder')


_file_finder_hook = None


def path_hook_for_FileFinder(path):
    """Stand for the path hook of CPython's FileFinder until it is needed."""
    _path_finder()
    return _file_finder_hook(path)


path_hook_for_FileFinder.__qualname__ = 'FileFinder.path_hook.<locals>.path_hook_for_FileFinder'


def zipimporter(path):
    """Stand for the class zipimport.zipimporter on sys.path_hooks until it is needed."""
    return _part('paths').import_zipimporter(path)(path)


def _packed_path_hook(path):
    """Make the finder of a packed folder: the hook on sys.path_hooks."""
    if isinstance(path, str) and _pymodules.is_folder(path):
        return _part('paths').finder(path)
    raise ImportError('not a folder that is packed into the executable', path=path)


def _packed_code(path):
    """Return the code object of the module in a packed file."""
    code = _pymodules.code(path)
    if code is not None:
        return code
    # Only the source was packed: a module that the packager could not compile.
    source = _pymodules.source(path)
    if source is None:
        raise ImportError(f'no module is packed at {path}', path=path)
    return compile(source, path, 'exec', dont_inherit=True)


def _call_with_frames_removed(self, module):
    """Execute a packed module in its namespace.

    The name matters: the interpreter leaves the import system's frames out of a traceback when
    one of them has it, so that errors in a module show the application's own frames only.
    """
    _postpone_collections()
    exec(_packed_code(self.path), module.__dict__)
    if self.name in _ADJUSTED:
        _part('adjust').after_loading(self.name, module)


# Container objects that may be made, while modules are imported, until the next collection of
# garbage. What modules are made of stays, so collections find nothing among it; there are hundreds
# of them while a large application starts. It is a number and not never, as a module may run all of
# an application when it is imported.
_POSTPONED_THRESHOLD = 50_000

_thresholds = None
_has_imported = False


def _postpone_collections():
    """Raise the collector's first threshold until there was a collection without imports before."""
    global _has_imported, _thresholds
    _has_imported = True
    if _thresholds is None:
        thresholds = gc.get_threshold()
        if 0 < thresholds[0] < _POSTPONED_THRESHOLD:
            _thresholds = thresholds
            gc.set_threshold(_POSTPONED_THRESHOLD)
            gc.callbacks.append(_after_imports)


def _after_imports(phase, info):
    """Restore the thresholds, unless somebody has set others; the collector calls this."""
    global _has_imported, _thresholds
    if phase == 'start' and not _has_imported:
        gc.callbacks.remove(_after_imports)
        if gc.get_threshold()[0] == _POSTPONED_THRESHOLD:
            gc.set_threshold(*_thresholds)
        _thresholds = None
    _has_imported = False


# Modules that the part `adjust` changes a little once they are loaded.
_ADJUSTED = frozenset(
    (
        'billiard.spawn',
        'ctypes.util',
        'importlib.abc',
        'importlib.machinery',
        'importlib.metadata',
        'multiprocess.spawn',
        'multiprocessing.spawn',
        'pathlib',
        'pkg_resources',
        'runpy',
        'ssl',
        'tkinter',
        'venv',
    )
)


class PackedFinder:
    """Finder of packed modules on sys.meta_path."""

    def __init__(self):
        # Attributes, so that they can be exchanged, and the first is called without another frame.
        self.find_spec = _packed_starting_find_spec
        # The backport importlib_metadata removes it, as it has one of its own.
        self.find_distributions = _packed_find_distributions

    def __repr__(self):
        return f'<packed modules of {_packed_root}>'

    @staticmethod
    def invalidate_caches():
        """Do nothing: what is packed does not change."""


def _packed_find_distributions(context=None):
    """Find the metadata of packed distributions, for importlib.metadata."""
    return _part('metadata').find_distributions(context)


class _LoaderBase:
    """Stands for CPython's SourceFileLoader until somebody asks for that."""


class PackedLoader(_LoaderBase):
    """Loader of one packed module; its path is below the executable's own."""

    exec_module = _call_with_frames_removed

    def __init__(self, name, path):
        self.name = name
        self.path = path

    def __repr__(self):
        return f'{type(self).__name__}({self.name!r}, {self.path!r})'

    def __eq__(self, other):
        return type(other) is type(self) and other.__dict__ == self.__dict__

    def __hash__(self):
        return hash(self.name) ^ hash(self.path)

    @staticmethod
    def create_module(spec):
        """Use the default way to make a module object."""

    def load_module(self, fullname=None):
        """Load the module: the old way, which importlib.abc documents."""
        self._check(fullname)
        return _bootstrap._load_module_shim(self, self.name)

    def _check(self, fullname):
        """Raise ImportError for the name of another module."""
        if fullname is not None and fullname != self.name:
            message = f'loader for {self.name} cannot handle {fullname}'
            raise ImportError(message, name=fullname)

    def is_package(self, fullname=None):
        """Return whether the module is a package."""
        self._check(fullname)
        is_module = self.name.rpartition('.')[2] == '__init__'
        return self.path.endswith(_PACKAGE_FILE) and not is_module

    def get_filename(self, fullname=None):
        """Return the path of the module."""
        self._check(fullname)
        return self.path

    def get_code(self, fullname=None):
        """Return the code object of the module."""
        self._check(fullname)
        return _packed_code(self.path)

    def get_source(self, fullname=None):
        """Return the source of the module, None if only its bytecode was packed."""
        self._check(fullname)
        source = _pymodules.source(self.path)
        if source is None:
            return None
        try:
            return _cpython('decode_source')(source)
        except (SyntaxError, UnicodeDecodeError) as error:
            message = 'source not available through get_source()'
            raise ImportError(message, name=self.name) from error

    @staticmethod
    def get_data(path):
        """Return the contents of a file."""
        data = _pymodules.file(path)
        if data is not None:
            return data
        import _io

        with _io.FileIO(path) as file:
            return file.read()

    def path_stats(self, path):
        """Return the time of change and the size of a file."""
        from os import stat

        found = stat(path)
        return {'mtime': found.st_mtime, 'size': found.st_size}

    def get_resource_reader(self, fullname=None):
        """Return the importlib.resources reader of the module's folder."""
        self._check(fullname)
        from importlib.readers import FileReader

        return FileReader(self)


# Modules had an attribute for the file of their cached bytecode up to CPython 3.14.
_CACHED_ATTRIBUTE = {'__cached__': None} if sys.version_info < (3, 15) else {}


def _prepare_main(name):
    """Make __main__ ready to run the packed module `name`, and return its code.

    This is what runpy does for `python -m name`, without the cost of importing runpy. Return None
    for everything that is not plain: runpy then runs the module, or says why it cannot.
    """
    parent = name.rpartition('.')[0]
    if parent:
        __import__(parent)
        if not hasattr(sys.modules[parent], '__path__'):
            return None
    spec = _packed_spec(name, sys.modules[parent].__path__ if parent else sys.path)
    if spec is not None and spec.submodule_search_locations is not None:
        return None if name.endswith('.__main__') else _prepare_main(f'{name}.__main__')
    if spec is None or type(spec.loader) is not PackedLoader or name in sys.modules:
        return None
    code = _packed_code(spec.origin)
    sys.modules['__main__'].__dict__.update(
        _CACHED_ATTRIBUTE,
        __doc__=None,
        __file__=spec.origin,
        __loader__=spec.loader,
        __package__=spec.parent,
        __spec__=spec,
    )
    return code


def _prepare_script(path):
    """Make __main__ ready to run the packed script at `path`, and return its code."""
    path = _packed_prefix + path
    code = _packed_code(path)
    sys.modules['__main__'].__dict__.update(
        _CACHED_ATTRIBUTE,
        __doc__=None,
        __file__=path,
        __loader__=PackedLoader('__main__', path),
        __package__=None,
        __spec__=None,
    )
    return code
