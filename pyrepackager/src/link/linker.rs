//! Which object files the linker can read.

use std::fmt;
use std::str::FromStr;

use crate::distribution::LlvmVersion;

/// Whether the linker reads LLVM bitcode, which distributions built with link-time optimisation
/// consist of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BitcodeSupport {
    /// It does, up to this version.
    UpTo(LlvmVersion),
    /// It does not.
    No,
    /// Nothing here tells; the linker will.
    Unknown,
}

impl BitcodeSupport {
    /// Support of the linker that rustc uses for `target`.
    ///
    /// `rustc_version` is what `rustc -vV` prints, `rustflags` the flags that Cargo passes to it.
    /// Since Rust 1.90 the default on x86-64 Linux is LLD, with rustc's own LLVM; elsewhere on
    /// Linux it is whatever the C compiler uses, which is GNU ld.
    #[must_use]
    pub fn of_rustc<'a>(
        target: &str,
        rustc_version: &str,
        rustflags: impl Iterator<Item = &'a str> + Clone,
    ) -> Self {
        if !target.contains("-linux-") {
            return Self::Unknown;
        }
        let asks_for = |words: &[&str]| {
            rustflags.clone().any(|flag| words.iter().any(|word| flag.contains(word)))
        };
        let own_lld = asks_for(&["linker-features=+lld"])
            || (target == "x86_64-unknown-linux-gnu"
                && !asks_for(&["linker-features=-lld", "-fuse-ld=", "linker="]));
        if own_lld {
            return llvm_of_rustc(rustc_version).map_or(Self::Unknown, Self::UpTo);
        }
        if asks_for(&["-fuse-ld=", "linker="]) { Self::Unknown } else { Self::No }
    }
}

/// The first stable release of Rust that has this major version of LLVM, as the release notes tell;
/// `None` of those that are newer than this table.
#[must_use]
pub fn rust_with_llvm(major: u32) -> Option<&'static str> {
    let known = [(19, "1.82"), (20, "1.87"), (21, "1.91"), (22, "1.95")];
    known.into_iter().find(|(llvm, _)| *llvm == major).map(|(_, rust)| rust)
}

/// The version in the line `LLVM version: 22.1.2` of `rustc -vV`.
fn llvm_of_rustc(rustc_version: &str) -> Option<LlvmVersion> {
    let version = rustc_version.lines().find_map(|line| line.strip_prefix("LLVM version: "))?;
    let mut numbers = version.split('.').map(|part| u32::from_str(part.trim()).ok());
    let mut next = || numbers.next().flatten();
    Some(LlvmVersion { major: next()?, minor: next().unwrap_or(0), patch: next().unwrap_or(0) })
}

impl fmt::Display for BitcodeSupport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UpTo(version) => {
                write!(f, "LLVM {}.{}.{}", version.major, version.minor, version.patch)
            }
            Self::No => f.write_str("none"),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUSTC: &str = "rustc 1.95.0\nbinary: rustc\nLLVM version: 22.1.2\n";
    const LINUX: &str = "x86_64-unknown-linux-gnu";

    fn support(target: &str, flags: &[&str]) -> String {
        BitcodeSupport::of_rustc(target, RUSTC, flags.iter().copied()).to_string()
    }

    #[test]
    fn the_default_linker_of_each_target() {
        assert_eq!(support(LINUX, &[]), "LLVM 22.1.2");
        assert_eq!(support("aarch64-unknown-linux-gnu", &[]), "none");
        assert_eq!(support("aarch64-apple-darwin", &[]), "unknown");
    }

    #[test]
    fn flags_choose_another_linker() {
        assert_eq!(support(LINUX, &["-Clinker-features=-lld"]), "none");
        assert_eq!(support(LINUX, &["-Clink-arg=-fuse-ld=mold"]), "unknown");
        assert_eq!(
            support("aarch64-unknown-linux-gnu", &["-Clinker-features=+lld"]),
            "LLVM 22.1.2"
        );
    }
}
