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

_PATH_SEPARATOR = '\\' if sys.platform == 'win32' else '/'

# Kinds of modules, as _pymodules.find() gives them.
_MODULE, _PACKAGE, _NAMESPACE = range(3)
# What is added to the kind of an extension module, which may be a package.
_EXTENSION = 4


def __getattr__(name):
    """Execute CPython's own _bootstrap_external, then look again."""
    namespace = globals()
    if '_install_path_finder' in namespace:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    kept = {key: namespace[key] for key in ('_bootstrap', '_install')}
    exec(_pymodules.part('_frozen_importlib_external.cpython'), namespace)
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
    global _bootstrap, _packed_root, _packed_prefix, _packed_importer, PackedSpec
    _bootstrap = _bootstrap_module
    _packed_root = sys.executable
    _packed_prefix = f'{_packed_root}{_PATH_SEPARATOR}'

    class PackedSpec(_bootstrap.ModuleSpec):
        """The spec of a packed module: it has a location, but nowhere to cache bytecode."""

        cached = None

    _packed_importer = PackedImporter()
    sys.frozen = True
    sys.meta_path.insert(0, _packed_importer)
    sys.path_hooks.insert(0, _packed_path_hook)
    if _pymodules.installed():
        _cpython('_install_path_finder')(_bootstrap)
        path = _pymodules.pythonpath()
        if path and not sys.flags.ignore_environment:
            separator = ';' if sys.platform == 'win32' else ':'
            sys.path[:0] = [entry for entry in path.split(separator) if entry]
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


def _packed_path(key, kind):
    """Return the path that a packed module seems to have, below the executable's own."""
    if kind >= _EXTENSION:
        path = _pymodules.extension(key).replace('/', _PATH_SEPARATOR)
        return f'{_packed_prefix}{path}'
    path = key.replace('.', _PATH_SEPARATOR)
    if kind == _MODULE:
        return f'{_packed_prefix}{path}.py'
    if kind == _PACKAGE:
        return f'{_packed_prefix}{path}{_PATH_SEPARATOR}__init__.py'
    return f'{_packed_prefix}{path}'


def _packed_find_spec(fullname, path=None, target=None):
    """Find the spec of a packed module, or return None."""
    if path is not None:
        parent = fullname.rpartition('.')[0].replace('.', _PATH_SEPARATOR)
        if f'{_packed_prefix}{parent}' not in path:
            return _packed_find_below(fullname, path)
    elif sys.path and sys.path[0] != _packed_root:
        # A package that keeps copies of others, or an extension module of its own name, has its
        # folder go first while it imports them.
        spec = _packed_find_below(fullname, _entries_before_root())
        if spec is not None:
            return spec
    kind = _pymodules.find(fullname)
    if kind is None:
        if fullname in _LOCALE_USERS:
            _pymodules.set_locale()
        if path is not None:
            return _packed_find_init(fullname)
        # Packages add folders of their own to sys.path, where they keep copies of others.
        return _packed_find_below(fullname, sys.path)
    _packed_keys.pop(fullname, None)
    return _packed_spec(fullname, fullname, kind)


# Built-in modules whose C code goes by the C library's locale, some as soon as they are imported.
_LOCALE_USERS = frozenset(('_ctypes', '_curses', '_locale', 'readline'))


def _packed_find_init(fullname):
    """Find the spec of `package.__init__`, the file of a package as a module of its own."""
    package, _, name = fullname.rpartition('.')
    if name != '__init__' or _pymodules.find(package) != _PACKAGE:
        return None
    _packed_keys[fullname] = package
    spec = PackedSpec(fullname, _packed_importer, origin=_packed_path(package, _PACKAGE))
    spec._set_fileattr = True
    return spec


def _entries_before_root():
    """Yield the entries of sys.path before the executable itself, none when that is not there."""
    if _packed_root in sys.path:
        yield from sys.path[: sys.path.index(_packed_root)]


