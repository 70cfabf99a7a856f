"""DLLs that are no files of their own: packed into an executable, where this process alone reads
them.

A path below a file, as `/opt/app/app.exe/drivers/x.dll`, is one that an importer serves. The bytes
go
into memory of this process, which has names in `/proc`; a private folder of links to these names is
what Wine loads DLLs from, so that one finds others that were beside it.
"""

import os
import shutil
import tempfile


def is_packed(path):
    """Whether a path leads through a regular file."""
    folder = os.path.dirname(path)
    while folder not in ("/", ""):
        if os.path.isfile(folder):
            return True
        folder = os.path.dirname(folder)
    return False


class PackedFolders:
    """The folders of one session."""

    def __init__(self):
        self._folders = {}

    def path(self, path):
        """Where Wine finds a packed DLL."""
        folder, name = os.path.split(path)
        found = self._folders.get(folder)
        if found is None:
            found = self._folders[folder] = _LinkFolder(folder)
        return found.path(name)

    def close(self):
        for folder in self._folders.values():
            folder.close()
        self._folders.clear()


class _LinkFolder:
    """Links to the memory of all DLLs of one packed folder."""

    def __init__(self, folder):
        self._descriptors = []
        runtime = os.environ.get("XDG_RUNTIME_DIR")
        place = runtime if runtime and os.access(runtime, os.W_OK) else None
        self._place = tempfile.mkdtemp(prefix="pywindll-", dir=place)
        for name in os.listdir(folder):
            if name.lower().endswith(".dll"):
                self._add(os.path.join(folder, name), name)

    def _add(self, path, name):
        with open(path, "rb") as file:
            data = file.read()
        descriptor = os.memfd_create(name)
        self._descriptors.append(descriptor)
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
        os.symlink(f"/proc/{os.getpid()}/fd/{descriptor}", os.path.join(self._place, name))

    def path(self, name):
        path = os.path.join(self._place, name)
        if not os.path.lexists(path):
            raise FileNotFoundError(2, f"Could not find module '{name}' in what is packed", name)
        return path

    def close(self):
        shutil.rmtree(self._place, ignore_errors=True)
        for descriptor in self._descriptors:
            os.close(descriptor)
        self._descriptors.clear()
