"""`ctypes.wintypes` with the sizes of Windows, for the default session."""

import sys

from pywindll.ctypes import _ctypes

_wintypes = sys.modules["ctypes.wintypes"] if sys.platform == "win32" else _ctypes.wintypes
globals().update(
    {name: value for name, value in vars(_wintypes).items() if not name.startswith("__")}
)
