//! Where what is collected goes: folders below the executable, as prefixes of virtual paths.
//!
//! [`pyresources::install`] draws the whole.

use pyresources::install::{DYNLOAD, Folder, PROGRAMS, SITE_PACKAGES};

use crate::config::resolved::PythonVersion;

/// The folder of the standard library, such as `lib/python3.13`.
pub(crate) fn stdlib(version: PythonVersion) -> String {
    format!("lib/python{version}")
}

/// The programs by which an installation is Python: `bin/python`, `bin/python3`, `bin/python3.13`.
pub(crate) fn pythons(version: PythonVersion) -> [String; 3] {
    ["python", "python3", &format!("python{version}")].map(|name| format!("{PROGRAMS}/{name}"))
}

/// What the virtual paths of all that lies in a folder begin with: its own path and a slash, nothing for the
/// application's.
pub(crate) fn prefix(folder: Folder, version: PythonVersion) -> String {
    let stdlib = stdlib(version);
    match folder {
        Folder::Application => String::new(),
        Folder::Stdlib => format!("{stdlib}/"),
        Folder::Dynload => format!("{stdlib}/{DYNLOAD}/"),
        Folder::SitePackages => format!("{stdlib}/{SITE_PACKAGES}/"),
    }
}
