"""Installs the pip that CPython bundles, without bytecode.

``ensurepip`` would compile, and the paths of the bytecode would end up in ``RECORD``.

Usage: install_pip.py
"""

import ensurepip
import os
import runpy
import sys


def main():
    bundled = os.path.join(os.path.dirname(ensurepip.__file__), "_bundled")
    wheels = [
        os.path.join(bundled, name)
        for name in sorted(os.listdir(bundled))
        if name.startswith("pip-") and name.endswith(".whl")
    ]
    if len(wheels) != 1:
        sys.exit(f"{bundled}: expected one pip wheel, found {len(wheels)}")
    sys.path.insert(0, wheels[0])
    sys.argv = [
        "pip", "--isolated", "--disable-pip-version-check", "install", "--no-index", "--no-deps",
        "--no-compile", "--no-cache-dir", "--root-user-action=ignore", "--find-links", bundled,
        "pip",
    ]  # fmt: skip
    runpy.run_module("pip", run_name="__main__", alter_sys=True)


main()
