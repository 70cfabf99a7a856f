//! Kernels that lack system calls, and sandboxes that refuse them.

use std::process::Command;

use end_to_end::Application;
use end_to_end::kernel::{NEWER_THAN_3_10, refusing};
use fs_err as fs;

use super::wheels::MEMORY;
use crate::command::{folder, succeed};

/// Runs a program where calls fail, for two minutes at most; returns what it prints, and requires that it succeeds.
fn printed(calls: &[&str], error: &str, program: &Application, arguments: &[&str]) -> String {
    let mut limited = Command::new("timeout");
    limited.arg("120").arg(&program.path).args(arguments).env("PATH", "/usr/bin:/bin");
    let output = refusing(calls, error, &limited).unwrap().output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{calls:?} {error}: {:?} {stderr}", output.status);
    assert_eq!(stderr, "", "{calls:?} {error}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn wheels_are_used_whatever_call_is_refused() {
    for call in NEWER_THAN_3_10 {
        for error in ["ENOSYS", "EPERM"] {
            // With these, glibc starts no threads, and the libxml2 of lxml ends the process.
            if ![("clone3", "EPERM"), ("getrandom", "EPERM")].contains(&(call, error)) {
                assert_eq!(printed(&[call], error, &MEMORY, &["use"]), "used\n", "{call}");
            }
        }
    }
    // SELinux's `execmem`, and systemd's MemoryDenyWriteExecute. (`cffi` makes functions in memory.)
    assert_eq!(printed(&["writable-program"], "EACCES", &MEMORY, &["use"]), "used\n");
}

#[test]
fn wheels_are_used_where_all_newer_calls_are_absent() {
    for scenario in [["use", "used\n"], ["share", "shared\n"], ["facts", "true\n"]] {
        let [argument, expected] = scenario;
        let stdout = printed(&NEWER_THAN_3_10, "ENOSYS", &MEMORY, &[argument]);
        assert_eq!(stdout, expected);
    }
}

const SCRIPT: &str = "\
import multiprocessing, os, subprocess, sys


def child():
    print('worker', flush=True)


if __name__ == '__main__':
    print([name for name in os.environ if 'PYEMBED' in name], open(__file__).readline(), end='')
    sys.stdout.flush()
    subprocess.run([sys.executable, '-c', 'print(1 + 1)'], check=True)
    for method in ['spawn', 'fork', 'forkserver']:
        worker = multiprocessing.get_context(method).Process(target=child)
        worker.start()
        worker.join()
    subprocess.run(['ninja', '--version'], check=True)
";

const EXPECTED: &str = "[] # /// script\n2\nworker\nworker\nworker\n";

#[test]
fn processes_and_packed_programs_are_started_whatever_call_is_refused() {
    let header = "# /// script\n# dependencies = [\"ninja\"]\n# ///\n";
    let folder = folder(&[("app.py", &format!("{header}{SCRIPT}"))]);
    for arguments in [&["build", "app.py"][..], &["build", "app.py", "--compress", "-o", "small"]] {
        succeed(folder.path(), arguments);
    }
    for name in ["app", "small"] {
        let program = Application::at(folder.path().join(name));
        let run = |calls: &[&str], error| {
            let stdout = printed(calls, error, &program, &[]);
            assert!(stdout.starts_with(EXPECTED), "{name} {calls:?} {error}: {stdout}");
        };
        for error in ["ENOSYS", "EPERM"] {
            run(&["memfd_create"], error);
            run(&["execveat"], error);
            run(&["memfd_create", "execveat"], error);
        }
        run(&NEWER_THAN_3_10, "ENOSYS");
        // Nothing is left.
        let rest = fs::read_dir("/dev/shm").unwrap().filter(|entry| {
            entry.as_ref().unwrap().file_name().to_string_lossy().starts_with(".pyunpack")
        });
        assert_eq!(rest.count(), 0);
    }
}
