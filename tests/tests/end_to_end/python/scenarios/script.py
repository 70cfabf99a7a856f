"""A file that is run by its path."""

import sys

import inside

print(__name__, sys.argv[1:], inside.WORD)
