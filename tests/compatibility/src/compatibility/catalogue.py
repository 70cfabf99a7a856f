"""What there is to check.

Each module of ``checks`` uses one package, each of ``behaviours`` shows how several work together.
Such a module has a description of one line, which the documentation shows, and a function
``check()``, whose result is the same wherever the same wheels work. A module of ``checks`` names
their distributions.
"""

import importlib
import importlib.metadata
import json
import pkgutil
import sysconfig

KINDS = ('checks', 'behaviours')


def names():
    """Yield the name of each check and its kind."""
    for kind in KINDS:
        package = importlib.import_module(f'compatibility.{kind}')
        for module in pkgutil.iter_modules(package.__path__):
            yield module.name, kind


def run(name):
    """Check something and return what came out, as JSON has it."""
    return json.loads(json.dumps(_module(name).check()))


def describe():
    """Return facts about all checks and their distributions."""
    return [
        {
            'name': name,
            'kind': kind,
            'does': (module := _module(name)).__doc__,
            'distributions': [
                _distribution(found) for found in getattr(module, 'DISTRIBUTIONS', [])
            ],
        }
        for name, kind in names()
    ]


def _module(name):
    kind = next(kind for found, kind in names() if found == name)
    return importlib.import_module(f'compatibility.{kind}.{name}')


def _distribution(name):
    distribution = importlib.metadata.distribution(name)
    tags = [
        line.removeprefix('Tag: ')
        for line in (distribution.read_text('WHEEL') or '').splitlines()
        if line.startswith('Tag: ')
    ]
    shared = [file for file in distribution.files or [] if '.so' in file.suffixes]
    suffix = sysconfig.get_config_var('EXT_SUFFIX')
    modules = [file for file in shared if _is_module(file, suffix)]
    return {
        'name': distribution.name,
        'version': distribution.version,
        'tags': tags,
        'modules': sorted(map(str, modules)),
        'libraries': sorted(str(file) for file in shared if file not in modules),
    }


def _is_module(file, suffix):
    """Whether a shared object is an extension module, going by its name as importers do."""
    if file.name.endswith((suffix, '.abi3.so')):
        return True
    is_plain = file.name.endswith('.so') and file.name.count('.') == 1
    return is_plain and not file.name.startswith('lib') and not file.parts[0].endswith('.libs')
