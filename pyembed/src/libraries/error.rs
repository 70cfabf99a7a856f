//! Why a library was not loaded, and what helps.

use std::io;

use pyresources::FormatError;
use pyresources::setting::NATIVE_FOLDER;

/// Why a library was not loaded. Libraries are named by their packed paths.
#[derive(Debug, thiserror::Error)]
pub(super) enum LoadError {
    /// What was packed into the executable cannot be read.
    #[error("cannot read {library} in the executable: {source}")]
    Damaged { library: String, source: FormatError },
    /// What was packed has no contents.
    #[error("{library} in the executable has no contents")]
    Empty { library: String },
    /// The compressed contents are damaged.
    #[error("cannot unpack {library} in the executable: {source}")]
    Unpack { library: String, source: io::Error },
    /// A packed library that another one needs is not there.
    #[error("{needed_by} needs {library}, which is not packed into the executable")]
    Absent { library: String, needed_by: String },
    /// A name that C cannot represent.
    #[error("the path of {library} holds a NUL byte")]
    Name { library: String },
    /// The kernel gave no file in memory.
    #[error("cannot put {library} into a file in memory: {source}")]
    Memory { library: String, source: io::Error },
    /// The system's loader does not know how to bind it to this shared library.
    #[error("cannot load {library} from within a shared library: that needs glibc 2.28 or newer")]
    OldCLibrary { library: String },
    /// The folder beside the executable has no such file.
    #[error("cannot load {library}: there is no {path}")]
    NotBeside { library: String, path: String },
    /// Somebody asked for a library only if it is loaded already.
    #[error("{library} is not loaded")]
    NotLoaded { library: String },
    /// No interpreter was started.
    #[error("packed libraries are not served yet")]
    NotServed,
    /// The system's loader has not loaded it.
    #[error("cannot load {library}: {words}")]
    Refused {
        library: String,
        /// The loader's words, with the library's packed path.
        words: String,
    },
}

/// Names in the loader's words: a library, and the packages that have it in Debian and its like, and
/// in Fedora and its like.
const PACKAGES: &[(&str, &str, &str)] = &[
    ("libEGL.so.1", "libegl1", "libglvnd-egl"),
    ("libGL.so.1", "libgl1", "libglvnd-glx"),
    ("libICE.so.6", "libice6", "libICE"),
    ("libOpenCL.so.1", "ocl-icd-libopencl1", "ocl-icd"),
    ("libSM.so.6", "libsm6", "libSM"),
    ("libX11.so.6", "libx11-6", "libX11"),
    ("libXext.so.6", "libxext6", "libXext"),
    ("libXrender.so.1", "libxrender1", "libXrender"),
    ("libasound.so.2", "libasound2", "alsa-lib"),
    ("libcrypt.so.1", "libcrypt1", "libxcrypt-compat"),
    ("libexpat.so.1", "libexpat1", "expat"),
    ("libgcc_s.so.1", "libgcc-s1", "libgcc"),
    ("libgfortran.so.5", "libgfortran5", "libgfortran"),
    ("libglib-2.0.so.0", "libglib2.0-0", "glib2"),
    ("libgobject-2.0.so.0", "libglib2.0-0", "glib2"),
    ("libgthread-2.0.so.0", "libglib2.0-0", "glib2"),
    ("libgomp.so.1", "libgomp1", "libgomp"),
    ("libnsl.so.1", "libnsl2", "libnsl"),
    ("libstdc++.so.6", "libstdc++6", "libstdc++"),
    ("libxcb.so.1", "libxcb1", "libxcb"),
    ("libz.so.1", "zlib1g", "zlib"),
];

/// Releases of glibc, and systems that have it.
const GLIBC: &[(&str, &str)] = &[
    ("2.17", "RHEL 7"),
    ("2.27", "Ubuntu 18.04"),
    ("2.28", "Debian 10, RHEL 8"),
    ("2.31", "Debian 11, Ubuntu 20.04"),
    ("2.34", "RHEL 9"),
    ("2.35", "Ubuntu 22.04"),
    ("2.36", "Debian 12"),
    ("2.39", "Ubuntu 24.04, RHEL 10"),
    ("2.41", "Debian 13"),
];

