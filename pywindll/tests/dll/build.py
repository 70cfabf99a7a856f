"""Compiles the tests' DLLs into a folder: `build.py FOLDER`. Prints what there is no compiler
for."""

import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
COMPILERS = {"win64": "x86_64-w64-mingw32-gcc", "win32": "i686-w64-mingw32-gcc"}


def run(*command):
    subprocess.run([str(part) for part in command], check=True)


def definitions(folder, arch, convention):
    """Exports without the decorations that i686 has for conventions."""
    fast = {"win32": "@fast_add@12"}.get(arch, "fast_add")
    ordinal = {("win32", "stdcall"): "by_ordinal@4"}.get((arch, convention), "by_ordinal")
    file = folder / f"{arch}-{convention}.def"
    file.write_text(
        f"EXPORTS\n fast_add={fast}\n method_add=method_add\n by_ordinal_={ordinal} @77 NONAME\n"
    )
    return file


def build(folder, arch, compiler):
    for convention in ("cdecl", "stdcall"):
        flags = ["-DWITH_STDCALL"] if convention == "stdcall" else []
        file = definitions(folder, arch, convention)
        out = folder / f"{arch}-{convention}.dll"
        run(
            compiler,
            "-O2",
            "-s",
            "-shared",
            *flags,
            "-o",
            out,
            HERE / "routines.c",
            file,
            "-Wl,--kill-at",
        )
    chain = folder / arch
    chain.mkdir(exist_ok=True)
    dependency = chain / "dependency.dll"
    run(compiler, "-O2", "-s", "-shared", "-o", dependency, HERE / "dependency.c")
    run(compiler, "-O2", "-s", "-shared", "-o", chain / "needs.dll", HERE / "needs.c", dependency)
    lonely = folder / f"{arch}-lonely"
    lonely.mkdir(exist_ok=True)
    shutil.copy(chain / "needs.dll", lonely)


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for arch, compiler in COMPILERS.items():
        if shutil.which(compiler) is None:
            print(f"no {compiler}: no DLLs for {arch}")
        else:
            build(folder, arch, compiler)


if __name__ == "__main__":
    main()
