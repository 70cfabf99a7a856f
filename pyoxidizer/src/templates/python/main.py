"""What `python -m {{module}}` and the executable run."""

import sys

from {{module}} import main

if __name__ == "__main__":
    sys.exit(main())
