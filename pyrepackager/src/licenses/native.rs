//! Components that a Python distribution brings: CPython, libraries, foreign code in extensions.
//!
//! What there is to know stands in `PYTHON.json`. It states licences per extension module rather
//! than per library, so that a library has what the extensions that link it say. Libraries of the
//! operating system are not part of an executable and no components.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use packageurl::PackageUrl;
use sha2::{Digest, Sha256};

use super::error::LicenseError;
use super::model::{Component, ComponentKind, License, LicenseText, PUBLIC_DOMAIN};
use super::spelling;
use crate::config::resolved::Sha256Digest;
use crate::distribution::{Distribution, ExtensionVariant, Library};
use crate::link;
use crate::policy::SelectedExtension;

/// Stands among the users of a library for the interpreter itself.
const CORE: &str = "python";

/// The components that `distribution` brings with `extensions`.
///
/// # Errors
///
/// A file of the distribution cannot be read.
pub(super) fn components(
    distribution: &Distribution,
    extensions: &[SelectedExtension],
) -> Result<Vec<Component>, LicenseError> {
    let mut components = vec![python(distribution)?];
    for (name, linked) in linked_libraries(distribution, extensions) {
        components.push(linked.component(name)?);
    }
    for SelectedExtension { name, variant } in extensions {
        if !variant.links.iter().any(|library| archive(library).is_some()) && states(variant) {
            let mut component = Component::new(ComponentKind::Extension, name);
            component.license = stated_license(variant);
            component.texts = texts(&variant.license_paths)?;
            components.push(component);
        }
    }
    Ok(components)
}

fn python(distribution: &Distribution) -> Result<Component, LicenseError> {
    let version = &distribution.full_version;
    Ok(Component {
        version: Some(version.clone()),
        license: listed(&distribution.licenses),
        texts: texts(distribution.license_path.as_slice())?,
        purl: purl("python", Some(version), None),
        sha256: Some(distribution.archive_sha256),
        ..Component::new(ComponentKind::Python, "CPython")
    })
}

/// A library and who links it.
struct Linked<'a> {
    path: &'a Path,
    users: Vec<&'a str>,
    /// The way of providing an extension that links it and says the most certain things.
    witness: Option<&'a ExtensionVariant>,
}

/// Libraries that go into the executable, by the linker's names.
fn linked_libraries<'a>(
    distribution: &'a Distribution,
    extensions: &'a [SelectedExtension],
) -> BTreeMap<&'a str, Linked<'a>> {
    let mut linked: BTreeMap<&str, Linked<'_>> = BTreeMap::new();
    let mut add = |library: &'a Library, user: &'a str, variant: Option<&'a ExtensionVariant>| {
        let Some((name, path)) = archive(library) else { return };
        let entry =
            linked.entry(name).or_insert_with(|| Linked { path, users: vec![], witness: None });
        if entry.users.last() != Some(&user) {
            entry.users.push(user);
        }
        // Who links fewer libraries names fewer licences that belong to others.
        let licenses = |variant: &ExtensionVariant| variant.licenses.as_ref().map_or(0, Vec::len);
        if let Some(variant) = variant.filter(|variant| states(variant))
            && entry.witness.is_none_or(|witness| licenses(variant) < licenses(witness))
        {
            entry.witness = Some(variant);
        }
    };
    for library in &distribution.core.links {
        add(library, CORE, None);
    }
    for SelectedExtension { name, variant } in extensions {
        for library in &variant.links {
            add(library, name, Some(variant));
        }
    }
    linked
}

impl Linked<'_> {
    fn component(self, name: &str) -> Result<Component, LicenseError> {
        let title = if name.starts_with("lib") { name.to_owned() } else { format!("lib{name}") };
        let bytes = fs_err::read(self.path)?;
        let sha256 = Sha256Digest(Sha256::digest(&bytes).into());
        let mut component = Component::new(ComponentKind::Library, &title);
        component.purl = purl(&title, None, Some(sha256));
        component.sha256 = Some(sha256);
        component.used_by = self.users.into_iter().map(str::to_owned).collect();
        if let Some(witness) = self.witness {
            let witness = &of_one_openssl(witness, name, &bytes);
            component.license = stated_license(witness);
            let own = |path: &&PathBuf| is_about(path, name);
            let own: Vec<PathBuf> = witness.license_paths.iter().filter(own).cloned().collect();
            component.texts =
                texts(if own.is_empty() { &witness.license_paths } else { own.as_slice() })?;
        }
        Ok(component)
    }
}