def _packed_find_below(fullname, path):
    """Find a module in the virtual folders among the entries of `path`.

    That is sys.path, or the __path__ of a package that is known by another name or sends imports
    to another folder of its own.
    """
    for entry in path:
        if isinstance(entry, str) and entry.startswith(_packed_prefix):
            spec = _packed_find_in(entry[len(_packed_prefix) :], fullname)
            if spec is not None:
                return spec
    return None


def _packed_find_in(folder, fullname):
    """Find the spec of the module `fullname` in a virtual folder, given relative to the root."""
    name = fullname.rpartition('.')[2]
    key = f'{folder.replace(_PATH_SEPARATOR, ".")}.{name}' if folder else name
    kind = _pymodules.find(key)
    return None if kind is None else _packed_spec(fullname, key, kind)


# Names under which modules are packed that were found by other names.
_packed_keys = {}


def _packed_spec(fullname, key, kind):
    """Return the spec of a packed module; `key` is the name that it is packed under."""
    if kind >= _EXTENSION:
        # Its loader knows the key; a package that lends it its name for a moment keeps its own.
        return _part('extensions').make_spec(fullname, key, kind)
    origin = _packed_path(key, kind)
    if kind == _NAMESPACE:
        spec = PackedSpec(fullname, _packed_importer, is_package=True)
        spec.submodule_search_locations = [origin]
    else:
        spec = PackedSpec(fullname, _packed_importer, origin=origin, is_package=kind == _PACKAGE)
        spec._set_fileattr = True
        if kind == _PACKAGE:
            spec.submodule_search_locations = [_packed_path(key, _NAMESPACE)]
    if key is not fullname:
        _packed_keys[fullname] = key
    return spec


def _packed_starting_find_spec(fullname, path=None, target=None):
    """Answer the first questions of the interpreter, up to the one for zipimport.

    Right after installing the importers it imports zipimport for its path hook and goes on
    without one if there is none. An application seldom needs it, and can import it at any time
    later, so it does not have to wait for it at each start.
    """
    if fullname == 'zipimport':
        searches = _pymodules.searches_path()
        _packed_importer.find_spec = _packed_hooking_find_spec if searches else _packed_find_spec
        raise ImportError('zipimport is left for later', name=fullname)
    return _packed_find_spec(fullname, path, target)


def _packed_hooking_find_spec(fullname, path=None, target=None):
    """Answer the next question, with the path hook of zipimport behind ours.

    The interpreter would have put it first, where it opens the executable for each of our virtual
    folders.
    """
    _packed_importer.find_spec = _part('paths').find_spec
    from zipimport import zipimporter

    sys.path_hooks.insert(1, zipimporter)
    return _packed_importer.find_spec(fullname, path, target)


def _packed_path_hook(path):
    """Make the finder of a virtual folder: the hook on sys.path_hooks."""
    if path == _packed_root:
        return _part('paths').PackedPathFinder('')
    if isinstance(path, str) and path.startswith(_packed_prefix):
        folder = path[len(_packed_prefix) :].rstrip(_PATH_SEPARATOR)
        if _pymodules.is_folder(folder.replace(_PATH_SEPARATOR, '/')):
            return _part('paths').PackedPathFinder(folder)
    raise ImportError('not a folder that is packed into the executable', path=path)


def _packed_code(key, path):
    """Return the code object of a packed module, None for a namespace package."""
    code = _pymodules.code(key, path)
    if code is not None:
        return code
    # Only the source was packed: a module that the packager could not compile.
    source = _pymodules.source(key)
    if source is None:
        return None
    return compile(source, path, 'exec', dont_inherit=True)


def _call_with_frames_removed(module):
    """Execute a packed module in its namespace.

    The name matters: the interpreter leaves the import system's frames out of a traceback when
    one of them has it, so that errors in a module show the application's own frames only.
    """
    spec = module.__spec__
    # spec.loader_state is the user's: importlib.util.LazyLoader keeps its own there.
    key = _packed_keys.get(spec.name, spec.name)
    _postpone_collections()
    if spec.origin is None:
        # A namespace package has no file, and nothing to execute.
        module.__file__ = None
        return
    code = _packed_code(key, spec.origin)
    if code is not None:
        exec(code, module.__dict__)
    if key in _ADJUSTED:
        _part('adjust').after_loading(key, module)


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


