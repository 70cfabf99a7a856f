//! Derives a private list of package sources from the ones that the machine has.
//!
//! Only the operating system's own archives are taken: entries whose suites are those of the
//! release and that carry the component `main`. Hosts are never named here; they are whatever the
//! machine is set up with.

use std::collections::BTreeMap;
use std::path::Path;

use fs_err as fs;

use super::error::BuildError;

/// Debian's release whose source package is built, whatever release the machine runs.
const DEBIAN_SOURCE_SUITE: &str = "trixie";

/// An entry of a sources list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Entry {
    types: Vec<String>,
    uris: Vec<String>,
    suites: Vec<String>,
    components: Vec<String>,
    /// A key ring or, over several lines, a key.
    signed_by: Option<String>,
}

/// The operating system, from `os-release`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Release {
    /// `debian`, say.
    id: String,
    /// `bookworm`, say.
    pub(super) codename: String,
}

impl Release {
    /// Reads `os-release` below `root`.
    pub(super) fn read(root: &Path) -> Result<Self, BuildError> {
        let text = fs::read_to_string(root.join("etc/os-release"))?;
        let value = |key: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
            line.unwrap_or_default().trim_matches('"').to_owned()
        };
        Ok(Self { id: value("ID"), codename: value("VERSION_CODENAME") })
    }

    /// Whether the machine runs Debian itself, not a system made of it.
    pub(super) fn is_debian(&self) -> bool {
        self.id == "debian"
    }

    fn source_suite(&self) -> &str {
        if self.is_debian() { DEBIAN_SOURCE_SUITE } else { &self.codename }
    }

    fn has_suite(&self, suite: &str) -> bool {
        let pocket = suite.strip_prefix(self.codename.as_str());
        matches!(pocket, Some("" | "-updates" | "-security"))
    }
}

/// The private list, in the deb822 format: the release's binary packages, and sources.
///
/// # Errors
/// When the machine's lists below `root` cannot be read or do not name the main archive.
pub(super) fn derive(root: &Path, release: &Release) -> Result<String, BuildError> {
    let mut list = String::new();
    let mut has_sources = false;
    for entry in &main_entries(root)? {
        let suites: Vec<&str> =
            entry.suites.iter().map(String::as_str).filter(|s| release.has_suite(s)).collect();
        if suites.is_empty() {
            continue;
        }
        list += &stanza("deb", entry, &suites);
        if suites.contains(&release.codename.as_str()) && !has_sources {
            list += &stanza("deb-src", entry, &[release.source_suite()]);
            has_sources = true;
        }
    }
    if has_sources {
        Ok(list)
    } else {
        Err(BuildError::NoPackageSources { codename: release.codename.clone() })
    }
}

/// A private list of the packages and sources of `suite`, of Debian's main archive.
///
/// # Errors
/// When the machine does not run Debian, or its lists below `root` cannot be read or do not name
/// the main archive.
pub(super) fn derive_suite(
    root: &Path,
    release: &Release,
    suite: &str,
) -> Result<String, BuildError> {
    if !release.is_debian() {
        return Err(BuildError::NotDebian { id: release.id.clone(), suite: suite.to_owned() });
    }
    let entries = main_entries(root)?;
    let main = entries.iter().find(|entry| entry.suites.contains(&release.codename));
    match main {
        Some(entry) => Ok(stanza("deb deb-src", entry, &[suite])),
        None => Err(BuildError::NoPackageSources { codename: release.codename.clone() }),
    }
}

/// The entries of binary packages in the component `main`.
fn main_entries(root: &Path) -> Result<Vec<Entry>, BuildError> {
    let mut entries = read_entries(&root.join("etc/apt"))?;
    entries.retain(|entry| {
        entry.types.iter().any(|kind| kind == "deb")
            && entry.components.iter().any(|component| component == "main")
    });
    Ok(entries)
}

fn stanza(kind: &str, entry: &Entry, suites: &[&str]) -> String {
    let mut stanza = format!(
        "Types: {kind}\nURIs: {}\nSuites: {}\nComponents: main\n",
        entry.uris.join(" "),
        suites.join(" ")
    );
    if let Some(signed_by) = &entry.signed_by {
        // A key, unlike a key ring, begins on the next line.
        let separator = if signed_by.starts_with('\n') { "" } else { " " };
        stanza += &format!("Signed-By:{separator}{signed_by}\n");
    }
    stanza + "\n"
}

/// All entries of the machine's lists, in apt's own order.
fn read_entries(folder: &Path) -> Result<Vec<Entry>, BuildError> {
    let mut files = vec![folder.join("sources.list")];
    let parts = folder.join("sources.list.d");
    if parts.is_dir() {
        let listing: Result<Vec<_>, _> = fs::read_dir(parts)?.collect();
        files.extend(listing?.into_iter().map(|file| file.path()));
        files[1..].sort();
    }
    let mut entries = Vec::new();
    for file in files.iter().filter(|file| file.is_file()) {
        let parse = match file.extension().and_then(|extension| extension.to_str()) {
            Some("sources") => parse_deb822,
            Some("list") => parse_one_line,
            _ => continue,
        };
        entries.extend(parse(&fs::read_to_string(file)?));
    }
    Ok(entries)
}

fn parse_deb822(text: &str) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut fields: BTreeMap<String, String> = BTreeMap::new();
    let mut last = String::new();
    // The empty line at the end closes the last stanza.
    for line in text.lines().chain([""]) {
        if line.starts_with('#') {
            continue;
        }
        if line.trim().is_empty() {
            entries.extend(entry_of(&std::mem::take(&mut fields)));
        } else if line.starts_with([' ', '\t']) {
            if let Some(value) = fields.get_mut(&last) {
                value.push('\n');
                value.push_str(line);
            }
        } else if let Some((key, value)) = line.split_once(':') {
            last = key.to_ascii_lowercase();
            fields.insert(last.clone(), value.trim().to_owned());
        }
    }
    entries
}

