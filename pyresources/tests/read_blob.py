"""A second reader of packed resources, written from docs/packed_resources.rst alone.

Prints what a blob holds, a line for each entry and each byte string. It walks all of it where the
Rust reader looks things up, asserts what the specification promises of the structure, and leaves
the checksums to others: Python's standard library has no XXH3.
"""

import struct
import sys
from itertools import pairwise
from pathlib import Path

KINDS = ['module', 'file', 'distribution', 'shared library', 'bootstrap', 'setting', 'report']
MODULE_KINDS = ['module', 'package', 'namespace']
ROLES = [
    'bytecode 0',
    'bytecode 1',
    'bytecode 2',
    'source',
    'contents',
    'extension',
    'dependencies',
    'digest',
    'program',
]
ENCODINGS = ['stored', 'zstd']

HEADER = struct.Struct('<8sIIIIIIIIQQQ')
BUCKET = struct.Struct('<IBBH' + 'II' * 7)
ENTRY = struct.Struct('<IIIHBBQ')
RECORD = struct.Struct('<QQQBB6xQ')


class Blob:
    """A blob cut into its sections."""

    def __init__(self, blob):
        """Read the header and cut the blob into sections."""
        (
            magic,
            version,
            bucket_count,
            entry_count,
            record_count,
            entries_offset,
            records_offset,
            strings_offset,
            strings_length,
            data_offset,
            total_length,
            _check,
        ) = HEADER.unpack_from(blob)
        assert magic == b'\x89PyRes\r\n'
        assert version == 3
        assert total_length == len(blob)
        assert bucket_count.bit_count() == 1
        buckets_end = HEADER.size + bucket_count * BUCKET.size
        entries_end = entries_offset + entry_count * ENTRY.size
        records_end = records_offset + record_count * RECORD.size
        strings_end = strings_offset + strings_length
        assert HEADER.size == 64
        assert buckets_end <= entries_offset
        assert entries_end <= records_offset
        assert records_end <= strings_offset
        assert strings_end <= data_offset <= total_length
        assert data_offset % 16 == 0
        self.buckets = list(BUCKET.iter_unpack(blob[HEADER.size : buckets_end]))
        self.entries = list(ENTRY.iter_unpack(blob[entries_offset:entries_end]))
        self.records = list(RECORD.iter_unpack(blob[records_offset:records_end]))
        self.strings = blob[strings_offset:strings_end]
        self.data_offset, self.data = data_offset, blob[data_offset:]

    def name(self, entry):
        """Return the name of an entry."""
        name_offset, name_length = entry[:2]
        name = self.strings[name_offset : name_offset + name_length]
        assert len(name) == name_length
        return name

    def check_index(self):
        """Assert that the index leads to each entry once, and nowhere else."""
        indices = []
        for position, (_check, count, overflow, zero, *slots) in enumerate(self.buckets):
            assert count <= 7
            assert overflow == 0 or (overflow == 1 and count == 7), position
            assert zero == 0
            assert not any(slots[2 * count :]), position
            indices += slots[1 : 2 * count : 2]
        assert sorted(indices) == list(range(len(self.entries)))

    def check_order(self):
        """Assert that entries are sorted and that no two are alike."""
        keys = [(entry[4], self.name(entry)) for entry in self.entries]
        assert all(first < second for first, second in pairwise(keys))

    def contents(self, entry):
        """Yield role, encoding, decoded length and stored bytes of an entry's byte strings."""
        _offset, _length, first_record, roles, kind, _module_kind, _check = entry
        assert roles < 1 << len(ROLES)
        for role in range(len(ROLES)):
            if not roles & 1 << role:
                continue
            offset, stored_length, length, own_role, encoding, _check = self.records[first_record]
            first_record += 1
            assert own_role == role
            shared_object = KINDS[kind] == 'shared library' and ROLES[role] == 'contents'
            assert offset % (16 if shared_object else 8) == 0
            if shared_object and not encoding and length >= 4096:
                assert (self.data_offset + offset) % 4096 == 0
            stored = self.data[offset : offset + stored_length]
            assert len(stored) == stored_length
            assert encoding or length == stored_length
            yield ROLES[role], ENCODINGS[encoding], length, stored

    def dump(self):
        """Yield a line for each entry and each byte string."""
        for entry in self.entries:
            kind, module_kind = KINDS[entry[4]], MODULE_KINDS[entry[5]]
            assert kind == 'module' or module_kind == 'module'
            yield f'{kind} ({module_kind}): {self.name(entry).decode()}'
            for role, encoding, length, stored in self.contents(entry):
                yield f'  {role}, {encoding}, {length}: {stored.hex()}'


def main():
    """Print what the blob in the file named by the argument holds."""
    sys.stdout.reconfigure(encoding='utf-8', newline='\n')
    blob = Blob(Path(sys.argv[1]).read_bytes())
    blob.check_index()
    blob.check_order()
    for line in blob.dump():
        print(line)


if __name__ == '__main__':
    main()
