"""Writes files of binary formats into the folder that the argument names."""

import pathlib
import sqlite3
import struct
import sys
import tarfile
import zipfile


def main():
    folder = pathlib.Path(sys.argv[1])
    catalogue = folder / 'locale' / 'de' / 'LC_MESSAGES' / 'greetings.mo'
    catalogue.parent.mkdir(parents=True)
    catalogue.write_bytes(translations({'': 'Content-Type: text/plain; charset=utf-8', 'no': 'ná'}))
    (folder / 'settings.ini').write_text('[first]\nkey = value\n', encoding='utf-8')
    # More than a page, and nothing that a compressor would fold into nothing.
    (folder / 'numbers.bin').write_bytes(b''.join(struct.pack('<Q', n * n) for n in range(9000)))
    (folder / 'empty').touch()
    with sqlite3.connect(folder / 'planets.sqlite') as connection:
        connection.execute('create table planets (name text, moons integer)')
        connection.executemany('insert into planets values (?, ?)', [('Mars', 2), ('Erde', 1)])
    connection.close()
    with tarfile.open(folder / 'archive.tar.gz', 'w:gz') as tar:
        tar.add(folder / 'settings.ini', 'inner/settings.ini')
    with zipfile.ZipFile(folder / 'archive.zip', 'w') as archive:
        archive.writestr('zipped_module.py', 'WHERE = "an archive"\n')


def translations(messages):
    """Return a catalogue of messages in gettext's binary format, in the order of their keys."""
    keys = sorted(messages)
    texts = [text.encode() for text in (*keys, *(messages[key] for key in keys))]
    tables = 7 * 4
    offset = tables + len(texts) * 8
    header = struct.pack('<7I', 0x950412DE, 0, len(keys), tables, tables + len(keys) * 8, 0, offset)
    rows = []
    for text in texts:
        rows.append(struct.pack('<2I', len(text), offset))
        offset += len(text) + 1
    return header + b''.join(rows) + b''.join(text + b'\0' for text in texts)


main()
