"""Paths of Linux as paths of Wine, and back."""

import os

#: The drive that prefixes have for the whole file system.
DRIVE = "Z:"


def to_windows(path):
    """`/opt/x.dll` as `Z:\\opt\\x.dll`. What is a path of Windows already stays one."""
    text = os.fspath(path)
    if isinstance(text, bytes):
        text = os.fsdecode(text)
    if text[1:2] == ":" or text.startswith("\\\\"):
        return text
    return DRIVE + os.path.abspath(text).replace("/", "\\")


def to_unix(path):
    """`Z:\\opt\\x.dll` as `/opt/x.dll`."""
    text = os.fspath(path)
    if text.startswith("/"):
        return text
    if text[:2].upper() != DRIVE:
        raise ValueError(f"{text}: not below {DRIVE}, the drive that is Linux's file system")
    return os.path.normpath("/" + text[2:].replace("\\", "/").lstrip("/"))


def is_path(name):
    """Whether a DLL's name says where it is."""
    return "/" in name or "\\" in name or name[1:2] == ":"
