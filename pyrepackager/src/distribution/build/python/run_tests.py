"""Runs CPython's test suite with the interpreter that runs this.

Arguments go to ``python -m test``.
"""

import os
import sys

os.execv(sys.executable, [sys.executable, "-m", "test", "--slow-ci", *sys.argv[1:]])
