"""A part of a namespace package that is in the executable."""

WORD = 'one'