/// A version of OpenSSL.
struct OpenSsl {
    /// SPDX identifier of its license.
    license: &'static str,
    /// What the name of its license's file begins with.
    text: &'static str,
}

const OPENSSL_1: OpenSsl = OpenSsl { license: "OpenSSL", text: "LICENSE.openssl-1" };
const OPENSSL_3: OpenSsl = OpenSsl { license: "Apache-2.0", text: "LICENSE.openssl-3" };

/// Functions that OpenSSL has since version 3.0, by library: `man 3 OSSL_LIB_CTX_new` and
/// `man 3 SSL_CTX_new_ex`, under "HISTORY".
const SINCE_OPENSSL_3: [(&str, &str); 2] =
    [("crypto", "OSSL_LIB_CTX_new"), ("ssl", "SSL_CTX_new_ex")];

/// What a published archive says of the library `name` in `bytes`, without the OpenSSL that it is not.
///
/// These archives name the licenses of both versions, as both have libraries of the same names, and hold
/// one. Which one it is shows in the names of symbols, also in a library of bitcode: its index has them.
fn of_one_openssl(witness: &ExtensionVariant, name: &str, bytes: &[u8]) -> ExtensionVariant {
    let mut witness = witness.clone();
    let has_text =
        |paths: &[PathBuf], version: &OpenSsl| paths.iter().any(|path| is_text_of(path, version));
    let both = [&OPENSSL_1, &OPENSSL_3].into_iter().all(|v| has_text(&witness.license_paths, v));
    let Some((_, function)) = SINCE_OPENSSL_3.iter().find(|(known, _)| *known == name && both)
    else {
        return witness;
    };
    let absent = if link::mentions(bytes, function) { OPENSSL_1 } else { OPENSSL_3 };
    witness.license_paths.retain(|path| !is_text_of(path, &absent));
    witness.licenses.iter_mut().for_each(|licenses| licenses.retain(|id| id != absent.license));
    witness
}

fn is_text_of(path: &Path, version: &OpenSsl) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.starts_with(version.text))
}

/// Whether a licence's file is called after a library: `LICENSE.libedit.txt` after `edit`.
fn is_about(path: &Path, library: &str) -> bool {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let subject = stem.strip_prefix("LICENSE.").unwrap_or(stem);
    subject.strip_prefix("lib").unwrap_or(subject) == library.strip_prefix("lib").unwrap_or(library)
}

/// Name and file of a library that the distribution brings.
fn archive(library: &Library) -> Option<(&str, &Path)> {
    match library {
        Library::Static { name, path } | Library::Dynamic { name, path } => Some((name, path)),
        Library::System(_) | Library::Framework(_) => None,
    }
}

/// Whether the distribution says anything of the licences of an extension's libraries.
fn states(variant: &ExtensionVariant) -> bool {
    variant.public_domain
        || !variant.license_paths.is_empty()
        || variant.licenses.as_ref().is_some_and(|licenses| !licenses.is_empty())
}

fn stated_license(variant: &ExtensionVariant) -> License {
    let mut licenses = variant.licenses.clone().unwrap_or_default();
    if variant.public_domain {
        licenses.push(PUBLIC_DOMAIN.to_owned());
    }
    listed(&licenses)
}

/// The licence of what names several, all of which apply.
fn listed(licenses: &[String]) -> License {
    match spelling::all_of(licenses) {
        Some(expression) => expression.into(),
        None if licenses.is_empty() => License::Unknown,
        None => License::Text(licenses.join(", ")),
    }
}

fn texts(paths: &[PathBuf]) -> Result<Vec<LicenseText>, LicenseError> {
    let texts = paths.iter().map(|path| {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        Ok(LicenseText { name, content: fs_err::read(path)? })
    });
    texts.collect()
}

