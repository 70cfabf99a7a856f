//! Packed paths among the arguments and in the environment of other programs, which see the files on disk alone.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;

use pyresources::install::{self, Folder};
use pyresources::{FormatError, Resources};

use super::shell::find;
use super::{disk, programs};
use crate::{files, resources, tree};

/// Environment variables that are for Python alone, which finds what is packed itself.
const FOR_PYTHON: [&[u8]; 2] = [b"PYTHONHOME=", b"PYTHONPATH="];
/// What ends a path within a longer text, such as the next entry of a list.
const ENDS: &[u8] = b":;,\"'` \t\n()<>|&";

/// Copies of packed files, as far as texts name them.
pub(super) struct Copies<'a> {
    own: &'a [u8],
    /// Whether the other program is a Python, which runs Python files.
    for_python: bool,
    /// Folders on disk, by the packed files and folders in them.
    folders: BTreeMap<Vec<String>, Option<PathBuf>>,
}

impl<'a> Copies<'a> {
    /// None yet; `own` is the executable's path. `for_python` says that the other program runs Python files.
    pub(super) fn new(own: &'a [u8], for_python: bool) -> Self {
        Self { own, for_python, folders: BTreeMap::new() }
    }

    /// A text with paths of copies in the place of those of packed files, `None` when it has no such paths.
    pub(super) fn replaced(&mut self, text: &[u8]) -> Option<Vec<u8>> {
        replaced(text, self.own, |path| self.folder_for(path))
    }

    /// As [`Copies::replaced`], with an environment variable, `NAME=VALUE`.
    pub(super) fn replaced_in_variable(&mut self, text: &[u8]) -> Option<Vec<u8>> {
        if FOR_PYTHON.iter().any(|name| text.starts_with(name)) {
            return None;
        }
        let value = text.iter().position(|byte| *byte == b'=')? + 1;
        let replaced = self.replaced(text.get(value..)?)?;
        Some([&text[..value], &replaced].concat())
    }

    /// What takes the place of the executable in front of a packed path.
    fn folder_for(&mut self, path: &[u8]) -> Option<Vec<u8>> {
        let resources = resources::packed().ok()?;
        let path = std::str::from_utf8(path).ok()?;
        let (below, paths) = needed(resources, path, self.for_python).ok()??;
        let folder = self.folders.entry(paths).or_insert_with_key(|paths| {
            disk::folder(resources, paths).inspect_err(programs::log).ok()
        });
        let folder = folder.as_ref()?.join(below);
        Some(OsString::from(folder).into_vec())
    }
}

/// What has to be on disk so that another program finds what is at `path`, and what may follow that: `jars/*` as well
/// as `jars`. The first text is the folder that the path starts at.
///
/// `None` when nothing is there, and for folders that hold everything. Python files are for this executable to run,
/// unless `for_python` says that they are for another Python.
fn needed(
    resources: &'static Resources<'static>,
    path: &str,
    for_python: bool,
) -> Result<Option<(String, Vec<String>)>, FormatError> {
    let mut path = path.trim_end_matches('/');
    loop {
        if path.is_empty() || path.split('/').any(|name| matches!(name, "" | "." | "..")) {
            return Ok(None);
        }
        if let Some((below, found)) = files::found_at(resources, path)? {
            if !for_python && tree::module_in(resources, &found)?.is_some() {
                return Ok(None);
            }
            let listed = tree::program(resources, &found)?;
            let listed = listed.and_then(|needed| programs::lines(&needed).ok());
            let paths = listed.filter(|paths| !paths.is_empty());
            let paths = paths.or_else(|| Some(vec![unit(&found)?]));
            return Ok(paths.map(|paths| (below, paths)));
        }
        path = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    }
}

