"""Starts, ends and failures of sessions, and what they leave behind."""

import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from unittest import mock

import support

DLL = support.dll("win64", "cdecl")
#: A program's first lines: a session, and its DLL.
BEGIN = (
    "import os, sys, time, pywindll\n"
    "session = pywindll.Session()\nc = session.ctypes\ndll = c.CDLL(sys.argv[1])\n"
)


def agents_of(pid):
    """Processes that have a descriptor of another process's agent as their program."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/cmdline", "rb") as file:
                    command = file.read()
            except OSError:
                continue
            if f"/proc/{pid}/fd/".encode() in command:
                found.append(int(name))
    return found


class Sessions(unittest.TestCase):
    def session(self, **options):
        from pywindll import Session

        made = Session(**options)
        self.addCleanup(made.close)
        return made

    def test_45_killed_agent(self):
        session = self.session()
        dll = session.ctypes.CDLL(DLL)
        os.kill(session.pid, signal.SIGKILL)
        began = time.monotonic()
        with self.assertRaisesRegex(OSError, "has ended by signal 9: start another session"):
            dll.add(1, 2)
        self.assertLess(time.monotonic() - began, 1)
        with self.assertRaises(OSError):
            session.ctypes.CDLL(DLL)
        self.assertEqual(self.session().ctypes.CDLL(DLL).add(1, 2), 3)

    def test_45_agent_killed_during_a_call(self):
        session = self.session()
        dll = session.ctypes.CDLL(DLL)
        threading.Timer(0.2, os.kill, (session.pid, signal.SIGKILL)).start()
        with self.assertRaisesRegex(OSError, "has ended"):
            dll.sleep_milliseconds(100000)

    def test_46_killed_host(self):
        for wait in ("time.sleep(100)", "dll.sleep_milliseconds(100000)"):
            program = BEGIN + f"print(session.pid, flush=True)\n{wait}"
            host = subprocess.Popen(
                [sys.executable, "-c", program, DLL], stdout=subprocess.PIPE, text=True
            )
            agent = int(host.stdout.readline())
            time.sleep(0.05)
            host.kill()
            host.wait()
            host.stdout.close()
            self.assertTrue(
                support.wait_until(lambda pid=agent: not support.process_is_there(pid)), wait
            )

    def test_47_two_sessions(self):
        first, second = self.session(), self.session()
        dlls = [session.ctypes.CDLL(DLL) for session in (first, second)]
        self.assertEqual([dll.add(1, 2) for dll in dlls], [3, 3])
        self.assertNotEqual(first.pid, second.pid)
        second.close()
        self.assertEqual(dlls[0].add(3, 4), 7)
        with self.assertRaisesRegex(OSError, "the session is closed"):
            dlls[1].add(3, 4)

    def test_48_twenty_processes_from_cold(self):
        with tempfile.TemporaryDirectory() as cache:
            program = BEGIN + "print(dll.add(20, 22))"
            environment = {**os.environ, "XDG_CACHE_HOME": cache}
            command = [sys.executable, "-c", program, DLL]
            hosts = [
                subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
                for _ in range(20)
            ]
            self.assertEqual([host.communicate(timeout=60)[0] for host in hosts], ["42\n"] * 20)

    def test_49_fork(self):
        program = BEGIN + (
            "child = os.fork()\n"
            "if child == 0:\n"
            "    try:\n"
            "        dll.add(1, 2)\n"
            "    except OSError as error:\n"
            "        os._exit(7 if 'fork' in str(error) else 8)\n"
            "    os._exit(9)\n"
            "print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), dll.add(2, 3))"
        )
        self.assertEqual(support.run(program, DLL).stdout, "7 5\n")

    def test_80_nothing_is_left_open_to_others(self):
        session = self.session()
        session.start()
        with open("/proc/net/tcp") as tcp, open(f"/proc/{session.pid}/cmdline") as command:
            inodes = {
                os.readlink(f"/proc/{session.pid}/fd/{fd}")
                for fd in os.listdir(f"/proc/{session.pid}/fd")
            }
            listening = [
                line.split()[9] for line in tcp.read().splitlines()[1:] if line.split()[3] == "0A"
            ]
            self.assertFalse(any(f"socket:[{inode}]" in inodes for inode in listening))
            self.assertNotIn("token", command.read())
        self.assertFalse(
            [name for name in os.listdir("/dev/shm") if "windll" in name or "wine" in name]
        )

    def test_many_sessions_in_a_row_leave_nothing(self):
        count = int(os.environ.get("WINDLL_TEST_SESSIONS", "20"))
        program = (
            "import os, sys, threading, pywindll\n"
            "def state():\n"
            "    maps = sum('pywindll' in line for line in open('/proc/self/maps'))\n"
            "    files, tasks = os.listdir('/proc/self/fd'), os.listdir('/proc/self/task')\n"
            "    return len(files), threading.active_count(), len(tasks), maps\n"
            "def once():\n"
            "    with pywindll.Session() as session:\n"
            "        c = session.ctypes\n"
            "        kind = c.CFUNCTYPE(c.c_int, c.c_int)\n"
            "        dll = c.CDLL(sys.argv[1])\n"
            "        assert dll.sum_callback(3, kind(lambda place: place)) == 3\n"
            "once()\n"
            "import gc; gc.collect()\n"
            "before = state()\n"
            "for _ in range(int(sys.argv[2])): once()\n"
            "gc.collect()\n"
            "print(before == state(), before, state())"
        )
        result = support.run(program, DLL, count, timeout=600)
        self.assertTrue(result.stdout.startswith("True"), result.stdout + result.stderr)

    def test_hosts_killed_at_random_moments_leave_nothing(self):
        import random

        program = BEGIN + (
            "import threading\n"
            "def work():\n"
            "    while True: dll.add(1, 2)\n"
            "for _ in range(3): threading.Thread(target=work, daemon=True).start()\n"
            "work()"
        )
        for _ in range(int(os.environ.get("WINDLL_TEST_KILLS", "10"))):
            host = subprocess.Popen([sys.executable, "-c", program, DLL], stderr=subprocess.DEVNULL)
            time.sleep(random.uniform(0.02, 0.5))
            host.kill()
            host.wait()
            self.assertTrue(support.wait_until(lambda pid=host.pid: not agents_of(pid)))

    def test_dll_that_ends_the_process(self):
        session = self.session()
        with self.assertRaisesRegex(OSError, "ended with exit code 7"):
            session.ctypes.CDLL(DLL).end_process(7)
        session = self.session(output=False)
        with self.assertRaisesRegex(OSError, "has ended"):
            session.ctypes.CDLL(DLL).end_by_abort()

    def test_a_session_ends_with_the_program(self):
        program = BEGIN + "print(session.pid)"
        agent = int(support.run(program, DLL).stdout)
        self.assertFalse(support.process_is_there(agent))

    def test_a_program_ends_while_a_thread_calls(self):
        program = BEGIN + (
            "import threading\n"
            "threading.Thread(target=dll.sleep_milliseconds, args=(100000,), daemon=True).start()\n"
            "time.sleep(0.2)\nprint(session.pid)"
        )
        result = support.run(program, DLL, timeout=30)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertTrue(
            support.wait_until(lambda: not support.process_is_there(int(result.stdout)))
        )

    def test_interrupt_reaches_python_alone(self):
        program = BEGIN + (
            "import signal\n"
            "try:\n"
            "    print(session.pid, flush=True)\n"
            "    while True: dll.sleep_milliseconds(20)\n"
            "except KeyboardInterrupt:\n"
            "    print(dll.add(1, 2))"
        )
        host = subprocess.Popen(
            [sys.executable, "-c", program, DLL],
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        host.stdout.readline()
        time.sleep(0.1)
        os.killpg(host.pid, signal.SIGINT)
        self.assertEqual(host.communicate(timeout=30)[0], "3\n")

    # What is there before anything runs.

    def test_root_is_refused(self):
        if os.geteuid() != 0:
            self.skipTest("not root")
        with mock.patch.dict(os.environ, PYWINDLL_ALLOW_ROOT="0"):
            from pywindll import Session, errors

            with self.assertRaisesRegex(errors.PrefixRefused, "allow_root"):
                Session().start()
            self.session(allow_root=True).start()

    def test_missing_wine(self):
        from pywindll import errors

        with self.assertRaisesRegex(errors.WineNotFound, "looked for /nowhere/wine; install"):
            self.session(wine="/nowhere/wine").start()

    def test_wine_that_is_something_else(self):
        from pywindll import errors

        with self.assertRaisesRegex(errors.StartError, "it ended with exit code 1"):
            self.session(wine="/bin/false").start()
        with self.assertRaisesRegex(errors.StartError, "no answer within"):
            with tempfile.NamedTemporaryFile("w", suffix="wine", delete=False) as file:
                file.write("#!/bin/sh\nexec sleep 100\n")
            self.addCleanup(os.unlink, file.name)
            os.chmod(file.name, 0o700)
            self.session(wine=file.name, timeout_start=0.3).start()

    def test_wrong_options(self):
        with self.assertRaisesRegex(TypeError, "color: no option of a session"):
            self.session(color="red")
        with self.assertRaisesRegex(ValueError, 'arch: "win16" is not win64 or win32'):
            self.session(arch="win16").start()
        with (
            mock.patch.dict(os.environ, PYWINDLL_SPIN="fast"),
            self.assertRaisesRegex(ValueError, "PYWINDLL_SPIN"),
        ):
            self.session().start()

    def test_environment_without_a_home(self):
        environment = {
            name: value
            for name, value in os.environ.items()
            if name not in ("HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR")
        }
        self.assertEqual(
            support.run(BEGIN + "print(dll.add(1, 2))", DLL, env=environment).stdout, "3\n"
        )

    def test_home_that_cannot_be_written(self):
        environment = {**os.environ, "HOME": "/proc", "XDG_CACHE_HOME": "/proc/nowhere"}
        self.assertEqual(
            support.run(BEGIN + "print(dll.add(1, 2))", DLL, env=environment).stdout, "3\n"
        )

    def test_packed_dlls(self):
        """As in an executable, whose importer opens paths below it: here, by a stand-in for `open`
        and `listdir`."""
        program = (
            "import builtins, os, sys, pywindll\n"
            "below, real = sys.executable + '/drivers', sys.argv[1]\n"
            "true_open, true_list = builtins.open, os.listdir\n"
            "def found(path): return str(path).replace(below, real)\n"
            "builtins.open = lambda path, *a, **k: true_open(found(path), *a, **k)\n"
            "os.listdir = lambda path='.': true_list(found(path))\n"
            "with pywindll.Session() as session:\n"
            "    dll = session.ctypes.CDLL(below + '/needs.dll')\n"
            "    place = os.path.dirname(session._packed.path(below + '/needs.dll'))\n"
            "    print(dll.number_times_two(), os.path.exists(place))\n"
            "print(os.path.exists(place))"
        )
        result = support.run(program, support.DLLS / "win64")
        self.assertEqual(result.stdout, "42 True\nFalse\n", result.stderr)

    def test_logging(self):
        with self.assertLogs("pywindll", logging.INFO) as logs:
            self.session().start()
        self.assertIn("is ready after", logs.output[0])

    def test_spinning(self):
        self.assertEqual(self.session(spin=2000).ctypes.CDLL(DLL).add(1, 2), 3)

    def test_memory_that_was_shared_stays_readable(self):
        session = self.session()

        class Pair(session.ctypes.Structure):
            _fields_ = [("first", session.ctypes.c_int), ("second", session.ctypes.c_int)]

        pair = Pair(1, 2)
        session.start()
        session.close()
        self.assertEqual((pair.first, pair.second), (1, 2))


class Imports(unittest.TestCase):
    def test_import_changes_nothing_and_starts_nothing(self):
        program = (
            "import ctypes\nbefore = set(dir(ctypes))\n"
            "from pywindll import ctypes as ours, windll\n"
            "import pywindll, pywindll.ctypes.wintypes\n"
            "started = pywindll.default_session().native.is_started\n"
            "print(set(dir(ctypes)) == before, started, hasattr(ctypes, 'windll'))"
        )
        self.assertEqual(support.run(program).stdout, "True False False\n")

    def test_forms_of_import(self):
        program = (
            "from pywindll import ctypes, windll, cdll, oledll, WinDLL, WINFUNCTYPE\n"
            "from pywindll import FormatError, WinError, wintypes\n"
            "import pywindll.ctypes as c\nfrom pywindll.ctypes import *\n"
            "from pywindll.ctypes.wintypes import DWORD, LPCWSTR\n"
            "from pywindll.ctypes.util import find_library\n"
            "number = windll.kernel32.GetCurrentProcessId()\n"
            "print(c.sizeof(DWORD), windll is ctypes.windll, sizeof(c_long), number > 0)"
        )
        result = support.run(program)
        self.assertEqual(result.stdout, "4 True 4 True\n", result.stderr)

    def test_install(self):
        program = (
            "import sys, pywindll, ctypes\npywindll.install()\n"
            "print(ctypes.windll.kernel32.GetCurrentProcessId() > 0, ctypes.WinDLL, end=' ')\n"
            "pywindll.uninstall()\nprint(hasattr(ctypes, 'windll'))"
        )
        result = support.run(program)
        self.assertTrue(
            result.stdout.startswith("True <bound") and result.stdout.endswith("False\n"),
            result.stdout + result.stderr,
        )


if __name__ == "__main__":
    unittest.main()
