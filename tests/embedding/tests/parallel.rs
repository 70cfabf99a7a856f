//! Tests that use Python at the same time, on the threads of the harness.

use pyembed::Interpreter;
use pyo3::prelude::*;
use pyo3::types::PyDict;

fn sum(count: u32) -> u32 {
    let interpreter = Interpreter::get_or_start().unwrap();
    interpreter.attach(|py| {
        let locals = PyDict::new(py);
        locals.set_item("count", count).unwrap();
        py.eval(c"sum(range(count))", None, Some(&locals)).unwrap().extract().unwrap()
    })
}

macro_rules! parallel_tests {
    ($($name:ident: $count:literal),*) => {
        $(#[test]
        fn $name() {
            assert_eq!(sum($count), $count * ($count - 1) / 2);
        })*
    };
}

parallel_tests!(one: 10, two: 100, three: 1000, four: 10000, five: 20, six: 30, seven: 40, eight: 50);

#[test]
fn exceptions_are_errors() {
    let interpreter = Interpreter::get_or_start().unwrap();
    let error = interpreter.attach(|py| py.import("absent").map(drop)).unwrap_err();
    assert_eq!(error.to_string(), "ModuleNotFoundError: No module named 'absent'");
}

#[test]
fn threads_of_a_test_use_it() {
    std::thread::scope(|scope| {
        for count in 0..8 {
            scope.spawn(move || sum(count));
        }
    });
}

#[test]
fn a_pool_is_refused_with_a_reason() {
    let interpreter = Interpreter::get_or_start().unwrap();
    let error = interpreter
        .attach(|py| {
            let context = py.import("multiprocessing")?.call_method1("get_context", ("spawn",))?;
            context.call_method1("Pool", (1,)).map(drop)
        })
        .unwrap_err();
    assert!(error.to_string().contains("cannot start Python from sys.executable"), "{error}");
}