/// The file or folder that goes to disk together with what is at a packed path: a package, a folder of the
/// application's. `None` for folders that hold everything.
fn unit(path: &str) -> Option<String> {
    let (folder, below) = install::split(path);
    let above = &path[..path.len() - below.len()];
    let mut names = below.split('/').filter(|name| !name.is_empty());
    let first = names.next()?;
    if folder != Folder::Application || !install::SHARED.contains(&first) {
        let is_all =
            folder == Folder::Stdlib && matches!(first, install::SITE_PACKAGES | install::DYNLOAD);
        return (!is_all).then(|| format!("{above}{first}"));
    }
    match (first, names.next()) {
        (first, Some(second)) if first != "lib" || !second.starts_with("python") => {
            Some(format!("{first}/{second}"))
        }
        // On a search path.
        ("bin", None) => Some("bin".to_owned()),
        _ => None,
    }
}

/// A text with the paths replaced that `replace` has others for, `None` when it has none.
///
/// `own` is the executable's path. What follows it, up to the end of the text or to what may end a path there, is
/// given to `replace`, the longest first; that returns what takes the place of `own`.
fn replaced(
    text: &[u8],
    own: &[u8],
    mut replace: impl FnMut(&[u8]) -> Option<Vec<u8>>,
) -> Option<Vec<u8>> {
    let mut result = Vec::new();
    let mut done = 0;
    let mut position = 0;
    while let Some(found) = find(text, own, position) {
        let below = found + own.len();
        position = below;
        if text.get(below) != Some(&b'/') {
            continue;
        }
        let rest = text.get(below + 1..).unwrap_or_default();
        let shorter = rest.iter().position(|byte| ENDS.contains(byte));
        // A path that stands alone may have anything in it.
        let whole = if found == 0 { replace(rest) } else { None };
        let other = whole.or_else(|| replace(&rest[..shorter.unwrap_or(rest.len())]));
        if let Some(other) = other {
            result.extend_from_slice(&text[done..found]);
            result.extend_from_slice(&other);
            done = below;
        }
    }
    if done == 0 {
        return None;
    }
    result.extend_from_slice(&text[done..]);
    Some(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(text: &str) -> String {
        let known = ["pkg/run.js", "pkg/a b.txt", "pkg/jars/*"].map(str::as_bytes);
        let changed = replaced(text.as_bytes(), b"/opt/app", |path| {
            known.contains(&path).then(|| b"/cache/1".to_vec())
        });
        changed.map_or(text.to_owned(), |text| String::from_utf8(text).unwrap())
    }

    #[test]
    fn packages_go_to_disk_whole() {
        for (path, expected) in [
            (
                "lib/python3.13/site-packages/cmake/data/bin/cmake",
                Some("lib/python3.13/site-packages/cmake"),
            ),
            ("lib/python3.13/site-packages/x.jar", Some("lib/python3.13/site-packages/x.jar")),
            ("lib/python3.13/idlelib/Icons/x.png", Some("lib/python3.13/idlelib")),
            ("tools/run.sh", Some("tools")),
            ("share/jupyter/x/y", Some("share/jupyter")),
            ("bin", Some("bin")),
            ("bin/tool", Some("bin/tool")),
            ("share", None),
            ("lib", None),
            ("lib/python3.13", None),
            ("lib/python3.13/site-packages", None),
        ] {
            assert_eq!(unit(path).as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn packed_paths_are_replaced() {
        for (text, expected) in [
            ("/opt/app/pkg/run.js", "/cache/1/pkg/run.js"),
            ("/opt/app/pkg/a b.txt", "/cache/1/pkg/a b.txt"),
            ("--file=/opt/app/pkg/run.js", "--file=/cache/1/pkg/run.js"),
            (
                "/opt/app/pkg/jars/*:/x:/opt/app/pkg/run.js",
                "/cache/1/pkg/jars/*:/x:/cache/1/pkg/run.js",
            ),
            ("node '/opt/app/pkg/run.js' --x", "node '/cache/1/pkg/run.js' --x"),
            ("file:///opt/app/pkg/run.js", "file:///cache/1/pkg/run.js"),
        ] {
            assert_eq!(changed(text), expected, "{text}");
        }
    }

    #[test]
    fn other_texts_stay() {
        for text in ["", "/opt/app", "/opt/app2/pkg/run.js", "/opt/app/absent", "/opt/app -c x"] {
            assert_eq!(changed(text), text);
        }
    }
}
