"""``python -m _licenses``: see the package."""

import sys

from _licenses import main

sys.exit(main(sys.argv[1:]))
