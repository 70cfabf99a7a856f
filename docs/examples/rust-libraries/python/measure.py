"""What Python's own copies of C libraries make of the notes of the application."""

import sqlite3
import zlib


def longest(path):
    """Return the longest note in a database that Rust has written."""
    with sqlite3.connect(path) as database:
        notes = [
            zlib.decompress(note).decode() for (note,) in database.execute('SELECT note FROM notes')
        ]
    return max(notes, key=len)


def versions():
    """Return the versions of the libraries."""
    return f'SQLite {sqlite3.sqlite_version}, zlib {zlib.ZLIB_RUNTIME_VERSION}'
