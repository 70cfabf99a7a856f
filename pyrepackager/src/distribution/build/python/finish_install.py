"""Makes an installation relocatable and free of traces of the machine that built it.

Usage: finish_install.py INSTALL_DIR SOURCE_DIR DEPS_DIR [COMPILER_DIR]

INSTALL_DIR is changed in place. SOURCE_DIR is where CPython was built, DEPS_DIR the folder of the
static dependencies as the build's compiler flags name it, COMPILER_DIR the folder of a compiler
that is not installed. None of them is named afterwards.
"""

import base64
import csv
import hashlib
import io
import os
import pathlib
import pprint
import re
import shutil
import sys

# What stands for the folder that CPython was built in.
NEUTRAL_SOURCE_DIR = "/build"

# The prefix that CPython was configured with.
NEUTRAL_PREFIX = "/install"


def main():
    install, source, deps = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    compilers = sys.argv[4:]
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    stdlib = install / "lib" / f"python{version}"
    [config_dir] = stdlib.glob(f"config-{version}*")

    remove_bytecode(install)
    relocate_scripts(install, f"python{version}")
    rewrite_records(stdlib / "site-packages")
    relocate_pkgconfig(install / "lib" / "pkgconfig")
    clean = Cleaner(source, deps, compilers)
    for data in stdlib.glob("_sysconfigdata_*.py"):
        clean.sysconfig_data(data)
    clean.makefile(config_dir / "Makefile")
    link(install / "bin" / "python", f"python{version}")
    # The interpreter complains at start when the folder is missing; archives hold files only.
    (stdlib / "lib-dynload").mkdir(exist_ok=True)
    (stdlib / "lib-dynload" / ".empty").touch()
    library = config_dir / f"libpython{version}.a"
    link(install / "lib" / library.name, library.relative_to(install / "lib"))
    refuse_traces(install, [source, str(install), *compilers])


def remove_bytecode(install):
    for folder, names, _ in os.walk(install):
        if "__pycache__" in names:
            names.remove("__pycache__")
            shutil.rmtree(os.path.join(folder, "__pycache__"))


def relocate_scripts(install, interpreter):
    """Lets scripts start the installation's interpreter, wherever that is."""
    for folder, names, files in os.walk(install):
        names.sort()
        for name in sorted(files):
            path = pathlib.Path(folder, name)
            if not path.is_symlink():
                relocate_script(path, install, interpreter)


def relocate_script(path, install, interpreter):
    with path.open("rb") as file:
        if file.read(2) != b"#!":
            return
    first, _, rest = path.read_bytes().partition(b"\n")
    if first.strip() == b"#!/bin/sh" and rest.startswith(b"'''exec'"):
        # What pip writes when the interpreter's path is too long for a shebang.
        rest = rest.split(b"\n", 2)[2]
    elif not first[2:].strip().startswith((f"{install}/".encode(), f"{NEUTRAL_PREFIX}/".encode())):
        return
    to_bin = os.path.relpath(install / "bin", path.parent)
    folder = '$(dirname -- "$(realpath -- "$0")")' + ("" if to_bin == "." else f"/{to_bin}")
    exec_line = f"""'''exec' "{folder}/{interpreter}" "$0" "$@"\n' '''\n"""
    path.write_bytes(b"#!/bin/sh\n" + exec_line.encode() + rest)


def rewrite_records(site_packages):
    """Brings the hashes in ``RECORD`` up to date with the scripts changed above."""
    for record in sorted(site_packages.glob("*.dist-info/RECORD")):
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        for name, digest, size in sorted(csv.reader(record.read_text().splitlines())):
            if digest:
                data = (site_packages / name).read_bytes()
                encoded = base64.urlsafe_b64encode(hashlib.sha256(data).digest())
                digest, size = "sha256=" + encoded.decode().rstrip("="), len(data)
            writer.writerow([name, digest, size])
        record.write_text(out.getvalue())


def relocate_pkgconfig(folder):
    for path in sorted(folder.glob("*.pc")):
        if not path.is_symlink():
            text = path.read_text()
            path.write_text(re.sub(r"(?m)^prefix=.*$", "prefix=${pcfiledir}/../..", text))


def link(path, target):
    path.unlink(missing_ok=True)
    path.symlink_to(target)


class Cleaner:
    """Takes build folders out of the recorded configuration."""

    def __init__(self, source, deps, compilers):
        self.source = source
        self.compilers = compilers
        self.deps_flags = re.compile(rf" *-[IL]{re.escape(deps)}/[\w/]+")

    def text(self, text):
        for folder in self.compilers:
            text = text.replace(folder + "/", "")
        return self.deps_flags.sub("", text).replace(self.source, NEUTRAL_SOURCE_DIR)

    def makefile(self, path):
        path.write_text(self.text(path.read_text()))

    def sysconfig_data(self, path):
        namespace = {}
        exec(path.read_text(), namespace)
        values = {
            key: self.text(value).strip() if isinstance(value, str) else value
            for key, value in namespace["build_time_vars"].items()
        }
        with path.open("w") as out:
            out.write("# system configuration generated and used by the sysconfig module\n")
            out.write("build_time_vars = ")
            pprint.pprint(values, stream=out)


def refuse_traces(install, traces):
    """Fails when a file still names a folder of this machine."""
    traces = [trace.encode() for trace in traces]
    for folder, _, files in os.walk(install):
        for name in files:
            path = pathlib.Path(folder, name)
            if path.is_symlink():
                continue
            data = path.read_bytes()
            for trace in traces:
                if trace in data:
                    sys.exit(f"{path}: still names {trace.decode()}")


main()
