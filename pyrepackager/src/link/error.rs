//! Why nothing could be linked.

use std::io;
use std::path::PathBuf;

use super::closure::UnresolvedSymbol;
use super::symbols::ObjectKind;
use crate::cache::CacheError;

/// Why nothing could be linked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// A file could not be read or written; the error names it.
    #[error(transparent)]
    File(#[from] io::Error),
    /// The C compiler is missing or refused the table of built-in modules.
    #[error("cannot compile the table of built-in modules {path}: {message}")]
    Compiler {
        /// The C source.
        path: PathBuf,
        /// What the compiler, or the search for one, said.
        message: String,
    },
    /// The executable could not be linked for trial.
    #[error("cannot link for trial: {path}: {message}")]
    Trial {
        /// The C source, or the executable.
        path: PathBuf,
        /// What the linker said, or is wrong with the executable.
        message: String,
    },
    /// An object file, static library or shared library is damaged.
    #[error("`{path}` cannot be linked")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: object::read::Error,
    },
    /// An object is not what the distribution says.
    #[error(
        "the object `{path}` is {}, and the distribution's objects are {}{native}",
        .found.map_or_else(|| "of no known format".to_owned(), |kind| kind.to_string()),
        if *.may_be_bitcode { "LLVM bitcode or " } else { "" }
    )]
    WrongKind {
        /// The object.
        path: PathBuf,
        /// What it is.
        found: Option<ObjectKind>,
        /// What native objects are for the target.
        native: ObjectKind,
        /// Whether the distribution says that there is bitcode.
        may_be_bitcode: bool,
    },
    /// Objects are bitcode, and nothing turns them into native ones.
    #[error("the objects in `{root}` are LLVM bitcode, and there is no linker that reads it")]
    NoBitcodeLinker {
        /// The distribution's folder.
        root: PathBuf,
    },
    /// Bitcode cannot be turned into native objects.
    #[error("{linker} cannot turn the distribution's bitcode into native objects: {message}")]
    Bitcode {
        /// Name and version of the linker.
        linker: String,
        /// What it says.
        message: String,
    },
    /// Nothing defines symbols that objects need.
    #[error("the distribution lacks {}", listed(.symbols))]
    Unresolved {
        /// The symbols, at least one.
        symbols: Vec<UnresolvedSymbol>,
    },
    /// A file of an added extension module is no object file or static library for the target.
    #[error(
        "the extension module `{name}` cannot be linked: `{path}` is {}, and native code of the target is {native}",
        .found.map_or_else(|| "no object file or static library".to_owned(), |kind| kind.to_string())
    )]
    AddedKind {
        /// The extension module.
        name: String,
        /// Its object or static library.
        path: PathBuf,
        /// What that is.
        found: Option<ObjectKind>,
        /// What native objects are for the target.
        native: ObjectKind,
    },
    /// No file of an added extension module has the function that initialises it.
    #[error(
        "the extension module `{name}` cannot be linked: none of its objects defines `{function}`"
    )]
    NoInitFunction {
        /// The extension module.
        name: String,
        /// The function.
        function: String,
        /// Functions of other modules that there are.
        others: Vec<String>,
    },
    /// Nothing defines symbols that added extension modules need.
    #[error("nothing defines {}", listed(.symbols))]
    AddedUnresolved {
        /// The symbols, at least one.
        symbols: Vec<UnresolvedSymbol>,
    },
    /// The cache cannot be used.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// A linker script cannot name a library.
    #[error("the path of the library `{path}` has a quotation mark or a line break in it")]
    Path {
        /// The library.
        path: PathBuf,
    },
    /// No object file format is known for the target.
    #[error("cannot write object files for the target {target}")]
    Target {
        /// The target's name.
        target: String,
    },
    /// The object file that holds the resources could not be made.
    #[error("cannot write the packed resources as an object file: {source}")]
    Object {
        /// What the writer said.
        source: object::write::Error,
    },
    /// The archive of object files could not be written.
    #[error("cannot write the archive of object files {path}: {source}")]
    Archive {
        /// The archive.
        path: PathBuf,
        /// What the writer said.
        source: io::Error,
    },
}

