//! Rust crates that are linked into an executable: what Cargo knows of them.
//!
//! Cargo tells a build script nothing about the executable it is part of, so this asks
//! `cargo metadata` in the folder that Cargo was called in. The list is that of the workspace
//! members that depend on the runtime crate, with their default features and those of the runtime crate
//! that its build script sees: others on Cargo's command line are not known here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cargo_metadata::{
    CrateType, DependencyKind, Metadata, MetadataCommand, Package, PackageId, Resolve, TargetKind,
};

use super::model::Component;

mod component;

/// Where to ask, and for what.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    /// The program `cargo`.
    pub cargo: &'a Path,
    /// The program `rustc`, which links the standard library.
    pub rustc: &'a Path,
    /// Folder that Cargo was called in, or that of the manifest that it was told.
    pub folder: &'a Path,
    /// `Cargo.toml` of the runtime crate, `pyembed`.
    pub runtime: &'a Path,
    /// Features that are enabled beside those that manifests enable, as `PACKAGE/FEATURE`.
    pub features: &'a [String],
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
    /// Whether Cargo builds in another folder than the one that executables are put into.
    pub has_build_folder: bool,
    /// The packages of the workspace that depend on the runtime crate.
    pub members: Vec<Member>,
}

/// A package of the workspace.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// The folder of its `Cargo.toml`.
    pub folder: PathBuf,
    /// The table `package.metadata.pyembed` of its manifest.
    pub metadata: serde_json::Value,
    /// Whether it makes a library for programs in other languages, which may be a shared one.
    pub is_library: bool,
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
    let checksums = component::checksums(&lock)?;
    let mut components = vec![component::standard_library(query.rustc)?];
    let Linking { packages, members } = linked_packages(&metadata, &runtime);
    for id in packages {
        components.push(component::of_package(&metadata[&id], &metadata, &checksums)?);
    }
    let build_folder = metadata.build_directory.as_ref();
    let has_build_folder = build_folder.is_some_and(|folder| *folder != metadata.target_directory);
    let members = members.iter().map(|id| member(&metadata, id)).collect();
    Ok(Linked { components, inputs: vec![lock], has_build_folder, members })
}

fn member(metadata: &Metadata, id: &PackageId) -> Member {
    let package = &metadata[id];
    let folder = package.manifest_path.parent().map(|folder| folder.as_std_path().to_owned());
    Member {
        name: package.name.to_string(),
        folder: folder.unwrap_or_default(),
        metadata: package.metadata.get("pyembed").cloned().unwrap_or_default(),
        is_library: package.targets.iter().any(|target| {
            target
                .crate_types
                .iter()
                .any(|kind| matches!(kind, CrateType::CDyLib | CrateType::StaticLib))
        }),
    }
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
    let features = query.features.join(",");
    let features: &[&str] = if features.is_empty() { &[] } else { &["--features", &features] };
    let run = |options: &[&str], features: &[&str]| {
        let options = options.iter().chain(features);
        let options = options.map(|option| (*option).to_owned());
        let mut command = MetadataCommand::new();
        command.cargo_path(query.cargo).manifest_path(manifest);
        command.other_options(filter.iter().cloned().chain(options).collect::<Vec<_>>()).exec()
    };
    // Of a package that is not a member of the workspace, manifests have enabled them.
    let ask = |options: &[&str]| run(options, features).or_else(|_| run(options, &[]));
    ask(&["--offline"]).or_else(|_| ask(&[])).map_err(|error| CratesError::Metadata {
        manifest: manifest.to_owned(),
        problem: error.to_string(),
    })
}

fn same_file(a: &Path, b: &Path) -> bool {
    a == b || matches!((fs_err::canonicalize(a), fs_err::canonicalize(b)), (Ok(a), Ok(b)) if a == b)
}

/// What is linked, by the packages of the workspace that have it linked.
struct Linking {
    packages: BTreeSet<PackageId>,
    members: Vec<PackageId>,
}

/// What the members that depend on the runtime crate depend on.
fn linked_packages(metadata: &Metadata, runtime: &PackageId) -> Linking {
    let Some(resolve) = &metadata.resolve else {
        return Linking { packages: BTreeSet::from([runtime.clone()]), members: Vec::new() };
    };
    let edges = normal_dependencies(resolve, metadata);
    let mut linking = Linking { packages: closure(&edges, runtime), members: Vec::new() };
    for member in metadata.workspace_members.iter().filter(|member| *member != runtime) {
        let reached = closure(&edges, member);
        if reached.contains(runtime) {
            linking.packages.extend(reached);
            linking.members.push(member.clone());
        }
    }
    linking
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

#[cfg(test)]
mod tests;
