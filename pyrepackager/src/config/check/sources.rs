//! What only `[[python_packages]]` and `[licenses]` ask for: projects, scripts, patterns, licences.

use std::path::{Path, PathBuf};

use toml::Spanned;

use super::{Checker, borrowed};
use crate::config::error::ConfigError;
use crate::config::near;
use crate::config::problem::{PathFault, Problem};
use crate::config::schema::Key;
use crate::config::table::TARGETS;
use crate::config::typed::Text;
use crate::licenses;

/// What a project's folder holds.
const PYPROJECT: &str = "pyproject.toml";

impl Checker<'_> {
    /// That a section is for a target that there is: the one that is built for, or one for which
    /// distributions are published.
    pub fn target(&self, key: &Key, text: &Text<'_>, current: &str) -> Result<(), ConfigError> {
        let value = self.not_empty(key, text)?;
        if value == current || TARGETS.contains(&value.as_str()) {
            return Ok(());
        }
        let current =
            Some(current).filter(|current| !current.is_empty() && !TARGETS.contains(current));
        let known = TARGETS.iter().copied().chain(current);
        let near = near::nearest(&value, known.clone()).map(str::to_owned);
        let known = known.map(str::to_owned).collect();
        Err(self.error(&text.span(), Problem::Target { key: key.name, value, near, known }))
    }

    /// Strings with something in them.
    pub fn texts(&self, key: &Key, items: &[Spanned<String>]) -> Result<Vec<String>, ConfigError> {
        items.iter().map(|item| self.not_empty(key, &borrowed(item))).collect()
    }

    /// A file or a folder that exists.
    pub fn existing(&self, key: &Key, text: &Text<'_>) -> Result<PathBuf, ConfigError> {
        self.path(key, text, |_| None)
    }

    /// The folder of a project, or its `pyproject.toml`.
    pub fn project(&self, key: &Key, text: &Text<'_>) -> Result<PathBuf, ConfigError> {
        let path = self.path(key, text, |path| {
            let named = path.is_file() && path.file_name().is_some_and(|name| name == PYPROJECT);
            (!named && !path.join(PYPROJECT).is_file()).then_some(PathFault::NotAProject)
        })?;
        Ok(match path.parent() {
            Some(folder) if path.is_file() => folder.to_owned(),
            _ => path,
        })
    }

    /// A script, whose name is that of a module.
    pub fn script(&self, key: &Key, text: &Text<'_>) -> Result<PathBuf, ConfigError> {
        self.path(key, text, |path| {
            let stem = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".py"));
            let is_name = |stem: &str| !stem.is_empty() && !stem.contains('.');
            (!path.is_file() || !stem.is_some_and(is_name)).then_some(PathFault::NotAScript)
        })
    }

    /// One requirement, as an argument of `pip install`.
    pub fn requirement(&self, key: &Key, text: &Text<'_>) -> Result<String, ConfigError> {
        let value = self.not_empty(key, text)?;
        if value.starts_with('-') || value.contains(['\n', '\r']) {
            return Err(self.error(&text.span(), Problem::Requirement { key: key.name, value }));
        }
        Ok(value)
    }

    /// A pattern of paths, made absolute.
    pub fn glob(&self, key: &Key, text: &Text<'_>) -> Result<String, ConfigError> {
        let value = self.not_empty(key, text)?;
        if let Err(error) = glob::Pattern::new(&value) {
            let message = error.msg.to_owned();
            return Err(self.error(&text.span(), Problem::Glob { key: key.name, message }));
        }
        if Path::new(&value).is_absolute() {
            return Ok(value);
        }
        let base = glob::Pattern::escape(&self.base.to_string_lossy());
        Ok(format!("{base}/{value}"))
    }

    /// SPDX licences; an item may join several.
    pub fn licenses(
        &self,
        key: &Key,
        items: &[Spanned<String>],
    ) -> Result<Vec<String>, ConfigError> {
        let check = |item: &Spanned<String>| {
            let value = self.not_empty(key, &borrowed(item))?;
            self.expression(key, item, &value)?;
            Ok(value)
        };
        items.iter().map(check).collect()
    }

    /// `NAME = EXPRESSION`, each in a string.
    pub fn clarifications(
        &self,
        key: &Key,
        items: &[Spanned<String>],
    ) -> Result<Vec<(String, String)>, ConfigError> {
        let check = |item: &Spanned<String>| {
            let value = self.not_empty(key, &borrowed(item))?;
            let Some((name, expression)) = value.split_once('=') else {
                let problem = Problem::Clarification { key: key.name, value };
                return Err(self.error(&item.span(), problem));
            };
            let (name, expression) = (name.trim(), expression.trim());
            self.expression(key, item, expression)?;
            Ok((name.to_owned(), expression.to_owned()))
        };
        items.iter().map(check).collect()
    }

    fn expression(
        &self,
        key: &Key,
        item: &Spanned<String>,
        value: &str,
    ) -> Result<(), ConfigError> {
        licenses::rules::parse(value).map(drop).map_err(|error| {
            let value = value.to_owned();
            let problem =
                Problem::License { key: key.name, value, reason: error.reason.to_string() };
            self.error(&item.span(), problem)
        })
    }
}
