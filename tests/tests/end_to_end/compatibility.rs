//! Many binary wheels in one executable, each of them used; see `tests/compatibility`.

use std::sync::{LazyLock, Mutex, PoisonError};

use end_to_end::compatibility::{Check, Matrix};

static MATRIX: LazyLock<Matrix> = LazyLock::new(|| Matrix::build().unwrap());

/// Does the checks that `wanted` chooses, and names all that fail.
fn do_checks(wanted: impl Fn(&Check) -> bool, at_least: usize) {
    // Some checks use all processors, and wait for one another's answers with a deadline.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let checks: Vec<Check> = MATRIX.checks().unwrap().into_iter().filter(wanted).collect();
    assert!(checks.len() >= at_least, "{checks:?}");
    let mut failures = Vec::new();
    for check in &checks {
        let comparison = MATRIX.compare(check).unwrap();
        match comparison.verdict() {
            Ok(found) => assert!(found.len() > 1, "{check:?} computes nothing"),
            Err(error) => failures.push(error.to_string()),
        }
    }
    let names = failures.len();
    assert!(failures.is_empty(), "{names} of {} fail:\n\n{}", checks.len(), failures.join("\n\n"));
    assert!(MATRIX.left().unwrap().is_empty(), "files are left: {:?}", MATRIX.left());
}

#[test]
fn each_package_does_in_the_executable_what_it_does_in_an_environment() {
    do_checks(|check| check.is_of_package, 30);
}

#[test]
fn packages_work_together_in_threads_and_in_processes() {
    do_checks(|check| !check.is_of_package, 9);
}
