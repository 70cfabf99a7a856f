//! Zig, the C compiler that has the headers and symbols of every glibc.
//!
//! [`candidates`] are tried in this order: the program that the user names, which is then the only one; that of the
//! `PATH`; the one in the cache, which is fetched when it is not there.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::zig_wheel;
use crate::cache::Cache;
use crate::glibc::Glibc;
use crate::reporter::Reporter;

/// The variable that names Zig.
pub const VARIABLE: &str = "PYOXIDIZER_ZIG";

/// The oldest release that is known to work, of which major and minor number count. Zig's options change between
/// minor releases.
const OLDEST: (u32, u32) = (0, 17);

/// A Zig that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Zig {
    /// The program, by an absolute path.
    pub program: PathBuf,
    /// Its version, such as `0.17.1`.
    pub version: String,
}

/// Where a Zig may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Candidate {
    /// Named by [`VARIABLE`].
    Named,
    /// On the `PATH`.
    OnPath,
    /// In the cache.
    InCache,
}

/// The places to look at, the first first.
pub(super) fn candidates() -> &'static [Candidate] {
    match named() {
        Some(_) => &[Candidate::Named],
        None => &[Candidate::OnPath, Candidate::InCache],
    }
}

/// What the variable says.
fn named() -> Option<PathBuf> {
    std::env::var_os(VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from)
}

impl Candidate {
    /// The Zig there.
    ///
    /// # Errors
    ///
    /// Why there is none that can be used, to be read after a colon.
    pub fn find(
        self,
        cache: &Cache,
        offline: bool,
        reporter: &dyn Reporter,
    ) -> Result<Zig, String> {
        match self {
            Self::Named => {
                let program = named().unwrap_or_default();
                Zig::at(&program).map_err(|reason| format!("{VARIABLE} names {reason}"))
            }
            Self::OnPath => match super::find_on_path("zig") {
                Some(program) => Zig::at(&program),
                None => Err("there is no `zig` on the PATH".to_owned()),
            },
            Self::InCache => Zig::at(&zig_wheel::provide(cache, offline, reporter)?),
        }
    }
}

impl Zig {
    /// The program at a path, if it is one that works.
    fn at(program: &Path) -> Result<Self, String> {
        let shown = program.display();
        let program = std::path::absolute(program)
            .map_err(|error| format!("`{shown}`, whose place is not known ({error})"))?;
        let output = Command::new(&program).arg("version").stdin(Stdio::null()).output();
        let output = output.map_err(|error| format!("`{shown}`, which does not run ({error})"))?;
        let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        match release(&version).filter(|_| output.status.success()) {
            Some(release) if release >= OLDEST => Ok(Self { program, version }),
            Some(_) => {
                let (major, minor) = OLDEST;
                Err(format!("`{shown}`, which is Zig {version}, older than {major}.{minor}"))
            }
            None => Err(format!("`{shown}`, which does not tell its version as Zig does")),
        }
    }

    /// The releases of glibc that it has, the oldest first. Empty where its answer is not understood.
    pub fn glibc_releases(&self) -> Vec<Glibc> {
        let mut command = Command::new(&self.program);
        match command.arg("targets").stdin(Stdio::null()).output() {
            Ok(output) => releases(&String::from_utf8_lossy(&output.stdout)),
            Err(_) => Vec::new(),
        }
    }
}

/// Major and minor number in `0.17.1`, or in `0.18.0-dev.5+ab`.
fn release(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// The versions in the list `.glibc = .{ "2.0.0", … }` of `zig targets`. Versions in it have three numbers, of which the
/// last is of no interest where it is zero.
fn releases(targets: &str) -> Vec<Glibc> {
    let list = targets.split_once(".glibc = .{").map(|(_, rest)| rest);
    let list = list.and_then(|rest| rest.split_once('}')).map_or("", |(list, _)| list);
    let quoted = list.split('"').skip(1).step_by(2);
    quoted.filter_map(|text| text.strip_suffix(".0").unwrap_or(text).parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_read_from_what_zig_says() {
        let text = ".{\n  .libc = .{ \"x\" },\n  .glibc = .{\n \"2.0.0\",\n \"2.2.5\",\n \"2.17.0\",\n },\n .cpus = .{} }";
        let shown: Vec<String> = releases(text).iter().map(Glibc::to_string).collect();
        assert_eq!(shown, ["2.0", "2.2.5", "2.17"]);
        assert!(releases("what?").is_empty());
    }

    #[test]
    fn versions_of_zig_are_compared_by_number() {
        assert_eq!(release("0.17.1"), Some((0, 17)));
        assert_eq!(release("0.18.0-dev.5+ab"), Some((0, 18)));
        assert_eq!(release("zig"), None);
        assert!(release("0.9.1") < Some(OLDEST));
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_zig_or_an_old_one_is_refused_with_the_reason() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("zig");
        let refusal = |script: &str| {
            fs_err::write(&program, script).unwrap();
            fs_err::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
            Zig::at(&program).unwrap_err()
        };
        let old = refusal("#!/bin/sh\necho 0.13.0\n");
        assert!(old.ends_with("which is Zig 0.13.0, older than 0.17"), "{old}");
        let other = refusal("#!/bin/sh\necho usage: zig\n");
        assert!(other.ends_with("does not tell its version as Zig does"), "{other}");
        let broken = refusal("#!/bin/sh\necho 0.17.1; exit 1\n");
        assert!(broken.ends_with("does not tell its version as Zig does"), "{broken}");
        let missing = Zig::at(&folder.path().join("none")).unwrap_err();
        assert!(missing.contains("which does not run"), "{missing}");
    }
}
