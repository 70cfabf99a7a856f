# Modules that would not find something in an executable, or ask for types that CPython's importer
# has. The importer calls after_loading() for each of them.

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


def find_distutils():
    """Find the distutils that setuptools brings along, or return None.

    In an environment, setuptools' distutils-precedence.pth has the interpreter look there.
    """
    if os.environ.get('SETUPTOOLS_USE_DISTUTILS', 'local') != 'local':
        return None
    try:
        from _distutils_hack import DISTUTILS_FINDER
    except ImportError:
        return None
    # Its earlier releases want a path.
    return DISTUTILS_FINDER.find_spec('distutils', None)


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
            return path
    return None


def _adjust_importlib_abc(abc):
    """Make our classes instances of importlib's abstract base classes."""
    abc.MetaPathFinder.register(importer.PackedFinder)
    abc.SourceLoader.register(importer.PackedLoader)
    abc.PathEntryFinder.register(importer._part('paths').PackedPathFinder)


def _adjust_importlib_machinery(machinery):
    """Let the spec of what stands for collections.abc be that of a frozen module.

    CPython has it frozen, and astroid looks for its file only then. Everything else asks the module
    for its loader.
    """
    spec = sys.modules['_collections_abc'].__spec__
    if type(spec.loader) is importer.PackedLoader:
        spec.loader = machinery.FrozenImporter
        spec.loader_state = type(sys.implementation)(filename=spec.origin, origname=spec.name)


def _adjust_importlib_metadata(metadata):
    """Keep distributions from being found twice."""
    importer._part('metadata').leave_out_packed(metadata.MetadataPathFinder)


def _adjust_multiprocessing_spawn(spawn):
    """Start workers as a python does, by its flags and a command, instead of as frozen programs do.

    A frozen program's workers get no flags, so that they would be set up as the application; with
    packages that began as copies of multiprocessing they would be the application once more, and
    so on. `spawn` is the module of one of them.
    """
    if refusal := _pymodules.refusal():

        def refuse(**_):
            """Say why: each worker would be the application, which starts the next one."""
            raise RuntimeError(refusal)

        spawn.get_executable = spawn.get_command_line = refuse
        return
    package = spawn.__name__.rpartition('.')[0]
    util = sys.modules[f'{package}.util']
    as_frozen = spawn.get_command_line

    def get_command_line(**keywords):
        """Return the command line of a worker."""
        arguments = ', '.join(f'{name}={value!r}' for name, value in keywords.items())
        command = f'from {package}.spawn import spawn_main; spawn_main({arguments})'
        executable, mark, *_ = as_frozen()
        if hasattr(spawn, 'get_executable'):
            executable = spawn.get_executable()
        return [executable, *util._args_from_interpreter_flags(), '-c', command, mark]

    spawn.get_command_line = get_command_line


def _adjust_pathlib(_):
    """Let Path.resolve(strict=True) find packed files, which are below what is no folder.

    It asks os.path.realpath(), which looks at each part of a path.
    """
    find = os.path.realpath

    def realpath(filename, *, strict=False):
        if strict is True:
            found = find(filename)
            if os.fsdecode(found).startswith(importer._packed_prefix):
                os.stat(found)
                return found
        return find(filename, strict=strict)

    realpath.__doc__ = find.__doc__
    os.path.realpath = realpath


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
        code = None
        if os.fsdecode(path).startswith(importer._packed_prefix):
            code = importer._part('paths').script_code(os.fsdecode(path))
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
    finder = importer._part('paths').PackedPathFinder
    pkg_resources.register_loader_type(importer.PackedLoader, pkg_resources.DefaultProvider)
    pkg_resources.register_finder(finder, pkg_resources.find_on_path)
    pkg_resources.register_namespace_handler(finder, pkg_resources.file_ns_handler)
    # The working set was built while pkg_resources was executed, before it knew these types.
    for entry in sys.path:
        if entry.startswith(importer._packed_root):
            pkg_resources.working_set.add_entry(entry)


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


def _adjust_venv(venv):
    """Let environments have a link to the executable that is called python, by which it is Python.

    venv gives the link the executable's own name, and links others to that.
    """
    make_folders = venv.EnvBuilder.ensure_directories

    def ensure_directories(self, env_dir):
        context = make_folders(self, env_dir)
        context.python_exe = 'python'
        context.env_exe = os.path.join(context.bin_path, context.python_exe)
        context.env_exec_cmd = context.env_exe
        return context

    ensure_directories.__doc__ = make_folders.__doc__
    venv.EnvBuilder.ensure_directories = ensure_directories


def _packed_tcl_folders(implementation):
    """Return the packed folders of scripts, by the environment variables that name them."""
    scripts = {
        'TCL_LIBRARY': (f'tcl{implementation.TCL_VERSION}', 'init.tcl'),
        'TK_LIBRARY': (f'tk{implementation.TK_VERSION}', 'tk.tcl'),
    }
    found = {}
    for variable, (folder, script) in scripts.items():
        for parent in ('lib', 'tcl'):
            path = f'{importer._packed_prefix}{parent}/{folder}'
            if _pymodules.file(f'{path}/{script}') is not None:
                found[variable] = path
    return found


_ADJUSTMENTS = {
    'billiard.spawn': _adjust_multiprocessing_spawn,
    'ctypes.util': _adjust_ctypes_util,
    'importlib.abc': _adjust_importlib_abc,
    'importlib.machinery': _adjust_importlib_machinery,
    'importlib.metadata': _adjust_importlib_metadata,
    'multiprocessing.spawn': _adjust_multiprocessing_spawn,
    'multiprocess.spawn': _adjust_multiprocessing_spawn,
    'pathlib': _adjust_pathlib,
    'pkg_resources': _adjust_pkg_resources,
    'runpy': _adjust_runpy,
    'ssl': _adjust_ssl,
    'tkinter': _adjust_tkinter,
    'venv': _adjust_venv,
}
