"""ctypes for zugbruecke's default session."""

import zugbruecke

_ctypes = zugbruecke._default_session()
globals().update(
    {name: value for name, value in vars(_ctypes).items() if not name.startswith("__")}
)


def __getattr__(name):
    return getattr(_ctypes, name)


def __dir__():
    return dir(_ctypes)
