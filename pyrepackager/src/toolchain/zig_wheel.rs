//! Zig in the cache: the wheel `ziglang` of the Python package index, one version of it, by its SHA-256.
//!
//! pip fetches it, which knows index, proxy and certificates of the person who runs it. At that time there may be no
//! distribution yet, so pip may also be that of the machine.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::cache::Cache;
use crate::config::resolved::{PythonVersion, Sha256Digest};
use crate::reporter::{Length, Reporter};
use crate::wheel::{self, tags::Supported};

/// The project on the index.
const PROJECT: &str = "ziglang";

/// The version that is fetched.
const VERSION: &str = "0.17.1";

/// A wheel of that version.
struct Pinned {
    /// Architecture of the machine that runs it, in Rust's words.
    architecture: &'static str,
    /// End of its file name, after project and version.
    tags: &'static str,
    sha256: &'static str,
}

/// The wheels for machines with Linux.
const PINNED: [Pinned; 2] = [
    Pinned {
        architecture: "x86_64",
        tags: "py3-none-manylinux_2_12_x86_64.manylinux2010_x86_64.musllinux_1_1_x86_64",
        sha256: "ea6cc5d87b033cf0aedfbc8f9549a908cae6c50ac31f1698188fa48a74524b54",
    },
    Pinned {
        architecture: "aarch64",
        tags: "py3-none-manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64",
        sha256: "b7c5f02fccd40f89b999ee16a1f5ddced56e6182370f8affe494bcf8a28cf07e",
    },
];

impl Pinned {
    fn of_this_machine() -> Option<Self> {
        let is_linux = cfg!(target_os = "linux");
        let mut pinned = PINNED.into_iter().filter(|_| is_linux);
        pinned.find(|pinned| pinned.architecture == std::env::consts::ARCH)
    }

    fn file_name(&self) -> String {
        format!("{PROJECT}-{VERSION}-{}.whl", self.tags)
    }
}

/// Zig's program, from the cache or else from the index.
///
/// # Errors
///
/// Why it cannot be had, to be read after a colon.
pub(super) fn provide(
    cache: &Cache,
    offline: bool,
    reporter: &dyn Reporter,
) -> Result<PathBuf, String> {
    let pinned = Pinned::of_this_machine()
        .ok_or_else(|| format!("Zig {VERSION} is not packaged for this machine"))?;
    let sha256: Sha256Digest = pinned.sha256.parse().map_err(|error| format!("{error}"))?;
    let name = pinned.file_name();
    let in_cache = || wheel::installed(&name, sha256, cache).map_err(|error| with_cause(&error));
    // Whoever comes second waits for the first, and finds it there.
    let _lock = match in_cache()? {
        Some(wheel) => return Ok(wheel.lib().join(PROJECT).join("zig")),
        None if offline => {
            return Err(format!("Zig {VERSION} is not in the cache, and nothing may be fetched"));
        }
        None => cache.lock("zig", reporter).map_err(|error| with_cause(&error))?,
    };
    let wheel = match in_cache()? {
        Some(wheel) => wheel,
        None => fetch(&name, sha256, cache, reporter)?,
    };
    Ok(wheel.lib().join(PROJECT).join("zig"))
}

/// Has pip fetch the wheel, and unpacks it.
fn fetch(
    name: &str,
    sha256: Sha256Digest,
    cache: &Cache,
    reporter: &dyn Reporter,
) -> Result<wheel::InstalledWheel, String> {
    let label = format!("Fetching Zig {VERSION}, which compiles for older C libraries");
    let step = reporter.start(&label, Length::Unknown);
    let folder = cache.folder("builds").map_err(|error| with_cause(&error))?;
    let scratch = tempfile::TempDir::with_prefix_in("zig-", &folder)
        .map_err(|error| format!("`{}` cannot be written: {error}", folder.display()))?;
    let wanted = scratch.path().join("requirements.txt");
    fs_err::write(&wanted, format!("{PROJECT}=={VERSION} --hash=sha256:{sha256}\n"))
        .map_err(|error| error.to_string())?;
    let mut reason = format!("Zig {VERSION} was not fetched, as there is no pip");
    for mut pip in pips(cache) {
        pip.args(["download", "--no-deps", "--only-binary", ":all:", "--require-hashes"]);
        pip.args(["--disable-pip-version-check", "--no-input", "--dest"]).arg(scratch.path());
        pip.arg("--requirement").arg(&wanted).stdin(Stdio::null());
        match pip.output() {
            Ok(output) if output.status.success() => {
                step.describe("unpacking");
                let path = scratch.path().join(name);
                // The tags are those of a program, for whatever Python.
                let version = PythonVersion { major: 3, minor: 13 };
                let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
                let supported = Supported::of(version, &target);
                let wheel = wheel::unpack(&path, &supported, cache, reporter)
                    .map_err(|error| with_cause(&error))?;
                if wheel.sha256 != sha256 {
                    return Err(format!("`{name}` has the SHA-256 {}", wheel.sha256));
                }
                return Ok(wheel);
            }
            Ok(output) => {
                let said = String::from_utf8_lossy(&output.stderr).into_owned();
                let last = said.lines().rev().find(|line| line.starts_with("ERROR: "));
                let last = last.or_else(|| said.lines().last()).unwrap_or("it says nothing");
                reason = format!("pip did not fetch Zig {VERSION}: {}", last.trim());
            }
            // There is no such program; the next may be there.
            Err(_) => {}
        }
    }
    Err(reason)
}

/// The commands that may be pip: of distributions in the cache, of the machine.
fn pips(cache: &Cache) -> Vec<Command> {
    let distributions = fs_err::read_dir(cache.root().join("distributions"));
    let mut pythons: Vec<PathBuf> = distributions
        .map(|entries| {
            entries.flatten().map(|e| e.path().join("python/install/bin/python3")).collect()
        })
        .unwrap_or_default();
    pythons.retain(|python| python.is_file());
    pythons.sort();
    let pythons = pythons.into_iter().take(1).chain([PathBuf::from("python3")]);
    let mut commands: Vec<Command> = pythons
        .map(|python| {
            let mut command = Command::new(python);
            command.args(["-I", "-m", "pip"]);
            command
        })
        .collect();
    commands.extend(["pip3", "pip"].map(Command::new));
    commands
}

fn with_cause(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reporter::Silent;

    #[test]
    fn pinned_wheels_have_digests_and_names() {
        for pinned in PINNED {
            pinned.sha256.parse::<Sha256Digest>().unwrap();
            assert!(wheel::WheelName::parse(&pinned.file_name()).is_some());
        }
    }

    #[test]
    fn nothing_is_fetched_where_that_is_forbidden() {
        let folder = tempfile::tempdir().unwrap();
        let reason = provide(&Cache::at(folder.path()), true, &Silent).unwrap_err();
        assert!(reason.contains("nothing may be fetched"), "{reason}");
    }
}
