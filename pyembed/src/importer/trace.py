# Tells of every import, for PYOXIDIZER_TRACE; trace/mod.rs writes it down.

import _frozen_importlib as bootstrap

import _pymodules


def start():
    """Have every import told of from now on."""
    find_and_load = bootstrap._find_and_load
    began = _pymodules.began
    ended = _pymodules.ended

    # The interpreter calls the function by this name; importlib does, too.
    def _find_and_load(name, import_):
        began(name)
        try:
            module = find_and_load(name, import_)
        except BaseException as error:
            ended(name, 'failed', type(error).__name__)
            raise
        ended(name, *_origin(module))
        return module

    bootstrap._find_and_load = _find_and_load


def _origin(module):
    """Return where a module is from, and the path of one that is not packed."""
    try:
        spec = module.__spec__
        loader = spec.loader
        origin = spec.origin
    except Exception:
        # Some put other objects into sys.modules.
        return 'unknown', ''
    if loader is bootstrap.BuiltinImporter:
        return 'built-in', ''
    if loader is bootstrap.FrozenImporter:
        return 'frozen', ''
    kind = _KINDS.get(type(loader).__name__)
    if kind is not None:
        return kind, ''
    return ('file', origin) if isinstance(origin, str) else ('unknown', '')


# What the loaders of packed modules say of them; of namespace packages it is CPython's own.
_KINDS = {
    'NamespaceLoader': 'namespace',
    'PackedExtensionLoader': 'extension',
    'PackedLoader': 'packed',
    '_NamespaceLoader': 'namespace',
}
