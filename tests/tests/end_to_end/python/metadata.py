"""Prints what a program can find out about the distributions that it was built with."""

import importlib.metadata as metadata
import sys


def names():
    print(sorted({d.name for d in metadata.distributions()} & {'rich', 'Pygments', 'pip'}))
    print(metadata.packages_distributions()['rich'], metadata.packages_distributions()['pygments'])


def details():
    for name in ('rich', 'Pygments', 'pygments'):
        its = metadata.distribution(name)
        print(its.name, its.version, metadata.version(name), its.metadata['Name'])
        print(its.requires, metadata.requires(name))
        print(sorted((e.group, e.name, e.value) for e in its.entry_points))
        # Scripts and bytecode lie on disk only.
        kept = [str(f) for f in its.files if f.suffix != '.pyc' and '..' not in f.parts]
        print(len(kept), kept[:3], its.read_text('missing.txt'))
        print(sorted(its.read_text('RECORD').splitlines())[:2])


def entry_points():
    (entry,) = metadata.entry_points(group='console_scripts', name='pygmentize')
    print(entry.value, entry.dist.name, callable(entry.load()))


def files():
    (record,) = (f for f in metadata.files('rich') if f.name == 'METADATA')
    print(record, record.read_text().splitlines()[1])
    (module,) = (f for f in metadata.files('rich') if str(f) == 'rich/box.py')
    print(len(module.read_text()) > 100, str(module.locate()).endswith('rich/box.py'))
    print(metadata.distribution('rich').locate_file('rich/box.py').name)


def missing():
    try:
        metadata.version('no-such-distribution')
    except metadata.PackageNotFoundError as error:
        print(error)
    print(list(metadata.distributions(path=['/nowhere'])))


def resources():
    import pkg_resources

    print(pkg_resources.get_distribution('rich').version)
    print([str(d) for d in pkg_resources.require('rich')])
    print(sorted(e.name for e in pkg_resources.iter_entry_points('console_scripts', 'pygmentize')))
    print(pkg_resources.load_entry_point('pygments', 'console_scripts', 'pygmentize').__name__)
    print(pkg_resources.get_distribution('rich').has_metadata('RECORD'))
    print(pkg_resources.resource_exists('pip', '_vendor/certifi/cacert.pem'))
    print(pkg_resources.resource_isdir('pip', '_vendor'))
    listed = pkg_resources.resource_listdir('pip', '_vendor/certifi')
    print(sorted(name for name in listed if name != '__pycache__'))
    print(len(pkg_resources.resource_string('pip', '_vendor/certifi/cacert.pem')))
    with open(pkg_resources.resource_filename('pip', '_vendor/certifi/cacert.pem')) as file:
        print(file.readline() == '' or True, len(file.read()) > 1000)
    try:
        pkg_resources.require('no-such-distribution')
    except pkg_resources.DistributionNotFound as error:
        print(type(error).__name__)


if __name__ == '__main__':
    globals()[sys.argv[1]]()
