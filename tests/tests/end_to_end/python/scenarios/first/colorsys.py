"""Has the name of a module of the standard library."""

WHO = 'first'
