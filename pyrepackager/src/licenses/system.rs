//! Libraries of this machine that were taken along.
//!
//! Debian and its descendants know of each file which package brought it, and have a text with the copyright of
//! each package. That text covers whole sources, programs and documentation included, in a form that is not
//! meant to become one expression. So the licence stays unknown until `clarify` states it.

use std::path::{Path, PathBuf};
use std::process::Command;

use packageurl::PackageUrl;
use sha2::{Digest, Sha256};

use super::error::LicenseError;
use super::model::{Component, ComponentKind, LicenseText};
use crate::config::resolved::Sha256Digest;

/// The components for `libraries`, virtual paths and files.
///
/// # Errors
///
/// A library cannot be read.
pub(super) fn components(libraries: &[(String, PathBuf)]) -> Result<Vec<Component>, LicenseError> {
    libraries.iter().map(|(path, file)| component(path, file)).collect()
}

fn component(virtual_path: &str, file: &Path) -> Result<Component, LicenseError> {
    let name = virtual_path.rsplit('/').next().unwrap_or(virtual_path);
    let mut component = Component::new(ComponentKind::Library, name);
    component.sha256 = Some(Sha256Digest(Sha256::digest(fs_err::read(file)?).into()));
    let Some(package) = Package::of(file) else { return Ok(component) };
    component.purl = package.purl();
    // Some packages are documented by another one; then the folder is a link to that one's.
    let copyright = Path::new("/usr/share/doc").join(&package.name).join("copyright");
    if let Ok(content) = fs_err::read(copyright) {
        component.texts.push(LicenseText { name: "copyright".to_owned(), content });
    }
    component.version = Some(package.version);
    Ok(component)
}

/// A package of dpkg's.
struct Package {
    name: String,
    version: String,
}

impl Package {
    /// The one that brought a file; `None` when dpkg is not there or does not know.
    fn of(file: &Path) -> Option<Self> {
        let real = fs_err::canonicalize(file).ok()?;
        // Where /lib is a link to /usr/lib, packages may still have brought their files to the former.
        let before = real.strip_prefix("/usr").ok().map(|rest| Path::new("/").join(rest));
        let owner = [Some(real.as_path()), before.as_deref(), Some(file)]
            .into_iter()
            .flatten()
            .find_map(|path| dpkg_query(["--search", path.to_str()?]))?;
        // `libpq5:amd64: /usr/lib/…`
        let package = owner.lines().next()?.split_once(": ")?.0.to_owned();
        let version = dpkg_query(["--show", "--showformat=${Version}", &package])?;
        let name = package.split(':').next()?.to_owned();
        Some(Self { name, version })
    }

    fn purl(&self) -> Option<String> {
        let release = fs_err::read_to_string("/etc/os-release").ok()?;
        let id = release.lines().find_map(|line| line.strip_prefix("ID="))?.trim_matches('"');
        let mut purl = PackageUrl::new("deb", self.name.clone()).ok()?;
        purl.with_namespace(id.to_owned()).ok()?;
        purl.with_version(self.version.clone()).ok()?;
        Some(purl.to_string())
    }
}

fn dpkg_query<const N: usize>(arguments: [&str; N]) -> Option<String> {
    let output = Command::new("dpkg-query").args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_of_no_package_is_known_by_its_name_and_contents() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let library = ("system.libs/libx.so.1".to_owned(), file.path().to_owned());
        let [component] = components(&[library]).unwrap().try_into().unwrap();
        assert_eq!((component.name.as_str(), component.version), ("libx.so.1", None));
        assert_eq!(component.license.to_string(), "unknown");
        assert_eq!(component.sha256.unwrap().0[..], Sha256::digest("")[..]);
    }

    #[test]
    fn a_library_of_a_package_has_its_version_and_copyright_where_dpkg_is() {
        let folders = ["/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", "/lib64", "/lib"];
        let files = folders.map(|folder| Path::new(folder).join("libc.so.6"));
        let file = files.iter().find(|file| file.exists()).expect("a system with glibc");
        let component = component("system.libs/libc.so.6", file).unwrap();
        let expected = dpkg_query(["--show", "libc6"]);
        let expected = expected.as_deref().and_then(|shown| shown.split_whitespace().next_back());
        assert_eq!(component.version.as_deref(), expected);
        assert_eq!(component.texts.len(), usize::from(expected.is_some()));
        assert_eq!(component.purl.is_some(), expected.is_some());
    }
}
