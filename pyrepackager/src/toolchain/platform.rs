//! The targets whose C library can be provided.

use crate::glibc::Glibc;

/// A target whose C library Zig has, and what goes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Platform {
    /// Rust's name of the target.
    pub triple: &'static str,
    /// Zig's name of it, without the version of the C library.
    pub(super) zig: &'static str,
    /// File name of the dynamic loader, under which programs need it.
    pub(super) loader: &'static str,
    /// The C library.
    pub(super) library: CLibrary,
}

/// A C library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CLibrary {
    /// The GNU C library, in versions from this release of its second major number on.
    Glibc {
        /// `17` in 2.17.
        oldest_minor: u32,
    },
}

/// All of them. 2.17, of 2012, is what `manylinux2014` (PEP 599) and Rust's standard library ask for; it has been
/// there for 64-bit ARM from the beginning.
const PLATFORMS: [Platform; 2] = [
    Platform {
        triple: "x86_64-unknown-linux-gnu",
        zig: "x86_64-linux-gnu",
        loader: "ld-linux-x86-64.so.2",
        library: CLibrary::Glibc { oldest_minor: 17 },
    },
    Platform {
        triple: "aarch64-unknown-linux-gnu",
        zig: "aarch64-linux-gnu",
        loader: "ld-linux-aarch64.so.1",
        library: CLibrary::Glibc { oldest_minor: 17 },
    },
];

impl Platform {
    /// That of a target, by Rust's name of it.
    #[must_use]
    pub fn of(target: &str) -> Option<Self> {
        PLATFORMS.into_iter().find(|platform| platform.triple == target)
    }

    /// The oldest glibc that can be asked for.
    #[must_use]
    pub fn oldest(self) -> Glibc {
        let CLibrary::Glibc { oldest_minor } = self.library;
        Glibc::release(2, oldest_minor)
    }

    /// Zig's name of the target with this C library.
    pub(super) fn zig_target(self, glibc: &Glibc) -> String {
        let CLibrary::Glibc { .. } = self.library;
        format!("{}.{glibc}", self.zig)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zig_has_its_own_names_of_targets() {
        let platform = Platform::of("aarch64-unknown-linux-gnu").unwrap();
        assert_eq!(platform.zig_target(&platform.oldest()), "aarch64-linux-gnu.2.17");
        assert_eq!(Platform::of("aarch64-apple-darwin"), None);
    }
}
