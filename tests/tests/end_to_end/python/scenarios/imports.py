"""Programs that import."""

import importlib
import importlib.util
import sys

# These open a browser, print a text, are the interpreter's own tests, or stay out of executables
# because they are of no use there: windows without Tk, an installer.
LEFT_OUT = {
    'antigravity',
    'ensurepip',
    'idlelib',
    'test',
    'this',
    'tkinter',
    'turtle',
    'turtledemo',
}


def import_broken():
    import scenarios.broken  # noqa: F401


def import_missing():
    import scenarios.missing  # noqa: F401


def import_from_missing():
    from scenarios import nothing  # noqa: F401


def import_each(*names):
    for name in names:
        module = importlib.import_module(name)
        print(name, module.__name__)


def import_library():
    """Import all of the standard library and print how each attempt ends."""
    for name in sorted(sys.stdlib_module_names - LEFT_OUT):
        try:
            importlib.import_module(name)
        except Exception as error:
            print(name, type(error).__name__, error)
        else:
            print(name)


def odd_names():
    """Print what is found by names that no module has."""
    for name in ('', 'absent\udcff', 'scenarios.', 'json..decoder', '.', 'json\udcff.decoder'):
        try:
            print(ascii(name), importlib.util.find_spec(name))
        except (ImportError, ValueError) as error:
            print(ascii(name), type(error).__name__, ascii(str(error)))
        try:
            __import__(name)
        except (ImportError, ValueError) as error:
            print(ascii(name), type(error).__name__, ascii(str(error)))


def kinds():
    """Print where modules of each kind come from."""
    for name in (
        'sys',
        '_frozen_importlib',
        'math',
        'json',
        'json.decoder',
        'scenarios',
        'scenarios.__init__',
    ):
        module = importlib.import_module(name)
        spec = module.__spec__
        print(
            name,
            spec.name,
            spec.parent,
            spec.has_location,
            spec.submodule_search_locations is not None,
            hasattr(module, '__file__'),
            hasattr(module, '__path__'),
        )


def main_module():
    """Print what the module that runs knows of itself."""
    main = sys.modules['__main__']
    print(main.__name__, main.__package__, main.__spec__.name, main.__doc__)
    print(main.__file__)
    print(sorted(name for name in vars(main) if name.startswith('__')))


def reload_module():
    module = importlib.import_module('colorsys')
    print(importlib.reload(module) is module)


def folder_first():
    """Import from a packed folder that stands first on sys.path, then from where it does not."""
    import os

    import scenarios

    sys.path.insert(0, os.path.join(os.path.dirname(scenarios.__file__), 'first'))
    print(getattr(importlib.import_module('colorsys'), 'WHO', 'library'))
    del sys.modules['colorsys'], sys.path[0]
    module = importlib.import_module('colorsys')
    print(
        getattr(module, 'WHO', 'library'),
        module.__loader__.get_filename('colorsys') == module.__file__,
    )


def specs():
    """Print whether modules are found without being imported."""
    for name in ('json', 'json.tool', 'scenarios.broken', 'scenarios.missing', 'no_such_module'):
        print(name, importlib.util.find_spec(name) is not None, name in sys.modules)


def lazy():
    """Import lazily, by the recipe in the documentation of importlib."""
    for name in ('colorsys', 'scenarios.missing', 'json.tool', 'scenarios.space'):
        spec = importlib.util.find_spec(name)
        if spec.loader is None:
            print(name, 'has no loader')
            continue
        loader = importlib.util.LazyLoader(spec.loader)
        spec.loader = loader
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            loader.exec_module(module)
            print(name, type(module).__name__, sorted(vars(module))[-1], type(module).__name__)
        except Exception as error:
            print(name, type(error).__name__, error)


def loader_state():
    """Use the attribute of a spec that is the user's."""
    spec = importlib.util.find_spec('colorsys')
    spec.loader_state = {'mine': 1}
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    print(module.rgb_to_hsv(1, 0, 0), spec.loader_state)


def site_builtins():
    """Print what the builtins of the module site do, and end by one of them."""
    print(exit, quit, repr(copyright)[:20], repr(credits)[:20], repr(help)[:20], callable(license))
    print(type(exit).__name__, exit.name)
    help(len)
    quit(7)


def exit_builtin():
    """End by a builtin that was not used before."""
    exit(3)


def namespace_file():
    """Print the file of a namespace package."""
    import scenarios.space

    print(scenarios.space.__file__)
