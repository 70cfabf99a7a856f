//! Rust crates that are linked into an executable: what Cargo knows of them.
//!
//! Cargo tells a build script nothing about the executable it is part of, so this asks
//! `cargo metadata` in the folder that Cargo was called in. The list is that of the workspace
//! members that depend on the runtime crate, with their default features: features on Cargo's
//! command line are not known here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::{
    DependencyKind, Metadata, MetadataCommand, Package, PackageId, Resolve, TargetKind,
};
use packageurl::PackageUrl;
use serde::Deserialize;

use super::model::{Component, ComponentKind, License, LicenseText};
use super::spelling;
use super::texts::is_license_file;
use crate::config::resolved::Sha256Digest;

/// Where to ask, and for what.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    /// The program `cargo`.
    pub cargo: &'a Path,
    /// The program `rustc`, which links the standard library.
    pub rustc: &'a Path,
    /// Folder that Cargo was called in.
    pub folder: &'a Path,
    /// `Cargo.toml` of the runtime crate, `pyembed`.
    pub runtime: &'a Path,
    /// Rust's name of the target.
    pub target: &'a str,
}

/// What is linked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Linked {
    /// The crates, and Rust's standard library.
    pub components: Vec<Component>,
    /// Files that decide which crates these are.
    pub inputs: Vec<PathBuf>,
}

/// Cargo does not say which crates are linked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CratesError {
    /// `cargo metadata` fails.
    #[error("cannot list the Rust crates of `{manifest}`: {problem}")]
    Metadata {
        /// The manifest, or the folder that was asked about.
        manifest: PathBuf,
        /// Cargo's own words.
        problem: String,
    },
    /// Cargo does not know the runtime crate.
    #[error("`cargo metadata` for `{manifest}` does not list that crate")]
    NoRuntime {
        /// The runtime crate's manifest.
        manifest: PathBuf,
    },
    /// `Cargo.lock` is not what Cargo writes.
    #[error("cannot read `{path}`")]
    Lock {
        /// The file.
        path: PathBuf,
        /// Why.
        source: toml::de::Error,
    },
    /// The compiler does not say what it is.
    #[error("`{rustc}` does not run")]
    Rustc {
        /// The compiler.
        rustc: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// A licence's file cannot be read; the error names it.
    #[error(transparent)]
    File(#[from] std::io::Error),
}

impl CratesError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Metadata { .. } => Some(
                "run `cargo fetch` where there is a network: `cargo metadata` wants the packages of \
                 the whole workspace"
                    .to_owned(),
            ),
            Self::Lock { .. } => Some("run `cargo update --workspace` to repair it".to_owned()),
            Self::NoRuntime { .. } | Self::Rustc { .. } | Self::File(_) => None,
        }
    }
}

/// Lists the crates that are linked into an executable with the runtime crate.
///
/// # Errors
///
/// See [`CratesError`].
pub fn linked(query: &Query<'_>) -> Result<Linked, CratesError> {
    let (metadata, runtime) = metadata(query)?;
    let lock = metadata.workspace_root.as_std_path().join("Cargo.lock");
    let checksums = checksums(&lock)?;
    let mut components = vec![standard_library(query.rustc)?];
    for id in linked_packages(&metadata, &runtime) {
        components.push(component(&metadata[&id], &metadata, &checksums)?);
    }
    Ok(Linked { components, inputs: vec![lock] })
}

/// What Cargo says of the workspace that holds the runtime crate, and that crate.
fn metadata(query: &Query<'_>) -> Result<(Metadata, PackageId), CratesError> {
    let runtime = |metadata: &Metadata| {
        let is_it =
            |package: &&Package| same_file(package.manifest_path.as_std_path(), query.runtime);
        metadata.packages.iter().find(is_it).map(|package| package.id.clone())
    };
    // Cargo may have been called with `--manifest-path`, from a folder of another workspace.
    let manifests = query.folder.ancestors().map(|folder| folder.join("Cargo.toml"));
    if let Some(manifest) = { manifests }.find(|manifest| manifest.is_file())
        && let Ok(metadata) = ask(query, &manifest)
        && let Some(runtime) = runtime(&metadata)
    {
        return Ok((metadata, runtime));
    }
    let metadata = ask(query, query.runtime)?;
    let manifest = query.runtime.to_owned();
    let runtime = runtime(&metadata).ok_or(CratesError::NoRuntime { manifest })?;
    Ok((metadata, runtime))
}

