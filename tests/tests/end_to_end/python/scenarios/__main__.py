"""Runs the function that the first argument names, with the other arguments."""

import sys

from scenarios import endings, imports, streams

for module in (endings, imports, streams):
    function = getattr(module, sys.argv[1], None)
    if function is not None:
        function(*sys.argv[2:])
        break
else:
    raise LookupError(f'no scenario {sys.argv[1]!r}')
