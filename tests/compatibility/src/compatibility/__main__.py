"""Use binary wheels.

`list` prints the names of the checks, `describe` facts about them, `run NAME` does one and prints
what came out.
"""

import json
import sys

from compatibility import catalogue


def main():
    """Do what the arguments say."""
    match sys.argv[1:]:
        case ['list']:
            for name, kind in catalogue.names():
                print(kind, name)
        case ['describe']:
            json.dump(catalogue.describe(), sys.stdout)
        case ['run', name]:
            json.dump(catalogue.run(name), sys.stdout)
        case _:
            sys.exit(__doc__)


if __name__ == '__main__':
    main()
