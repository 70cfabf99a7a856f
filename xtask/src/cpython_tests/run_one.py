"""Runs one test file of CPython's and writes down how each test case ended.

Used in the same way with a python and inside an executable: `run_one OUTPUT MODULE...`. The modules
are those of the file, several for a package: packages load their tests by listing their own
folder, which an executable does not have. OUTPUT gets a JSON object: `module` is "ok", "skipped" or
"failed" with a `reason`, `cases` maps the id of each test case to `[outcome, detail]`, the outcome
being "passed", "skipped" or "failed".
"""

import importlib
import json
import os
import signal
import sys
import traceback
import unittest

# Lines of a traceback that are kept.
KEPT_LINES = 12

# Seconds after which a test case fails that waits for something.
CASE_SECONDS = 120


def give_up(_number, _frame):
    raise TimeoutError(f'the test case took more than {CASE_SECONDS} seconds')


class Result(unittest.TextTestResult):
    """Notes the outcome of each test case; a failing subtest fails its case."""

    def __init__(self, *arguments, **keywords):
        super().__init__(*arguments, **keywords)
        self.cases = {}

    def startTest(self, test):
        super().startTest(test)
        signal.signal(signal.SIGALRM, give_up)
        signal.alarm(CASE_SECONDS)

    def stopTest(self, test):
        signal.alarm(0)
        super().stopTest(test)

    def note(self, test, outcome, detail=''):
        test = getattr(test, 'test_case', test)
        name = test.id()
        if self.cases.get(name, ('passed',))[0] != 'failed':
            self.cases[name] = (outcome, detail)

    def note_failure(self, test, error):
        lines = ''.join(traceback.format_exception(*error)).splitlines()
        self.note(test, 'failed', '\n'.join(lines[-KEPT_LINES:]))

    def addSuccess(self, test):
        super().addSuccess(test)
        self.note(test, 'passed')

    def addExpectedFailure(self, test, error):
        super().addExpectedFailure(test, error)
        self.note(test, 'passed')

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.note(test, 'failed', 'unexpected success')

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.note(test, 'skipped', reason)

    def addError(self, test, error):
        super().addError(test, error)
        self.note_failure(test, error)

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.note_failure(test, error)

    def addSubTest(self, test, subtest, error):
        super().addSubTest(test, subtest, error)
        if error is not None:
            self.note_failure(test, error)


def load(names):
    """Load the tests of the modules; return them and why modules were skipped or failed."""
    loader = unittest.TestLoader()
    suite = unittest.TestSuite()
    skipped, failed = [], []
    for name in names:
        try:
            module = importlib.import_module(name)
            if hasattr(module, '__path__'):
                # Its own load_tests() would list its folder.
                for item in vars(module).values():
                    if isinstance(item, type) and issubclass(item, unittest.TestCase):
                        suite.addTests(loader.loadTestsFromTestCase(item))
            else:
                suite.addTests(loader.loadTestsFromModule(module))
        except unittest.SkipTest as error:
            skipped.append(f'{name}: {error}')
        except BaseException:
            lines = traceback.format_exc().splitlines()
            failed.append(f'{name}: ' + '\n'.join(lines[-KEPT_LINES:]))
    return suite, skipped, failed


def run(names):
    """Run the modules' tests; return what is written down."""
    from test import support
    from test.support import os_helper

    support.verbose = True
    support.use_resources = ()
    suite, skipped, failed = load(names)
    with os_helper.temp_cwd(quiet=True):
        runner = unittest.TextTestRunner(sys.stdout, verbosity=2, resultclass=Result)
        result = runner.run(suite)
        support.reap_children()
    if failed:
        state, reason = 'failed', '\n'.join(failed)
    elif skipped and not result.cases:
        state, reason = 'skipped', '; '.join(skipped)
    else:
        state, reason = 'ok', ''
    return {'module': state, 'reason': reason, 'cases': result.cases}


def main():
    output, *names = sys.argv[1:]
    # unittest looks at the arguments of its own accord.
    del sys.argv[1:]
    # Whoever starts this in the background may have told it to ignore interrupts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # An executable has removed it; here it must not reach other processes either.
    os.environ.pop('PYEMBED_INTERPRETER', None)
    results = run(names)
    with open(output, 'w', encoding='utf-8', errors='backslashreplace') as file:
        json.dump(results, file)


if __name__ == '__main__':
    main()
