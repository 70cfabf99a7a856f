"""A package that finds modules in another folder."""

import os

__path__.append(os.path.join(os.path.dirname(__file__), 'more'))
