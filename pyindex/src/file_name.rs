//! What the file name of a wheel or a source distribution says.
//!
//! The formats are those of the PyPA specifications: "Binary distribution format" and "Source distribution format",
//! with versions by PEP 440.

use pep440_rs::Version;
use pyrepackager::wheel::WheelName;
use pyrepackager::wheel::name::normalise;

/// How a distribution is archived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A wheel.
    Wheel,
    /// A source distribution that is a compressed tar archive.
    SdistTar,
    /// A source distribution that is a zip archive, as they were before PEP 625.
    SdistZip,
}

/// The endings of file names.
const ENDINGS: [(&str, Kind); 3] =
    [(".whl", Kind::Wheel), (".tar.gz", Kind::SdistTar), (".zip", Kind::SdistZip)];

/// Bytes that a name has at most: with an ending such as `.metadata` it is still one for a file.
const LONGEST: usize = 240;

/// The name of a distribution's file, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileName {
    /// The whole name.
    pub text: String,
    /// The project's name, normalised as PEP 503 says.
    pub project: String,
    /// The version.
    pub version: Version,
    /// What kind of archive it is.
    pub kind: Kind,
}

/// Why a name is not one of a distribution's file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileNameError {
    /// Neither a wheel nor a source distribution.
    #[error("`{0}` ends neither in .whl nor in .tar.gz or .zip")]
    Ending(String),
    /// A character that no such name has, a slash among them.
    #[error("`{0}` has characters that file names of distributions do not have")]
    Characters(String),
    /// Too long for a file system.
    #[error("the name is longer than {LONGEST} bytes")]
    Length,
    /// Not made up as a wheel's name.
    #[error("`{0}` is not named NAME-VERSION-PYTHON-ABI-PLATFORM.whl")]
    Wheel(String),
    /// Not made up as a source distribution's name.
    #[error("`{0}` is not named NAME-VERSION and its ending")]
    Sdist(String),
    /// No version by PEP 440.
    #[error("`{version}` in `{name}` is not a version as PEP 440 defines them")]
    Version {
        /// The file's name.
        name: String,
        /// What stands in the version's place.
        version: String,
    },
}

impl Kind {
    /// The kind that a name's ending says, with what stands before it.
    #[must_use]
    pub fn of(name: &str) -> Option<(Self, &str)> {
        ENDINGS.iter().find_map(|(ending, kind)| Some((*kind, name.strip_suffix(ending)?)))
    }
}

impl FileName {
    /// Takes a name apart.
    ///
    /// # Errors
    ///
    /// When no distribution's file has such a name.
    pub fn parse(text: &str) -> Result<Self, FileNameError> {
        let name = || text.to_owned();
        let is_usual = |c: char| c.is_ascii_alphanumeric() || "-_.+!".contains(c);
        if !text.chars().all(is_usual) || text.starts_with('.') {
            return Err(FileNameError::Characters(name()));
        }
        if text.len() > LONGEST {
            return Err(FileNameError::Length);
        }
        let (kind, stem) = Kind::of(text).ok_or_else(|| FileNameError::Ending(name()))?;
        let (project, version) = match kind {
            Kind::Wheel => {
                let wheel = WheelName::parse(text).ok_or_else(|| FileNameError::Wheel(name()))?;
                (wheel.name, wheel.version)
            }
            // Names before PEP 625 have dashes; a version has none.
            Kind::SdistTar | Kind::SdistZip => {
                let parts = stem.rsplit_once('-').ok_or_else(|| FileNameError::Sdist(name()))?;
                (parts.0.to_owned(), parts.1.to_owned())
            }
        };
        if !is_project_name(&project) {
            return Err(FileNameError::Characters(name()));
        }
        let parsed = version.parse();
        let version = parsed.map_err(|_| FileNameError::Version { name: name(), version })?;
        Ok(Self { text: name(), project: normalise(&project), version, kind })
    }
}

/// Whether `name` can be a project's: letters, digits, `-`, `_` and `.`, the latter not at its ends.
#[must_use]
pub fn is_project_name(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric();
    name.starts_with(is_plain)
        && name.ends_with(is_plain)
        && name.chars().all(|c| is_plain(c) || "-_.".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        let of = |text: &str| {
            let name = FileName::parse(text).unwrap();
            (name.project, name.version.to_string(), name.kind)
        };
        assert_eq!(
            of("My.Pkg-1.0+local.1-cp313-cp313-linux_x86_64.whl"),
            ("my-pkg".into(), "1.0+local.1".into(), Kind::Wheel)
        );
        assert_eq!(
            of("my-old-pkg-2.0b1.zip"),
            ("my-old-pkg".into(), "2.0b1".into(), Kind::SdistZip)
        );
        assert_eq!(of("x-1!2.tar.gz"), ("x".into(), "1!2".into(), Kind::SdistTar));
    }

    #[test]
    fn others_are_refused_by_what_is_wrong() {
        let error = |text: &str| FileName::parse(text).unwrap_err().to_string();
        assert_eq!(error("a-1.exe"), "`a-1.exe` ends neither in .whl nor in .tar.gz or .zip");
        for name in [
            "../a-1.tar.gz",
            "a/b-1.tar.gz",
            ".a-1.tar.gz",
            "a\\b-1.tar.gz",
            "ä-1.tar.gz",
            "a\0-1.tar.gz",
            "-a-1.tar.gz",
            "_-1-py3-none-any.whl",
        ] {
            assert!(error(name).contains("characters"), "{name}");
        }
        assert_eq!(
            error("a-1-py3.whl"),
            "`a-1-py3.whl` is not named NAME-VERSION-PYTHON-ABI-PLATFORM.whl"
        );
        assert_eq!(error("backup.zip"), "`backup.zip` is not named NAME-VERSION and its ending");
        assert_eq!(
            error("a-x.tar.gz"),
            "`x` in `a-x.tar.gz` is not a version as PEP 440 defines them"
        );
        assert_eq!(
            FileName::parse(&format!("{}-1.zip", "a".repeat(300))),
            Err(FileNameError::Length)
        );
    }
}
