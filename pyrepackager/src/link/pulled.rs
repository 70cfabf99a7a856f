//! What is linked beside the selected extension modules, as they need its symbols.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::distribution::{Distribution, ExtensionVariant, Library};
use crate::policy::SelectedExtension;

/// The compiler's own library, as macOS distributions have it, and its licence, which they do not
/// state.
const COMPILER_RUNTIME: (&str, &str) = ("clang_rt.", "Apache-2.0 WITH LLVM-exception");

/// An object or a static library of the distribution that is linked for a symbol.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pulled {
    /// The file, relative to the distribution's folder, with `/`; of a member of `libpython`, the
    /// library with the member in parentheses.
    pub file: String,
    /// The extension module whose object it is, or that links the library; `None` when the
    /// distribution does not name the file.
    pub extension: Option<String>,
    /// The selected extension module that needs it; `None` for the interpreter, and where it is not
    /// known.
    pub user: Option<String>,
    /// The symbol.
    pub symbol: String,
    /// The object that needs it.
    pub needed_by: String,
}

impl fmt::Display for Pulled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, symbol, needed_by, .. } = self;
        match needed_by.as_str() {
            "" => write!(f, "linking `{file}` for the symbol `{symbol}`"),
            by => write!(f, "linking `{file}` for the symbol `{symbol}`, which `{by}` needs"),
        }
    }
}

impl Pulled {
    /// The name of the library, without `lib` and `.a`; `None` for an object.
    pub(super) fn library(&self) -> Option<&str> {
        let name = self.file.rsplit('/').next()?.strip_suffix(".a")?;
        Some(name.strip_prefix("lib").unwrap_or(name))
    }

    /// How the extension that it belongs to is provided.
    pub(super) fn variant<'a>(
        &self,
        distribution: &'a Distribution,
    ) -> Option<&'a ExtensionVariant> {
        let extension = distribution.extensions.get(self.extension.as_ref()?)?;
        let path = distribution.root.join(&self.file);
        let has_it = |variant: &&ExtensionVariant| {
            let mut links = variant.links.iter().filter_map(super::spare::archive);
            variant.objects.contains(&path) || links.any(|library| library == path)
        };
        extension.variants.iter().find(has_it)
    }

    /// For the inventory of licences: a part of an extension module.
    #[must_use]
    pub fn component(&self, distribution: &Distribution) -> SelectedExtension {
        let library = self.library().map(|name| Library::Static {
            name: name.to_owned(),
            path: distribution.root.join(&self.file),
        });
        let mut variant = match self.variant(distribution) {
            Some(variant) => variant.clone(),
            None => {
                ExtensionVariant { variant: "default".to_owned(), ..ExtensionVariant::default() }
            }
        };
        let (prefix, license) = COMPILER_RUNTIME;
        if self.extension.is_none() && self.library().is_some_and(|name| name.starts_with(prefix)) {
            variant.licenses = Some(vec![license.to_owned()]);
        }
        let user = self.user.clone().unwrap_or_else(|| "python".to_owned());
        let name = match &self.extension {
            Some(extension) if library.is_none() => extension.clone(),
            _ => user,
        };
        variant.links = library.into_iter().collect();
        variant.objects.clear();
        SelectedExtension { name, variant }
    }
}
