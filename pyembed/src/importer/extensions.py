# The loader of extension modules that are packed into the executable.

import _frozen_importlib_external as importer

_ExtensionFileLoader = importer._cpython('ExtensionFileLoader')


class PackedExtensionLoader(_ExtensionFileLoader):
    """Loader of one extension module; its path is below the executable's own.

    CPython itself loads the module from that path, with the function dlopen of c/libraries.c.
    """

    def __init__(self, fullname, path, is_package):
        super().__init__(fullname, path)
        self._is_package = is_package

    def create_module(self, spec):
        """Load the shared library and let it make the module."""
        importer._pymodules.set_locale()
        try:
            return super().create_module(spec)
        except ImportError as error:
            if error.path != spec.origin:
                # The module itself says that something is missing.
                raise
            message = f'cannot import the extension module {spec.name!r}: {error}'
            raise ImportError(message, name=spec.name, path=spec.origin) from None

    def exec_module(self, module):
        """Let the library fill the module."""
        importer._postpone_collections()
        super().exec_module(module)

    def is_package(self, fullname):
        """Return whether the module is a package."""
        return self._is_package

    def get_data(self, path):
        """Return the contents of a file, given by the path that it has or seems to have."""
        return importer.PackedLoader.get_data(path)

    def get_resource_reader(self, fullname):
        """Return the importlib.resources reader of the module's folder."""
        from importlib.readers import FileReader

        return FileReader(self)


def make_spec(fullname, path, kind):
    """Return the spec of an extension module in the shared library at `path`."""
    is_package = kind & importer._PACKAGE != 0
    loader = PackedExtensionLoader(fullname, path, is_package)
    spec = importer._bootstrap.ModuleSpec(fullname, loader, origin=path, is_package=is_package)
    spec._set_fileattr = True
    if is_package:
        spec.submodule_search_locations = [path.rpartition('/')[0]]
    return spec
