"""Say which modules of this Python's library are lost without an extension module.

Standard input has lines of an extension module and modules; of each module that the library has,
one line says whether it `needs` the extension module: whether it imports it wherever it is imported
itself, or imports a module that does, which is told from the statements at the top of its source.
"""

import ast
import sys
from pathlib import Path
from sysconfig import get_path

LIBRARY = Path(get_path('stdlib'))


def source(name):
    """Return the path of a module's source and whether it is a package; None if there is none."""
    path = LIBRARY.joinpath(*name.split('.'))
    if path.with_suffix('.py').is_file():
        return path.with_suffix('.py'), False
    if (path / '__init__.py').is_file():
        return path / '__init__.py', True
    return None


def imported(name):
    """Yield the names of what a module imports at its top, and of the packages that it is in."""
    path, is_package = source(name)
    yield from packages(name)
    for statement in statements(ast.parse(path.read_bytes()).body):
        if isinstance(statement, ast.Import):
            names = [alias.name for alias in statement.names]
        elif isinstance(statement, ast.ImportFrom):
            base = name.split('.')
            base = base[: len(base) - statement.level + is_package] if statement.level else []
            module = '.'.join([*base, *filter(None, [statement.module])])
            names = [module, *(f'{module}.{alias.name}' for alias in statement.names)]
        else:
            continue
        for found in names:
            yield found
            yield from packages(found)


def statements(body):
    """Yield the statements of a module that run, and those of a `try` that fails with its body."""
    for statement in body:
        if not isinstance(statement, ast.Try):
            yield statement
        elif all(raises(handler.body) for handler in statement.handlers):
            yield from statement.body


def raises(body):
    """Return whether some statements end with an exception, whatever branch is taken."""
    last = body[-1] if body else None
    if isinstance(last, ast.If):
        return raises(last.body) and raises(last.orelse)
    return isinstance(last, ast.Raise)


def packages(name):
    """Yield the names of the packages that a module is in."""
    while '.' in name:
        name = name.rpartition('.')[0]
        yield name


def needs(name, lost):
    """Return whether importing a module imports one of those that are `lost`."""
    seen, open_names = set(), [name]
    while open_names:
        name = open_names.pop()
        if name in lost:
            return True
        if name not in seen and source(name):
            open_names.extend(imported(name))
        seen.add(name)
    return False


def needs_all_over(name, lost):
    """Return whether a module needs one that is lost, or for a package, most modules in it do."""
    if needs(name, lost):
        return True
    folder = source(name)[0].parent
    if not source(name)[1]:
        return False
    # A package whose own file imports nothing is lost with the modules that do its work.
    below = [path.stem for path in folder.glob('*.py') if not path.stem.startswith('__')]
    return sum(needs(f'{name}.{stem}', lost) for stem in below) * 2 > len(below)


for line in sys.stdin:
    extension, *modules = line.split()
    for module in modules:
        if source(module):
            # Some machines have `turtle` without `tkinter`, by which it needs `_tkinter`.
            lost = {extension, *modules} - {module}
            verdict = 'needs' if needs_all_over(module, lost) else 'does not need'
            print(module, extension, verdict)
