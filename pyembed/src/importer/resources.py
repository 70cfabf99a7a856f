# Package resources for importlib.resources.

import _frozen_importlib_external as importer
import contextlib
import importlib.resources
import io
import pathlib
import sys
import tempfile

import _pymodules

try:
    from importlib.resources import abc
except ImportError:
    # CPython 3.10 has them elsewhere.
    from importlib import abc


class PackedReader(abc.TraversableResources):
    """Reader of the resources of one package; everything else is derived from files()."""

    def __init__(self, package):
        self._folder = package.replace('.', '/')

    def files(self):
        """Return the package's virtual folder."""
        return PackedPath(self._folder)

    def resource_path(self, resource):
        """Say that there is no file: importlib.resources then makes a temporary one."""
        raise FileNotFoundError(resource)


class PackedPath(abc.Traversable):
    """A packed file or virtual folder; str() gives the path that it seems to have."""

    def __init__(self, path):
        """Take the path relative to the executable's own, with '/'; '' for that itself."""
        self._path = path

    @property
    def name(self):
        """The last component of the path."""
        return self._path.rpartition('/')[2]

    @property
    def parent(self):
        """The folder that this lies in."""
        return PackedPath(self._path.rpartition('/')[0])

    def __str__(self):
        path = self._path.replace('/', importer._PATH_SEPARATOR)
        return f'{importer._packed_prefix}{path}' if path else importer._packed_root

    if sys.platform == 'linux':
        # Elsewhere no function of the operating system can open the path.
        __fspath__ = __str__

    def __repr__(self):
        return f'{type(self).__name__}({str(self)!r})'

    def __eq__(self, other):
        return isinstance(other, PackedPath) and self._path == other._path

    def __hash__(self):
        return hash(self._path)

    def is_dir(self):
        """Return whether this is a folder."""
        return _pymodules.is_folder(self._path)

    def is_file(self):
        """Return whether this is a file."""
        return _pymodules.is_file(self._path)

    def exists(self):
        """Return whether there is anything here."""
        return self.is_file() or self.is_dir()

    def iterdir(self):
        """Return an iterator over what lies in the folder."""
        if not self.is_dir():
            error = NotADirectoryError if self.is_file() else FileNotFoundError
            raise error(f'no folder is packed at {self}')
        prefix = f'{self._path}/' if self._path else ''
        return (PackedPath(prefix + name) for name in _pymodules.listdir(self._path))

    def joinpath(self, *descendants):
        """Return what lies at a path below this one."""
        parts = self._path.split('/') if self._path else []
        for part in '/'.join(map(str, descendants)).split('/'):
            # What lies above the executable is not packed, but can be named: metadata does that.
            if part == '..' and parts and parts[-1] != '..':
                parts.pop()
            elif part not in ('', '.'):
                parts.append(part)
        return PackedPath('/'.join(parts))

    __truediv__ = joinpath

    def read_bytes(self):
        """Return the file's contents."""
        data = _pymodules.file(self._path)
        if data is not None:
            return data
        error = IsADirectoryError if self.is_dir() else FileNotFoundError
        raise error(f'no file is packed at {self}')

    def read_text(self, encoding=None, errors=None):
        """Return the file's contents as text; UTF-8 unless told otherwise."""
        with self.open(encoding=encoding, errors=errors) as stream:
            return stream.read()

    def open(self, mode='r', buffering=-1, encoding=None, errors=None, newline=None):
        """Open the file for reading, as text or (mode 'rb') as bytes."""
        if sorted(mode) not in (['r'], ['b', 'r'], ['r', 't']):
            raise ValueError(f'cannot open a packed file with mode {mode!r}, only for reading')
        stream = io.BytesIO(self.read_bytes())
        if 'b' in mode:
            return stream
        return io.TextIOWrapper(stream, encoding or 'utf-8', errors, newline)


@importlib.resources.as_file.register(PackedPath)
@contextlib.contextmanager
def _as_file(packed):
    """Let a packed file or folder be one on disk for a while, under its own name."""
    with tempfile.TemporaryDirectory() as folder:
        yield _copy(packed, pathlib.Path(folder))


def _copy(packed, folder):
    """Copy a packed file or folder into a folder on disk; return its path."""
    path = folder / packed.name
    if packed.is_dir():
        path.mkdir(0o700)
        for entry in packed.iterdir():
            _copy(entry, path)
    else:
        path.write_bytes(packed.read_bytes())
    return path