impl LoadError {
    /// The error with its hint, if it has one.
    pub(super) fn explain(&self) -> String {
        match self.hint() {
            Some(hint) => format!("{self} ({hint})"),
            None => self.to_string(),
        }
    }

    /// The library that the loader has not found, by the name that it looked for.
    pub(super) fn missing_library(&self) -> Option<&str> {
        match self {
            Self::Refused { words, .. } => missing_in(words),
            _ => None,
        }
    }

    /// Whether a symbol is missing, and no library.
    pub(super) fn is_about_a_symbol(&self) -> bool {
        matches!(self, Self::Refused { words, .. } if words.contains(": undefined symbol: "))
    }

    /// What helps.
    fn hint(&self) -> Option<String> {
        match self {
            Self::Refused { library, words } => hint_of(library, words),
            Self::NotBeside { .. } => Some(format!(
                "the folder {NATIVE_FOLDER} belongs beside the executable, wherever that is"
            )),
            _ => None,
        }
    }
}

fn missing_in(words: &str) -> Option<&str> {
    let (before, _) = words.split_once(": cannot open shared object file")?;
    before.rsplit(' ').next()
}

/// What helps when the loader says this of a library.
fn hint_of(library: &str, words: &str) -> Option<String> {
    if let Some(missing) = missing_in(words) {
        if missing == library {
            return Some(
                "loading from memory needs /proc to be mounted, or Linux 5.11 on x86-64".to_owned(),
            );
        }
        return Some(match PACKAGES.iter().find(|(library, ..)| *library == missing) {
            Some((_, debian, fedora)) => format!(
                "this machine lacks {missing}: it is in the package {debian} of Debian and Ubuntu, \
                 {fedora} of Fedora and RHEL"
            ),
            None => format!(
                "this machine lacks {missing}, and it is not packed into the executable: \
                 [native_libraries] include_system can pack it"
            ),
        });
    }
    let (_, version) = words.split_once("version `GLIBC_")?;
    let (version, _) = version.split_once("' not found")?;
    let systems = GLIBC.iter().find(|(release, _)| number(release) >= number(version));
    let systems = systems.map(|(release, systems)| format!(": {systems} have {release}"));
    Some(format!("it needs glibc {version} or newer{}", systems.unwrap_or_default()))
}

/// A version for comparison.
fn number(version: &str) -> Vec<u32> {
    version.split('.').map(|part| part.parse().unwrap_or(0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(words: &str) -> String {
        LoadError::Refused { library: "pkg/_x.so".into(), words: words.into() }.explain()
    }

    #[test]
    fn a_missing_library_is_named_with_the_packages_that_have_it() {
        let words = "libgomp.so.1: cannot open shared object file: No such file or directory";
        assert_eq!(
            explained(words),
            "cannot load pkg/_x.so: libgomp.so.1: cannot open shared object file: No such file or \
             directory (this machine lacks libgomp.so.1: it is in the package libgomp1 of Debian \
             and Ubuntu, libgomp of Fedora and RHEL)"
        );
        let words = words.replace("libgomp.so.1", "libown.so");
        assert!(explained(&words).ends_with(
            "(this machine lacks libown.so, and it is not packed into the executable: \
             [native_libraries] include_system can pack it)"
        ));
    }

    #[test]
    fn a_version_of_glibc_is_told_with_systems_that_have_it() {
        let words = |version: &str| {
            format!(
                "/lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_{version}' not found (required by \
                 pkg/_x.so)"
            )
        };
        for (version, expected) in [
            ("2.38", "(it needs glibc 2.38 or newer: Ubuntu 24.04, RHEL 10 have 2.39)"),
            ("2.4", "(it needs glibc 2.4 or newer: RHEL 7 have 2.17)"),
            ("2.99", "(it needs glibc 2.99 or newer)"),
        ] {
            let explained = explained(&words(version));
            assert!(explained.ends_with(expected), "{explained}");
        }
    }

    #[test]
    fn a_missing_symbol_needs_no_hint() {
        assert_eq!(
            explained("pkg/_x.so: undefined symbol: abc"),
            "cannot load pkg/_x.so: pkg/_x.so: undefined symbol: abc"
        );
    }
}