fn entry_of(fields: &BTreeMap<String, String>) -> Option<Entry> {
    let words = |key: &str| -> Vec<String> {
        fields.get(key).into_iter().flat_map(|v| v.split_whitespace()).map(str::to_owned).collect()
    };
    if fields.is_empty() || fields.get("enabled").is_some_and(|enabled| enabled == "no") {
        return None;
    }
    Some(Entry {
        types: words("types"),
        uris: words("uris"),
        suites: words("suites"),
        components: words("components"),
        signed_by: fields.get("signed-by").cloned(),
    })
}

fn parse_one_line(text: &str) -> Vec<Entry> {
    text.lines().filter_map(|line| one_line_entry(line.split('#').next()?.trim())).collect()
}

fn one_line_entry(line: &str) -> Option<Entry> {
    let (kind, rest) = line.split_once(char::is_whitespace)?;
    let rest = rest.trim_start();
    let (options, rest) = match rest.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => ("", rest),
    };
    let mut words = rest.split_whitespace().map(str::to_owned);
    let signed_by = options
        .split_whitespace()
        .find_map(|option| option.strip_prefix("signed-by="))
        .map(str::to_owned);
    Some(Entry {
        types: vec![kind.to_owned()],
        uris: vec![words.next()?],
        suites: vec![words.next()?],
        components: words.collect(),
        signed_by,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEB822: &str = "Types: deb\n# old\nURIs: http://a.example/debian\n\
        Suites: bookworm bookworm-updates\nComponents: main contrib\n\
        Signed-By:\n -----BEGIN PGP\n .\n -----END\n\nTypes: deb\nEnabled: no\n\
        URIs: http://b.example\nSuites: bookworm\nComponents: main\n";
    const ONE_LINE: &str = "# comment\n\
        deb [arch=amd64 signed-by=/k.gpg] http://a.example/debian bookworm main # why\n\
        deb http://a.example/security bookworm-security main\n\
        deb http://vendor.example/apt vendor-bookworm main\n\
        deb http://vendor.example/apt bookworm stable\n";

    fn machine(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("etc/apt/sources.list.d")).unwrap();
        for (name, text) in files {
            fs::write(root.path().join("etc").join(name), text).unwrap();
        }
        root
    }

    fn derive_from(files: &[(&str, &str)]) -> Result<String, BuildError> {
        let root = machine(files);
        let os = "ID=debian\nVERSION_CODENAME=bookworm\n";
        fs::write(root.path().join("etc/os-release"), os).unwrap();
        derive(root.path(), &Release::read(root.path())?)
    }

    #[test]
    fn deb822_keeps_embedded_keys_and_drops_disabled_entries() {
        let list = derive_from(&[("apt/sources.list.d/debian.sources", DEB822)]).unwrap();
        insta::assert_snapshot!(list, @r"
        Types: deb
        URIs: http://a.example/debian
        Suites: bookworm bookworm-updates
        Components: main
        Signed-By:
         -----BEGIN PGP
         .
         -----END

        Types: deb-src
        URIs: http://a.example/debian
        Suites: trixie
        Components: main
        Signed-By:
         -----BEGIN PGP
         .
         -----END
        ");
    }

    #[test]
    fn one_line_lists_give_sources_from_the_main_archive_only() {
        let list = derive_from(&[("apt/sources.list", ONE_LINE)]).unwrap();
        insta::assert_snapshot!(list, @r"
        Types: deb
        URIs: http://a.example/debian
        Suites: bookworm
        Components: main
        Signed-By: /k.gpg

        Types: deb-src
        URIs: http://a.example/debian
        Suites: trixie
        Components: main
        Signed-By: /k.gpg

        Types: deb
        URIs: http://a.example/security
        Suites: bookworm-security
        Components: main
        ");
    }

    #[test]
    fn other_releases_ask_for_their_own_sources() {
        let files = [("apt/sources.list", "deb http://u.example noble main universe\n")];
        let root = machine(&files);
        fs::write(root.path().join("etc/os-release"), "ID=ubuntu\nVERSION_CODENAME=\"noble\"\n")
            .unwrap();
        let list = derive(root.path(), &Release::read(root.path()).unwrap()).unwrap();
        assert!(list.contains("Types: deb-src\nURIs: http://u.example\nSuites: noble\n"), "{list}");
    }

    #[test]
    fn a_suite_is_that_of_the_main_archive_and_debian_only() {
        let root = machine(&[("apt/sources.list", ONE_LINE)]);
        let release = |id: &str| Release { id: id.to_owned(), codename: "bookworm".to_owned() };
        let list = derive_suite(root.path(), &release("debian"), "forky").unwrap();
        insta::assert_snapshot!(list, @r"
        Types: deb deb-src
        URIs: http://a.example/debian
        Suites: forky
        Components: main
        Signed-By: /k.gpg
        ");
        let error = derive_suite(root.path(), &release("ubuntu"), "forky").unwrap_err();
        insta::assert_snapshot!(
            format!("{error} | {}", error.hint().unwrap()),
            @"packages of Debian's suite `forky` were asked for, but this machine runs `ubuntu` | run this on Debian, or name a published archive with `local_path` or `url`"
        );
    }

    #[test]
    fn a_machine_without_the_main_archive_is_an_error() {
        let error = derive_from(&[("apt/sources.list", "deb http://v.example other main\n")]);
        insta::assert_snapshot!(
            error.unwrap_err(),
            @"no entry of /etc/apt names the main archive of the release `bookworm`"
        );
    }
}
