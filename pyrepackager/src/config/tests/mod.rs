//! Whole configurations: what they resolve to, and the full text of every error.

mod documentation;
mod examples;
mod files;
mod messages;
mod resolved;
mod schema;

use tempfile::TempDir;

use super::{Config, ConfigError, parse};

/// The target that is built for.
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// A folder in which `app.toml` could stand.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    /// Makes a file, and the folders above it.
    fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.0.path().join(name);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, content).unwrap();
        self
    }

    fn parse(&self, text: &str) -> Result<Config, ConfigError> {
        parse(text, &self.0.path().join("app.toml"), TARGET)
    }

    /// The error as a person sees it, with its sources and hint.
    fn message(&self, result: Result<Config, ConfigError>) -> String {
        let error = result.unwrap_err();
        let mut text = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(source) = cause {
            text += &format!("\ncause: {source}");
            cause = source.source();
        }
        if let Some(hint) = error.hint() {
            text += &format!("\nhint: {hint}");
        }
        text.replace(self.0.path().to_str().unwrap(), "[folder]")
    }
}

/// The message for a text that names no files.
fn message(text: &str) -> String {
    let folder = Folder::new();
    folder.message(folder.parse(text))
}

/// Every beginning of a file, and every file with one character changed, is read or refused with
/// a message that names a place in it.
#[test]
fn damaged_files_are_refused_in_good_order() {
    let text = "[python_distribution]\r\nversion = '3.13'\n[[python_packages]]\ntype = 'stdlib'\n\
                excludes = [\"ä\\u0041\",\n\t'b.c']\n[python_run]\nmode = 'eval'\ncode = '''x\n'''\n";
    let folder = Folder::new();
    assert!(folder.parse(text).is_ok());
    let lines = text.lines().count();
    let mut refused = 0;
    let mut try_one = |damaged: &str| match folder.parse(damaged) {
        Ok(_) => {}
        Err(ConfigError::Invalid(error)) => {
            refused += 1;
            assert!((1..=lines + 2).contains(&error.place.line), "{error}\n{damaged}");
            assert!(error.place.excerpt().ends_with('^'), "{error}\n{damaged}");
            assert!(error.problem.hint().is_some(), "{error}\n{damaged}");
        }
        Err(other) => panic!("{other}\n{damaged}"),
    };
    for (index, character) in text.char_indices() {
        let (before, after) = (&text[..index], &text[index + character.len_utf8()..]);
        try_one(before);
        for replacement in ["", "'", "[", "=", "\n", "\u{0}", "ß", "\u{feff}", "-"] {
            try_one(&format!("{before}{replacement}{after}"));
        }
    }
    assert!(refused > 1000, "only {refused}");
}
