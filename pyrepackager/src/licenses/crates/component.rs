//! A package of Cargo's as a component: its licence, texts, origin and checksum.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use cargo_metadata::{Metadata, Package};
use packageurl::PackageUrl;
use serde::Deserialize;

use super::CratesError;
use crate::config::resolved::Sha256Digest;
use crate::licenses::model::{Component, ComponentKind, License, LicenseText};
use crate::licenses::spelling;
use crate::licenses::texts::is_license_file;

/// What identifies an entry of `Cargo.lock`: name, version and source.
pub(super) type LockedId = (String, String, Option<String>);

/// The checksums that `Cargo.lock` has.
pub(super) fn checksums(lock: &Path) -> Result<BTreeMap<LockedId, Sha256Digest>, CratesError> {
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

/// The component that a package is.
pub(super) fn of_package(
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
pub(super) fn standard_library(rustc: &Path) -> Result<Component, CratesError> {
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
