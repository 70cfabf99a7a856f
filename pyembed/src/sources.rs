//! The sources of packed modules and files: the executable's own, and those that the program adds.
//!
//! Each source is a tree of its own. That of the executable seems to lie at the executable's path, and that of another one
//! in a folder of it, whose name begins with `+`:
//!
//! ```text
//! EXE/lib/python3.13/site-packages/rich/            the executable's own
//! EXE/+plugins/lib/python3.13/site-packages/more/   what was added by the name `plugins`
//! ```
//!
//! So a packed path, which is relative to `EXE`, leads to a [`Source`] and to a path in it. Whoever asks for something by a packed
//! path comes by here: the importer, `files`, `libraries`. Another kind of source, such as a wheel that is mounted, is one more
//! way to make a [`Source`], with resources that were read from an archive; what asks does not change.

use std::sync::OnceLock;

use pyresources::{FormatError, Resources, install, setting};

use crate::trace::{self, Use};
use crate::{Error, PackedResources, resources};

/// What the names of folders begin with that further sources seem to lie in. Nothing that is packed begins so: no module and no
/// folder of an installation can.
const MARK: char = '+';

/// One of the sources.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source {
    /// The packed path of the folder that it seems to lie in; empty for the executable's own.
    root: &'static str,
    /// What it has, by paths relative to `root`.
    pub(crate) resources: &'static Resources<'static>,
}

static ADDED: OnceLock<Vec<Source>> = OnceLock::new();

impl Source {
    /// The packed path of what lies at a path in the source.
    pub(crate) fn packed_path(self, path: String) -> String {
        match (self.root, path.as_str()) {
            ("", _) => path,
            (root, "") => root.to_owned(),
            (root, path) => format!("{root}/{path}"),
        }
    }

    /// The path in the source of what lies at a packed path; `None` for one that leads elsewhere.
    pub(crate) fn below(self, path: &str) -> Option<&str> {
        if self.root.is_empty() {
            return Some(path);
        }
        let below = path.strip_prefix(self.root)?;
        if below.is_empty() { Some(below) } else { below.strip_prefix('/') }
    }

    /// Notes that something of it is used, for the trace of a run. A trace is about what the executable has.
    pub(crate) fn used(self, kind: Use, name: &str) {
        if self.root.is_empty() {
            trace::used(kind, name);
        }
    }

    /// Whether it is the executable's own.
    pub(crate) fn is_executable(self) -> bool {
        self.root.is_empty()
    }

    /// The packed paths of its folders on `sys.path`, if it is one that was added.
    pub(crate) fn search_path(self) -> Result<[String; 2], FormatError> {
        let stdlib = stdlib(self.resources)?;
        let packages = format!("{stdlib}/{}", install::SITE_PACKAGES);
        Ok([self.packed_path(String::new()), self.packed_path(packages)])
    }
}

/// The source that a packed path leads into, and the path there. `executable` is what the executable has.
pub(crate) fn at<'p>(executable: &'static Resources<'static>, path: &'p str) -> (Source, &'p str) {
    if path.starts_with(MARK)
        && let Some(found) = added_at(path)
    {
        return found;
    }
    (Source { root: "", resources: executable }, path)
}

#[cold]
fn added_at(path: &str) -> Option<(Source, &str)> {
    added().iter().find_map(|source| Some((*source, source.below(path)?)))
}

/// The sources that the program has added.
pub(crate) fn added() -> &'static [Source] {
    ADDED.get().map(Vec::as_slice).unwrap_or_default()
}

/// The sources, the executable's own first.
pub(crate) fn all(executable: &'static Resources<'static>) -> impl Iterator<Item = Source> {
    [Source { root: "", resources: executable }].into_iter().chain(added().iter().copied())
}

/// Opens what a program has besides the executable.
///
/// # Errors
///
/// When one of them cannot be read, is for another Python than the executable's, or has the name of another one.
pub(crate) fn open(further: &[PackedResources]) -> Result<Vec<Source>, Error> {
    if further.is_empty() {
        return Ok(Vec::new());
    }
    let expected = stdlib(resources::packed()?)?;
    let mut sources: Vec<Source> = Vec::new();
    for one in further {
        let root = format!("{MARK}{}", one.checked_name()?);
        if sources.iter().any(|source| source.root == root) {
            let problem = "other packed resources have it, too";
            return Err(Error::ResourcesName { name: one.name().to_owned(), problem });
        }
        let damaged = |source| Error::AddedResources { name: one.origin(), source };
        let parsed = Resources::parse(one.bytes()?).map_err(damaged)?;
        let found = stdlib(&parsed).map_err(damaged)?;
        if found != expected {
            let (found, expected) = (release(&found), release(&expected));
            return Err(Error::ResourcesPython { name: one.origin(), found, expected });
        }
        // As long as the process, as all that the interpreter uses.
        sources.push(Source { root: root.leak(), resources: Box::leak(Box::new(parsed)) });
    }
    Ok(sources)
}

/// Has modules and files found in these sources, too. There is one interpreter in a process, so this is called once,
/// before it starts.
pub(crate) fn add(sources: Vec<Source>) {
    if !sources.is_empty() {
        ADDED.get_or_init(|| sources);
    }
}

/// The folder of the standard library of the Python that resources are for: `lib/python3.13`.
fn stdlib(resources: &Resources<'_>) -> Result<String, FormatError> {
    let folder = resources.setting(setting::STDLIB)?.unwrap_or_default();
    Ok(String::from_utf8_lossy(folder).into_owned())
}

/// The release in the name of such a folder.
fn release(stdlib: &str) -> String {
    let release = stdlib.rsplit("python").next().filter(|release| !release.is_empty());
    release.unwrap_or("(unknown)").to_owned()
}

#[cfg(test)]
mod tests {
    use pyresources::Writer;

    use super::*;

    fn blob(stdlib: &str) -> &'static [u8] {
        let mut writer = Writer::new();
        writer.setting(setting::STDLIB, stdlib);
        writer.finish().unwrap().leak()
    }

    #[test]
    fn packed_paths_lead_into_a_source_and_back() {
        let parsed = Box::leak(Box::new(Resources::parse(blob("lib/python3.13")).unwrap()));
        let added = Source { root: "+plugins", resources: parsed };
        let own = Source { root: "", resources: parsed };
        for (path, below) in
            [("+plugins", Some("")), ("+plugins/a/b", Some("a/b")), ("+plug", None)]
        {
            assert_eq!(added.below(path), below, "{path}");
            assert_eq!(own.below(path), Some(path));
        }
        assert_eq!(added.packed_path(String::new()), "+plugins");
        assert_eq!(added.packed_path("a/b".to_owned()), "+plugins/a/b");
        assert_eq!(own.packed_path("a/b".to_owned()), "a/b");
        let site_packages = "+plugins/lib/python3.13/site-packages";
        assert_eq!(added.search_path().unwrap(), ["+plugins", site_packages]);
        assert!(at(parsed, "+absent/a").0.is_executable());
    }

    #[test]
    fn the_release_is_the_end_of_the_folder() {
        assert_eq!(release("lib/python3.13"), "3.13");
        assert_eq!(release("lib/python3.14t"), "3.14t");
        assert_eq!(release(""), "(unknown)");
    }
}
