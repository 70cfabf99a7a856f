"""The command `pywindll`: what there is, what a DLL exports, and one call.

Exit codes: 0 done, 1 it failed, 2 wrong usage.
"""

import argparse
import json
import sys
import time


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="pywindll", description="Routines of Windows DLLs called from Linux, through Wine."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser(
        "check", help="say whether Wine is there, for which architectures, and how fast calls are"
    )
    check.set_defaults(run=_check)
    exports = commands.add_parser(
        "exports", help="list what a DLL exports, and which DLLs it needs that are missing"
    )
    exports.add_argument("dll", help="path of the DLL")
    exports.add_argument("--json", action="store_true", help="print a JSON document")
    exports.set_defaults(run=_exports)
    call = commands.add_parser(
        "call", help="call one routine, with C's calling convention on i686 unless --stdcall"
    )
    call.add_argument("dll", help="path of the DLL, or the name of one of Wine's own")
    call.add_argument("routine", help="name of the routine, or its ordinal")
    call.add_argument(
        "arguments",
        nargs="*",
        help="integers, numbers with a point, otherwise texts; L'…' is a wide text",
    )
    call.add_argument(
        "--result",
        default="int",
        choices=sorted(_RESULTS),
        help="type of the result (default: int)",
    )
    call.add_argument(
        "--stdcall", action="store_true", help="use the calling convention of the Windows API"
    )
    call.set_defaults(run=_call)
    options = parser.parse_args(arguments)
    try:
        return options.run(options)
    except (OSError, ValueError, AttributeError, TypeError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _check(options):
    from pywindll import Session, _native

    found = _native.check_wine({})
    print(f"Wine:    {found['version']}, {found['command']}")
    works = False
    for arch in ("win64", "win32"):
        print(f"{arch}:   {_try(Session, arch, found[arch])}")
        works = works or isinstance(found[arch], str)
    return 0 if works else 1


def _try(make, arch, found):
    """What starting a session shows."""
    if isinstance(found, OSError):
        return f"no: {found}"
    began = time.perf_counter()
    try:
        with make(arch=arch) as session:
            started = time.perf_counter()
            routine = session.ctypes.cdll.msvcrt.abs
            routine.argtypes = [session.ctypes.c_int]
            times = []
            for _ in range(2000):
                before = time.perf_counter()
                routine(-5)
                times.append(time.perf_counter() - before)
    except OSError as error:
        return f"no: {error}"
    microseconds = sorted(times)[len(times) // 2] * 1e6
    return f"started in {(started - began) * 1e3:.0f} ms, {microseconds:.1f} microseconds a call"


def _exports(options):
    import os

    from pywindll import Session, pe

    image = pe.Image.open(options.dll)
    folders = [os.path.dirname(os.path.abspath(options.dll))]
    missing = None
    if image.arch in ("win64", "win32"):
        try:
            # Both architectures have DLLs of the same names.
            system = (Session(arch=arch).system_folder() for arch in (image.arch, "win64"))
            folders.append(next(filter(None, system), ""))
            missing = image.missing(folders)
        except OSError as error:
            print(f"warning: dependencies are not checked: {error}", file=sys.stderr)
    if options.json:
        exports = [{"name": name, "ordinal": ordinal} for name, ordinal in image.exports]
        print(
            json.dumps(
                {
                    "arch": image.arch,
                    "exports": exports,
                    "imports": image.imports,
                    "missing": missing,
                },
                indent=2,
            )
        )
        return 0
    print(f"architecture: {image.arch}")
    print(f"needs:        {', '.join(image.imports) or 'nothing'}")
    if missing:
        print(f"missing:      {', '.join(missing)}")
    for name, ordinal in image.exports:
        print(f"{ordinal:6}  {name or '(no name)'}")
    return 0


_RESULTS = {
    "int": "c_int",
    "uint": "c_uint",
    "int64": "c_int64",
    "double": "c_double",
    "float": "c_float",
    "text": "c_char_p",
    "wide": "c_wchar_p",
    "pointer": "c_void_p",
    "none": None,
}


def _argument(c, text):
    for kind in (lambda: int(text, 0), lambda: c.c_double(float(text))):
        try:
            return kind()
        except ValueError:
            pass
    if text[:2] == "L'" and text[-1:] == "'":
        return text[2:-1]
    return text.encode()


def _call(options):
    from pywindll import Session, paths, pe

    arch = None
    if paths.is_path(options.dll):
        arch = pe.Image.open(options.dll).arch
        if arch not in ("win64", "win32"):
            raise ValueError(f"{options.dll}: for {arch}, which Wine does not run here")
    with Session(arch=arch) as session:
        c = session.ctypes
        dll = (c.windll if options.stdcall else c.cdll).LoadLibrary(options.dll)
        routine = dll[int(options.routine) if options.routine.isdigit() else options.routine]
        name = _RESULTS[options.result]
        routine.restype = None if name is None else getattr(c, name)
        result = routine(*(_argument(c, text) for text in options.arguments))
        if result is not None:
            print(result.decode(errors="replace") if isinstance(result, bytes) else result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
