//! What single values mean: paths, versions, digests, names.
//!
//! * `names`: names of modules.
//! * `sources`: what only `[[python_packages]]` and `[licenses]` ask for.

mod names;
mod sources;

use std::path::{Path, PathBuf};

use toml::Spanned;

use super::error::ConfigError;
use super::problem::{PathFault, Problem};
use super::resolved::{PythonVersion, Sha256Digest, StdioEncoding};
use super::schema::Key;
use super::span::{Source, Span};

use super::typed::Text;

/// Reads values; its errors name the key and show the place.
pub(super) struct Checker<'a> {
    /// The file.
    pub source: &'a Source<'a>,
    /// The absolute folder that relative paths start at.
    pub base: &'a Path,
}

impl Checker<'_> {
    /// An error at a place.
    pub fn error(&self, span: &Span, problem: Problem) -> ConfigError {
        ConfigError::at(self.source, span, problem)
    }

    /// A string with something in it.
    pub fn not_empty(&self, key: &Key, text: &Text<'_>) -> Result<String, ConfigError> {
        if text.get_ref().trim().is_empty() {
            return Err(self.error(&text.span(), Problem::Empty { key: key.name }));
        }
        Ok((*text.get_ref()).to_owned())
    }

    /// A file that exists.
    pub fn file(&self, key: &Key, text: &Text<'_>) -> Result<PathBuf, ConfigError> {
        self.path(key, text, |path| (!path.is_file()).then_some(PathFault::NotAFile))
    }

    /// Files that exist.
    pub fn files(&self, key: &Key, items: &[Spanned<String>]) -> Result<Vec<PathBuf>, ConfigError> {
        items.iter().map(|item| self.file(key, &borrowed(item))).collect()
    }

    /// A folder that exists.
    pub fn folder(&self, key: &Key, text: &Text<'_>) -> Result<PathBuf, ConfigError> {
        self.path(key, text, |path| (!path.is_dir()).then_some(PathFault::NotAFolder))
    }

    /// The root of a virtual environment.
    pub fn virtualenv(&self, key: &Key, text: &Text<'_>) -> Result<PathBuf, ConfigError> {
        self.path(key, text, |path| {
            if !path.is_dir() {
                return Some(PathFault::NotAFolder);
            }
            (!path.join("pyvenv.cfg").is_file()).then_some(PathFault::NotAVirtualenv)
        })
    }

    pub(super) fn path(
        &self,
        key: &Key,
        text: &Text<'_>,
        fault: impl Fn(&Path) -> Option<PathFault>,
    ) -> Result<PathBuf, ConfigError> {
        let value = self.not_empty(key, text)?;
        // A path that is shown reads better without a `.` in the middle.
        let resolved: PathBuf = self.base.join(&value).components().collect();
        let fault = if resolved.exists() { fault(&resolved) } else { Some(PathFault::Missing) };
        match fault {
            None => Ok(resolved),
            Some(fault) => {
                let problem = Problem::Path { key: key.name, value, resolved, fault };
                Err(self.error(&text.span(), problem))
            }
        }
    }

    /// An address that can be fetched.
    pub fn url(&self, key: &Key, text: &Text<'_>) -> Result<String, ConfigError> {
        let value = self.not_empty(key, text)?;
        let host = value.strip_prefix("https://").or_else(|| value.strip_prefix("http://"));
        if host.is_some_and(|host| !host.is_empty() && !host.contains(char::is_whitespace)) {
            return Ok(value);
        }
        Err(self.error(&text.span(), Problem::Url { key: key.name, value }))
    }

    /// A SHA-256.
    pub fn digest(&self, key: &Key, text: &Text<'_>) -> Result<Sha256Digest, ConfigError> {
        text.get_ref().parse().map_err(|source| {
            let length = text.get_ref().chars().count();
            self.error(&text.span(), Problem::Digest { key: key.name, length, source })
        })
    }

    /// A supported feature release of CPython.
    pub fn version(&self, key: &Key, text: &Text<'_>) -> Result<PythonVersion, ConfigError> {
        let value = *text.get_ref();
        match value.parse() {
            Ok(version) => Ok(version),
            Err(super::resolved::NotAVersion) => {
                let feature = value
                    .match_indices('.')
                    .nth(1)
                    .map(|(second_dot, _)| &value[..second_dot])
                    .filter(|feature| feature.parse::<PythonVersion>().is_ok())
                    .map(|feature| format!("{} = \"{feature}\"", key.name));
                let value = value.to_owned();
                let problem = Problem::Version { key: key.name, value, feature };
                Err(self.error(&text.span(), problem))
            }
        }
    }

    /// `ENCODING:ERRORS`.
    pub fn stdio_encoding(&self, key: &Key, text: &Text<'_>) -> Result<StdioEncoding, ConfigError> {
        let is_name = |name: &str| {
            let part_of_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            !name.is_empty() && name.chars().all(part_of_name)
        };
        match text.get_ref().split_once(':') {
            Some((encoding, errors)) if is_name(encoding) && is_name(errors) => {
                Ok(StdioEncoding { encoding: encoding.to_owned(), errors: errors.to_owned() })
            }
            _ => {
                let value = (*text.get_ref()).to_owned();
                Err(self.error(&text.span(), Problem::StdioEncoding { key: key.name, value }))
            }
        }
    }

    /// Entries of `sys.path`, in which `$ORIGIN` may begin an entry.
    pub fn sys_paths(
        &self,
        key: &Key,
        items: &[Spanned<String>],
    ) -> Result<Vec<String>, ConfigError> {
        let check = |item: &Spanned<String>| {
            let path = self.not_empty(key, &borrowed(item))?;
            let rest = match path.strip_prefix("$ORIGIN") {
                Some(rest) if rest.is_empty() || rest.starts_with(['/', '\\']) => rest,
                _ => &path,
            };
            if rest.contains(['$', '\n']) {
                let problem = Problem::SysPath { key: key.name, value: path };
                return Err(self.error(&item.span(), problem));
            }
            Ok(path)
        };
        items.iter().map(check).collect()
    }

    /// Name of an environment variable.
    pub fn variable(&self, key: &Key, text: &Text<'_>) -> Result<String, ConfigError> {
        let value = self.not_empty(key, text)?;
        if value.contains(|c: char| c == '=' || c.is_whitespace()) {
            return Err(self.error(&text.span(), Problem::Variable { key: key.name, value }));
        }
        Ok(value)
    }

    /// Names of libraries as linkers take them, such as `stdc++` for `libstdc++.so`.
    pub fn library_names(
        &self,
        key: &Key,
        items: &[Spanned<String>],
    ) -> Result<Vec<String>, ConfigError> {
        let check = |item: &Spanned<String>| {
            let value = self.not_empty(key, &borrowed(item))?;
            let is_file = value.contains(".so") || value.ends_with(".a") || value.starts_with('-');
            if is_file || value.contains(|c: char| c == '/' || c.is_whitespace()) {
                let problem = Problem::LibraryName { key: key.name, value };
                return Err(self.error(&item.span(), problem));
            }
            Ok(value)
        };
        items.iter().map(check).collect()
    }

    /// SONAMEs of libraries.
    pub fn sonames(
        &self,
        key: &Key,
        items: &[Spanned<String>],
    ) -> Result<Vec<String>, ConfigError> {
        let check = |item: &Spanned<String>| {
            let value = self.not_empty(key, &borrowed(item))?;
            if value.contains('/') || value.contains(char::is_whitespace) {
                return Err(self.error(&item.span(), Problem::Soname { key: key.name, value }));
            }
            Ok(value)
        };
        items.iter().map(check).collect()
    }
}

fn borrowed(item: &Spanned<String>) -> Text<'_> {
    Spanned::new(item.span(), item.get_ref())
}
