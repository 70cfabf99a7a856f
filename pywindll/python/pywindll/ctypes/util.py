"""`ctypes.util` as under Windows, for the default session."""

import sys

from pywindll.ctypes import _ctypes

_util = sys.modules["ctypes.util"] if sys.platform == "win32" else _ctypes.util
find_library, find_msvcrt = _util.find_library, _util.find_msvcrt