/// Runs `cargo metadata`: without the network, where what a build needs mostly is already.
fn ask(query: &Query<'_>, manifest: &Path) -> Result<Metadata, CratesError> {
    let filter = ["--filter-platform".to_owned(), query.target.to_owned()];
    let run = |options: &[&str]| {
        let options = options.iter().map(|option| (*option).to_owned());
        let mut command = MetadataCommand::new();
        command.cargo_path(query.cargo).manifest_path(manifest);
        command.other_options(filter.iter().cloned().chain(options).collect::<Vec<_>>()).exec()
    };
    run(&["--offline"]).or_else(|_| run(&[])).map_err(|error| CratesError::Metadata {
        manifest: manifest.to_owned(),
        problem: error.to_string(),
    })
}

fn same_file(a: &Path, b: &Path) -> bool {
    a == b || matches!((fs_err::canonicalize(a), fs_err::canonicalize(b)), (Ok(a), Ok(b)) if a == b)
}

/// Packages whose code is linked: what the members that depend on the runtime crate depend on.
fn linked_packages(metadata: &Metadata, runtime: &PackageId) -> BTreeSet<PackageId> {
    let Some(resolve) = &metadata.resolve else { return BTreeSet::from([runtime.clone()]) };
    let edges = normal_dependencies(resolve, metadata);
    let mut linked = closure(&edges, runtime);
    for member in &metadata.workspace_members {
        let reached = closure(&edges, member);
        if reached.contains(runtime) {
            linked.extend(reached);
        }
    }
    linked
}

/// Which packages link which: build scripts' dependencies, tests' and macros run elsewhere.
fn normal_dependencies<'a>(
    resolve: &'a Resolve,
    metadata: &Metadata,
) -> BTreeMap<&'a PackageId, Vec<&'a PackageId>> {
    let is_macro = |id: &PackageId| {
        metadata[id].targets.iter().any(|target| target.is_kind(TargetKind::ProcMacro))
    };
    let links = |dependency: &&cargo_metadata::NodeDep| {
        dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal)
            && !is_macro(&dependency.pkg)
    };
    let of = |node: &'a cargo_metadata::Node| {
        node.deps.iter().filter(links).map(|dependency| &dependency.pkg).collect()
    };
    resolve.nodes.iter().map(|node| (&node.id, of(node))).collect()
}

fn closure(
    edges: &BTreeMap<&PackageId, Vec<&PackageId>>,
    start: &PackageId,
) -> BTreeSet<PackageId> {
    let mut reached = BTreeSet::new();
    let mut next = vec![start];
    while let Some(id) = next.pop() {
        if reached.insert(id.clone()) {
            next.extend(edges.get(id).into_iter().flatten());
        }
    }
    reached
}

/// What identifies an entry of `Cargo.lock`: name, version and source.
type LockedId = (String, String, Option<String>);

/// The checksums that `Cargo.lock` has.
fn checksums(lock: &Path) -> Result<BTreeMap<LockedId, Sha256Digest>, CratesError> {
    #[derive(Deserialize)]
    struct Lock {
        #[serde(default)]
        package: Vec<Entry>,
    }
    #[derive(Deserialize)]
    struct Entry {
        name: String,
        version: String,
        source: Option<String>,
        checksum: Option<String>,
    }
    let lacking = |source| CratesError::Lock { path: lock.to_owned(), source };
    let text = fs_err::read_to_string(lock)?;
    let locked: Lock = toml::from_str(&text).map_err(lacking)?;
    let entries = locked.package.into_iter().filter_map(|entry| {
        let checksum = entry.checksum?.parse().ok()?;
        Some(((entry.name, entry.version, entry.source), checksum))
    });
    Ok(entries.collect())
}

fn component(
    package: &Package,
    metadata: &Metadata,
    checksums: &BTreeMap<LockedId, Sha256Digest>,
) -> Result<Component, CratesError> {
    let name = package.name.to_string();
    let version = package.version.to_string();
    let source = package.source.as_ref().map(|source| source.repr.clone());
    let license = match &package.license {
        Some(license) => match spelling::expression(license) {
            Some(expression) => expression.into(),
            None => License::Text(license.clone()),
        },
        None => License::Unknown,
    };
    Ok(Component {
        license,
        texts: texts(package, metadata)?,
        purl: purl(package, &name, &version),
        sha256: checksums.get(&(name.clone(), version.clone(), source)).copied(),
        version: Some(version),
        ..Component::new(ComponentKind::Crate, name)
    })
}

