//! Roots of file systems with hardly anything in them.

use std::path::Path;
use std::process::Command;

pub use end_to_end::root::{C_LIBRARY, enter as enter_root};

/// Copies the executable, the loader and the C library into an empty root.
pub fn fill_root(root: &Path, executable: &Path) {
    let copy = |from: &Path, to: &Path| {
        fs_err::create_dir_all(to.parent().unwrap()).unwrap();
        fs_err::copy(from, to).unwrap();
    };
    copy(executable, &root.join("pyapp"));
    let output = Command::new("ldd").arg(executable).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let words = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    for words in words {
        match words[..] {
            [name, "=>", path, ..] => {
                assert!(C_LIBRARY.contains(&name), "{name} is not part of the C library");
                copy(Path::new(path), &root.join(path.trim_start_matches('/')));
            }
            [loader, ..] if loader.starts_with('/') => {
                copy(Path::new(loader), &root.join(loader.trim_start_matches('/')));
            }
            // The kernel's own page.
            _ => {}
        }
    }
}
