//! Writes down what published archives hold, as far as their publisher's build scripts tell.
//!
//! `derive.py` runs those scripts' own functions, from a checkout that is given, for each row of the
//! pinned table. What it finds goes to `tests/published/facts`, where tests read it; nothing of
//! the scripts themselves does.

mod assumed;
mod table;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use end_to_end::workspace;
use fs_err as fs;
use published::{Row, facts};
use pyrepackager::distribution::pinned;
use serde::Deserialize;
use serde_json::{Value, json};

const SCRIPTS: [(&str, &str); 4] = [
    ("derive.py", include_str!("derive.py")),
    ("makefile.py", include_str!("makefile.py")),
    ("metadata.py", include_str!("metadata.py")),
    ("windows.py", include_str!("windows.py")),
];

/// Arguments.
#[derive(clap::Args)]
pub struct Args {
    /// A checkout of python-build-standalone; without it, only the table in the documentation is
    /// written
    #[arg(long, value_name = "FOLDER", requires_all = ["pbs_revision", "windows_sources"])]
    pbs: Option<PathBuf>,
    /// What it is a checkout of, such as `8a0c6df of 2026-08-21`, for the notes in the facts
    #[arg(long, value_name = "TEXT")]
    pbs_revision: Option<String>,
    /// A release and the `config-3.X` folder of an installation of it; once for each release
    #[arg(long, value_name = "RELEASE=FOLDER", value_parser = parse_cpython)]
    cpython: Vec<(String, PathBuf)>,
    /// CPython's source, of any release: the folders `PC` and `PCbuild`
    #[arg(long, value_name = "FOLDER")]
    windows_sources: Option<PathBuf>,
    /// A Python 3.11 or later with `pyyaml` and `jsonschema`
    #[arg(long, value_name = "PROGRAM", default_value = "python3")]
    python: PathBuf,
}

fn parse_cpython(text: &str) -> Result<(String, PathBuf), String> {
    let (release, folder) = text.split_once('=').ok_or("no `=` between release and folder")?;
    Ok((release.to_owned(), PathBuf::from(folder)))
}

/// What `derive.py` prints.
#[derive(Deserialize)]
struct Derived {
    rows: Vec<DerivedRow>,
    /// License texts in each archive.
    texts: Vec<String>,
    /// Objects of the build that lie in folders which the scripts do not copy, by row.
    left_behind: BTreeMap<String, Vec<String>>,
}

/// One archive.
#[derive(Deserialize)]
struct DerivedRow {
    release: String,
    target: String,
    json: Value,
    absent: Vec<String>,
}

/// Runs the task.
pub fn run(args: &Args) -> Result<()> {
    if let Some(pbs) = &args.pbs {
        write(args, derive(args, pbs)?)?;
    }
    table::write()
}

/// Writes the files of facts.
fn write(args: &Args, derived: Derived) -> Result<()> {
    let mut files = Vec::new();
    let mut absent = Vec::new();
    let mut versions = Vec::new();
    for row in derived.rows {
        let known = Row::new(&row.release, &row.target)
            .with_context(|| format!("{} {} is not a known row", row.release, row.target))?;
        let version = row.json["python_version"].as_str().context("a row has no version")?;
        versions.push((known, vec![version.to_owned()]));
        absent.push((known, row.absent));
        files.push((known, row.json));
    }
    for (row, objects) in derived.left_behind.iter().filter(|(_, objects)| !objects.is_empty()) {
        eprintln!("{row}: objects in folders that are not copied: {}", objects.join(", "));
    }
    let texts: Vec<_> = files.iter().map(|(row, _)| (*row, derived.texts.clone())).collect();
    let revision = args.pbs_revision.as_deref().context("`--pbs-revision` is missing")?;
    let folder = workspace().join("tests/published/facts");
    let write = |name: &str, notes: &[&str], lines: &str| -> Result<()> {
        let notes = notes.iter().map(|note| format!("# {note}\n")).collect::<String>();
        let head =
            format!("# Written by `cargo xtask facts` from python-build-standalone {revision}.\n");
        fs::write(folder.join(name), head + &notes + lines)?;
        eprintln!("wrote {}", folder.join(name).display());
        Ok(())
    };
    write("python_json.tsv", assumed::SOURCES, &facts::write(&files)?)?;
    write("versions.tsv", assumed::VERSIONS, &facts::write_names(&versions))?;
    write("absent.tsv", assumed::ABSENT, &facts::write_names(&absent))?;
    write("texts.tsv", assumed::TEXTS, &facts::write_names(&texts))?;
    write("assumed.tsv", assumed::ASSUMED, &assumed::lines())
}

