"""Derives the content of published archives from their publisher's build scripts.

Reads a request as JSON from standard input, prints the result as JSON. The functions of the
scripts run as they are, on lists of file names in place of a finished build; what they take from
a running interpreter or a configured build is filled in here, each with its reason.
"""

import contextlib
import importlib.util
import json
import pathlib
import re
import sys
import tarfile
import tempfile
import types

import makefile
import metadata
import windows

LINUX_ARCHITECTURES = {"x86_64": "linux_x86_64", "aarch64": "linux_aarch64"}
MACOS_ARCHITECTURES = {"x86_64": "macos_x86_64", "aarch64": "macos_arm64"}

# What the validator asks for in code rather than in a list: `validate_extension_modules`.
POSIX_TEST_EXTENSIONS = {
    "_testbuffer",
    "_testcapi",
    "_testimportmultiple",
    "_testmultiphase",
    "_xxtestfuzz",
}
SOME_TEST_EXTENSIONS = {
    "_testexternalinspection": {13},
    "_testlimitedcapi": {13, 14, 15},
    "_testsinglephase": {12, 13, 14, 15},
}

# Modules that the scripts import for steps that are not run here.
UNUSED_MODULES = ["docker", "jinja2", "zstandard"]


def import_script(checkout, path):
    """Imports a build script by its path: its folder's name is no module name."""
    for name in UNUSED_MODULES:
        if name not in sys.modules and importlib.util.find_spec(name) is None:
            sys.modules[name] = types.ModuleType(name)
    name = path.replace("/", "_").replace("-", "_").removesuffix(".py")
    spec = importlib.util.spec_from_file_location(name, checkout / path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def source_archive(folder, version, scratch):
    """Packs the files of CPython's source that the scripts parse.

    `folder` is the `config-3.X` folder of an installation: `configure` has filled in the
    templates, which is undone for the line of each module.
    """
    setup_stdlib = folder / "Setup.stdlib"
    files = {
        "Setup": (folder / "Setup").read_bytes(),
        "config.c.in": (folder / "config.c.in").read_bytes(),
    }
    if setup_stdlib.exists():
        files["Setup.bootstrap.in"] = (folder / "Setup.bootstrap").read_bytes()
        files["Setup.stdlib.in"] = b"\n".join(
            unconfigured(line) for line in setup_stdlib.read_bytes().splitlines()
        )
    root = scratch / f"{version}"
    root.mkdir(exist_ok=True)
    archive = scratch / f"Python-{version}.tar"
    with tarfile.open(archive, "w") as tar:
        for name, content in files.items():
            (root / name).write_bytes(content)
            tar.add(root / name, f"Python-{version}/Modules/{name}")
    return archive


def unconfigured(line):
    module = re.match(rb"^#?([a-z0-9_]+)(\s+\S+\.c\b.*)$", line)
    if not module:
        return line
    return b"@MODULE_%s_TRUE@%s%s" % (module[1].upper(), module[1], module[2])


class Outputs:
    """Stands in for a finished build: the names of its files."""

    def __init__(self, objects, libraries):
        self.files = {"python/build": objects, "python/build/lib": libraries}

    def find_output_files(self, base, _pattern):
        return self.files[base]


class Publisher:
    """The publisher's scripts and what they know of each target."""

    def __init__(self, checkout):
        self.checkout = checkout
        sys.path.insert(0, str(checkout))
        # They log to standard output, which is for the result.
        with contextlib.redirect_stdout(sys.stderr):
            self.unix = import_script(checkout, "cpython-unix/build.py")
        self.extensions = self.unix.extension_modules_config(self.unix.EXTENSION_MODULES)
        self.downloads = self.unix.DOWNLOADS

    def libraries(self, target):
        """Static libraries that a build of `target` leaves, by what it depends on."""
        needs = self.unix.target_needs(self.unix.TARGETS_CONFIG, target)
        # Built as shared libraries only.
        needs -= {"tcl", "tk"}
        names = {n for need in needs for n in self.downloads[need].get("library_names", [])}
        # `build-cpython.sh` removes it.
        names.discard("X11-xcb")
        if "apple" in target:
            names.add("clang_rt.osx")
        return sorted(f"lib{name}.a" for name in names)

    def texts(self):
        """License texts that `build-cpython.sh` copies into each archive."""
        return sorted(path.name for path in self.checkout.glob("LICENSE.*.txt"))

    def object_folders(self):
        """Folders whose objects `build-cpython.sh` copies."""
        script = (self.checkout / "cpython-unix/build-cpython.sh").read_text()
        folders = set()
        for words in re.findall(r'^OBJECT_DIRS="(?:\$\{OBJECT_DIRS\} )?([^"]+)"$', script, re.M):
            folders.update(words.split())
        extensions = re.search(r"^for ext in (_blake2 [^;]+); do\n\s+OBJECT_DIRS=", script, re.M)
        folders.update(f"Modules/{name}" for name in extensions[1].split())
        return folders


def unix_row(publisher, row, config, scratch):
    """The `PYTHON.json` of a Linux or macOS archive."""
    release, version, target = row["release"], row["version"], row["target"]
    architecture = target.split("-")[0]
    apple = "apple" in target
    platform = (MACOS_ARCHITECTURES if apple else LINUX_ARCHITECTURES)[architecture]
    options = set(row["options"].split("+"))
    with contextlib.redirect_stdout(sys.stderr):
        enabled = publisher.unix.derive_setup_local(
            source_archive(config, version, scratch),
            python_version=version,
            target_triple=target,
            build_options=options,
            extension_modules=publisher.extensions,
        )["extensions"]
    objects, left_behind = build_objects(publisher, config, release, target, enabled)
    interpreter = metadata.unix_metadata(row, architecture, apple)
    with contextlib.redirect_stdout(sys.stderr):
        build_info = publisher.unix.python_build_info(
            Outputs(objects, publisher.libraries(target)),
            release,
            platform,
            target,
            musl=False,
            lto="lto" in options,
            static=False,
            extensions=enabled,
            extra_metadata=interpreter,
        )
    info = metadata.common_keys(publisher, row, build_info)
    info |= {
        "python_extension_module_loading": ["builtin", "shared-library"],
        "python_symbol_visibility": "global-default",
        "crt_features": (
            ["libSystem"] if apple else ["glibc-dynamic", "glibc-max-symbol-version:2.17"]
        ),
        "tcl_library_path": "install/lib",
        "tcl_library_paths": ["itcl4.3.8", "thread3.0.6", "tk9.0"],
    }
    if apple:
        info |= {
            "apple_sdk_canonical_name": "macosx15.4",
            "apple_sdk_deployment_target": "11.0" if architecture == "aarch64" else "10.15",
            "apple_sdk_platform": "macosx",
            "apple_sdk_version": "15.4",
        }
    return info | interpreter, left_behind


def build_objects(publisher, config, release, target, enabled):
    """Objects of the build, and those that lie in folders which are not copied."""
    make = makefile.Makefile(config / "Makefile")
    objects = set(make.core_objects(target))
    if (config / "Setup.bootstrap").exists():
        # Left by the build of `_freeze_module`, for which the publisher has a patch.
        objects.add("Modules/getpath_noop.o")
    for info in enabled.values():
        parsed = publisher.unix.parse_setup_line(info["setup_line"], release)
        objects.update(str(path) for path in parsed["posix_obj_paths"])
    if tuple(map(int, release.split("."))) >= (3, 12):
        objects.update(make.hash_objects(target))
        stdlib = makefile.stdlib_objects(config / "Setup.stdlib")
        objects.update(o for name in enabled for o in stdlib.get(name, []))
    folders = publisher.object_folders()
    copied = {path for path in objects if str(pathlib.PurePosixPath(path).parent) in folders}
    return sorted(copied), sorted(objects - copied)


def absent_files(publisher, row, info):
    """Files that the JSON names and the archive lacks."""
    texts = {f"licenses/{name}" for name in publisher.texts()}
    named = set()
    for variants in info["build_info"]["extensions"].values():
        named.update(path for variant in variants for path in variant.get("license_paths", []))
    absent = named - texts
    if "windows" in row["target"]:
        absent.update(windows.absent(int(row["release"].split(".")[1])))
    return sorted(absent)


def check_extensions(checkout, row, info):
    """Holds the extensions against the list in the publisher's own validator."""
    text = (checkout / "src/validation.rs").read_text()
    lists = {
        name: set(re.findall(r'"(\w+)"', values))
        for name, values in re.findall(r"const (\w+): &\[&str\] =\s*&\[([^\]]*)\]", text)
    }
    minor = int(row["release"].split(".")[1])
    wanted = lists["GLOBAL_EXTENSIONS"] | lists[f"GLOBAL_EXTENSIONS_PYTHON_3_{minor}"]
    if "windows" in row["target"]:
        wanted |= lists["GLOBAL_EXTENSIONS_WINDOWS"]
        wanted |= lists["GLOBAL_EXTENSIONS_WINDOWS_PRE_3_13"] if minor < 13 else set()
        wanted |= lists["GLOBAL_EXTENSIONS_WINDOWS_3_14"] if minor >= 12 else set()
    else:
        wanted |= lists["GLOBAL_EXTENSIONS_POSIX"] | POSIX_TEST_EXTENSIONS
        wanted |= {name for name, releases in SOME_TEST_EXTENSIONS.items() if minor in releases}
        wanted |= lists["GLOBAL_EXTENSIONS_POSIX_PRE_3_13"] if minor < 13 else set()
    if "apple" in row["target"]:
        wanted |= lists["GLOBAL_EXTENSIONS_MACOS"]
    if "linux" in row["target"] and minor < 13:
        wanted |= lists["GLOBAL_EXTENSIONS_LINUX_PRE_3_13"] | {"ossaudiodev"}
    found = set(info["build_info"]["extensions"])
    if found != wanted:
        raise SystemExit(
            f"{row['release']} {row['target']}: the validator lacks {sorted(found - wanted)} and "
            f"asks for {sorted(wanted - found)}"
        )


def main():
    request = json.load(sys.stdin)
    publisher = Publisher(pathlib.Path(request["publisher"]))
    rows, left_behind = [], {}
    with tempfile.TemporaryDirectory() as scratch:
        for row in request["rows"]:
            config = pathlib.Path(row["cpython"])
            row["magic"] = makefile.magic_number(config, row["release"])
            if "windows" in row["target"]:
                sources = pathlib.Path(request["windows_sources"])
                json_of_row = windows.row(publisher, import_script, row, sources, scratch)
                json_of_row = (
                    metadata.common_keys(publisher, row, json_of_row["build_info"])
                    | metadata.implementation(row)
                    | {k: v for k, v in json_of_row.items() if k != "build_info"}
                )
            else:
                json_of_row, left = unix_row(publisher, row, config, pathlib.Path(scratch))
                left_behind[f"{row['release']} {row['target']}"] = left
            check_extensions(publisher.checkout, row, json_of_row)
            rows.append(
                {
                    "release": row["release"],
                    "target": row["target"],
                    "json": json_of_row,
                    "absent": absent_files(publisher, row, json_of_row),
                }
            )
    result = {"rows": rows, "texts": publisher.texts(), "left_behind": left_behind}
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    main()
