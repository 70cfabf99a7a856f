"""Writes the wheel of a staged package: `wheel.py STAGE VERSION FOLDER`. Prints its path.

The tag says what the extension module needs: the stable ABI of CPython 3.10, x86_64 and glibc.
Times
in the archive are fixed, so that the same files give the same wheel.
"""

import base64
import hashlib
import pathlib
import sys
import zipfile

TAG = "cp310-abi3-linux_x86_64"
METADATA = """Metadata-Version: 2.1
Name: pywindll
Version: {version}
Summary: Routines of Windows DLLs called from Linux, through Wine, as ctypes.windll
Requires-Python: >=3.10
License: MIT OR Apache-2.0
"""
WHEEL = f"Wheel-Version: 1.0\nGenerator: pywindll\nRoot-Is-Purelib: false\nTag: {TAG}\n"
ENTRY_POINTS = "[console_scripts]\npywindll = pywindll.__main__:main\n"


def files(stage, version):
    """Names in the archive and contents, all but the record."""
    for path in sorted(stage.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(stage).as_posix(), path.read_bytes()
    folder = f"pywindll-{version}.dist-info"
    yield f"{folder}/METADATA", METADATA.format(version=version).encode()
    yield f"{folder}/WHEEL", WHEEL.encode()
    yield f"{folder}/entry_points.txt", ENTRY_POINTS.encode()


def main():
    stage, version, folder = pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / f"pywindll-{version}-{TAG}.whl"
    record = []
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:

        def add(name, content):
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.external_attr = (0o755 if name.endswith(".so") else 0o644) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)

        for name, content in files(stage, version):
            add(name, content)
            digest = (
                base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            )
            record.append(f"{name},sha256={digest},{len(content)}\n")
        name = f"pywindll-{version}.dist-info/RECORD"
        add(name, "".join([*record, f"{name},,\n"]).encode())
    print(wheel)


if __name__ == "__main__":
    main()
