# Modules that look for something in files are shown where it is: in the executable, or where the
# machine has it that the application runs on. The importer calls after_loading() for each of them.
# On Linux packed files can be opened by path as well; elsewhere they cannot.

import _frozen_importlib_external as importer
import os
import sys

import _pymodules

# Where distributions of Linux keep the certificates of authorities in one file; those of macOS and
# of the BSDs come last. OpenSSL itself looks in one place, chosen when it was compiled.
CERTIFICATE_FILES = (
    '/etc/ssl/certs/ca-certificates.crt',  # Debian, Ubuntu, Arch, Gentoo
    '/etc/pki/tls/certs/ca-bundle.crt',  # Fedora, RHEL
    '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',  # Fedora 43 and later, RHEL
    '/etc/ssl/ca-bundle.pem',  # openSUSE
    '/etc/ssl/cert.pem',  # Alpine, macOS, OpenBSD
    '/usr/local/share/certs/ca-root-nss.crt',  # FreeBSD
)


def after_loading(name, module):
    """Adjust a module that was executed a moment ago."""
    _ADJUSTMENTS[name](module)


def _adjust_ctypes_util(util):
    """Let find_library() find packed libraries when the machine has none of the name."""
    find_on_machine = util.find_library

    def find_library(name):
        """Return what a library is to be opened by, None if there is none."""
        return find_on_machine(name) or _packed_library(name)

    util.find_library = find_library


def _packed_library(name):
    """Return the path of a packed library, whose name may have a hash behind it as in wheels."""
    for path in _pymodules.libraries(''):
        stem, _, version = path.rpartition('/')[2].partition('.so')
        own, _, digest = stem.rpartition('-')
        is_digest = len(digest) == 8 and not digest.strip('0123456789abcdef')
        found = own if own and is_digest else stem
        if found == f'lib{name}' and (not version or version.startswith('.')):
            return importer._packed_prefix + path
    return None


def _adjust_importlib_abc(abc):
    """Make our classes instances of importlib's abstract base classes."""
    abc.MetaPathFinder.register(importer.PackedImporter)
    abc.ExecutionLoader.register(importer.PackedImporter)
    abc.PathEntryFinder.register(importer._part('paths').PackedPathFinder)


def _adjust_linecache(linecache):
    """Let linecache find packed source by its path alone.

    With a module's globals at hand it asks the loader; but warnings have the path only, and
    debuggers the globals of any module.
    """
    update_from_files = linecache.updatecache

    def updatecache(filename, module_globals=None):
        source = _source_of(filename)
        if source is None:
            return update_from_files(filename, module_globals)
        lines = [f'{line}\n' for line in source.splitlines()]
        # No time of change: checkcache() then leaves the entry alone.
        linecache.cache[filename] = (len(source), None, lines, filename)
        return lines

    updatecache.__doc__ = update_from_files.__doc__
    linecache.updatecache = updatecache


def _source_of(filename):
    """Return the text of a packed `.py` file by its path, None if there is none."""
    if not (filename.startswith(importer._packed_prefix) and filename.endswith('.py')):
        return None
    path = filename[len(importer._packed_prefix) :].replace(importer._PATH_SEPARATOR, '/')
    source = _pymodules.file(path)
    try:
        return None if source is None else importer._cpython('decode_source')(source)
    except (SyntaxError, UnicodeDecodeError):
        return None


def _adjust_multiprocessing_spawn(spawn):
    """Start workers as a python does, by its flags and a command, instead of as frozen programs do.

    A frozen program's workers get no flags, so that they would be set up as the application.
    """
    from multiprocessing.util import _args_from_interpreter_flags

    def get_command_line(**keywords):
        """Return the command line of a worker."""
        arguments = ', '.join(f'{name}={value!r}' for name, value in keywords.items())
        command = f'from multiprocessing.spawn import spawn_main; spawn_main({arguments})'
        flags = _args_from_interpreter_flags()
        return [spawn.get_executable(), *flags, '-c', command, '--multiprocessing-fork']

    spawn.get_command_line = get_command_line


def _adjust_pdb(pdb):
    """Let breakpoints be set in packed files, by the name of a module or a path."""
    find_file = pdb.Pdb.lookupmodule

    def lookupmodule(self, filename):
        """Return the path of a module or of a file, or None."""
        found = find_file(self, filename)
        if found is not None:
            return found
        path = filename.removeprefix(importer._packed_prefix).removesuffix('.py')
        name = path.replace(importer._PATH_SEPARATOR, '.')
        kind = _pymodules.find(name)
        return None if kind is None else importer._packed_path(name, kind)

    pdb.Pdb.lookupmodule = lookupmodule


def _adjust_runpy(runpy):
    """Let run_path() run packed files."""
    code_of_file = runpy._get_code_from_file

    def _get_code_from_file(*arguments):
        """Return a file's code.

        Up to CPython 3.11 the path is the second argument, and returned with the code; from then
        on it is the first, before 3.15's name of the module.
        """
        returns_path = sys.version_info < (3, 12)
        path = arguments[1 if returns_path else 0]
        if not os.fsdecode(path).startswith(importer._packed_prefix):
            return code_of_file(*arguments)
        code = importer._part('paths').script_code(path)
        if code is None:
            return code_of_file(*arguments)
        return (code, path) if returns_path else code

    runpy._get_code_from_file = _get_code_from_file


