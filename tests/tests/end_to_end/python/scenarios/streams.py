"""Programs that use the standard streams and the command line."""

import os
import sys


def arguments(*_):
    print(sys.argv[1:])


def echo():
    for line in sys.stdin:
        print(f'line: {line!r}')
    print('end')


def ask():
    print(input('name? '))


def fill_output():
    print('more than the pipe takes ' * 100_000)


def write_text():
    print('some text')


def write_unicode():
    print('naïve Ω 日本語 \U0001f40d')
    sys.stderr.write('naïve Ω\n')


def which_are_open():
    os.write(2, f'{[stream is None for stream in (sys.stdin, sys.stdout)]}\n'.encode())


def undecodable_argument(argument):
    print(ascii(argument), os.fsencode(argument))


def properties():
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        print(stream.name, stream.mode, stream.encoding, stream.errors, stream.line_buffering)
