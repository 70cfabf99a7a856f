//! Where modules and files seem to lie: the folders of an installation, whose prefix is the executable's own path.
//!
//! ```text
//! EXE/                                 the application: its scripts and packages, its data
//! EXE/lib/python3.13/                  the standard library
//! EXE/lib/python3.13/lib-dynload/      its extension modules that are shared objects
//! EXE/lib/python3.13/site-packages/    installed packages and their metadata
//! EXE/bin/                             scripts and programs, `python` among them
//! EXE/share/  …                        the other folders that wheels have files for
//! ```
//!
//! Names of entries are paths below `EXE`, and none begins with `EXE` itself. The folder of the standard library is that
//! of CPython's installation scheme `posix_prefix`, and the value of [`setting::STDLIB`](crate::setting::STDLIB).

/// Name of the folder of extension modules, below that of the standard library.
pub const DYNLOAD: &str = "lib-dynload";
/// Name of the folder of installed packages, below that of the standard library.
pub const SITE_PACKAGES: &str = "site-packages";
/// Name of the folder of scripts and programs.
pub const PROGRAMS: &str = "bin";
/// Folders of the application that several distributions have folders or files in.
pub const SHARED: [&str; 6] = [PROGRAMS, "etc", "include", "lib", "libexec", "share"];

/// A folder that stands on `sys.path`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Folder {
    /// The executable itself, as if it were the folder of a script.
    Application,
    /// The standard library.
    Stdlib,
    /// The standard library's extension modules.
    Dynload,
    /// Installed packages.
    SitePackages,
}

/// Parts a path into the folder on `sys.path` that it lies in, and what is below that.
///
/// What lies in no other folder lies in [`Folder::Application`].
#[must_use]
pub fn split(path: &str) -> (Folder, &str) {
    let Some(below) = below_stdlib(path) else { return (Folder::Application, path) };
    for (name, folder) in [(DYNLOAD, Folder::Dynload), (SITE_PACKAGES, Folder::SitePackages)] {
        if let Some(below) = below.strip_prefix(name).and_then(|rest| rest.strip_prefix('/')) {
            return (folder, below);
        }
    }
    (Folder::Stdlib, below)
}

/// What follows `lib/python3.13/`, or a like beginning of another release.
fn below_stdlib(path: &str) -> Option<&str> {
    let (version, below) = path.strip_prefix("lib/python")?.split_once('/')?;
    let (major, minor) = version.split_once('.')?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // Builds without the global interpreter lock have a `t` behind.
    let minor = minor.strip_suffix('t').unwrap_or(minor);
    (is_number(major) && is_number(minor)).then_some(below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lie_in_the_folders_of_an_installation() {
        for (path, folder, below) in [
            ("app.py", Folder::Application, "app.py"),
            ("share/x/y", Folder::Application, "share/x/y"),
            ("lib/x.so", Folder::Application, "lib/x.so"),
            ("lib/python3/x", Folder::Application, "lib/python3/x"),
            ("lib/python3.13", Folder::Application, "lib/python3.13"),
            ("lib/python3.13/json/decoder", Folder::Stdlib, "json/decoder"),
            ("lib/python3.14t/os.py", Folder::Stdlib, "os.py"),
            ("lib/python3.13/site-packages/a/b", Folder::SitePackages, "a/b"),
            ("lib/python3.13/site-packages", Folder::Stdlib, "site-packages"),
            ("lib/python3.13/lib-dynload/_tkinter", Folder::Dynload, "_tkinter"),
        ] {
            assert_eq!(split(path), (folder, below), "{path}");
        }
    }
}
