"""Derives the content of a Windows archive from the publisher's script and CPython's projects."""

import contextlib
import pathlib
import re
import sys

COMPILED = re.compile(r'<ClCompile Include="([^"]+\.c(?:pp)?)"')
TCL_LIBRARY_PATHS = ["dde1.4", "reg1.3", "tcl8.6", "tk8.6", "tcl8", "tix8.4.3"]

# Modules that came or went: CPython's files at hand are of one release.
EXTENSIONS_SINCE = {"_wmi": 12, "_remote_debugging": 14, "_zstd": 14}
EXTENSIONS_UNTIL = {"_msi": 12}
IN_CORE_SINCE = {
    "_tokenize": 11,
    "_typing": 11,
    "_sha2": 12,
    "_interpreters": 13,
    "_interpqueues": 13,
    "_interpchannels": 13,
    "_suggestions": 13,
    "_sysconfig": 13,
    "_hmac": 14,
    "_types": 14,
    "_math_integer": 15,
}
IN_CORE_UNTIL = {
    "_sha256": (11, "PyInit__sha256"),
    "_sha512": (11, "PyInit__sha512"),
    "_xxinterpchannels": (12, "PyInit__xxinterpchannels"),
    "_xxsubinterpreters": (12, "PyInit__xxsubinterpreters"),
    "audioop": (12, "PyInit_audioop"),
}
IN_CORE_FROM = {"_xxinterpchannels": 12}


def absent(minor):
    """Files that the JSON names although the archive has others in their place."""
    files = []
    if minor >= 11:
        # OpenSSL 3 is built, whose libraries have another name than the script's list.
        files += ["install/DLLs/libcrypto-1_1-x64.dll", "install/DLLs/libssl-1_1-x64.dll"]
    if minor >= 14:
        # So is Tcl 9.
        files += ["install/DLLs/tcl86t.dll", "install/DLLs/tk86t.dll"]
    return files


def row(publisher, import_script, request, sources, scratch):
    """The `build_info` and the keys that a Windows archive's JSON has in addition."""
    with contextlib.redirect_stdout(sys.stderr):
        script = import_script(publisher.checkout, "cpython-windows/build.py")
    minor = int(request["release"].split(".")[1])
    build = FakeBuild(script, sources, pathlib.Path(scratch) / f"windows-{minor}", minor)
    with contextlib.redirect_stdout(sys.stderr):
        build_info = script.collect_python_build_artifacts(
            build.pcbuild,
            build.out,
            f"3{minor}",
            "amd64",
            "PGUpdate",
            openssl_entry="openssl-3.5",
            zlib_entry="zlib-ng" if minor >= 14 else "zlib",
            freethreaded=False,
        )
    add_extensions_in_core(script, build_info, sources, minor)
    return {"build_info": build_info} | keys(minor)


class FakeBuild:
    """Empty files in the places where the script looks for those of a finished build."""

    def __init__(self, script, sources, folder, minor):
        self.pcbuild = folder / "Python" / "PCbuild"
        self.out = folder / "out"
        self.out.mkdir(parents=True)
        (self.out / "build").mkdir()
        intermediates = self.pcbuild / "obj" / f"3{minor}amd64_PGUpdate"
        outputs = self.pcbuild / "amd64"
        outputs.mkdir(parents=True)
        configuration = folder / "Python" / "PC" / "config.c"
        configuration.parent.mkdir()
        configuration.touch()
        for name in self.projects(script, minor):
            project = sources / "PCbuild" / f"{name}.vcxproj"
            text = project.read_text(encoding="utf-8-sig") if project.exists() else ""
            (self.pcbuild / f"{name}.vcxproj").write_text(openssl_as_published(text))
            (intermediates / name).mkdir(parents=True)
            for source in COMPILED.findall(text):
                stem = pathlib.PureWindowsPath(source).stem
                (intermediates / name / f"{stem}.obj").touch()
            (outputs / f"{name}.lib").touch()
        for library in ["liblzma.lib", "sqlite3.lib", "sqlite3.dll", "zlib-ng.lib"]:
            (outputs / library).touch()
        for ending in ["lib", "exp"]:
            (outputs / f"python3{minor}.{ending}").touch()

    @staticmethod
    def projects(script, minor):
        extensions = [
            name
            for name in script.CONVERT_TO_BUILTIN_EXTENSIONS
            if EXTENSIONS_SINCE.get(name, 0) <= minor <= EXTENSIONS_UNTIL.get(name, minor)
        ]
        return ["pythoncore", *extensions]


def openssl_as_published(project):
    # The projects name OpenSSL's libraries by a variable of the build.
    return project.replace("$(OpenSSLDLLSuffix)", "-x64")


def add_extensions_in_core(script, build_info, sources, minor):
    config = (sources / "PC" / "config.c").read_text(encoding="utf-8")
    functions = script.parse_config_c(config)
    for name, (until, function) in IN_CORE_UNTIL.items():
        if IN_CORE_FROM.get(name, 0) <= minor <= until:
            functions[name] = function
    for name, since in IN_CORE_SINCE.items():
        functions.pop(name, None)
        if minor >= since:
            functions[name] = f"PyInit_{name}"
    for name, function in sorted(functions.items()):
        build_info["extensions"][name] = [
            {
                "in_core": True,
                "objs": [],
                "init_fn": function,
                "links": [],
                "shared_lib": None,
                "static_lib": None,
                "variant": "default",
            }
        ]
    for name, entries in build_info["extensions"].items():
        for entry in entries:
            entry["required"] = name in script.REQUIRED_EXTENSIONS


def keys(minor):
    """What the script writes beside `build_info`, and what it asks the interpreter for."""
    paths = {
        "data": "install",
        "include": "install/include",
        "platinclude": "install/include",
        "platlib": "install/Lib/site-packages",
        "platstdlib": "install/Lib",
        "purelib": "install/Lib/site-packages",
        "scripts": "install/Scripts",
        "stdlib": "install/Lib",
    }
    return {
        "python_symbol_visibility": "dllexport",
        "python_extension_module_loading": ["builtin", "shared-library"],
        "crt_features": ["vcruntime:140"],
        "python_abi_tag": None,
        "python_platform_tag": "win-amd64",
        "python_suffixes": {
            "bytecode": [".pyc"],
            "debug_bytecode": [".pyc"],
            "extension": [f".cp3{minor}-win_amd64.pyd", ".pyd"],
            "optimized_bytecode": [".pyc"],
            "source": [".py", ".pyw"],
        },
        "python_paths": paths,
        "python_paths_abstract": {
            "data": "{base}",
            "include": "{installed_base}/Include",
            "platinclude": "{installed_base}/Include",
            "platlib": "{base}/Lib/site-packages",
            "platstdlib": "{base}/Lib",
            "purelib": "{base}/Lib/site-packages",
            "scripts": "{base}/Scripts",
            "stdlib": "{installed_base}/Lib",
        },
        "python_exe": "install/python.exe",
        "python_config_vars": {
            "EXT_SUFFIX": f".cp3{minor}-win_amd64.pyd",
            "SOABI": f"cp3{minor}-win_amd64",
        },
        "tcl_library_path": "install/tcl",
        "tcl_library_paths": TCL_LIBRARY_PATHS,
    }
