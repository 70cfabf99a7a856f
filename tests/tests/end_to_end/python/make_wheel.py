"""Writes a wheel: the folder, the file's name, then pairs of a member's name and its text."""

import base64
import hashlib
import os
import sys
import zipfile


def row(name, text):
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
    return f'"{name}",sha256={digest.rstrip(b"=").decode()},{len(text.encode())}\n'


def main(folder, file_name, *rest):
    project, version, *tags = file_name.removesuffix(".whl").split("-")
    metadata = f"{project}-{version}.dist-info"
    members = dict(zip(rest[::2], rest[1::2], strict=True))
    requires = members.pop("requires", "")
    headers = f"Metadata-Version: 2.4\nName: {project}\nVersion: {version}\n{requires}"
    members[f"{metadata}/METADATA"] = headers
    members[f"{metadata}/WHEEL"] = (
        f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {'-'.join(tags)}\n"
    )
    record = "".join(row(name, text) for name, text in members.items())
    os.makedirs(folder, exist_ok=True)
    with zipfile.ZipFile(os.path.join(folder, file_name), "w") as archive:
        for name, text in members.items():
            archive.writestr(zipfile.ZipInfo(name), text)
        archive.writestr(zipfile.ZipInfo(f"{metadata}/RECORD"), f"{record}{metadata}/RECORD,,\n")


main(*sys.argv[1:])
