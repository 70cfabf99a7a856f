//! The libraries that extension modules link statically, and their licences.

use std::path::Path;

use fs_err as fs;

use super::error::BuildError;

/// Where a component's licence text is taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LicenceText {
    /// The copyright file of this package of the operating system.
    Package(&'static str),
    /// The comment at the head of this file of CPython's source.
    HeaderOf(&'static str),
    /// A folder of static dependencies that the caller names; no package is used for it.
    Prefix,
}

/// A library, or several that belong together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Component {
    /// Its name in licence files: `LICENSE.<name>.txt`.
    pub(super) name: &'static str,
    /// Its static libraries, without `lib` and `.a`.
    pub(super) libraries: &'static [&'static str],
    /// Its shared libraries that lie beside the standard library, without `lib` and `.so`.
    pub(super) shared: &'static [&'static str],
    /// SPDX identifiers; none for what is in the public domain.
    pub(super) spdx: &'static [&'static str],
    /// Where its licence text is taken from.
    pub(super) text: LicenceText,
}

/// Every component that may end up in an extension module.
pub(super) const COMPONENTS: [Component; 16] = [
    component("bdb", &["db"], &["Sleepycat"], LicenceText::Prefix),
    component("bzip2", &["bz2"], &["bzip2-1.0.6"], LicenceText::Package("libbz2-dev")),
    component("expat", &["expat"], &["MIT"], LicenceText::Package("libexpat1-dev")),
    component(
        "hacl",
        &["Hacl_Hash_SHA2"],
        &["MIT"],
        LicenceText::HeaderOf("Modules/_hacl/Hacl_Hash_SHA2.c"),
    ),
    component(
        "libbsd",
        &["bsd"],
        &["BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT"],
        LicenceText::Package("libbsd-dev"),
    ),
    component("libedit", &["edit"], &["BSD-3-Clause"], LicenceText::Package("libedit-dev")),
    component("libffi", &["ffi"], &["MIT"], LicenceText::Package("libffi-dev")),
    component("liblzma", &["lzma"], &["0BSD"], LicenceText::Package("liblzma-dev")),
    component(
        "libmd",
        &["md"],
        &["BSD-2-Clause", "BSD-3-Clause", "Beerware", "ISC"],
        LicenceText::Package("libmd-dev"),
    ),
    component("libuuid", &["uuid"], &["BSD-3-Clause"], LicenceText::Package("uuid-dev")),
    component(
        "mpdecimal",
        &["mpdec"],
        &["BSD-2-Clause"],
        LicenceText::HeaderOf("Modules/_decimal/libmpdec/mpdecimal.c"),
    ),
    component(
        "ncurses",
        &["ncursesw", "panelw", "tinfo"],
        &["X11"],
        LicenceText::Package("libncurses-dev"),
    ),
    component("openssl-3", &["ssl", "crypto"], &["Apache-2.0"], LicenceText::Package("libssl-dev")),
    component("sqlite", &["sqlite3"], &[], LicenceText::Package("libsqlite3-dev")),
    Component {
        shared: &["tcl8.6", "tk8.6"],
        ..component("tcl", &[], &["TCL"], LicenceText::Package("libtcl8.6"))
    },
    component("zlib", &["z"], &["Zlib"], LicenceText::Package("zlib1g-dev")),
];

const fn component(
    name: &'static str,
    libraries: &'static [&'static str],
    spdx: &'static [&'static str],
    text: LicenceText,
) -> Component {
    Component { name, libraries, shared: &[], spdx, text }
}

impl Component {
    /// The component that the static or shared library `library` belongs to.
    pub(super) fn of_library(library: &str) -> Option<&'static Component> {
        COMPONENTS.iter().find(|component| {
            component.libraries.contains(&library) || component.shared.contains(&library)
        })
    }

    /// Name of its licence file.
    pub(super) fn licence_file(&self) -> String {
        format!("LICENSE.{}.txt", self.name)
    }

    /// SPDX identifiers under the licence text that came with it; none for the public domain.
    pub(super) fn spdx_under(&self, text: &str) -> &'static [&'static str] {
        // liblzma was in the public domain before 5.6, and its text does not know the identifier.
        if self.name == "liblzma" && !text.contains("0BSD") { &[] } else { self.spdx }
    }

    /// The licence text; `None` where the static dependencies bring none.
    ///
    /// `source` is CPython's source, `licences` the folder of the static dependencies' texts.
    pub(super) fn licence_text(
        &self,
        source: &Path,
        licences: &Path,
    ) -> Result<Option<String>, BuildError> {
        let path = match self.text {
            LicenceText::HeaderOf(file) => source.join(file),
            LicenceText::Package(_) | LicenceText::Prefix => licences.join(self.licence_file()),
        };
        if !path.is_file() {
            return Ok(None);
        }
        let text = String::from_utf8_lossy(&fs::read(path)?).into_owned();
        Ok(match self.text {
            LicenceText::Package(_) | LicenceText::Prefix => Some(text),
            LicenceText::HeaderOf(_) => Some(head_comment(&text)),
        })
    }
}

/// The text of the comment that a C file begins with.
fn head_comment(source: &str) -> String {
    let comment = source.trim_start().strip_prefix("/*").unwrap_or_default();
    let comment = comment.split("*/").next().unwrap_or_default();
    let lines = comment.lines().map(|line| {
        let line = line.trim_start();
        line.strip_prefix("* ").or(line.strip_prefix('*')).unwrap_or(line).trim_end()
    });
    lines.collect::<Vec<_>>().join("\n").trim().to_owned() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_comment_at_the_head_is_the_text() {
        let source = "/*\n * MIT License\n *\n * Permission\n */\n\n#include \"x.h\" /* y */\n";
        assert_eq!(head_comment(source), "MIT License\n\nPermission\n");
    }

    #[test]
    fn every_library_has_one_component() {
        let mut seen = std::collections::BTreeSet::new();
        for library in COMPONENTS.iter().flat_map(|component| component.libraries) {
            assert!(seen.insert(library), "{library}");
        }
        assert_eq!(Component::of_library("crypto").map(|c| c.name), Some("openssl-3"));
        assert_eq!(Component::of_library("tk8.6").map(|c| c.name), Some("tcl"));
        assert!(Component::of_library("readline").is_none());
    }
}