# Modules that look for something in files; the part `adjust` lets them look into the executable,
# or where the machine that the application runs on has it.
_ADJUSTED = frozenset(
    (
        'ctypes.util',
        'importlib.abc',
        'linecache',
        'multiprocessing.spawn',
        'pdb',
        'pkg_resources',
        'runpy',
        'ssl',
        'tkinter',
        'xmlrpc.server',
    )
)


def _packed_key(fullname):
    """Return the name under which a module is packed, and its kind; ImportError if it is not."""
    key = _packed_keys.get(fullname, fullname)
    kind = _pymodules.find(key)
    if kind is None:
        raise ImportError(f'{fullname!r} is not packed into {_packed_root}', name=fullname)
    return key, kind


class PackedImporter:
    """Finder on sys.meta_path and loader of the modules that are packed into the executable."""

    # The backport importlib_metadata takes find_distributions() away from the finders of the
    # module importlib._bootstrap_external.
    __module__ = '_pymodules'

    exec_module = staticmethod(_call_with_frames_removed)

    def __init__(self):
        # An attribute, so that it can be exchanged, and is called without another frame.
        self.find_spec = _packed_starting_find_spec

    def __repr__(self):
        return f'<packed modules of {_packed_root}>'

    @staticmethod
    def invalidate_caches():
        """Do nothing: what is packed does not change."""

    @staticmethod
    def create_module(spec):
        """Use the default way to make a module object."""

    @staticmethod
    def is_package(fullname):
        """Return whether a packed module is a package."""
        return _packed_key(fullname)[1] not in (_MODULE, _EXTENSION)

    @staticmethod
    def get_filename(fullname):
        """Return the path that a packed module seems to have."""
        return _packed_path(*_packed_key(fullname))

    @staticmethod
    def get_code(fullname):
        """Return the code object of a packed module, None for a namespace package."""
        key, kind = _packed_key(fullname)
        return None if kind >= _EXTENSION else _packed_code(key, _packed_path(key, kind))

    @staticmethod
    def get_source(fullname):
        """Return the source of a packed module, None if only its bytecode was packed."""
        key, kind = _packed_key(fullname)
        if kind >= _EXTENSION:
            return None
        source = b'' if kind == _NAMESPACE else _pymodules.source(key)
        if source is None:
            return None
        try:
            return _cpython('decode_source')(source)
        except (SyntaxError, UnicodeDecodeError) as error:
            raise ImportError('source not available through get_source()', name=fullname) from error

    @staticmethod
    def get_data(path):
        """Return the contents of a file, given by the path that it has or seems to have."""
        if path.startswith(_packed_prefix):
            data = _pymodules.file(path[len(_packed_prefix) :].replace(_PATH_SEPARATOR, '/'))
            if data is not None:
                return data
        import _io

        try:
            with _io.FileIO(path) as file:
                return file.read()
        except NotADirectoryError:
            raise FileNotFoundError(2, 'No such file is packed into the executable', path) from None

    @staticmethod
    def get_resource_reader(fullname):
        """Return the importlib.resources reader of a packed package, None for a plain module."""
        key, kind = _packed_key(fullname)
        is_package = kind not in (_MODULE, _EXTENSION)
        return _part('resources').PackedReader(key) if is_package else None

    @staticmethod
    def find_distributions(context=None):
        """Find the metadata of packed distributions, for importlib.metadata."""
        return _part('metadata').find_distributions(context)


# Modules had an attribute for the file of their cached bytecode up to CPython 3.14.
_CACHED_ATTRIBUTE = {'__cached__': None} if sys.version_info < (3, 15) else {}


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
    if spec is None or spec.loader is not _packed_importer or name in sys.modules:
        return None
    code = _packed_code(_packed_keys.get(name, name), spec.origin)
    sys.modules['__main__'].__dict__.update(
        _CACHED_ATTRIBUTE,
        __doc__=None,
        __file__=spec.origin,
        __loader__=spec.loader,
        __package__=spec.parent,
        __spec__=spec,
    )
    return code
