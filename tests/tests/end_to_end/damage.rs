//! Executables that were damaged say so: they neither crash nor run something else.

use std::sync::LazyLock;

use end_to_end::{Application, Finished, Project};

/// First bytes of the packed resources: the magic number and the version of the format. The reader's
/// own code has them apart.
const MAGIC: &[u8] = b"\x89PyRes\r\n\x03\0\0\0";
/// A text in the bytecode of the module `other`, and nowhere else.
const TEXT: &[u8] = b"a text that stands in the bytecode of one module";
/// A text in a packed file, and nowhere else.
const DATA: &[u8] = b"a text that stands in a file beside a module";
/// Imports a module, or reads the packed file that the argument names.
const MAIN: &str = "\
import os, sys
print('before', flush=True)
if sys.argv[1:]:
    print(open(os.path.join(sys.executable, sys.argv[1])).read())
else:
    import other
";

static APPLICATION: LazyLock<Application> = LazyLock::new(|| {
    let config = "[[python_packages]]\ntype = \"stdlib\"\n\
                  [[python_packages]]\ntype = \"package-root\"\npath = \".\"\n\
                  packages = [\"main\", \"other\", \"folder\"]\ninclude_source = false\n\
                  [python_run]\nmode = \"module\"\nmodule = \"main\"\n";
    let text = String::from_utf8_lossy(TEXT);
    let data = String::from_utf8_lossy(DATA);
    Project::new("damage", config)
        .and_then(|p| p.with("main.py", MAIN))
        .and_then(|p| p.with("other.py", &format!("print({text:?})\n")))
        .and_then(|p| p.with("folder/__init__.py", ""))
        .and_then(|p| p.with("folder/data.txt", &data))
        .unwrap()
        .build()
        .unwrap()
});

/// Runs a copy of the application, of which the byte at `offset` from `needle` was changed.
fn run_damaged(needle: &[u8], offset: usize, arguments: &[&str]) -> Finished {
    let mut bytes = fs_err::read(&APPLICATION.path).unwrap();
    let places: Vec<usize> =
        (0..bytes.len() - needle.len()).filter(|&i| bytes[i..].starts_with(needle)).collect();
    assert_eq!(places.len(), 1);
    bytes[places[0] + offset] ^= 1;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged");
    fs_err::copy(&APPLICATION.path, &path).unwrap();
    fs_err::write(&path, bytes).unwrap();
    Application::at(path).run(arguments).unwrap()
}

#[test]
fn a_damaged_header_is_an_error_at_start() {
    // Version, a count, an offset, the length and the checksum.
    for offset in [8, 16, 33, 49, 60] {
        let finished = run_damaged(MAGIC, offset, &[]);
        assert_eq!((finished.code, finished.stdout.as_str()), (Some(1), ""), "{finished:?}");
        let expected = "error: the executable's packed Python modules cannot be read: ";
        assert!(finished.stderr.starts_with(expected), "{finished:?}");
        assert_eq!(finished.stderr.lines().count(), 1, "{finished:?}");
    }
}

#[test]
fn a_damaged_module_is_an_import_error() {
    let finished = run_damaged(TEXT, 5, &[]);
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(1), "before\n"), "{finished:?}");
    let last = finished.stderr.lines().last().unwrap();
    assert!(
        last.starts_with("ImportError: cannot read \"other.py\" in the executable: "),
        "{last}"
    );
    assert!(last.contains("damaged"), "{last}");
}

#[test]
fn a_damaged_file_cannot_be_opened() {
    let stdout = APPLICATION.succeed(["folder/data.txt"]).unwrap();
    assert_eq!(stdout, format!("before\n{}\n", String::from_utf8_lossy(DATA)));
    let finished = run_damaged(DATA, 5, &["folder/data.txt"]);
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(1), "before\n"), "{finished:?}");
    let last = finished.stderr.lines().last().unwrap();
    assert!(last.starts_with("OSError: [Errno 5] Input/output error: "), "{last}");
}
