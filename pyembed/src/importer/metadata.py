# Metadata of packed distributions for importlib.metadata.

import _frozen_importlib_external as importer
import sys
from importlib import metadata

import _pymodules


class PackedDistribution(metadata.Distribution):
    """A distribution whose metadata folder, *.dist-info or *.egg-info, is packed."""

    def __init__(self, folder):
        self._folder = folder

    def read_text(self, filename):
        """Return a metadata file as text, None when there is no such file."""
        data = _pymodules.file(f'{self._folder}/{filename}')
        return None if data is None else data.decode('utf-8')

    def locate_file(self, path):
        """Return a file of the distribution by its path relative to where it was installed."""
        return importer._part('resources').PackedPath('').joinpath(path)


def find_distributions(context=None):
    """Find the packed distributions that a context of importlib.metadata asks for."""
    name = None
    if context is not None:
        # Whoever names folders wants what lies there, which is ours when the executable is.
        if importer._packed_root not in context.path and context.path is not sys.path:
            return
        name = context.name
    for folder in _pymodules.distributions(metadata.Prepared(name).normalized or ''):
        yield PackedDistribution(folder)
