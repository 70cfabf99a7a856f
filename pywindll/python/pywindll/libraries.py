"""`ctypes.util` as under Windows."""

import os
import types


def make(namespace):
    """The module for one session's ctypes."""
    module = types.ModuleType("pywindll.ctypes.util")
    session = namespace._session_

    def find_library(name):
        """The path of a DLL, or None: beside the program, in folders that were added, on PATH,
        Wine's own."""
        file = name if name.lower().endswith(".dll") else name + ".dll"
        if name in ("c", "m"):
            return find_msvcrt()
        folders = [
            *session._folders,
            os.getcwd(),
            *os.environ.get("PATH", "").split(os.pathsep),
            session.system_folder(),
        ]
        for folder in filter(None, folders):
            path = os.path.join(folder, file)
            if os.path.isfile(path):
                return path
        return None

    def find_msvcrt():
        """The C runtime that DLLs without one of their own use."""
        return "msvcrt.dll"

    module.find_library = find_library
    module.find_msvcrt = find_msvcrt
    return module
