"""Runs the tests: `run.py MODULE...`. Says which were skipped, by name, and how many.

Without Wine or the tests' DLLs all are skipped; without Wine's 32-bit part, those for win32.
"""

import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))


def missing():
    """Why tests cannot run, for `win64` (all of them) and for `win32`."""
    from pywindll import _native

    reasons = {}
    try:
        found = _native.check_wine({})
    except OSError as error:
        return {"win64": str(error), "win32": str(error)}
    for arch in ("win64", "win32"):
        if isinstance(found[arch], OSError):
            reasons[arch] = str(found[arch])
        elif not os.path.exists(os.path.join(os.environ["WINDLL_TEST_DLLS"], f"{arch}-cdecl.dll")):
            reasons[arch] = f"no MinGW for {arch}"
    return reasons


def flatten(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from flatten(test)
        else:
            yield test


def main():
    tests = list(flatten(unittest.defaultTestLoader.loadTestsFromNames(sys.argv[1:])))
    reasons = missing()
    chosen, skipped = unittest.TestSuite(), []
    for test in tests:
        reason = reasons.get("win64") or (
            reasons.get("win32") if "Win32" in type(test).__name__ else None
        )
        if reason:
            skipped.append((test.id(), reason))
        else:
            chosen.addTest(test)
    for name, reason in skipped:
        print(f"skipped {name}: {reason}")
    result = unittest.TextTestRunner(verbosity=1).run(chosen)
    print(f"{result.testsRun} run, {len(skipped) + len(result.skipped)} skipped")
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
