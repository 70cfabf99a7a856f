# The builtins of CPython's module `site`, for applications that do not import it.

import _frozen_importlib_external as importer
import builtins
import site

NAMES = ('copyright', 'credits', 'exit', 'help', 'license', 'quit')


def make(name):
    """Put the objects in the place of what stands for them; return the one called `name`."""
    # The program may have put something else there.
    own = {each: getattr(builtins, each, None) for each in NAMES}
    site.setquit()
    site.setcopyright()
    site.sethelper()
    made = getattr(builtins, name)
    for each, value in own.items():
        if not isinstance(value, importer._SiteBuiltin):
            setattr(builtins, each, value)
    return made
