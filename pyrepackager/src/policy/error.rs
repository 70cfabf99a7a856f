//! Errors of choosing extensions.

use super::startup::Need;

/// Where an extension is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedBy {
    /// In `includes` of `[python_extensions]`.
    Includes,
    /// In `excludes` of `[python_extensions]`.
    Excludes,
    /// In the entry of `[[extension_modules]]` at a line.
    Choice(usize),
}

impl std::fmt::Display for NamedBy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Includes => f.write_str("[python_extensions] includes"),
            Self::Excludes => f.write_str("[python_extensions] excludes"),
            Self::Choice(line) => write!(f, "[[extension_modules]] at line {line}"),
        }
    }
}

/// `[python_extensions]` or `[[extension_modules]]` asks for what cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The distribution has no such extension.
    #[error("{by}: the distribution has no extension module {name:?}")]
    Unknown {
        /// Where it is named.
        by: NamedBy,
        /// The name that the configuration says.
        name: String,
        /// Extensions with names like it, the nearest first.
        nearest: Vec<String>,
    },
    /// An extension that the interpreter needs is excluded.
    #[error("{by}: {name:?} cannot be left out: {need}")]
    Needed {
        /// Where it is named.
        by: NamedBy,
        /// The extension.
        name: String,
        /// Why it is needed.
        need: Need,
    },
    /// There is nothing of an included extension.
    #[error(
        "{by}: {name:?} cannot go in: the distribution has neither objects nor a shared library of it"
    )]
    NoCode {
        /// Where it is named.
        by: NamedBy,
        /// The extension.
        name: String,
    },
    /// An extension that is asked for, or that every interpreter needs, lacks files.
    #[error("{}{name:?} cannot be linked: the archive of the distribution lacks {}", .by.map(|by| format!("{by}: ")).unwrap_or_default(), files.join(", "))]
    Incomplete {
        /// Where it is named; `None` when the interpreter needs it.
        by: Option<NamedBy>,
        /// The extension.
        name: String,
        /// What is missing, relative to the distribution's root.
        files: Vec<String>,
    },
    /// An added extension has the name of a packed module.
    #[error("[[extension_modules]] at line {line}: a module {name:?} is packed, too")]
    Packed {
        /// The entry.
        line: usize,
        /// The name.
        name: String,
    },
    /// A file of an added extension cannot be read; the error names it.
    #[error("{by}: {source}")]
    File {
        /// The entry.
        by: NamedBy,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// An extension has no such variant.
    #[error("[[extension_modules]] at line {line}: {extension:?} has no variant {variant:?}")]
    NoVariant {
        /// The entry.
        line: usize,
        /// The extension.
        extension: String,
        /// The variant that the entry names.
        variant: String,
        /// Those that it has.
        variants: Vec<String>,
    },
}

impl PolicyError {
    /// Whether another distribution may not have this problem.
    pub fn is_about_the_distribution(&self) -> bool {
        matches!(self, Self::Incomplete { .. })
    }

    /// Line of the section at fault in the TOML file, from 1.
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::NoVariant { line, .. } | Self::Packed { line, .. } => Some(*line),
            Self::Unknown { by: NamedBy::Choice(line), .. }
            | Self::Needed { by: NamedBy::Choice(line), .. }
            | Self::NoCode { by: NamedBy::Choice(line), .. }
            | Self::Incomplete { by: Some(NamedBy::Choice(line)), .. } => Some(*line),
            _ => None,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown { nearest, .. } if nearest.is_empty() => None,
            Self::Unknown { nearest, .. } => {
                Some(format!("did you mean {}?", crate::collect::quoted(nearest)))
            }
            Self::Needed { by: NamedBy::Choice(_), .. } => Some("remove the entry".to_owned()),
            Self::Needed { name, .. } => Some(format!("take {name:?} out of `excludes`")),
            Self::NoCode { by: NamedBy::Choice(_), .. } => {
                Some("remove the entry, or use a distribution that has it".to_owned())
            }
            Self::NoCode { name, .. } => {
                Some(format!("take {name:?} out of `includes`, or use a distribution that has it"))
            }
            Self::File { .. } => None,
            Self::Packed { .. } => Some(
                "rename one, or leave the packed one out with `excludes` in [[python_packages]]"
                    .to_owned(),
            ),
            Self::Incomplete { .. } => {
                Some("use another archive of the distribution, which has them".to_owned())
            }
            Self::NoVariant { variants, .. } => {
                Some(format!("it has {}", crate::collect::quoted(variants)))
            }
        }
    }
}