/// The licences beside a manifest; those of the workspace for a member without any.
fn texts(package: &Package, metadata: &Metadata) -> Result<Vec<LicenseText>, CratesError> {
    let folder = package.manifest_path.as_std_path().parent().unwrap_or(Path::new(""));
    let mut texts = texts_in(folder)?;
    if let Some(path) = package.license_file().filter(|path| path.is_file()) {
        let name = path.file_name().unwrap_or("LICENSE").to_owned();
        if texts.iter().all(|text| text.name != name) {
            texts.push(LicenseText { name, content: fs_err::read(path)? });
        }
    }
    if texts.is_empty() && package.source.is_none() {
        texts = texts_in(metadata.workspace_root.as_std_path())?;
    }
    texts.sort();
    Ok(texts)
}

fn texts_in(folder: &Path) -> Result<Vec<LicenseText>, CratesError> {
    let mut texts = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if is_license_file(&name) && path.is_file() {
            texts.push(LicenseText { name, content: fs_err::read(&path)? });
        }
    }
    Ok(texts)
}

/// A package URL; none for a package that lies in a folder of this machine.
fn purl(package: &Package, name: &str, version: &str) -> Option<String> {
    let source = package.source.as_ref()?;
    let mut purl = PackageUrl::new("cargo", name).ok()?;
    purl.with_version(version).ok()?;
    if let Some((_, registry)) = source.repr.split_once('+').filter(|(kind, _)| *kind != "git") {
        if !source.is_crates_io() {
            purl.add_qualifier("repository_url", registry.to_owned()).ok()?;
        }
    } else {
        purl.add_qualifier("vcs_url", source.repr.clone()).ok()?;
    }
    Some(purl.to_string())
}

