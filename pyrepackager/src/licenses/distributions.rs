//! Python distributions among the collected files: what their metadata says of licences.

use std::collections::{BTreeMap, BTreeSet};

use packageurl::PackageUrl;

use super::error::LicenseError;
use super::model::{Component, ComponentKind, License, LicenseText};
use super::spelling;
use super::texts::is_license_file;
use crate::collect::Collected;
use crate::collect::core_metadata::{self, FoundDistribution, Headers};
use crate::config::resolved::Sha256Digest;

/// Longer words in the header `License` are the licence itself rather than its name.
const LONGEST_NAME: usize = 100;

/// Folders that hold nothing but licences, within a metadata folder: PEP 639's, and what Hatch wrote
/// before there was one.
const LICENSE_FOLDERS: [&str; 2] = ["licenses/", "license_files/"];

/// What old versions of setuptools write into headers that nobody filled in.
const NOT_FILLED_IN: &str = "UNKNOWN";

/// The file of a metadata folder that says where the distribution came from (PEP 610).
const DIRECT_URL: &str = "direct_url.json";

/// The distributions that go in.
///
/// # Errors
///
/// A file that was collected cannot be read.
pub(super) fn components(collected: &Collected) -> Result<Vec<Component>, LicenseError> {
    let mut metadata = Vec::new();
    for (path, file) in &collected.files {
        let metadata_file = core_metadata::folder_of(path).and_then(core_metadata::metadata_path);
        if metadata_file.is_some_and(|metadata| metadata == *path) {
            metadata.push((path.as_str(), fs_err::read(&file.source)?));
        }
    }
    let contents: BTreeMap<&str, &[u8]> =
        metadata.iter().map(|(path, content)| (*path, content.as_slice())).collect();
    let (found, _) = core_metadata::distributions(collected, &contents);
    found.iter().map(|distribution| component(distribution, collected)).collect()
}

fn component(
    found: &FoundDistribution<'_>,
    collected: &Collected,
) -> Result<Component, LicenseError> {
    let FoundDistribution { project, folder, headers } = found;
    let name = headers.first("Name").unwrap_or(project);
    let version = headers.first("Version");
    let mut texts = texts(folder, headers, collected)?;
    let words = headers.first("License").filter(|words| *words != NOT_FILLED_IN);
    let words = words.unwrap_or_default();
    let is_name = words.len() <= LONGEST_NAME && !words.contains('\n');
    if !is_name && texts.is_empty() {
        let content = words.as_bytes().to_vec();
        texts.push(LicenseText { name: "LICENSE".to_owned(), content });
    }
    let file = folder_file(folder, collected, DIRECT_URL);
    let stated = file.map(fs_err::read).transpose()?.and_then(|json| archive_hash(&json));
    let sha256 = collected.archives.get(*folder).copied().or(stated);
    Ok(Component {
        version: version.map(str::to_owned),
        license: license(headers, if is_name { words } else { "" }, &texts),
        texts,
        purl: purl(name, version),
        sha256,
        ..Component::new(ComponentKind::Distribution, name)
    })
}

/// The licence: what the expression says, else the words, else the classifiers.
fn license(headers: &Headers, words: &str, texts: &[LicenseText]) -> License {
    let contents = texts.iter().map(|text| String::from_utf8_lossy(&text.content));
    let text = contents.collect::<Vec<_>>().join("\n");
    let expression = headers.first("License-Expression").and_then(spelling::expression);
    if let Some(expression) = expression {
        return expression.into();
    }
    let from_words = spelling::from_words(words, &text);
    if matches!(from_words, License::Expression(_)) {
        return from_words;
    }
    match spelling::from_classifiers(headers.all("Classifier"), &text) {
        License::Expression(expression) => License::Expression(expression),
        // The words of a person tell more than the name of a group.
        other if words.is_empty() => match headers.first("License-Expression") {
            Some(expression) => License::Text(expression.to_owned()),
            None => other,
        },
        _ => from_words,
    }
}

/// The files that `License-File` names, and those that are called like one.
fn texts(
    folder: &str,
    headers: &Headers,
    collected: &Collected,
) -> Result<Vec<LicenseText>, LicenseError> {
    let mut names: BTreeSet<&str> = BTreeSet::new();
    let prefix = format!("{folder}/");
    let below = collected.files.range(prefix.clone()..);
    let below = below.take_while(|(path, _)| path.starts_with(&prefix));
    for (path, _) in below {
        let name = &path[prefix.len()..];
        // PEP 639 puts all of them into a folder; older tools put them beside the metadata.
        let in_folder = LICENSE_FOLDERS.iter().any(|folder| name.starts_with(folder));
        if in_folder || (!name.contains('/') && is_license_file(name)) {
            names.insert(name);
        }
    }
    names.extend(headers.all("License-File"));
    let mut texts = Vec::new();
    for name in names {
        let Some(source) = folder_file(folder, collected, name) else { continue };
        let below = LICENSE_FOLDERS.iter().find_map(|folder| name.strip_prefix(folder));
        let name = below.unwrap_or(name).to_owned();
        texts.push(LicenseText { name, content: fs_err::read(source)? });
    }
    Ok(texts)
}

