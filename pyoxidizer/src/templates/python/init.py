"""An application that greets."""

import argparse


def main() -> int:
    """Greet whoever the command line names."""
    parser = argparse.ArgumentParser(prog="{{name}}")
    parser.add_argument("who", nargs="?", default="world")
    print(f"hello {parser.parse_args().who}")
    return 0