/// The remedy when `lld` is needed and was not found.
pub(crate) const NO_LLD: &str = "install Rust with rustup, which comes with `rust-lld`, or the \
                                 operating system's package `lld` of the same LLVM; or use a \
                                 distribution without link-time optimization, such as \
                                 `build = \"3.13\"`";

/// The most symbols that a message names.
const SHOWN: usize = 3;

fn listed(symbols: &[UnresolvedSymbol]) -> String {
    let mut parts: Vec<String> = Vec::new();
    for UnresolvedSymbol { name, needed_by, forbidden } in symbols.iter().take(SHOWN) {
        let mut part = format!("the symbol `{name}`, which `{needed_by}` needs");
        if let Some(path) = forbidden {
            part.push_str(&format!(" (`{}` has it under a copyleft licence)", path.display()));
        }
        parts.push(part);
    }
    if symbols.len() > SHOWN {
        parts.push(format!("and {} more", symbols.len() - SHOWN));
    }
    parts.join("; ")
}

impl LinkError {
    /// Whether another distribution may not have this problem: with its files, or with how they get on
    /// with this machine's tools.
    #[must_use]
    pub fn is_about_the_distribution(&self) -> bool {
        match self {
            Self::Unreadable { .. }
            | Self::WrongKind { .. }
            | Self::NoBitcodeLinker { .. }
            | Self::Bitcode { .. }
            | Self::Unresolved { .. } => true,
            Self::File(_)
            | Self::AddedKind { .. }
            | Self::NoInitFunction { .. }
            | Self::AddedUnresolved { .. }
            | Self::Compiler { .. }
            | Self::Trial { .. }
            | Self::Cache(_)
            | Self::Path { .. }
            | Self::Target { .. }
            | Self::Object { .. }
            | Self::Archive { .. } => false,
        }
    }

    /// What a person can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Compiler { .. } => Some(
                "a C compiler is needed (on Debian, the package gcc); the variable CC can name one"
                    .into(),
            ),
            Self::Target { .. } => {
                Some("targets are x86_64 and aarch64 Linux and macOS, and x86_64 Windows".into())
            }
            Self::Unreadable { .. } | Self::WrongKind { .. } => Some(
                "the distribution's archive is damaged, or not made for this target; use another \
                 one"
                    .into(),
            ),
            Self::NoBitcodeLinker { .. } => Some(NO_LLD.into()),
            Self::Bitcode { .. } => Some(
                "use a newer Rust toolchain, or a distribution without link-time optimization, such \
                 as `build = \"3.13\"`"
                    .into(),
            ),
            Self::Unresolved { symbols } => {
                let forbidden = symbols.iter().any(|symbol| symbol.forbidden.is_some());
                Some(if forbidden {
                    "exclude the extension module that needs it, or choose a policy other than \
                     \"no-copyleft\""
                        .into()
                } else {
                    "exclude the extension module that needs it, or use another distribution".into()
                })
            }
            Self::AddedKind { found: Some(ObjectKind::Bitcode), .. } => {
                Some("compile it without link-time optimization (`-fno-lto`)".into())
            }
            Self::AddedKind { .. } => {
                Some("name object files and static libraries for this target in `objects`".into())
            }
            Self::NoInitFunction { function, others, .. } => Some(if others.is_empty() {
                format!(
                    "a module's code has a function `PyMODINIT_FUNC {function}(void)`, in Rust \
                     `#[pymodule]`, in a C++ file `extern \"C\"`"
                )
            } else {
                format!("there is {}: a module has the name that follows `PyInit_`", others.join(", "))
            }),
            Self::AddedUnresolved { .. } => Some(
                "add the object or static library that has it to `objects`, or the operating system's \
                 library to `libraries`, in [[extension_modules]]"
                    .into(),
            ),
            Self::Cache(error) => error.hint(),
            Self::Path { .. } => Some("PYOXIDIZER_CACHE moves the cache elsewhere".into()),
            Self::File(_) | Self::Trial { .. } | Self::Object { .. } | Self::Archive { .. } => None,
        }
    }
}
