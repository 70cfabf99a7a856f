//! `--compress`.

use std::path::Path;
use std::process::Command;

use end_to_end::Application;
use end_to_end::root::Root;
use fs_err as fs;

use super::{folder, succeed};

/// What the smallest application may have, compressed: bytes.
const LIMIT: u64 = 9_000_000;

/// Says what the process and others that it starts take themselves for.
const SCRIPT: &str = "\
import multiprocessing, os, subprocess, sys


def child():
    print('worker', sys.executable == os.path.abspath(sys.executable), flush=True)


if __name__ == '__main__':
    print(os.path.basename(sys.executable), [name for name in os.environ if 'PYEMBED' in name], flush=True)
    subprocess.run([sys.executable, '-c', 'print(1 + 1)'], check=True)
    worker = multiprocessing.get_context('spawn').Process(target=child)
    worker.start()
    worker.join()
    try:
        print(open('/proc/self/comm').read().strip())
    except OSError as error:
        print(error.strerror)
";

fn make(folder: &Path) -> Application {
    succeed(folder, &["build", "app.py", "--compress", "--strip-source"]);
    Application::at(folder.join("app"))
}

#[test]
fn a_compressed_executable_is_small_and_does_the_same() {
    let folder = folder(&[("app.py", "print('hello')\n")]);
    let made = make(folder.path());
    assert_eq!(made.succeed([""; 0]).unwrap(), "hello\n");
    let size = fs::metadata(&made.path).unwrap().len();
    assert!(size <= LIMIT, "{size} bytes");
    assert_eq!(Root::new(&made, &[]).unwrap().run_without_proc(&[]).unwrap().stdout, "hello\n");
}

#[test]
fn it_is_itself_for_the_processes_that_it_starts() {
    let folder = folder(&[("app.py", SCRIPT)]);
    let made = make(folder.path());
    assert_eq!(made.succeed([""; 0]).unwrap(), "app []\n2\nworker True\napp\n");

    let copy = folder.path().join("copy");
    fs::copy(&made.path, &copy).unwrap();
    assert!(Command::new("strip").arg(&copy).status().unwrap().success());
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&copy, &link).unwrap();
    assert_eq!(Application::at(link).succeed([""; 0]).unwrap(), "copy []\n2\nworker True\ncopy\n");
}

#[test]
fn one_that_was_cut_short_or_changed_says_so() {
    let folder = folder(&[("app.py", "print('hello')\n")]);
    let made = make(folder.path());
    let bytes = fs::read(&made.path).unwrap();
    let mut damaged = bytes.clone();
    let middle = bytes.len() / 2;
    damaged[middle..middle + 64].fill(0);
    for (bytes, words) in [(&bytes[..bytes.len() - 2_000_000], "cut short"), (&damaged, "damaged")]
    {
        fs::write(&made.path, bytes).unwrap();
        let finished = made.run([""; 0]).unwrap();
        assert_eq!(finished.code, Some(1), "{finished:?}");
        assert!(finished.stderr.contains("error: cannot start: "), "{finished:?}");
        assert!(finished.stderr.contains(words), "{finished:?}");
    }
}
