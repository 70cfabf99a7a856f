"""What is tried with each release of CPython: modules over C libraries, and a package."""

import importlib.util

# Modules over C libraries, which a distribution may have as shared ones.
LIBRARIES = (
    '_bz2',
    '_ctypes',
    '_curses',
    '_decimal',
    '_hashlib',
    '_lzma',
    '_sqlite3',
    '_ssl',
    '_uuid',
    'pyexpat',
    'readline',
    'termios',
    'zlib',
)


def libraries():
    """Print what modules over C libraries answer, and which of them are not there."""
    import bz2
    import decimal
    import hashlib
    import json
    import lzma
    import uuid
    import xml.etree.ElementTree
    import zlib

    print('lacking:', *(name for name in LIBRARIES if importlib.util.find_spec(name) is None))
    data = json.dumps({'key': ['value'] * 9}).encode()
    for module in (bz2, lzma, zlib):
        print(module.__name__, json.loads(module.decompress(module.compress(data))) is not None)
    for name in ('md5', 'sha1', 'sha256', 'sha3_256', 'sha512', 'blake2b', 'blake2s'):
        print(name, hashlib.new(name, data).hexdigest())
    print(decimal.Decimal(2).sqrt(), uuid.uuid5(uuid.NAMESPACE_DNS, 'example.com'))
    print(xml.etree.ElementTree.fromstring('<a><b c="1"/></a>')[0].attrib)
    if importlib.util.find_spec('compression') is not None:
        from compression import zstd

        print(zstd.decompress(zstd.compress(data)) == data)


def foreign():
    """Call a function of the C library, also one that calls back."""
    import ctypes

    library = ctypes.CDLL(None)
    print(library.strlen(b'hello'))
    numbers = (ctypes.c_int * 4)(3, 1, 2, 0)
    kind = ctypes.CFUNCTYPE(
        ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int)
    )
    library.qsort(numbers, 4, ctypes.sizeof(ctypes.c_int), kind(lambda a, b: a[0] - b[0]))
    print(list(numbers))


def database():
    """Use SQLite."""
    import sqlite3

    with sqlite3.connect(':memory:') as connection:
        connection.execute('create table planets (name)')
        connection.executemany('insert into planets values (?)', [('Venus',), ('Mars',)])
        print(connection.execute('select * from planets order by name').fetchall())


def package():
    """Use a package that the executable has and `python` has not."""
    import importlib.metadata

    import attrs

    point = attrs.make_class('Point', ['x', 'y'])
    print(importlib.metadata.version('attrs'), point(1, 2))