/// A package URL of what no package index has.
fn purl(name: &str, version: Option<&str>, sha256: Option<Sha256Digest>) -> Option<String> {
    let mut purl = PackageUrl::new("generic", name).ok()?;
    if let Some(version) = version {
        purl.with_version(version).ok()?;
    }
    if let Some(sha256) = sha256 {
        purl.add_qualifier("checksum", format!("sha256:{sha256}")).ok()?;
    }
    Some(purl.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::testing::{distribution, write};

    fn selected(
        root: &Path,
        name: &str,
        libraries: &[&str],
        licenses: &[&str],
        texts: &[&str],
    ) -> SelectedExtension {
        let links = libraries.iter().map(|library| match *library {
            "m" => Library::System("m".to_owned()),
            name => Library::Static { name: name.to_owned(), path: root.join(name) },
        });
        let variant = ExtensionVariant {
            variant: "default".to_owned(),
            links: links.collect(),
            licenses: Some(licenses.iter().map(|license| (*license).to_owned()).collect()),
            license_paths: texts.iter().map(|text| root.join(text)).collect(),
            public_domain: name == "_sqlite3",
            ..ExtensionVariant::default()
        };
        SelectedExtension { name: name.to_owned(), variant }
    }

    #[test]
    fn libraries_have_what_those_who_link_them_say() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let files = ["edit", "tinfo", "sqlite3", "LICENSE.ncurses.txt", "LICENSE.libedit.txt"];
        write(root, &files.map(|file| (file, file)));
        let extensions = [
            selected(root, "_blake2", &["m"], &["CC0-1.0 OR Apache-2.0"], &[]),
            selected(root, "_curses", &["tinfo", "m"], &["X11"], &["LICENSE.ncurses.txt"]),
            selected(root, "_sqlite3", &["sqlite3"], &[], &[]),
            selected(root, "math", &["m"], &[], &[]),
            selected(
                root,
                "readline",
                &["edit", "tinfo"],
                &["BSD-3-Clause", "X11"],
                &["LICENSE.libedit.txt", "LICENSE.ncurses.txt"],
            ),
        ];
        let components = components(&distribution(root), &extensions).unwrap();
        let shown: Vec<String> = components
            .iter()
            .map(|component| {
                let texts: Vec<&str> =
                    component.texts.iter().map(|text| text.name.as_str()).collect();
                let Component { name, license, used_by, .. } = component;
                format!("{name}: {license}; {}; {}", used_by.join(" "), texts.join(" "))
            })
            .collect();
        assert_eq!(
            shown[1..],
            [
                "libedit: BSD-3-Clause AND X11; readline; LICENSE.libedit.txt",
                "libsqlite3: LicenseRef-Public-Domain; _sqlite3; ",
                "libtinfo: X11; _curses readline; LICENSE.ncurses.txt",
                "_blake2: CC0-1.0 OR Apache-2.0; ; ",
            ]
        );
        assert_eq!(components[0].name, "CPython");
        assert!(components[0].purl.as_deref().unwrap().starts_with("pkg:generic/python@3."));
        let purl = components[1].purl.clone().unwrap();
        assert!(purl.starts_with("pkg:generic/libedit?checksum=sha256:"), "{purl}");
        assert_eq!(components[1].sha256.unwrap().0[..], Sha256::digest("edit")[..]);
    }

    #[test]
    fn of_two_listed_versions_of_openssl_the_linked_one_counts() {
        for (contents, license, text) in [
            ("\0OSSL_LIB_CTX_new\0SSL_CTX_new_ex\0", "Apache-2.0", "LICENSE.openssl-3.txt"),
            ("\0OSSL_STORE_open\0SSL_CTX_new\0", "OpenSSL", "LICENSE.openssl-1.1.txt"),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let root = folder.path();
            let listed = ["LICENSE.openssl-1.1.txt", "LICENSE.openssl-3.txt"];
            write(root, &[("crypto", contents), ("ssl", contents)]);
            write(root, &listed.map(|file| (file, file)));
            let licenses = ["Apache-2.0", "OpenSSL"];
            let extensions = [selected(root, "_ssl", &["crypto", "ssl"], &licenses, &listed)];
            let components = components(&distribution(root), &extensions).unwrap();
            assert_eq!(components.len(), 3);
            for component in &components[1..] {
                let texts: Vec<&str> = component.texts.iter().map(|t| t.name.as_str()).collect();
                assert_eq!((component.license.to_string().as_str(), texts), (license, vec![text]));
            }
        }
    }

    #[test]
    fn a_missing_library_is_an_error_that_names_it() {
        let root = Path::new("/nowhere");
        let extensions = [selected(root, "zlib", &["z"], &["Zlib"], &[])];
        let error = components(&distribution(root), &extensions).unwrap_err();
        assert!(error.to_string().contains("/nowhere/z"), "{error}");
    }
}
