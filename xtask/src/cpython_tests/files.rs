//! The test files of the standard library and the modules that they consist of.

use std::path::Path;

use anyhow::Result;
use fs_err as fs;

/// A test file, or a package of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestFile {
    /// Such as `test_json`.
    pub name: String,
    /// Full names of the modules with its tests.
    pub modules: Vec<String>,
}

/// Lists the test files in the folder `library`, CPython's `Lib/test`.
///
/// # Errors
/// When the folder cannot be read.
pub fn list(library: &Path) -> Result<Vec<TestFile>> {
    let mut files = Vec::new();
    for path in sorted(library)? {
        let name = file_name(&path);
        if !name.starts_with("test_") {
            continue;
        }
        if let Some(stem) = name.strip_suffix(".py") {
            files.push(TestFile { name: stem.to_owned(), modules: vec![format!("test.{stem}")] });
        } else if path.join("__init__.py").is_file() {
            let mut modules = Vec::new();
            package(&path, &format!("test.{name}"), &mut modules)?;
            files.push(TestFile { name, modules });
        }
    }
    Ok(files)
}

/// Adds the test modules of a package and of those in it.
fn package(folder: &Path, name: &str, modules: &mut Vec<String>) -> Result<()> {
    modules.push(name.to_owned());
    for path in sorted(folder)? {
        let file = file_name(&path);
        if path.join("__init__.py").is_file() {
            package(&path, &format!("{name}.{file}"), modules)?;
        } else if let Some(stem) = file.strip_suffix(".py").filter(|s| s.starts_with("test_")) {
            modules.push(format!("{name}.{stem}"));
        }
    }
    Ok(())
}

fn sorted(folder: &Path) -> Result<Vec<std::path::PathBuf>> {
    let mut paths: Vec<_> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    paths.sort();
    Ok(paths)
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_listed_with_all_their_modules() {
        let root = tempfile::tempdir().unwrap();
        for file in ["test_a.py", "support.py", "test_p/__init__.py", "test_p/test_x.py"]
            .into_iter()
            .chain(["test_p/helper.py", "test_p/sub/__init__.py", "test_p/sub/test_y.py"])
            .chain(["test_p/data/x.txt"])
        {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let files = list(root.path()).unwrap();
        let names: Vec<_> = files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["test_a", "test_p"]);
        assert_eq!(
            files[1].modules,
            ["test.test_p", "test.test_p.sub", "test.test_p.sub.test_y", "test.test_p.test_x"]
        );
    }
}
