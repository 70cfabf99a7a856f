# Metadata of packed distributions for importlib.metadata.

import _frozen_importlib_external as importer
import os
import pathlib
import sys
from importlib import metadata

import _pymodules


def find_distributions(context=None):
    """Find the packed distributions that a context of importlib.metadata asks for."""
    name = None
    paths = sys.path
    if context is not None:
        name, paths = context.name, context.path
    prefix = importer._packed_prefix
    folders = {path for path in paths if isinstance(path, str) and path.startswith(prefix)}
    if not folders:
        return
    for path in _pymodules.distributions(metadata.Prepared(name).normalized or ''):
        if path.rpartition('/')[0] in folders:
            yield metadata.PathDistribution(pathlib.Path(path))


def leave_out_packed(finder):
    """Have CPython's finder look into other folders only, as what is packed is found without it."""
    find_elsewhere = finder.find_distributions

    def find_distributions(context=None):
        """Find the distributions in folders of the machine."""
        context = context or metadata.DistributionFinder.Context()
        ours = (importer._packed_root, importer._packed_prefix)
        elsewhere = [
            path
            for path in context.path
            if not isinstance(path, str)
            or (path != ours[0] and not path.startswith(ours[1]))
            or (path != ours[0] and os.path.isfile(path))
        ]
        if elsewhere:
            keywords = {**vars(context), 'path': elsewhere}
            yield from find_elsewhere(metadata.DistributionFinder.Context(**keywords))

    finder.find_distributions = staticmethod(find_distributions)
