"""A build backend that needs nothing: a wheel of all .py files beside pyproject.toml.

A project whose FAIL file exists cannot be built, like one that lacks a compiler.
"""

import base64
import hashlib
import pathlib
import sys
import zipfile

import tomllib


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    if pathlib.Path("FAIL").exists():
        print("compiling native.c\nnative.c:1: fatal error: missing.h: no such file", flush=True)
        sys.exit("the compiler failed")
    with open("pyproject.toml", "rb") as file:
        project = tomllib.load(file)["project"]
    name, version = project["name"], project["version"]
    requires = "".join(f"Requires-Dist: {one}\n" for one in project.get("dependencies", []))
    scripts = project.get("scripts", {})
    metadata = f"{name}-{version}.dist-info"
    members = {path.name: path.read_bytes() for path in pathlib.Path().glob("*.py")}
    members.pop("backend.py")
    members[f"{metadata}/METADATA"] = (
        f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n{requires}".encode()
    )
    members[f"{metadata}/WHEEL"] = b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    lines = "".join(f"{script} = {target}\n" for script, target in scripts.items())
    members[f"{metadata}/entry_points.txt"] = f"[console_scripts]\n{lines}".encode()
    record = ""
    file_name = f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(wheel_directory, file_name), "w") as archive:
        for member, content in members.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
            record += f"{member},sha256={digest.decode()},{len(content)}\n"
            archive.writestr(zipfile.ZipInfo(member), content)
        archive.writestr(zipfile.ZipInfo(f"{metadata}/RECORD"), f"{record}{metadata}/RECORD,,\n")
    return file_name
