//! Names of modules.

use toml::Spanned;

use super::{Checker, borrowed};
use crate::config::error::ConfigError;
use crate::config::problem::Problem;
use crate::config::schema::Key;
use crate::config::span::Span;
use crate::config::typed::Text;

impl Checker<'_> {
    /// The full name of a module.
    pub fn module_name(&self, key: &Key, text: &Text<'_>) -> Result<String, ConfigError> {
        let value = self.not_empty(key, text)?;
        if is_module_name(&value) {
            return Ok(value);
        }
        Err(self.not_a_name(key, value, "module", &text.span()))
    }

    /// Full names of modules.
    pub fn module_names(
        &self,
        key: &Key,
        items: &[Spanned<String>],
    ) -> Result<Vec<String>, ConfigError> {
        items.iter().map(|item| self.module_name(key, &borrowed(item))).collect()
    }

    /// Names of modules or packages that are part of no other.
    pub fn top_level_names(
        &self,
        key: &Key,
        items: &[Spanned<String>],
    ) -> Result<Vec<String>, ConfigError> {
        let check = |item: &Spanned<String>| {
            let name = self.module_name(key, &borrowed(item))?;
            if name.contains('.') {
                return Err(self.not_a_name(
                    key,
                    name,
                    "top-level package or module",
                    &item.span(),
                ));
            }
            Ok(name)
        };
        items.iter().map(check).collect()
    }

    fn not_a_name(&self, key: &Key, value: String, what: &'static str, at: &Span) -> ConfigError {
        let near = probable_name(&value, what != "module");
        self.error(at, Problem::Name { key: key.name, value, what, near })
    }
}

/// Names are not held to be identifiers: `runpy` runs `my-tool` as well, and so do files exist.
fn is_module_name(name: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || "/\\:".contains(c))
    };
    name.split('.').all(is_part) && !name.ends_with(".py")
}

/// The name that a file name or a path in place of a name probably means.
fn probable_name(value: &str, top_level: bool) -> Option<String> {
    let trimmed = value.trim().trim_end_matches('/');
    let name = trimmed.strip_suffix(".py").unwrap_or(trimmed).replace(['/', '\\'], ".");
    let name = if top_level { name.split('.').next().unwrap_or_default() } else { &name };
    (name != value && is_module_name(name)).then(|| name.to_owned())
}
