//! Writes the table of published distribution archives anew.
//!
//! The list of all archives with their hashes is in the package `pbs-installer` of the Python
//! package index. For each feature release and target the newest archive is taken, and of its
//! builds the best optimised one.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail, ensure};
use fs_err as fs;
use serde::Deserialize;

/// Minor versions of the feature releases in the table.
const MINORS: std::ops::RangeInclusive<u8> = 10..=15;

/// Targets in the table.
const TARGETS: [&str; 5] = [
    "x86_64-unknown-linux-gnu",
    "aarch64-unknown-linux-gnu",
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
    "x86_64-pc-windows-msvc",
];

/// Builds of one release, the best first, as they are spelt at the end of a name.
const BUILDS: [&str; 6] =
    ["pgo+lto-full", "pgo-full", "shared-pgo-full", "lto-full", "noopt-full", "shared-noopt-full"];

/// The LLVM that builds with link-time optimization were made with: the first release date, and what
/// their `PYTHON.json` says. From the history of python-build-standalone's `pythonbuild/downloads.py`
/// ("Update LLVM toolchains", "LLVM toolchain 21.1.4 -> 22.1.1", "downloads: LLVM 22.1.1 -> 22.1.3"); releases
/// after the last row are taken to have the same until a new one is added.
const LLVM: [(u64, &str); 3] =
    [(20_251_030, "21.1.4"), (20_260_313, "22.1.1"), (20_260_410, "22.1.3")];

const HEADER: &str = "\
# Published distribution archives: feature release, target, format of object files, SHA-256, URL.
# Written by `cargo xtask pins`.
";

/// Arguments.
#[derive(clap::Args)]
pub struct Args {
    /// The list of published archives; fetched with `pip` when left out
    #[arg(long, value_name = "VERSIONS_JSON")]
    from: Option<PathBuf>,
    /// Where to write the table; into the source tree when left out
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Runs the task.
pub fn run(args: Args) -> anyhow::Result<()> {
    let scratch = tempfile::tempdir()?;
    let list = match args.from {
        Some(list) => list,
        None => fetch_list(scratch.path())?,
    };
    let releases: Vec<Release> = serde_json::from_slice(&fs::read(&list)?)
        .with_context(|| format!("`{}` is not the list that is expected", list.display()))?;
    let table = table(&releases)?;
    let out = args.out.unwrap_or_else(|| {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../pyrepackager/src/distribution/pinned.tsv")
    });
    fs::write(&out, table)?;
    eprintln!("wrote {}", out.display());
    Ok(())
}

/// One release of an interpreter.
#[derive(Deserialize)]
struct Release {
    files: Vec<Archive>,
    python_version: Version,
}

/// What a release is of; its number is read from the archive's name, which has more of it.
#[derive(Deserialize)]
struct Version {
    freethreaded: bool,
    implementation: String,
}

/// One published file.
#[derive(Deserialize)]
struct Archive {
    filename: String,
    sha256: Option<String>,
    url: String,
}

/// What an archive's name says: `cpython-3.13.5+20250612-TARGET-BUILD.tar.zst`.
struct Name<'a> {
    minor: u8,
    /// Patch release, whether it is final, release date: the newest is the greatest.
    age: (u32, bool, u64),
    target: &'static str,
    build: &'a str,
}

fn fetch_list(scratch: &Path) -> anyhow::Result<PathBuf> {
    let python = |arguments: &[&str]| -> anyhow::Result<()> {
        let status = Command::new("python3").args(arguments).current_dir(scratch).status();
        let status = status.context("`python3` is needed to fetch the list of archives")?;
        ensure!(status.success(), "`python3 {}` failed", arguments.join(" "));
        Ok(())
    };
    python(&["-m", "pip", "download", "--quiet", "--no-deps", "--dest", ".", "pbs-installer"])?;
    let wheel = fs::read_dir(scratch)?
        .filter_map(Result::ok)
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .find(|name| name.ends_with(".whl"))
        .context("`pip download` has left no wheel")?;
    python(&["-m", "zipfile", "-e", &wheel, "."])?;
    Ok(scratch.join("pbs_installer/versions.json"))
}

fn table(releases: &[Release]) -> anyhow::Result<String> {
    let mut best = BTreeMap::new();
    for release in releases {
        let version = &release.python_version;
        if version.implementation != "cpython" || version.freethreaded {
            continue;
        }
        for archive in &release.files {
            let Some(sha256) = &archive.sha256 else {
                continue;
            };
            let Some(name) = parse_name(&archive.filename) else {
                continue;
            };
            let Some(place) = BUILDS.iter().position(|build| *build == name.build) else {
                continue;
            };
            let rank = (name.age, std::cmp::Reverse(place));
            let slot = best.entry((name.minor, name.target)).or_insert((rank, sha256, archive));
            if rank > slot.0 {
                *slot = (rank, sha256, archive);
            }
        }
    }
    let mut table = HEADER.to_owned();
    for minor in MINORS {
        for target in TARGETS {
            let Some((_, sha256, archive)) = best.get(&(minor, target)) else {
                bail!("the list has no full archive of CPython 3.{minor} for {target}");
            };
            let name = parse_name(&archive.filename).context("the archive has another name now")?;
            let format = object_format(&name)?;
            writeln!(table, "3.{minor}\t{target}\t{format}\t{sha256}\t{}", archive.url)?;
        }
    }
    Ok(table)
}

