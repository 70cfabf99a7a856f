"""Looks at an installation in the ways of programs; python must print the same."""

import glob
import importlib
import importlib.metadata
import importlib.resources
import importlib.util
import inspect
import os
import pathlib
import pkgutil
import runpy
import site
import sys
import sysconfig
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
PATHS = []


def show(what, function):
    """Print what a function returns or raises, without the paths of this run."""
    try:
        result = function()
    except Exception as error:
        result = f'{type(error).__name__}: {error}'
    text = str(result)
    for path, name in PATHS:
        text = text.replace(path, name)
    print(f'{what}: {text}')


def lazy(name, use):
    """Import a module by the documentation's recipe for lazy imports."""
    sys.modules.pop(name, None)
    spec = importlib.util.find_spec(name)
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return use(module)


def changed_path():
    """Import modules from a folder that a package has added to its path."""
    import grows.inner
    import grows.inner.leaf

    return grows.inner.__name__, grows.inner.leaf.VALUE, len(grows.__path__)


def namespace_grows():
    """Let a namespace package have a part in a folder that sys.path gets."""
    import spread.one

    before = len(spread.__path__)
    sys.path.append(os.path.join(HERE, 'vendored'))
    import spread.two

    return before, len(spread.__path__), spread.two.VALUE, spread.__file__


def plugins():
    """Import from a folder on disk that the program puts on sys.path."""
    os.makedirs('plugins/pack', exist_ok=True)
    for path, text in [
        ('plugins/plug.py', 'NAME = __name__'),
        ('plugins/pack/__init__.py', ''),
        ('plugins/pack/sub.py', 'NAME = __name__'),
    ]:
        with open(path, 'w') as file:
            file.write(text)
    sys.path.insert(0, 'plugins')
    try:
        import pack.sub
        import plug
    finally:
        sys.path.remove('plugins')
    names = [module.name for module in pkgutil.iter_modules(['plugins'])]
    return plug.NAME, pack.sub.NAME, names, type(plug.__loader__).__name__


def by_location():
    """Load a file by its path."""
    path = os.path.join(HERE, 'grows', 'more', 'inner', 'leaf.py')
    spec = importlib.util.spec_from_file_location('located', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.VALUE, module.__spec__.origin


def resources_of(anchor):
    """Read resources by every method of a path."""
    folder = importlib.resources.files(anchor)
    file = folder / 'words.txt'
    return (
        isinstance(folder, pathlib.Path),
        sorted(path.name for path in folder.glob('*.txt')),
        sorted(path.relative_to(folder).as_posix() for path in folder.rglob('*.txt')),
        file.read_text(),
        file.suffix,
        file.stem,
        file.stat().st_size,
        file.resolve() == file.resolve(strict=True),
        folder.joinpath('words.txt').is_file(),
        file.match('*.txt'),
    )


def read_only():
    """Try what a file system for reading refuses."""
    if not hasattr(sys, 'frozen'):
        return ['OSError'] * 3
    path = importlib.resources.files('regular') / 'words.txt'
    results = []
    for change in (
        lambda: path.write_text('x'),
        lambda: path.with_name('new').touch(),
        lambda: open(path, 'r+'),
    ):
        try:
            change()
        except OSError as error:
            results.append('OSError' if error.errno else error)
    return results


def agreeing_paths():
    """Compare what parts of Python say of the installation."""
    paths = sysconfig.get_paths()
    prefix = sys.prefix
    return (
        sys.prefix == sys.exec_prefix,
        paths['data'] == prefix,
        paths['scripts'] == os.path.join(prefix, 'bin'),
        os.path.dirname(os.__file__) == paths['stdlib'],
        site.getsitepackages()[0] == paths['purelib'],
        os.path.isdir(paths['stdlib']),
        os.path.isfile(os.path.join(paths['stdlib'], 'os.py')),
        sorted(os.listdir(os.path.join(HERE, 'data_only'))),
        sorted(
            os.path.basename(path) for path in glob.glob(HERE + '/grows/**/*.py', recursive=True)
        ),
    )


def source_lines():
    """Show source of the standard library in a traceback, and by inspect."""
    import json

    try:
        json.loads('')
    except ValueError:
        text = traceback.format_exc()
    return 'raise JSONDecodeError' in text, inspect.getsource(json.loads).splitlines()[0][:9]


def main():
    """Print all of it."""
    PATHS.extend([(HERE, 'HERE'), (sys.prefix, 'PREFIX')])
    print(__spec__, __package__, __loader__.get_filename('__main__') == __file__)
    show('lazy json', lambda: lazy('json', lambda module: module.dumps([1])))
    show('lazy package', lambda: lazy('regular', lambda module: module.VALUE))
    show('lazy stdlib', lambda: lazy('colorsys', lambda module: module.ONE_THIRD > 0))
    show('data', lambda: importlib.import_module('data_only').__file__)
    show('data below', lambda: importlib.import_module('regular.templates').__name__)
    show('data text', lambda: importlib.resources.read_text('data_only', 'words.txt'))
    show('path', changed_path)
    show('namespace', namespace_grows)
    show('plugins', plugins)
    show('location', by_location)
    show('files', lambda: resources_of('regular'))
    show('files below', lambda: (importlib.resources.files('data_only') / 'words.txt').read_text())
    show('files of module', lambda: resources_of('regular.module'))
    show('own files', lambda: importlib.import_module('regular.module').own())
    show('read only', read_only)
    show('paths', agreeing_paths)
    show('source', source_lines)
    show('state', lambda: importlib.util.find_spec('textwrap').loader_state)
    show('run path', lambda: runpy.run_path(os.path.join(HERE, 'regular', 'module.py'))['NAME'])
    show('absent', lambda: importlib.import_module('regular.absent'))
    show(
        'builtins',
        lambda: [callable(each) for each in (exit, quit, help, copyright, credits, license)],
    )
    show('shadow', lambda: __import__('io').__name__ and __import__('abc').ABC.__name__)
    exit(3)


if __name__ == '__main__':
    main()
