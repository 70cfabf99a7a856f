//! Why no distribution is to be had.

use pyresources::cpu::X86Level;

use super::archive::ArchiveError;
use super::build::BuildError;
use super::fetch::FetchError;
use super::model::LlvmVersion;
use super::pinned::PinnedError;
use super::python_json::PythonJsonError;
use crate::cache::CacheError;
use crate::config::resolved::{PythonVersion, Sha256Digest};
use crate::link::{NO_LLD, rust_release_with_llvm};

/// Why no distribution is to be had.
#[derive(Debug, thiserror::Error)]
pub enum DistributionError {
    /// The cache cannot be used.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// An archive cannot be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// An archive cannot be unpacked.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// An archive was unpacked, but what it holds is of no use.
    #[error("the distribution in `{archive}` cannot be used")]
    Content {
        /// The archive's path or URL.
        archive: String,
        /// What is wrong.
        source: PythonJsonError,
    },
    /// The list of archives that the environment names cannot be used.
    #[error(transparent)]
    Pinned(#[from] PinnedError),
    /// The distribution has another ABI than `pyembed` is made for.
    #[error("the distribution in `{archive}` is a free-threaded one, which is not supported yet")]
    FreeThreaded {
        /// The archive's path or URL.
        archive: String,
    },
    /// The distribution's own interpreter, which compiles modules, does not run on this machine.
    #[error(
        "the distribution in `{archive}` is for {level} processors, and this one lacks {}",
        missing.join(", ")
    )]
    Processor {
        /// The archive's path or URL.
        archive: String,
        /// What it is for.
        level: X86Level,
        /// Features that the processor lacks.
        missing: Vec<&'static str>,
    },
    /// An archive holds another release than its name or the list says.
    #[error("{archive} holds CPython {found}, not {expected}")]
    WrongVersion {
        /// The archive, in quotes.
        archive: String,
        /// What was asked for.
        expected: PythonVersion,
        /// Full version that it holds.
        found: String,
    },
    /// Each way to have a release was tried, and none has led to a distribution that can be used.
    #[error("no distribution of CPython {version} for {target} can be used:{}", listed(ways))]
    NoneUsable {
        /// What was asked for.
        version: PythonVersion,
        /// Target of the build.
        target: String,
        /// What came of each way, in their order.
        ways: Vec<String>,
        /// What to do about the last one.
        hint: Option<String>,
    },
    /// The distribution is for another machine.
    #[error("the distribution in `{archive}` is for {found}, the build is for {expected}")]
    WrongTarget {
        /// The archive's path or URL.
        archive: String,
        /// Target of the build.
        expected: String,
        /// Target of the distribution.
        found: String,
    },
    /// Objects are bitcode that the linker does not understand.
    #[error(
        "the objects in `{archive}` are bitcode of LLVM {bitcode}, the linker has LLVM {linker}"
    )]
    BitcodeTooNew {
        /// The archive's path or URL.
        archive: String,
        /// LLVM that wrote the objects.
        bitcode: LlvmVersion,
        /// LLVM of the linker.
        linker: LlvmVersion,
    },
    /// Objects are bitcode, and the linker reads none.
    #[error("the objects in `{archive}` are LLVM bitcode, and there is no linker that reads it")]
    NoBitcodeLinker {
        /// The archive's path or URL.
        archive: String,
    },
    /// The cache has lost a distribution that a runtime was made of.
    #[error("the cache has no distribution with the SHA-256 {sha256} any more")]
    NotUnpacked {
        /// Of the archive.
        sha256: Sha256Digest,
    },
    /// A distribution can only be built for the machine that builds it.
    #[error("CPython {version} for {target} cannot be built on this machine")]
    ForeignTarget {
        /// What was asked for.
        version: PythonVersion,
        /// Target of the build.
        target: String,
    },
    /// Building failed.
    #[error("CPython {version} could not be built on this machine")]
    Build {
        /// What was asked for.
        version: PythonVersion,
        /// Why.
        source: BuildError,
    },
}

/// A line for each of several reasons.
fn listed(reasons: &[String]) -> String {
    reasons.iter().map(|reason| format!("\n  {reason}")).collect()
}

impl DistributionError {
    /// Whether there is nothing wrong with the archive, but no linker here can take it.
    pub(super) fn is_about_the_linker(&self) -> bool {
        matches!(self, Self::BitcodeTooNew { .. } | Self::NoBitcodeLinker { .. })
    }

    /// Whether another archive would meet the same error: it is the user's or the machine's.
    pub(super) fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Cache(_)
                | Self::Pinned(_)
                | Self::Fetch(FetchError::Cache(_))
                | Self::Archive(ArchiveError::Cache(_))
        )
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Cache(error) => error.hint(),
            Self::Fetch(error) => error.hint(),
            Self::Archive(error) => error.hint(),
            Self::Content { source, .. } => source.hint(),
            Self::Pinned(error) => Some(error.hint()),
            Self::FreeThreaded { .. } => {
                Some("choose an archive without `freethreaded` in its name".to_owned())
            }
            Self::Processor { .. } => Some(
                "choose an archive whose name has `x86_64-` without a `_v` in it, or build on a \
                 machine with such a processor"
                    .to_owned(),
            ),
            Self::NoneUsable { hint, .. } => hint.clone(),
            Self::WrongVersion { .. } => Some("rename or remove the archive".to_owned()),
            Self::WrongTarget { expected, found, .. } if found.contains("-musl") => Some(format!(
                "executables for musl cannot be made yet; choose the archive whose name has \
                 `{expected}` in it"
            )),
            Self::WrongTarget { expected, .. } => {
                Some(format!("choose the archive whose name has `{expected}` in it"))
            }
            Self::BitcodeTooNew { bitcode, .. } => {
                let llvm = bitcode.major;
                let rust = match rust_release_with_llvm(llvm) {
                    Some(release) => format!("Rust {release} or later, which has LLVM {llvm}"),
                    None => format!(
                        "a Rust toolchain with LLVM {llvm} or later (`rustc -vV` shows the version)"
                    ),
                };
                Some(format!(
                    "use {rust}, or a distribution without link-time optimization, such as \
                     `build = \"3.13\"`"
                ))
            }
            Self::NoBitcodeLinker { .. } => Some(NO_LLD.to_owned()),
            Self::NotUnpacked { .. } => Some("make the runtime anew".to_owned()),
            Self::ForeignTarget { target, .. } => Some(format!(
                "give `local_path` or `url` of a full python-build-standalone archive for {target}"
            )),
            Self::Build { source, .. } => source.hint(),
        }
    }
}

/// An error and what led to it, in one line.
pub(super) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        line.push_str(": ");
        line.push_str(&error.to_string());
        cause = error.source();
    }
    line
}
