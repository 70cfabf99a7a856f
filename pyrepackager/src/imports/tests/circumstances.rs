//! When an import is made, and what becomes of a failure.

use super::*;

/// The imports of `source` that nothing provides: line, module, circumstance.
fn imports(source: &str) -> Vec<String> {
    let missing = examine("mode = \"noop\"", &[("app/app.py", source)]);
    let lines = lines(&missing).into_iter();
    lines.map(|line| line["app:".len()..].trim_end_matches(" Used").to_owned()).collect()
}

#[test]
fn functions_and_unknown_conditions_defer() {
    let source = "\
import at_once
def function():
    import in_function
class Class:
    import in_class
    def method(self):
        from in_method import name
condition = function()
if condition:
    import conditional
else:
    import otherwise
for i in condition:
    import in_loop
call = lambda: __import__('in_lambda')
try:
    import tried
except ValueError:
    import in_handler
finally:
    import at_last
";
    let expected = [
        "1 at_once Required",
        "3 in_function Deferred",
        "5 in_class Required",
        "7 in_method Deferred",
        "10 conditional Deferred",
        "12 otherwise Deferred",
        "14 in_loop Deferred",
        "15 in_lambda Deferred",
        "17 tried Required",
        "19 in_handler Deferred",
        "21 at_last Required",
    ];
    assert_eq!(imports(source), expected);
}

#[test]
fn what_catches_the_failure_makes_optional() {
    let source = "\
import contextlib, unknown
try:
    import tried
except (KeyError, ModuleNotFoundError):
    import instead
else:
    import besides
try: import any_error
except: pass
try: import an_exception
except Exception as error: pass
with contextlib.suppress(ImportError):
    import suppressed
if hasattr(unknown, 'name'):
    import probed
if HAVE_FLAG:
    import flagged
def function():
    try:
        import in_function
    except ImportError:
        pass
if find_spec('looked_for'):
    pass
";
    let expected = [
        "1 unknown Required",
        "3 tried Optional",
        "5 instead Optional",
        "7 besides Optional",
        "8 any_error Optional",
        "10 an_exception Optional",
        "13 suppressed Optional",
        "15 probed Optional",
        "17 flagged Optional",
        "20 in_function Optional",
        "23 looked_for Optional",
    ];
    assert_eq!(imports(source).split_first().unwrap().1, expected);
}

#[test]
fn what_the_target_never_reaches_is_not_seen() {
    let source = "\
import sys, os, platform
from typing import TYPE_CHECKING
from sys import version_info as version
OLD = sys.version_info[0] == 2
if TYPE_CHECKING or False:
    import for_checkers
else:
    import at_run_time
if sys.platform == 'win32' or os.name == 'nt' or platform.system() == 'Windows':
    import windows
elif not sys.platform.startswith('win'):
    import elsewhere
if version < (3, 0) or sys.version_info.major == 2 or version[:2] in [(2, 6), (2, 7)]:
    import old
if OLD:
    import old_as_well
if sys.implementation.name == 'cpython':
    import cpython
def function():
    if sys.platform == 'win32':
        import windows_later
    if sys.platform != 'plan9':
        return
    import never
while False:
    import in_no_loop
if platform.machine() == 'riscv64':
    import processor
assert sys.platform == 'win32'
import behind_an_assertion
";
    let expected = [
        "8 at_run_time Required",
        "12 elsewhere Required",
        "18 cpython Required",
        "28 processor Optional",
    ];
    // Behind the imports that the conditions need, which nothing provides here either.
    let found = imports(source).split_off(2);
    assert_eq!(found, expected);
}

#[test]
fn functions_that_import_are_known_by_their_literal_arguments() {
    let missing = examine(
        "mode = \"noop\"",
        &[(
            "app/app/__init__.py",
            "\
from importlib import import_module
import_module('by.name')
__import__('built_in')
import_module('.sub', __package__)
import_module('.below', package=__name__)
import_module('.other', 'elsewhere')
import_module(variable)
__import__('relative', None, None, [], 1)
",
        )],
    );
    let expected = [
        "app:1 importlib Required Used",
        "app:2 by Required Used",
        "app:3 built_in Required Used",
        "app:4 app.sub Required Used",
        "app:5 app.below Required Used",
    ];
    assert_eq!(lines(&missing), expected);
}

#[test]
fn what_is_run_as_main_is_required_of_the_main_module_alone() {
    let main = "if __name__ == '__main__':\n    import argparser\n";
    let files = [("app/app/__init__.py", ""), ("app/app/__main__.py", main), ("app/tool.py", main)];
    let missing = examine("mode = \"module\"\nmodule = \"app\"", &files);
    let expected = ["app.__main__:2 argparser Required Used", "tool:2 argparser Optional Used"];
    assert_eq!(lines(&missing), expected);
}
