"""The command line."""

import argparse
import os
import sys

from rich.console import Console

from .display import table
from .reading import BadInput, keep, read, sort


def parse_arguments():
    parser = argparse.ArgumentParser(prog="csvview", description="Shows a CSV file as a table.")
    parser.add_argument("file", nargs="?", default="-", help="the file; standard input by default")
    parser.add_argument("-d", "--delimiter", default=",", help="what stands between cells")
    parser.add_argument("-s", "--sort", metavar="COLUMN", help="sort by a column")
    parser.add_argument("-r", "--reverse", action="store_true", help="sort downwards")
    parser.add_argument(
        "-w",
        "--where",
        metavar="COLUMN=TEXT",
        action="append",
        default=[],
        help="only rows whose cell contains the text; may be repeated",
    )
    parser.add_argument("-n", "--limit", type=int, default=50, help="show at most so many rows")
    parser.add_argument("-t", "--totals", action="store_true", help="show sums of numbers")
    arguments = parser.parse_args()
    if len(arguments.delimiter) != 1:
        parser.error("a delimiter is one character")
    if arguments.limit < 0:
        parser.error("a limit is not negative")
    return arguments


def load(arguments):
    if arguments.file == "-":
        return read(sys.stdin, arguments.delimiter)
    with open(arguments.file, newline="", encoding="utf-8-sig") as lines:
        return read(lines, arguments.delimiter)


def main():
    arguments = parse_arguments()
    try:
        sheet = load(arguments)
        for condition in arguments.where:
            sheet = keep(sheet, condition)
        if arguments.sort:
            sheet = sort(sheet, arguments.sort, arguments.reverse)
    except (BadInput, OSError, UnicodeDecodeError) as error:
        print(f"csvview: {error}", file=sys.stderr)
        return 1
    title = "standard input" if arguments.file == "-" else os.path.basename(arguments.file)
    Console().print(table(sheet, title, arguments.limit, arguments.totals))
    return 0


if __name__ == "__main__":
    sys.exit(main())
