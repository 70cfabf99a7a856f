"""The command, files as PE images, and the modules for programs that were written for others."""

import json
import subprocess
import sys
import unittest

import support


def pywindll(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "pywindll", *arguments], capture_output=True, text=True, timeout=60
    )


class Command(unittest.TestCase):
    def test_check(self):
        result = pywindll("check")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stdout, r"(?m)^Wine: +wine-\d")
        self.assertRegex(
            result.stdout, r"(?m)^win64: +started in \d+ ms, [\d.]+ microseconds a call$"
        )
        self.assertRegex(result.stdout, r"(?m)^win32: +(started in|no: )")

    def test_exports(self):
        result = pywindll("exports", support.dll("win64", "cdecl"))
        self.assertIn("architecture: win64\n", result.stdout)
        self.assertRegex(result.stdout, r"(?m)^ +\d+  simple_demo_routine$")
        self.assertRegex(result.stdout, r"(?m)^ +77  \(no name\)$")

    def test_exports_of_a_dll_with_a_missing_dependency(self):
        result = pywindll("exports", "--json", str(support.DLLS / "win32-lonely" / "needs.dll"))
        found = json.loads(result.stdout)
        self.assertEqual((found["arch"], found["missing"]), ("win32", ["dependency.dll"]))

    def test_call(self):
        dll = support.dll("win64", "cdecl")
        self.assertEqual(pywindll("call", dll, "add", "3", "0x4").stdout, "7\n")
        self.assertEqual(
            pywindll("call", dll, "hello", "--result", "text").stdout, "hello from PE\n"
        )
        self.assertEqual(pywindll("call", dll, "wide_length", "L'abc'").stdout, "3\n")
        self.assertEqual(
            pywindll("call", dll, "multiply", "1.5", "2.0", "--result", "double").stdout, "3.0\n"
        )
        self.assertEqual(pywindll("call", dll, "77", "2").stdout, "154\n")

    def test_errors(self):
        result = pywindll("call", support.dll("win64", "cdecl"), "nope")
        self.assertEqual(
            (result.returncode, result.stderr), (1, "error: function 'nope' not found\n")
        )
        result = pywindll("exports", __file__)
        self.assertEqual(result.returncode, 1)
        self.assertIn("not a DLL of Windows: it does not begin with MZ", result.stderr)
        self.assertEqual(pywindll("exports", "/nowhere.dll").returncode, 1)
        self.assertEqual(pywindll().returncode, 2)


class Images(unittest.TestCase):
    def test_damaged_files_are_rejected(self):
        from pywindll import pe

        with open(support.dll("win64", "cdecl"), "rb") as file:
            data = file.read(4096)
        for length in range(0, len(data), 7):
            with self.assertRaises(pe.NotPE):
                pe.Image(data[:length])


class Compatibility(unittest.TestCase):
    def test_zugbruecke(self):
        program = (
            "import sys\nfrom zugbruecke import CtypesSession\n"
            "with CtypesSession(arch='win64', log_level=0, stdout=True) as c:\n"
            "    dll = c.windll.LoadLibrary(sys.argv[1])\n"
            "    sort = dll.bubblesort\n"
            "    sort.argtypes = (c.POINTER(c.c_float), c.c_int)\n"
            "    sort.memsync = [{'pointer': [0], 'length': [1], 'type': c.c_float}]\n"
            "    values = (c.c_float * 3)(3, 1, 2)\n"
            "    sort(values, 3)\n"
            "    path = c.zb_path_wine_to_unix(c.zb_path_unix_to_wine('/a/b'))\n"
            "    print(list(values), path, c.zb_get_parameter('arch'))\n"
        )
        result = support.run(program, support.dll("win64", "stdcall"))
        self.assertEqual(result.stdout, "[1.0, 2.0, 3.0] /a/b win64\n", result.stderr)

    def test_zugbruecke_by_its_default_session(self):
        import os

        program = (
            "import sys\nimport zugbruecke.ctypes as ctypes\n"
            "from zugbruecke import ctypes as other\n"
            "print(ctypes.cdll.LoadLibrary(sys.argv[1]).add(1, 2), ctypes is other)"
        )
        environment = {**os.environ, "ZUGBRUECKE_ARCH": "win64"}
        result = support.run(program, support.dll("win64", "cdecl"), env=environment)
        self.assertEqual(result.stdout, "3 True\n", result.stderr)

    def test_pycrosscall(self):
        program = (
            "import sys\nfrom pycrosscall import ctypes, start_session, windll\n"
            "session = start_session(parameter = {'arch': 'win64', 'log_level': 3})\n"
            "dll = session.ctypes.windll.LoadLibrary(sys.argv[1])\n"
            "dll.simple_demo_routine.argtypes = (ctypes.c_float, ctypes.c_float)\n"
            "dll.simple_demo_routine.restype = ctypes.c_float\n"
            "print('%.5f' % dll.simple_demo_routine(20.0, 1.07), windll is ctypes.windll)"
        )
        result = support.run(program, support.dll("win64", "stdcall"))
        self.assertEqual(result.stdout, "1.30841 True\n", result.stderr)


if __name__ == "__main__":
    unittest.main()
