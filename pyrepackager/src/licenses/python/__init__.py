"""What is inside this executable, and under which licences: ``python -m _licenses``.

It uses nothing but modules that every interpreter has loaded when it starts, as an application may
be packed without others.
"""

import os
import sys

USAGE = """\
usage: python -m _licenses [--list | --sbom | NAME]

Without arguments: a table of what is inside this executable, then the licences.

  --list  the table alone
  --sbom  the same for programs, as CycloneDX 1.6 in JSON
  NAME    the licences of one component
"""


def read(name):
    """Return the content of a file of this package."""
    return __spec__.loader.get_data(os.path.join(__path__[0], *name.split('/')))


def components():
    """Yield name, version, licence and texts of each component; texts are pairs of names."""
    for line in read('index.txt').decode().splitlines():
        name, version, licence, *texts = line.split('\t')
        yield name, version, licence, list(zip(texts[::2], texts[1::2], strict=True))


def normalise(name):
    """Return what names of projects are compared by."""
    return name.lower().replace('_', '-').replace('.', '-')


def readable(name, content):
    """Return the text of a file: of HTML what is not markup."""
    text = content.decode('utf-8', 'replace')
    if name.endswith('.html'):
        text = ''.join(part.rpartition('>')[2] for part in text.split('<'))
        for entity, character in ('lt', '<'), ('gt', '>'), ('quot', '"'), ('amp', '&'):
            text = text.replace(f'&{entity};', character)
    return text.strip('\r\n')


def texts(component):
    """Yield the licences of a component, each under a heading."""
    name, version, licence, files = component
    title = f'{name} {version}'.strip()
    if not files:
        yield f'{title}: {licence} (no text)'
    for file, stored in files:
        heading = f'{title}: {licence} ({file})'
        yield f'{heading}\n{"-" * len(heading)}\n\n{readable(file, read(f"texts/{stored}"))}'


def main(arguments):
    """Print what the arguments ask for; return the exit code."""
    if arguments in (['-h'], ['--help']):
        return say(USAGE)
    if arguments == ['--list']:
        return say(read('table.txt').decode())
    if arguments == ['--sbom']:
        return say(read('sbom.cdx.json').decode())
    known = list(components())
    if not arguments:
        parts = [read('table.txt').decode()]
    elif len(arguments) == 1 and not arguments[0].startswith('-'):
        wanted = normalise(arguments[0])
        known = [component for component in known if normalise(component[0]) == wanted]
        if not known:
            sys.stderr.write(f'_licenses: {arguments[0]!r} is not inside; --list tells what is\n')
            return 1
        parts = []
    else:
        sys.stderr.write(USAGE)
        return 2
    for component in known:
        parts.extend(texts(component))
    return say('\n\n'.join(parts) + '\n')


def say(text):
    """Write to standard output, whatever its encoding; a reader that goes away is no error."""
    try:
        sys.stdout.buffer.write(text.encode())
        sys.stdout.flush()
    except BrokenPipeError:
        # Nothing is left to be flushed at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0
