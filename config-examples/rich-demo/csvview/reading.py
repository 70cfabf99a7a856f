"""Reads a CSV file and picks rows from it."""

import csv
from dataclasses import dataclass


class BadInput(Exception):
    """What the user gave cannot be shown; the text says why."""


@dataclass
class Sheet:
    """Column names, and rows that have a cell for each of them."""

    columns: list[str]
    rows: list[list[str]]

    def index(self, column):
        """Position of a column named on the command line, in any case of letters."""
        for index, name in enumerate(self.columns):
            if name.casefold() == column.casefold():
                return index
        raise BadInput(f"no column {column!r}; columns are {', '.join(self.columns)}")

    def is_numeric(self, index):
        """Whether every cell of a column that is not empty is a number."""
        cells = [row[index] for row in self.rows if row[index].strip()]
        return bool(cells) and all(number(cell) is not None for cell in cells)


def number(cell):
    """The number in a cell, or None."""
    try:
        return float(cell)
    except ValueError:
        return None


def read(lines, delimiter):
    """Reads a sheet whose first line names the columns."""
    reader = csv.reader(lines, delimiter=delimiter)
    try:
        columns = next(reader, None)
        if columns is None:
            raise BadInput("the file is empty")
        rows = []
        for row in reader:
            if len(row) > len(columns):
                raise BadInput(
                    f"line {reader.line_num} has {len(row)} cells for {len(columns)} columns"
                )
            if row:
                rows.append(row + [""] * (len(columns) - len(row)))
    except csv.Error as error:
        raise BadInput(f"line {reader.line_num}: {error}") from error
    return Sheet(columns, rows)


def keep(sheet, condition):
    """Keeps the rows that fulfil `COLUMN=TEXT`."""
    column, equals, text = condition.partition("=")
    if not equals:
        raise BadInput(f"{condition!r} is not of the form COLUMN=TEXT")
    index = sheet.index(column)
    rows = [row for row in sheet.rows if text.casefold() in row[index].casefold()]
    return Sheet(sheet.columns, rows)


def sort(sheet, column, descending):
    """Sorts by number where the column holds numbers, else by text; empty cells come last."""
    index = sheet.index(column)
    key = number if sheet.is_numeric(index) else str.casefold
    full = [row for row in sheet.rows if row[index].strip()]
    empty = [row for row in sheet.rows if not row[index].strip()]
    full.sort(key=lambda row: key(row[index]), reverse=descending)
    return Sheet(sheet.columns, full + empty)
