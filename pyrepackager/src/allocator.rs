//! Whether an executable can have the allocator that `[allocator]` names.

use std::ffi::OsStr;
use std::path::Path;

use crate::config::resolved::{AllocatorBackend, AllocatorConfig, BundledAllocator};

/// Why an executable cannot have an allocator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AllocatorError {
    /// It was not compiled in.
    #[error(
        "`backend = \"{name}\"` in [allocator] needs the feature `{name}` of `pyembed`, which is not enabled",
        name = .allocator.name()
    )]
    NotLinked {
        /// The allocator.
        allocator: BundledAllocator,
        /// Line of the section in the TOML file, from 1.
        line: usize,
    },
    /// It cannot be compiled here.
    #[error("{} is compiled with {tool}, which this machine does not have", .allocator.name())]
    NoTool {
        /// The allocator.
        allocator: BundledAllocator,
        /// What is missing, in words.
        tool: &'static str,
        /// What brings it.
        package: &'static str,
    },
}

impl AllocatorError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::NotLinked { allocator, .. } => {
                let name = allocator.name();
                format!(
                    "write `pyembed = {{ …, features = [\"{name}\"] }}` in Cargo.toml; where `pyapp` is built, add \
                     `--features {name}`"
                )
            }
            Self::NoTool { package, .. } => {
                format!("install {package}, or choose `mimalloc`, which needs a C compiler alone")
            }
        }
    }

    /// Line of the section that is at fault.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::NotLinked { line, .. } => Some(*line),
            Self::NoTool { .. } => None,
        }
    }
}

/// Requires that the allocator of a configuration is among those that are compiled in.
///
/// # Errors
///
/// [`AllocatorError::NotLinked`].
pub fn check(config: &AllocatorConfig, linked: &[BundledAllocator]) -> Result<(), AllocatorError> {
    match config.backend {
        AllocatorBackend::Bundled(allocator) if !linked.contains(&allocator) => {
            Err(AllocatorError::NotLinked { allocator, line: config.line })
        }
        _ => Ok(()),
    }
}

/// Requires what compiles an allocator, beside a C compiler. `path` has the folders of programs, `compiler` the C++
/// compiler that the user has named.
///
/// # Errors
///
/// [`AllocatorError::NoTool`].
pub fn check_tools(
    allocator: BundledAllocator,
    path: &OsStr,
    compiler: Option<&OsStr>,
) -> Result<(), AllocatorError> {
    let has = |program: &OsStr| {
        std::env::split_paths(path).any(|folder| folder.join(Path::new(program)).is_file())
    };
    let (found, tool, package) = match allocator {
        BundledAllocator::Mimalloc => return Ok(()),
        BundledAllocator::Jemalloc => {
            (has("make".as_ref()), "`make`", "it (the package `make` of Debian and Fedora)")
        }
        BundledAllocator::Snmalloc => {
            let default = if cfg!(windows) { "cl.exe" } else { "c++" };
            let found = compiler.is_some() || has(default.as_ref());
            (found, "a C++ compiler", "one (the package `g++` of Debian, `gcc-c++` of Fedora)")
        }
    };
    if found { Ok(()) } else { Err(AllocatorError::NoTool { allocator, tool, package }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    fn config(text: &str) -> AllocatorConfig {
        config::parse(text, Path::new("app.toml"), "x86_64-unknown-linux-gnu").unwrap().allocator
    }

    #[test]
    fn an_allocator_has_to_be_compiled_in() {
        for backend in ["default", "rust"] {
            let config = config(&format!("[allocator]\nbackend = '{backend}'\n"));
            assert_eq!(check(&config, &[]), Ok(()));
        }
        let config = config("\n[allocator]\nbackend = 'jemalloc'\n");
        assert_eq!(check(&config, &[BundledAllocator::Jemalloc]), Ok(()));
        let error = check(&config, &[BundledAllocator::Mimalloc]).unwrap_err();
        assert_eq!(error.line(), Some(2));
        insta::assert_snapshot!(error, @r#"`backend = "jemalloc"` in [allocator] needs the feature `jemalloc` of `pyembed`, which is not enabled"#);
        insta::assert_snapshot!(error.hint(), @r#"write `pyembed = { …, features = ["jemalloc"] }` in Cargo.toml; where `pyapp` is built, add `--features jemalloc`"#);
    }

    #[test]
    fn what_compiles_it_is_looked_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().as_os_str();
        let check = |allocator| check_tools(allocator, path, None);
        assert_eq!(check(BundledAllocator::Mimalloc), Ok(()));
        let error = check(BundledAllocator::Jemalloc).unwrap_err();
        insta::assert_snapshot!(error, @"jemalloc is compiled with `make`, which this machine does not have");
        let error = check(BundledAllocator::Snmalloc).unwrap_err();
        insta::assert_snapshot!(error, @"snmalloc is compiled with a C++ compiler, which this machine does not have");
        insta::assert_snapshot!(error.hint(), @"install one (the package `g++` of Debian, `gcc-c++` of Fedora), or choose `mimalloc`, which needs a C compiler alone");
        let named = Some("clang++".as_ref());
        assert_eq!(check_tools(BundledAllocator::Snmalloc, path, named), Ok(()));
        fs_err::write(folder.path().join("make"), "").unwrap();
        assert_eq!(check(BundledAllocator::Jemalloc), Ok(()));
    }
}