/// Where a file of a metadata folder lies on this machine.
fn folder_file<'a>(
    folder: &str,
    collected: &'a Collected,
    name: &str,
) -> Option<&'a std::path::Path> {
    Some(collected.files.get(&format!("{folder}/{name}"))?.source.as_path())
}

/// The SHA-256 of the archive that a distribution was installed from, where its installer says so.
fn archive_hash(direct_url: &[u8]) -> Option<Sha256Digest> {
    let value: serde_json::Value = serde_json::from_slice(direct_url).ok()?;
    let archive = value.get("archive_info")?;
    let hashes = archive.get("hashes").and_then(|hashes| hashes.get("sha256"));
    let old = archive.get("hash").and_then(serde_json::Value::as_str);
    let hash = hashes.and_then(serde_json::Value::as_str);
    hash.or_else(|| old?.strip_prefix("sha256="))?.parse().ok()
}

fn purl(name: &str, version: Option<&str>) -> Option<String> {
    let name = core_metadata::normalise(name).replace('_', "-");
    let mut purl = PackageUrl::new("pypi", name).ok()?;
    if let Some(version) = version {
        purl.with_version(version).ok()?;
    }
    Some(purl.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::testing::write;
    use crate::collect::{DataFile, Origin};

    /// The components of a folder with `files`.
    fn found(files: &[(&str, &str)]) -> Vec<Component> {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), files);
        let origin = Origin { line: 1, stdlib: false };
        let files = files.iter().map(|(path, _)| {
            let virtual_path = (*path).to_owned();
            let source = folder.path().join(path);
            (virtual_path.clone(), DataFile { source, virtual_path, origin })
        });
        let collected = Collected { files: files.collect(), ..Collected::default() };
        components(&collected).unwrap()
    }

    fn license_of(headers: &str) -> String {
        let metadata = format!("Name: x\n{headers}\n");
        found(&[("x-1.dist-info/METADATA", &metadata)])[0].license.to_string()
    }

    #[test]
    fn the_most_certain_header_decides() {
        let mit = "Classifier: License :: OSI Approved :: MIT License";
        for (headers, expected) in [
            ("License-Expression: MIT OR Apache-2.0\nLicense: BSD", "MIT OR Apache-2.0"),
            (
                "License: Apache 2.0\nClassifier: License :: OSI Approved :: MIT License",
                "Apache-2.0",
            ),
            (&format!("License: see below\n{mit}"), "MIT"),
            ("License: see below", "see below"),
            ("License-Expression: Mine", "Mine"),
            (&format!("License: UNKNOWN\n{mit}"), "MIT"),
            ("License: UNKNOWN", "unknown"),
            ("Summary: none", "unknown"),
        ] {
            assert_eq!(license_of(headers), expected, "{headers}");
        }
    }

    #[test]
    fn texts_are_found_where_tools_put_them() {
        let components = found(&[
            (
                "A_b-1.0.dist-info/METADATA",
                "Name: A.b\nVersion: 1.0\nLicense: BSD\nLicense-File: docs/terms.txt\n",
            ),
            ("A_b-1.0.dist-info/licenses/docs/terms.txt", "terms"),
            ("A_b-1.0.dist-info/LICENSE.txt", "Redistribution and use in source and binary forms"),
            ("A_b-1.0.dist-info/RECORD", ""),
            ("A_b/LICENSE", "of something else"),
            ("old.egg-info/PKG-INFO", "Name: old\nLicense: Long\n        and wordy\n"),
            ("old.egg-info/license_notes.py", ""),
        ]);
        let [first, old] = &components[..] else { panic!("{components:?}") };
        let names = |component: &Component| {
            component.texts.iter().map(|text| text.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!((first.title().as_str(), first.license.to_string().as_str()), {
            ("A.b 1.0", "BSD-2-Clause")
        });
        assert_eq!(names(first), ["LICENSE.txt", "docs/terms.txt"]);
        assert_eq!(first.purl.as_deref(), Some("pkg:pypi/a-b@1.0"));
        assert_eq!(names(old), ["LICENSE"]);
        assert_eq!(old.texts[0].content, b"Long\nand wordy");
        assert_eq!((&old.license, &old.version), (&License::Unknown, &None));
    }

    #[test]
    fn the_hash_of_a_wheel_is_what_its_installer_wrote() {
        let digest = "ab".repeat(32);
        for json in [
            format!(r#"{{"archive_info": {{"hashes": {{"sha256": "{digest}"}}}}}}"#),
            format!(r#"{{"archive_info": {{"hash": "sha256={digest}"}}}}"#),
        ] {
            let files =
                [("x-1.dist-info/METADATA", "Name: x\n"), ("x-1.dist-info/direct_url.json", &json)];
            assert_eq!(found(&files)[0].sha256, Some(digest.parse().unwrap()));
        }
        assert_eq!(archive_hash(b"{"), None);
    }
}