/// The format of an archive's object files.
fn object_format(name: &Name<'_>) -> anyhow::Result<String> {
    if name.build.contains("lto") {
        let date = name.age.2;
        let llvm = LLVM.iter().rfind(|(since, _)| *since <= date);
        let (_, llvm) =
            llvm.with_context(|| format!("the LLVM of the release {date} is not known"))?;
        return Ok(format!("llvm-bitcode:{llvm}"));
    }
    let native = if name.target.contains("-windows-") {
        "coff"
    } else if name.target.contains("-apple-") {
        "mach-o"
    } else {
        "elf"
    };
    Ok(native.to_owned())
}

fn parse_name(name: &str) -> Option<Name<'_>> {
    let rest = name.strip_prefix("cpython-3.")?.strip_suffix(".tar.zst")?;
    let (release, rest) = rest.split_once('-')?;
    let target = TARGETS.into_iter().find(|target| rest.starts_with(target))?;
    let build = rest.strip_prefix(target)?.strip_prefix('-')?;
    let (number, date) = release.split_once('+')?;
    let (minor, patch) = number.split_once('.')?;
    let digits = patch.split(|c: char| !c.is_ascii_digit()).next()?;
    Some(Name {
        minor: minor.parse().ok()?,
        age: (digits.parse().ok()?, digits.len() == patch.len(), date.parse().ok()?),
        target,
        build,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(files: &[(&str, bool)]) -> Vec<Release> {
        let files = files.iter().map(|(name, hashed)| Archive {
            filename: (*name).to_owned(),
            sha256: hashed.then(|| name.len().to_string()),
            url: format!("https://example.invalid/{name}"),
        });
        let python_version = Version { freethreaded: false, implementation: "cpython".to_owned() };
        vec![Release { files: files.collect(), python_version }]
    }

    fn chosen(files: &[(&str, bool)]) -> String {
        let mut everything: Vec<(String, bool)> = Vec::new();
        for minor in MINORS {
            for target in TARGETS {
                everything
                    .push((format!("cpython-3.{minor}.0+1-{target}-noopt-full.tar.zst"), true));
            }
        }
        let mut all: Vec<(&str, bool)> = everything.iter().map(|(n, h)| (n.as_str(), *h)).collect();
        all.extend(files);
        let table = table(&list(&all)).unwrap();
        let row = table.lines().find(|row| row.starts_with("3.13\tx86_64-unknown-linux-gnu"));
        row.unwrap().rsplit('/').next().unwrap().to_owned()
    }

    #[test]
    fn the_newest_release_wins_then_the_best_build() {
        let newest = "cpython-3.13.10+20260101-x86_64-unknown-linux-gnu-pgo+lto-full.tar.zst";
        assert_eq!(
            chosen(&[
                ("cpython-3.13.9+20260101-x86_64-unknown-linux-gnu-pgo+lto-full.tar.zst", true),
                ("cpython-3.13.10+20260101-x86_64-unknown-linux-gnu-lto-full.tar.zst", true),
                (newest, true),
                ("cpython-3.13.10+20260101-x86_64-unknown-linux-gnu-debug-full.tar.zst", true),
                ("cpython-3.13.11+20260101-x86_64-unknown-linux-musl-lto-full.tar.zst", true),
                ("cpython-3.13.11rc1+20260101-x86_64-unknown-linux-gnu-full.tar.zst", true),
            ]),
            newest
        );
    }

    #[test]
    fn the_format_of_objects_follows_from_build_target_and_date() {
        let format = |name: &str| object_format(&parse_name(name).unwrap());
        let lto = |date: u32| {
            format(&format!("cpython-3.13.1+{date}-x86_64-unknown-linux-gnu-pgo+lto-full.tar.zst"))
        };
        assert_eq!(lto(20261021).unwrap(), "llvm-bitcode:22.1.3");
        assert_eq!(lto(20260320).unwrap(), "llvm-bitcode:22.1.1");
        assert!(lto(20200101).is_err());
        let native =
            |target| format(&format!("cpython-3.13.1+1-{target}-pgo-full.tar.zst")).unwrap();
        let targets = ["x86_64-unknown-linux-gnu", "x86_64-apple-darwin", "x86_64-pc-windows-msvc"];
        assert_eq!(targets.map(native), ["elf", "mach-o", "coff"]);
    }

    #[test]
    fn what_has_no_hash_is_passed_over() {
        let hashed = "cpython-3.13.4+20260101-x86_64-unknown-linux-gnu-pgo-full.tar.zst";
        let bare = "cpython-3.13.5+20260101-x86_64-unknown-linux-gnu-pgo+lto-full.tar.zst";
        assert_eq!(chosen(&[(bare, false), (hashed, true)]), hashed);
    }

    #[test]
    fn a_gap_is_an_error() {
        let error = table(&list(&[])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the list has no full archive of CPython 3.10 for x86_64-unknown-linux-gnu"
        );
    }
}
