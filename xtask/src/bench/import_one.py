"""Imports the module that the argument names."""

import sys

__import__(sys.argv[1])