/// Rust's standard library, which is linked into everything and no package of Cargo's.
fn standard_library(rustc: &Path) -> Result<Component, CratesError> {
    let output = |arguments: &[&str]| {
        let output = Command::new(rustc).args(arguments).output();
        let output =
            output.map_err(|source| CratesError::Rustc { rustc: rustc.to_owned(), source })?;
        Ok::<_, CratesError>(String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let said = output(&["-vV"])?;
    let version = said.lines().find_map(|line| line.strip_prefix("release: "));
    let sysroot = output(&["--print=sysroot"])?;
    let notice = Path::new(sysroot.trim()).join("share/doc/rust/COPYRIGHT-library.html");
    let mut component = Component::new(ComponentKind::Crate, "std");
    component.version = version.map(str::to_owned);
    component.license = spelling::from_words("MIT OR Apache-2.0", "");
    // It covers the crates that the standard library is made from. Toolchains from elsewhere than
    // rustup lack it.
    if notice.is_file() {
        let name = "COPYRIGHT-library.html".to_owned();
        component.texts.push(LicenseText { name, content: fs_err::read(notice)? });
    }
    if let Some(version) = version {
        let mut purl = PackageUrl::new("github", "rust").ok();
        let located = purl.as_mut().and_then(|purl| {
            purl.with_namespace("rust-lang").ok()?.with_version(version.to_owned()).ok()
        });
        component.purl = located.map(|purl| purl.to_string());
    }
    Ok(component)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::testing::write;

    /// A workspace with a runtime, two members that depend on it, and one that does not.
    fn workspace() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let manifest = |name: &str, license: &str, dependencies: &str| {
            format!(
                "[package]\nname = \"{name}\"\nversion = \"1.2.3\"\nedition = \"2024\"\n\
                 license = \"{license}\"\n{dependencies}"
            )
        };
        let path = |name: &str| format!("{name} = {{ path = \"../{name}\" }}\n");
        let app = format!("[dependencies]\n{}{}", path("runtime"), path("linked"));
        let app = format!("{app}[dev-dependencies]\n{}", path("tester"));
        let app = format!("{app}[target.'cfg(windows)'.dependencies]\n{}", path("elsewhere"));
        let runtime = format!("[dependencies]\n{}{}", path("deep"), path("macros"));
        let runtime = format!("{runtime}[build-dependencies]\n{}", path("builder"));
        let macros = format!("[lib]\nproc-macro = true\n[dependencies]\n{}", path("only-macros"));
        let crates = [
            ("app", "MIT", app.as_str()),
            ("runtime", "MIT/Apache-2.0", &runtime),
            ("macros", "MIT", &macros),
            ("deep", "Mine", ""),
            ("linked", "ISC", ""),
            ("tester", "MIT", ""),
            ("builder", "MIT", ""),
            ("elsewhere", "MIT", ""),
            ("only-macros", "MIT", ""),
            ("unrelated", "MIT", ""),
        ];
        for (name, license, dependencies) in crates {
            write(
                &folder.path().join(name),
                &[("Cargo.toml", &manifest(name, license, dependencies)), ("src/lib.rs", "")],
            );
        }
        write(
            folder.path(),
            &[
                (
                    "Cargo.toml",
                    "[workspace]\nresolver = \"3\"\nmembers = [\"*\"]\nexclude = [\"other\"]\n",
                ),
                ("LICENSE-MIT", "of all"),
                ("deep/COPYING", "of deep"),
            ],
        );
        folder
    }

    fn query<'a>(folder: &'a Path, runtime: &'a Path) -> Query<'a> {
        let (cargo, rustc) = (Path::new(env!("CARGO")), Path::new("rustc"));
        Query { cargo, rustc, folder, runtime, target: "x86_64-unknown-linux-gnu" }
    }

    #[test]
    fn what_is_linked_is_listed_and_nothing_else() {
        let folder = workspace();
        let runtime = folder.path().join("runtime/Cargo.toml");
        let inside = folder.path().join("app/src");
        let found = linked(&query(&inside, &runtime)).unwrap();
        let shown: Vec<String> = found
            .components
            .iter()
            .filter(|component| component.name != "std")
            .map(|component| {
                let text = component.texts.first().map(|text| text.name.as_str());
                format!("{}: {}; {}", component.title(), component.license, text.unwrap_or("-"))
            })
            .collect();
        let mut shown = shown;
        shown.sort();
        assert_eq!(
            shown,
            [
                "app 1.2.3: MIT; LICENSE-MIT",
                "deep 1.2.3: Mine; COPYING",
                "linked 1.2.3: ISC; LICENSE-MIT",
                "runtime 1.2.3: MIT OR Apache-2.0; LICENSE-MIT",
            ]
        );
        assert_eq!(found.inputs, [folder.path().join("Cargo.lock")]);
        let std = &found.components[0];
        assert!(std.purl.as_deref().unwrap().starts_with("pkg:github/rust-lang/rust@1."));
    }

    #[test]
    fn a_folder_of_another_workspace_does_not_mislead() {
        let folder = workspace();
        let other = folder.path().join("other");
        write(
            &other,
            &[("Cargo.toml", "[package]\nname = \"o\"\nedition = \"2024\"\n"), ("src/lib.rs", "")],
        );
        let runtime = folder.path().join("runtime/Cargo.toml");
        let found = linked(&query(&other, &runtime)).unwrap();
        assert!(found.components.iter().any(|component| component.name == "app"));
    }

    #[test]
    fn cargo_s_own_words_are_in_the_error() {
        let folder = tempfile::tempdir().unwrap();
        let manifest = folder.path().join("Cargo.toml");
        fs_err::write(&manifest, "[package]\nnome = 1\n").unwrap();
        let error = linked(&query(folder.path(), &manifest)).unwrap_err().to_string();
        assert!(error.contains("Cargo.toml") && error.contains("name"), "{error}");
    }

    #[test]
    fn this_workspace_s_own_crates_have_checksums_and_urls() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let runtime = here.join("../pyembed/Cargo.toml");
        let found = linked(&query(here, &runtime)).unwrap();
        let of = |name: &str| found.components.iter().find(|component| component.name == name);
        let libc = of("libc").unwrap();
        assert!(libc.sha256.is_some());
        assert!(libc.purl.as_deref().unwrap().starts_with("pkg:cargo/libc@0."));
        assert!(!libc.texts.is_empty());
        assert!(of("pyapp").is_some() && of("pyembed").unwrap().purl.is_none());
        assert!(of("pyrepackager").is_none() && of("xtask").is_none());
    }
}
