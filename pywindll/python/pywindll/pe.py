"""Reads DLLs as files: architecture, exports, imports. Format: Microsoft's "PE Format"."""

import os
import struct

#: IMAGE_FILE_MACHINE_ constants, as this package and Windows name them.
MACHINES = {0x14C: "win32", 0x8664: "win64", 0xAA64: "arm64", 0x1C4: "arm"}


class NotPE(ValueError):
    """The file is no program or DLL of Windows."""


class Image:
    """One file. `exports` are pairs of a name or None, and an ordinal; `imports` are names of
    DLLs."""

    def __init__(self, data, name="the file"):
        self._data = data
        self._name = name
        try:
            self._read()
        except (struct.error, IndexError, UnicodeDecodeError) as error:
            raise NotPE(f"{name}: not a DLL of Windows, or damaged: {error}") from None

    @classmethod
    def open(cls, path):
        with open(path, "rb") as file:
            return cls(file.read(), os.fspath(path))

    def _read(self):
        data = self._data
        if data[:2] != b"MZ":
            raise NotPE(f"{self._name}: not a DLL of Windows: it does not begin with MZ")
        (header,) = struct.unpack_from("<I", data, 60)
        if data[header : header + 4] != b"PE\0\0":
            raise NotPE(f"{self._name}: not a DLL of Windows: it has no PE header")
        machine, sections, _, _, _, optional = struct.unpack_from("<HHIIIH", data, header + 4)
        self.machine = machine
        self.arch = MACHINES.get(machine, f"machine 0x{machine:x}")
        start = header + 24
        (magic,) = struct.unpack_from("<H", data, start)
        directories = start + (112 if magic == 0x20B else 96)
        self._sections = [
            struct.unpack_from("<IIII", data, start + optional + 40 * number + 8)
            for number in range(sections)
        ]
        self._directories = [
            struct.unpack_from("<II", data, directories + 8 * number) for number in range(16)
        ]
        self.exports = self._read_exports()
        self.imports = self._read_imports()

    def _offset(self, address):
        for size, start, raw_size, raw in self._sections:
            if start <= address < start + max(size, raw_size):
                return raw + address - start
        raise IndexError(f"address 0x{address:x} in no section")

    def _text(self, address):
        offset = self._offset(address)
        return self._data[offset : self._data.index(b"\0", offset)].decode("latin-1")

    def _read_exports(self):
        address, _ = self._directories[0]
        if not address:
            return []
        fields = struct.unpack_from("<10I", self._data, self._offset(address) + 12)
        base, functions, names = fields[1], fields[2], fields[3]
        addresses, name_table, ordinal_table = fields[4:7]
        named = {}
        for number in range(names):
            (text,) = struct.unpack_from("<I", self._data, self._offset(name_table) + 4 * number)
            (place,) = struct.unpack_from(
                "<H", self._data, self._offset(ordinal_table) + 2 * number
            )
            named[place] = self._text(text)
        exports = []
        for place in range(functions):
            (function,) = struct.unpack_from("<I", self._data, self._offset(addresses) + 4 * place)
            if function:
                exports.append((named.get(place), base + place))
        return exports

    def _read_imports(self):
        address, _ = self._directories[1]
        names = []
        while address:
            entry = struct.unpack_from("<5I", self._data, self._offset(address))
            if not entry[3]:
                break
            names.append(self._text(entry[3]))
            address += 20
        return names

    def missing(self, folders):
        """Names of imported DLLs that are in none of the folders."""
        there = set()
        for folder in folders:
            if os.path.isdir(folder):
                there.update(name.lower() for name in os.listdir(folder))
        names = (
            name for name in self.imports if not name.lower().startswith(("api-ms-", "ext-ms-"))
        )
        return [name for name in names if name.lower() not in there]
