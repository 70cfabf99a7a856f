"""Prints, as JSON, what PYTHON.json says of the interpreter that runs this.

Usage: metadata.py ROOT

ROOT is the folder that holds ``install/``; paths come out relative to it. Every built-in module is
imported, and the ones that fail are listed under ``import_failures``.
"""

import importlib
import importlib.machinery
import importlib.util
import json
import os
import sys
import sysconfig

# What stands for the folder of the installation: the prefix that CPython was configured with.
NEUTRAL_PREFIX = "/install"


def main():
    root = os.path.realpath(sys.argv[1])
    install = os.path.join(root, "install")

    def neutral(value):
        # `userbase` lies in the builder's home, a folder of the build.
        value = str(value).replace(os.path.expanduser("~"), "~")
        return value.replace(install, NEUTRAL_PREFIX)

    def relative(path):
        return os.path.relpath(path, root)

    machinery = importlib.machinery
    metadata = {
        "python_abi_tag": sys.abiflags,
        "python_bytecode_magic_number": importlib.util.MAGIC_NUMBER.hex(),
        "python_config_vars": {
            key: neutral(value) for key, value in sysconfig.get_config_vars().items()
        },
        "python_exe": relative(os.path.realpath(sys.executable)),
        "python_implementation_cache_tag": sys.implementation.cache_tag,
        "python_implementation_hex_version": sys.implementation.hexversion,
        "python_implementation_name": sys.implementation.name,
        "python_implementation_version": [str(part) for part in sys.implementation.version],
        "python_major_minor_version": sysconfig.get_python_version(),
        "python_paths": {key: relative(path) for key, path in sysconfig.get_paths().items()},
        "python_paths_abstract": sysconfig.get_paths(expand=False),
        "python_platform_tag": sysconfig.get_platform(),
        "python_stdlib_platform_config": relative(config_dir()),
        "python_suffixes": {
            "bytecode": machinery.BYTECODE_SUFFIXES,
            "debug_bytecode": machinery.DEBUG_BYTECODE_SUFFIXES,
            "extension": machinery.EXTENSION_SUFFIXES,
            "optimized_bytecode": machinery.OPTIMIZED_BYTECODE_SUFFIXES,
            "source": machinery.SOURCE_SUFFIXES,
        },
    }
    json.dump({"metadata": metadata, "import_failures": import_failures()}, sys.stdout)


def config_dir():
    """The folder that holds ``libpython`` and ``config.c``."""
    name = os.path.basename(sysconfig.get_config_var("LIBPL"))
    return os.path.join(sysconfig.get_path("stdlib"), name)


def import_failures():
    failures = {}
    for name in sys.builtin_module_names:
        try:
            importlib.import_module(name)
        except Exception as error:
            failures[name] = f"{type(error).__name__}: {error}"
    return failures


main()
