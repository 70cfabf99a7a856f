"""Programs that read what lies beside their modules, and their own source."""

import importlib
import importlib.resources
import inspect
import linecache
import os
import pkgutil
import runpy
import sys
import traceback
import warnings
from importlib.resources import as_file, files

import scenarios
import scenarios.space.inner


def loader():
    """Print what the loader of a package and of a module says."""
    for module in (scenarios, sys.modules[__name__]):
        its = module.__spec__.loader
        name = module.__name__
        print(name, its.is_package(name), its.get_filename(name), its.get_code(name).co_name)
        print(its.get_source(name) == inspect.getsource(module))
        print(its.get_data(module.__file__) == its.get_source(name).encode())
    try:
        its.get_data(os.path.join(os.path.dirname(__file__), 'missing.txt'))
    except OSError as error:
        print(type(error).__name__, error.errno)


def tree():
    """Print a package's tree of resources, and that of a namespace package."""
    for package in ('scenarios', 'scenarios.space'):
        walk(files(package), 0)


def walk(folder, depth):
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name == '__pycache__':
            continue
        print('  ' * depth, entry.name, entry.is_file(), entry.is_dir())
        if entry.is_dir():
            walk(entry, depth + 1)


def read():
    """Print the contents of resources, read in every way."""
    data = files(scenarios) / 'data'
    print(data.joinpath('greeting.txt').read_text(encoding='utf-8'))
    print((data / 'deep' / 'bytes.txt').read_bytes())
    print(data.joinpath('deep', 'bytes.txt').read_bytes(), data.joinpath('deep/bytes.txt').name)
    with (data / 'greeting.txt').open(encoding='utf-8') as text:
        print(text.readline(), text.read())
    with (data / 'greeting.txt').open('rb') as binary:
        print(binary.read(3), binary.seek(0), len(binary.read()))
    print(pkgutil.get_data('scenarios', 'data/greeting.txt').decode())
    print(importlib.resources.is_resource('scenarios.space', 'inner.py'))
    print('inner.py' in list(importlib.resources.contents('scenarios.space')))
    with importlib.resources.open_text(
        'scenarios', 'data', 'greeting.txt', encoding='utf-8'
    ) as text:
        print(text.read())


def missing():
    """Print how access to what is not there ends."""
    here = files(scenarios)
    attempts = (
        lambda: (here / 'missing.txt').read_bytes(),
        lambda: (here / 'data' / 'missing' / 'x').read_text(encoding='utf-8'),
        lambda: (here / 'data').read_bytes(),
        lambda: list((here / 'missing').iterdir()),
        lambda: pkgutil.get_data('scenarios', 'missing.txt'),
        lambda: files('scenarios.missing'),
    )
    for attempt in attempts:
        try:
            attempt()
        except Exception as error:
            print(type(error).__name__)
    print((here / 'missing').is_file(), (here / 'missing').is_dir())


def copies():
    """Print what as_file() gives, for a file and for a folder."""
    data = files(scenarios) / 'data'
    with as_file(data / 'greeting.txt') as path:
        print(path.name, path.read_text(encoding='utf-8'), path.is_file())
    with as_file(data) as path:
        print(path.name, sorted(str(p.relative_to(path)) for p in path.rglob('*')))


def as_file_path():
    """Print whether as_file() gives the path itself, as for installed packages."""
    with as_file(files(scenarios) / 'data' / 'greeting.txt') as path:
        print(path.is_relative_to(sys.executable), path.exists())
    print(path.exists())


def listing():
    """Print what pkgutil finds."""
    print([m.name for m in pkgutil.iter_modules(scenarios.__path__) if m.name != 'broken'])
    print([m.name for m in pkgutil.iter_modules(scenarios.space.__path__, 'prefix.')])
    print([(m.name, m.ispkg) for m in pkgutil.walk_packages(importlib.__path__, 'importlib.')])
    top = {module.name: module.ispkg for module in pkgutil.iter_modules()}
    print(top['json'], top['string'], 'scenarios' in top)


def again():
    """Print what becomes of modules that are loaded again or run."""
    module = importlib.import_module('colorsys')
    module.extra = 1
    importlib.invalidate_caches()
    print(importlib.reload(module) is module, module.extra)
    print(sorted(runpy.run_module('colorsys'))[-3:])
    print(runpy.run_module('scenarios.inside', run_name='other')['__name__'])
    ran = runpy.run_path(os.path.join(os.path.dirname(__file__), 'inside.py'))
    print(ran['__name__'], ran['WORD'], os.path.basename(ran['__file__']))


def source():
    """Print source that Python finds by several ways."""
    print(inspect.getsource(walk))
    print(inspect.getsourcefile(walk), inspect.getmodule(walk).__name__)
    print(linecache.getline(__file__, 3))
    print(linecache.getlines(inspect.getfile(scenarios.space.inner)))
    warnings.simplefilter('always')
    warnings.warn('a warning', stacklevel=1)
    try:
        scenarios.space.inner.fail()
    except ZeroDivisionError:
        traceback.print_exc()


def paths():
    """Print where modules say that they are."""
    import colorsys

    for module in (scenarios, scenarios.space, scenarios.space.inner, colorsys):
        print(module.__name__, getattr(module, '__file__', None), module.__spec__.origin)
        print(list(getattr(module, '__path__', ())), hasattr(module, '__cached__'))
    print(walk.__code__.co_filename, walk.__code__.co_consts[1:2], hasattr(sys, '_MEIPASS'))
    print(getattr(sys, 'frozen', False))


def debugger():
    """Debug a function; commands are on standard input."""
    import pdb

    pdb.run('scenarios.space.inner.double(4)', {'scenarios': scenarios})
