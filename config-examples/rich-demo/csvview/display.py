"""Draws a sheet as a table."""

from rich import box
from rich.table import Table
from rich.text import Text

from .reading import number


def table(sheet, title, limit, totals):
    """The table of a sheet: numbers to the right, at most `limit` rows, sums below if wanted."""
    numeric = [sheet.is_numeric(index) for index in range(len(sheet.columns))]
    drawn = Table(
        title=Text(title),
        caption=caption(len(sheet.rows), limit),
        box=box.ROUNDED,
        show_footer=totals,
    )
    for index, name in enumerate(sheet.columns):
        drawn.add_column(
            Text(name),
            footer=total(sheet, index) if numeric[index] else "",
            justify="right" if numeric[index] else "left",
            style="cyan" if numeric[index] else "",
        )
    # Cells are data: `Text` keeps rich from reading markup in them.
    for row in sheet.rows[:limit]:
        drawn.add_row(*map(Text, row))
    return drawn


def total(sheet, index):
    """The sum of a column of numbers."""
    return f"{sum(number(row[index]) or 0 for row in sheet.rows):g}"


def caption(count, limit):
    """How many rows there are, and how many of them are shown."""
    noun = "row" if count == 1 else "rows"
    return f"{limit} of {count} {noun}" if count > limit else f"{count} {noun}"