def _adjust_ssl(ssl):
    """Let default contexts trust the machine's certificates, wherever it keeps them."""
    openssl_paths = ssl.get_default_verify_paths

    def set_default_verify_paths(self):
        """Load the certificates that OpenSSL's default paths lead to, else the machine's."""
        super(ssl.SSLContext, self).set_default_verify_paths()
        bundle = _certificate_file(openssl_paths())
        if bundle is not None:
            self.load_verify_locations(cafile=bundle)

    def get_default_verify_paths():
        """Return the paths of the default certificates."""
        paths = openssl_paths()
        bundle = _certificate_file(paths)
        return paths if bundle is None else paths._replace(cafile=bundle)

    ssl.SSLContext.set_default_verify_paths = set_default_verify_paths
    ssl.get_default_verify_paths = get_default_verify_paths


def _certificate_file(paths):
    """Return the machine's file of certificates when OpenSSL does not find any itself."""
    if paths.openssl_cafile_env in os.environ or paths.openssl_capath_env in os.environ:
        return None
    if paths.cafile or (paths.capath and os.listdir(paths.capath)):
        return None
    return next((path for path in CERTIFICATE_FILES if os.path.isfile(path)), None)


def _adjust_pkg_resources(pkg_resources):
    """Teach setuptools' pkg_resources, which goes by types, ours."""

    class PackedProvider(pkg_resources.NullProvider):
        """Resources and metadata of packed packages."""

        def _file(self, path):
            below = path[len(importer._packed_prefix) :].strip(importer._PATH_SEPARATOR)
            return importer._part('resources').PackedPath('').joinpath(below)

        def _has(self, path):
            return self._file(path).exists()

        def _isdir(self, path):
            return self._file(path).is_dir()

        def _listdir(self, path):
            return [entry.name for entry in self._file(path).iterdir()]

        def get_resource_filename(self, manager, resource_name):
            """Return the path of a temporary copy, which is removed at the end."""
            return _extracted(self._file(self._fn(self.module_path, resource_name)))

    class PackedMetadata(PackedProvider):
        """Metadata of one distribution."""

        def __init__(self, folder):
            self.loader = importer._packed_importer
            self.module_path = importer._packed_root
            self.egg_info = importer._packed_prefix + folder

    def find_packed(_finder, entry, only=False):
        """Yield the packed distributions when `entry` is the root of all packed modules."""
        if entry != importer._packed_root:
            return
        for folder in _pymodules.distributions(''):
            metadata = PackedMetadata(folder)
            yield pkg_resources.Distribution.from_location(entry, folder, metadata)

    finder = importer._part('paths').PackedPathFinder
    pkg_resources.register_loader_type(importer.PackedImporter, PackedProvider)
    pkg_resources.register_finder(finder, find_packed)
    if importer._packed_root in sys.path:
        # What was built while pkg_resources was executed knew nothing of ours.
        pkg_resources.working_set.add_entry(importer._packed_root)


def _adjust_tkinter(tkinter):
    """Let interpreters of Tcl find the packed scripts of Tcl and Tk.

    Tcl looks for them in folders that environment variables name, then beside the program. The
    variables are there while it starts, and not for the application's child processes.
    """
    implementation = tkinter._tkinter
    create_interpreter = implementation.create

    def create(*arguments):
        """Create an interpreter."""
        folders = _packed_tcl_folders(implementation)
        missing = {name: path for name, path in folders.items() if name not in os.environ}
        os.environ.update(missing)
        try:
            interpreter = create_interpreter(*arguments)
        finally:
            for name in missing:
                os.environ.pop(name, None)
        # Tk may be loaded later.
        if 'TK_LIBRARY' in missing and not interpreter.call('info', 'exists', 'tk_library'):
            interpreter.call('set', 'tk_library', missing['TK_LIBRARY'])
        return interpreter

    create.__doc__ = create_interpreter.__doc__
    implementation.create = create


def _packed_tcl_folders(implementation):
    """Return the packed folders of scripts, by the environment variables that name them."""
    scripts = {
        'TCL_LIBRARY': (f'tcl{implementation.TCL_VERSION}', 'init.tcl'),
        'TK_LIBRARY': (f'tk{implementation.TK_VERSION}', 'tk.tcl'),
    }
    found = {}
    for variable, (folder, script) in scripts.items():
        for parent in ('lib', 'tcl'):
            if _pymodules.file(f'{parent}/{folder}/{script}') is not None:
                path = importer._PATH_SEPARATOR.join((parent, folder))
                found[variable] = importer._packed_prefix + path
    return found


def _adjust_xmlrpc_server(server):
    """Let documenting servers find pydoc's style sheet, which they open by its path."""

    def _get_css(self, url):
        """Return the style sheet."""
        return importer._packed_importer.get_data(
            importer._PATH_SEPARATOR.join((importer._packed_root, 'pydoc_data', '_pydoc.css'))
        )

    server.DocXMLRPCRequestHandler._get_css = _get_css


def _extracted(resource):
    """Return the path of a file or folder that holds a packed one, until the interpreter ends."""
    import atexit
    from contextlib import ExitStack
    from importlib.resources import as_file

    if not _copies:
        _copies[None] = ExitStack()
        atexit.register(_copies[None].close)
    if resource not in _copies:
        _copies[resource] = str(_copies[None].enter_context(as_file(resource)))
    return _copies[resource]


# Paths of temporary copies by resource, and under None what removes them.
_copies = {}

_ADJUSTMENTS = {
    'ctypes.util': _adjust_ctypes_util,
    'importlib.abc': _adjust_importlib_abc,
    'linecache': _adjust_linecache,
    'multiprocessing.spawn': _adjust_multiprocessing_spawn,
    'pdb': _adjust_pdb,
    'pkg_resources': _adjust_pkg_resources,
    'runpy': _adjust_runpy,
    'ssl': _adjust_ssl,
    'tkinter': _adjust_tkinter,
    'xmlrpc.server': _adjust_xmlrpc_server,
}
