//! Whole configurations: what they resolve to, and the full text of every error.

mod documentation;
mod examples;
mod files;
mod messages;
mod resolved;

use tempfile::TempDir;

use super::{Config, ConfigError, parse};

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
        parse(text, &self.0.path().join("app.toml"))
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
