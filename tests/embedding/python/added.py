"""What is found of packed resources that the Rust program `interop` adds."""

import importlib.metadata
import importlib.resources
import multiprocessing
import os
import pkgutil
import sys
import traceback


def below(path):
    """The path below the executable's."""
    return os.path.relpath(path, sys.executable)


def show():
    """Print what there is."""
    import extra
    import markupsafe._speedups
    import plug
    import space.one
    import space.two

    print([below(path) for path in sys.path if '+' in path])
    print(below(plug.__file__), below(markupsafe._speedups.__file__))
    print(space.one.WORD, space.two.WORD, [below(path) for path in space.__path__])
    print(sorted(module.name for module in pkgutil.iter_modules(space.__path__)))
    print((importlib.resources.files(plug) / 'data.txt').read_text())
    with open(os.path.join(os.path.dirname(plug.__file__), 'data.txt')) as file:
        print(file.read(), sorted(os.listdir(os.path.dirname(plug.__file__))))
    print(importlib.metadata.version('plug'))
    points = importlib.metadata.entry_points(group='interop')
    print([point.load()() for point in points])
    print(markupsafe.escape('<'), markupsafe._speedups._escape_inner('<'))
    try:
        extra.fail()
    except ValueError:
        print(traceback.format_exc().splitlines()[-2].strip())
    with multiprocessing.get_context('spawn').Pool(1) as pool:
        print(pool.map(extra.double, [2]))
