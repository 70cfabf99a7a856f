//! The C library of an older release of the operating system.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use fs_err as fs;
use pyrepackager::cache::Cache;
use pyrepackager::reporter::Silent;

use crate::command::succeed;

/// The release, Debian 11, whose glibc is 2.31. It is the oldest that Debian's mirrors still have.
const SUITE: &str = "bullseye";

/// Packages with the C library, and with those of GCC that wheels expect of the system.
const PACKAGES: [&str; 4] = ["libc6", "libgcc-s1", "libstdc++6", "zlib1g"];

/// A folder with the C library of Debian 11, as it lies in a root; fetched by apt into the cache when it is not there.
///
/// # Errors
/// When this machine is no Debian, or the packages cannot be had.
pub fn debian_11() -> Result<PathBuf> {
    let cache = Cache::from_env()?;
    let folder = cache.folder("tests")?.join(SUITE);
    let lock = cache.lock("tests-old-system", &Silent)?;
    if folder.is_dir() {
        return Ok(folder);
    }
    let partial = lock.partial_folder(&folder)?;
    let scratch = tempfile::tempdir()?;
    let private = scratch.path();
    for folder in ["state/lists/partial", "cache/archives/partial", "packages"] {
        fs::create_dir_all(private.join(folder))?;
    }
    let (uri, key_ring) = archive()?;
    let list = private.join("sources.list");
    fs::write(&list, format!("deb [signed-by={key_ring}] {uri} {SUITE} main\n"))?;
    let apt = || {
        let mut apt = Command::new("apt-get");
        apt.args(["-q", "-o", "Dir::Etc::sourceparts=-", "-o", "APT::Sandbox::User="]);
        for (key, path) in [("State", "state"), ("Cache", "cache"), ("State::status", "status")] {
            apt.arg("-o").arg(format!("Dir::{key}={}", private.join(path).display()));
        }
        apt.arg("-o").arg(format!("Dir::Etc::sourcelist={}", list.display()));
        apt.current_dir(private.join("packages"));
        apt
    };
    fs::write(private.join("status"), "")?;
    succeed(apt().arg("update"))?;
    succeed(apt().arg("download").args(PACKAGES))?;
    for package in fs::read_dir(private.join("packages"))? {
        succeed(Command::new("dpkg").arg("-x").arg(package?.path()).arg(partial.path()))?;
    }
    partial.finish()?;
    Ok(folder)
}

/// The address of the archive that this machine takes its own release from, and the key ring for it.
fn archive() -> Result<(String, String)> {
    const KEY_RING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";
    ensure!(Path::new(KEY_RING).is_file(), "there is no key ring of Debian's archive");
    let mut texts = String::new();
    for path in ["/etc/apt/sources.list", "/etc/apt/sources.list.d/debian.sources"] {
        texts += &fs::read_to_string(path).unwrap_or_default();
        texts.push('\n');
    }
    let words = texts.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace);
    let mut uris = words
        .filter(|word| word.contains("://") && word.trim_end_matches('/').ends_with("/debian"));
    let uri = uris.next().context("this machine's package sources do not name Debian's archive")?;
    Ok((uri.to_owned(), KEY_RING.to_owned()))
}