fn derive(args: &Args, pbs: &Path) -> Result<Derived> {
    let scripts = tempfile::tempdir()?;
    for (name, text) in SCRIPTS {
        fs::write(scripts.path().join(name), text)?;
    }
    let request = serde_json::to_vec(&request(args, pbs)?)?;
    let mut child = Command::new(&args.python)
        .arg("-B")
        .arg(scripts.path().join("derive.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("`{}` does not start", args.python.display()))?;
    let mut stdin = child.stdin.take().context("the script has no standard input")?;
    stdin.write_all(&request).context("the script does not read its request")?;
    drop(stdin);
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "`derive.py` ended with {}", output.status);
    serde_json::from_slice(&output.stdout).context("`derive.py` printed something else")
}

fn request(args: &Args, pbs: &Path) -> Result<Value> {
    let mut rows = Vec::new();
    for pinned in pinned::built_in() {
        let release = format!("{}.{}", pinned.version.major, pinned.version.minor);
        let Some((_, folder)) = args.cpython.iter().find(|(known, _)| *known == release) else {
            bail!("`--cpython {release}=FOLDER` is missing");
        };
        let (version, options) = name_parts(&pinned.url, &pinned.target)
            .with_context(|| format!("`{}` is not the address of a full archive", pinned.url))?;
        rows.push(json!({
            "release": release,
            "target": pinned.target,
            "version": version,
            "options": options,
            "cpython": absolute(folder)?,
        }));
    }
    let windows = args.windows_sources.as_deref().context("`--windows-sources` is missing")?;
    Ok(json!({
        "publisher": absolute(pbs)?,
        "windows_sources": absolute(windows)?,
        "rows": rows,
    }))
}

fn absolute(path: &Path) -> Result<PathBuf> {
    Ok(fs::canonicalize(path)?)
}

/// Release and build options in `…/cpython-3.13.17%2B20261021-TARGET-pgo%2Blto-full.tar.zst`.
fn name_parts(url: &str, target: &str) -> Option<(String, String)> {
    let name = url.rsplit('/').next()?.replace("%2B", "+");
    let rest = name.strip_prefix("cpython-")?.strip_suffix("-full.tar.zst")?;
    let (release, options) = rest.split_once(&format!("-{target}-"))?;
    let (version, _) = release.split_once('+')?;
    Some((version.to_owned(), options.to_owned()))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(clap::Parser)]
    struct Cli {
        #[command(flatten)]
        args: Args,
    }

    #[test]
    fn without_arguments_only_the_table_is_written() {
        assert!(Cli::try_parse_from(["facts"]).unwrap().args.pbs.is_none());
        let error = Cli::try_parse_from(["facts", "--pbs", "folder"]).err().unwrap().to_string();
        assert!(error.contains("--pbs-revision <TEXT>"), "{error}");
        assert!(error.contains("--windows-sources <FOLDER>"), "{error}");
    }

    #[test]
    fn version_and_options_are_read_from_the_address() {
        for row in pinned::built_in() {
            let (version, options) = name_parts(&row.url, &row.target).unwrap();
            let release = format!("{}.{}.", row.version.major, row.version.minor);
            assert!(version.starts_with(&release), "{version}");
            let wanted = if row.target.contains("windows") { "pgo" } else { "pgo+lto" };
            assert_eq!(options, wanted);
        }
        assert_eq!(name_parts("https://example.invalid/x.tar.zst", "x"), None);
    }
}
