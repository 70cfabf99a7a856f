"""Prints, as JSON, which shared extension modules of the interpreter that runs this import.

``modules`` maps the name of each module to its file name, or to null with the reason on standard
error when it cannot be imported; test modules are skipped. ``libraries`` lists the files of all
shared libraries that were loaded for them.
"""

import importlib
import json
import os
import sys
import sysconfig

TEST_PREFIXES = ("_test", "_ctypes_test", "_xxtest", "xx")


def main():
    folder = os.path.join(sysconfig.get_path("stdlib"), "lib-dynload")
    before = mapped_libraries()
    modules = import_modules(folder)
    libraries = mapped_libraries() - before
    libraries = sorted(path for path in libraries if os.path.dirname(path) != folder)
    json.dump({"modules": modules, "libraries": libraries}, sys.stdout)


def import_modules(folder):
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    modules = {}
    for file in sorted(os.listdir(folder)):
        name = file.removesuffix(suffix)
        if name == file or name.startswith(TEST_PREFIXES):
            continue
        try:
            importlib.import_module(name)
        except ImportError as error:
            print(f"{name}: {error}", file=sys.stderr)
            modules[name] = None
        else:
            modules[name] = file
    return modules


def mapped_libraries():
    """The files of the process's shared libraries."""
    with open("/proc/self/maps", encoding="utf-8") as maps:
        paths = {line.split(maxsplit=5)[5].rstrip("\n") for line in maps if "/" in line}
    return {path for path in paths if ".so" in os.path.basename(path)}


main()
