"""DLLs of the package index, which nobody here wrote, in wheels for Windows.

`WINDLL_TEST_WHEELS` names a folder with `pyproj` and `soundfile` for win_amd64; without it the
tests are skipped.
"""

import glob
import os
import sqlite3
import struct
import tempfile
import unittest
import wave
import zipfile
import zlib

WHEELS = os.environ.get("WINDLL_TEST_WHEELS")


@unittest.skipUnless(WHEELS, "WINDLL_TEST_WHEELS is not set")
class Published(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        from pywindll import Session

        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        for wheel in glob.glob(os.path.join(WHEELS, "*-win_amd64.whl")):
            with zipfile.ZipFile(wheel) as archive:
                for name in archive.namelist():
                    if name.endswith(".dll"):
                        with open(os.path.join(cls.folder, os.path.basename(name)), "wb") as file:
                            file.write(archive.read(name))
        cls.session = Session()
        cls.addClassCleanup(cls.session.close)
        cls.c = cls.session.ctypes

    def dll(self, pattern):
        (path,) = glob.glob(os.path.join(self.folder, pattern))
        return self.c.cdll.LoadLibrary(path)

    def test_sqlite_writes_a_database(self):
        c = self.c
        sqlite = self.dll("sqlite3-*.dll")
        rows = []
        kind = c.CFUNCTYPE(
            c.c_int, c.c_void_p, c.c_int, c.POINTER(c.c_char_p), c.POINTER(c.c_char_p)
        )

        def row(_, count, values, names):
            rows.append({names[place]: values[place] for place in range(count)})
            return 0

        handle = c.c_void_p()
        path = os.path.join(self.folder, "made.db")
        sqlite.sqlite3_open.argtypes = [c.c_char_p, c.POINTER(c.c_void_p)]
        self.assertEqual(
            sqlite.sqlite3_open(self.session.to_windows(path).encode(), c.byref(handle)), 0
        )
        sqlite.sqlite3_exec.argtypes = [
            c.c_void_p,
            c.c_char_p,
            kind,
            c.c_void_p,
            c.POINTER(c.c_char_p),
        ]
        statements = (
            b"create table t (a integer, b text);"
            b"insert into t values (1, 'one'), (2, 'two'), (3, null);"
            b"select * from t order by a desc"
        )
        message = c.c_char_p()
        self.assertEqual(
            sqlite.sqlite3_exec(handle, statements, kind(row), None, c.byref(message)), 0
        )
        self.assertEqual(
            rows, [{b"a": b"3", b"b": None}, {b"a": b"2", b"b": b"two"}, {b"a": b"1", b"b": b"one"}]
        )
        self.assertEqual(
            sqlite.sqlite3_exec(handle, b"select nonsense", kind(), None, c.byref(message)), 1
        )
        self.assertEqual(message.value, b"no such column: nonsense")
        sqlite.sqlite3_close.argtypes = [c.c_void_p]
        self.assertEqual(sqlite.sqlite3_close(handle), 0)
        with sqlite3.connect(path) as database:
            self.assertEqual(
                database.execute("select sum(a), group_concat(b) from t").fetchall(),
                [(6, "one,two")],
            )
        database.close()

    def test_zlib_compresses(self):
        c = self.c
        library = self.dll("zlib1-*.dll")
        data = bytes(range(256)) * 1000
        room = c.c_uint(len(data))
        out = c.create_string_buffer(len(data))
        library.compress.argtypes = [c.c_char_p, c.POINTER(c.c_uint), c.c_char_p, c.c_uint]
        self.assertEqual(library.compress(out, c.byref(room), data, len(data)), 0)
        self.assertEqual(zlib.decompress(out.raw[: room.value]), data)
        library.crc32.argtypes, library.crc32.restype = [c.c_uint, c.c_char_p, c.c_uint], c.c_uint
        self.assertEqual(library.crc32(0, data, len(data)), zlib.crc32(data))

    def test_libsndfile_reads_what_python_wrote(self):
        c = self.c

        class Info(c.Structure):
            _fields_ = [
                ("frames", c.c_int64),
                *(
                    (name, c.c_int)
                    for name in ("samplerate", "channels", "format", "sections", "seekable")
                ),
            ]

        path = os.path.join(self.folder, "tone.wav")
        samples = [0, 1000, -1000, 32767, -32768]
        with wave.open(path, "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes(struct.pack("<5h", *samples))
        library = self.dll("libsndfile*.dll")
        library.sf_open.argtypes, library.sf_open.restype = (
            [c.c_char_p, c.c_int, c.POINTER(Info)],
            c.c_void_p,
        )
        info = Info()
        file = library.sf_open(self.session.to_windows(path).encode(), 0x10, c.byref(info))
        self.assertEqual((info.frames, info.samplerate, info.channels), (5, 8000, 1))
        read = (c.c_short * 5)()
        library.sf_readf_short.argtypes = [c.c_void_p, c.POINTER(c.c_short), c.c_int64]
        library.sf_readf_short.restype = c.c_int64
        self.assertEqual(library.sf_readf_short(file, read, 5), 5)
        self.assertEqual(list(read), samples)
        library.sf_close.argtypes = [c.c_void_p]
        library.sf_close(file)


if __name__ == "__main__":
    unittest.main()
