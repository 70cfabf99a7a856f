//! Many binary wheels in one executable, each of them used (see `tests/compatibility`), and popular programs, each in an
//! executable of its own, and small programs that do things of one kind (see `tests/programs`).

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};

use end_to_end::compatibility::{Check, Matrix};
use end_to_end::programs::{Program, kinds, programs};

use crate::command::COMMAND;

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

/// Builds and uses programs, two at a time, and names all that fail.
fn compare_all(programs: &[Program]) {
    let failures = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    let compare = || {
        while let Some(program) = programs.get(next.fetch_add(1, Ordering::Relaxed)) {
            let compared = program.compare(&COMMAND, false);
            if let Err(error) = compared.and_then(|comparison| comparison.verdict()) {
                failures.lock().unwrap().push(format!("{}: {error:#}", program.name));
            }
            program.remove().unwrap();
        }
    };
    std::thread::scope(|scope| (0..2).for_each(|_| drop(scope.spawn(compare))));
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// Those that are quickly built; `cargo xtask compatibility programs` does all of them.
#[test]
fn popular_programs_do_in_executables_what_they_do_in_environments() {
    let quick: Vec<_> = programs().unwrap().into_iter().filter(|program| program.quick).collect();
    assert!(quick.len() >= 10, "{} programs", quick.len());
    compare_all(&quick);
}

#[test]
fn small_programs_of_each_kind_do_in_executables_what_they_do_under_python() {
    let kinds = kinds().unwrap();
    assert!(kinds.len() >= 20, "{} programs", kinds.len());
    compare_all(&kinds);
}
