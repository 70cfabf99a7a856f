"""A module beside data."""

import importlib.resources
import sys

NAME = __name__


def own():
    """Return what files() without an argument has, where there is such."""
    if sys.version_info < (3, 12):
        return 'module words'
    return (importlib.resources.files() / 'words.txt').read_text()
