"""Prints what a program finds on the machine that it runs on."""

import sys


def certificates():
    import ssl

    context = ssl.create_default_context()
    print(context.cert_store_stats()['x509_ca'], ssl.get_default_verify_paths().cafile)


def terminal():
    import curses
    import readline

    curses.setupterm(fd=1)
    print(curses.tigetnum('colors'), bool(readline.__doc__))


def time_zone():
    import datetime
    import zoneinfo

    try:
        zone = zoneinfo.ZoneInfo('Europe/Berlin')
    except zoneinfo.ZoneInfoNotFoundError as error:
        print(type(error).__name__)
    else:
        summer = datetime.datetime(2024, 7, 1, tzinfo=zone)
        print(summer.tzname(), summer.utcoffset())


def locale(word):
    import locale
    import os
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, word), 'w') as file:
            file.write(word)
        listed = os.listdir(folder) == [word]
    encodings = sys.getfilesystemencoding(), locale.getpreferredencoding(), sys.stdout.encoding
    print(*encodings, word, listed)


def c_locale():
    import ctypes
    import locale
    import subprocess

    library = ctypes.CDLL(None)
    print(locale.setlocale(locale.LC_CTYPE), locale.getlocale(), library.iswalpha(0xE9) != 0)
    command = ['/bin/sh', '-c', 'echo "child: $LC_CTYPE"']
    print(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


globals()[sys.argv[1]](*sys.argv[2:])
