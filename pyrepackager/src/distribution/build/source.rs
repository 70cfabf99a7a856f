//! CPython's source: found, checked and unpacked.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, UNIX_EPOCH};

use fs_err as fs;
use sha2::{Digest, Sha256};

use super::apt::Apt;
use super::apt_sources::Release;
use super::command::{capture, require_program};
use super::error::BuildError;
use crate::cache::Cache;
use crate::config::resolved::{PythonVersion, Sha256Digest};
use crate::reporter::Reporter;

/// CPython's source, unpacked.
#[derive(Clone, Debug)]
pub(super) struct Source {
    /// The folder that holds `configure`.
    pub(super) folder: PathBuf,
    /// Full version, such as `3.13.5`.
    pub(super) full_version: String,
    /// Time of the newest file, in seconds since 1970: the date of everything that is built.
    pub(super) epoch: u64,
}

/// The archive of the operating system's source package of `version`, from the cache or
/// downloaded into it. apt checks what it downloads against the signed package lists; what is in
/// the cache is checked against the package's description file (`.dsc`) each time.
///
/// # Errors
/// When there is no such package, or a file is not what its checksum says.
pub(super) fn from_package(
    version: PythonVersion,
    cache: &Cache,
    reporter: &dyn Reporter,
) -> Result<PathBuf, BuildError> {
    let package = format!("python{version}");
    let folder = cache.folder("sources")?.join(&package);
    let lock = cache.lock("sources", reporter)?;
    if !folder.is_dir() {
        let apt = match suite(version) {
            Some(suite) if Release::read(Path::new("/"))?.is_debian() => {
                Apt::open_suite(&cache.folder(&format!("apt-{suite}"))?, suite, reporter)?
            }
            _ => Apt::open(&cache.folder("apt")?, reporter)?,
        };
        let available = apt.source_packages("python3.")?;
        if !available.contains(&package) {
            let available = available.join(", ");
            return Err(BuildError::NoSourcePackage { version, available });
        }
        let partial = lock.partial_folder(&folder)?;
        apt.download_source(&package, partial.path())?;
        partial.finish()?;
    }
    verified_archive(&folder)
}

/// Debian's suite with the source of a release that the usual suite lacks.
fn suite(version: PythonVersion) -> Option<&'static str> {
    (version.minor == 11).then_some("bookworm")
}

/// The upstream archive in `folder`, checked against the `.dsc` beside it.
fn verified_archive(folder: &Path) -> Result<PathBuf, BuildError> {
    let description = only_file(folder, |name| name.ends_with(".dsc"))?;
    let archive = only_file(folder, |name| name.contains(".orig.tar.") && !name.ends_with(".asc"))?;
    let name = archive.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let text = fs::read_to_string(&description)?;
    let expected = sha256_in_description(&text, &name).ok_or_else(|| BuildError::Malformed {
        path: description.clone(),
        problem: format!("has no SHA-256 of `{name}`"),
    })?;
    let found = Sha256Digest(Sha256::digest(fs::read(&archive)?).into()).to_string();
    if found == expected {
        return Ok(archive);
    }
    let authority = description.display().to_string();
    Err(BuildError::Checksum { path: archive, authority, expected, found })
}

fn only_file(folder: &Path, wanted: impl Fn(&str) -> bool) -> Result<PathBuf, BuildError> {
    for file in fs::read_dir(folder)? {
        let file = file?;
        if wanted(&file.file_name().to_string_lossy()) {
            return Ok(file.path());
        }
    }
    let problem = "does not hold a whole source package; remove the folder".to_owned();
    Err(BuildError::Malformed { path: folder.to_owned(), problem })
}

/// The checksum of the file `name` in the field `Checksums-Sha256`.
fn sha256_in_description(description: &str, name: &str) -> Option<String> {
    let field = description.lines().skip_while(|line| !line.starts_with("Checksums-Sha256:"));
    field.skip(1).take_while(|line| line.starts_with(' ')).find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            [digest, _size, file] if file == name => Some(digest.to_owned()),
            _ => None,
        }
    })
}

/// Unpacks `archive` into the new folder `into` and checks that it is CPython `version`.
///
/// # Errors
/// When it is not an archive of CPython's source, or of another version.
pub(super) fn unpack(
    archive: &Path,
    version: PythonVersion,
    into: &Path,
) -> Result<Source, BuildError> {
    require_program("tar", "unpack the source", "install GNU tar and xz")?;
    // An early, plain message that names the file.
    fs::File::open(archive)?;
    fs::create_dir_all(into)?;
    let mut command = Command::new("tar");
    command.arg("--extract").arg("--strip-components=1").arg("--no-same-owner");
    command.arg("--directory").arg(into).arg("--file").arg(archive);
    match capture("unpacking the source", command) {
        // tar does not name the archive in all of its messages.
        Err(BuildError::Command { tail, .. }) => {
            let problem = format!("cannot be unpacked: {tail}");
            return Err(BuildError::NotSource { path: archive.to_owned(), problem });
        }
        other => other?,
    };
    check_version(archive, version, into)
}

/// Reads which version was unpacked.
fn check_version(
    archive: &Path,
    version: PythonVersion,
    into: &Path,
) -> Result<Source, BuildError> {
    let header = into.join("Include/patchlevel.h");
    if !header.is_file() || !into.join("configure").is_file() {
        let problem = "is not an archive of CPython's source: it lacks `configure` or \
                       `Include/patchlevel.h`"
            .to_owned();
        return Err(BuildError::NotSource { path: archive.to_owned(), problem });
    }
    let full_version = version_in_header(&fs::read_to_string(&header)?);
    if !full_version.starts_with(&format!("{version}.")) {
        let path = archive.to_owned();
        return Err(BuildError::WrongVersion { path, expected: version, found: full_version });
    }
    Ok(Source { folder: into.to_owned(), full_version, epoch: newest_file(into)? })
}

fn version_in_header(header: &str) -> String {
    let line = header.lines().find_map(|line| line.trim().strip_prefix("#define PY_VERSION "));
    line.unwrap_or_default().trim().trim_matches('"').trim_end_matches('+').to_owned()
}

/// Time of the newest file below `folder`, in seconds since 1970.
pub(super) fn newest_file(folder: &Path) -> Result<u64, BuildError> {
    let mut newest = Duration::ZERO;
    for entry in walkdir::WalkDir::new(folder) {
        let entry = entry.map_err(std::io::Error::from)?;
        if entry.file_type().is_file() {
            let modified = entry.metadata().map_err(std::io::Error::from)?.modified()?;
            newest = newest.max(modified.duration_since(UNIX_EPOCH).unwrap_or_default());
        }
    }
    Ok(newest.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    const V313: PythonVersion = PythonVersion { major: 3, minor: 13 };

    fn source_archive(folder: &Path, patchlevel: &str) -> PathBuf {
        let tree = folder.join("Python");
        fs::create_dir_all(tree.join("Include")).unwrap();
        fs::write(tree.join("configure"), "").unwrap();
        fs::write(tree.join("Include/patchlevel.h"), patchlevel).unwrap();
        let archive = folder.join("source.tar");
        let mut builder = tar::Builder::new(fs::File::create(&archive).unwrap());
        builder.append_dir_all("Python-1", &tree).unwrap();
        builder.finish().unwrap();
        archive
    }

    #[test]
    fn an_archive_of_another_version_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let archive = source_archive(folder.path(), "#define PY_VERSION  \"3.12.1+\"\n");
        let error = unpack(&archive, V313, &folder.path().join("out")).unwrap_err();
        let text = error.to_string();
        assert!(text.ends_with("holds CPython 3.12.1, but 3.13 was asked for"), "{text}");
    }

    #[test]
    fn what_is_not_an_archive_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().join("source.tar.xz");
        fs::write(&archive, "not an archive").unwrap();
        let error = unpack(&archive, V313, &folder.path().join("out")).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("source.tar.xz` cannot be unpacked: "), "{text}");
    }

    #[test]
    fn the_version_and_the_date_come_from_the_source() {
        let folder = tempfile::tempdir().unwrap();
        let archive = source_archive(folder.path(), "#define PY_VERSION \"3.13.5\"\n");
        let source = unpack(&archive, V313, &folder.path().join("out")).unwrap();
        assert_eq!(source.full_version, "3.13.5");
        assert!(source.epoch > 1_500_000_000);
    }

    #[test]
    fn a_source_package_that_was_tampered_with_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let name = "python3.13_3.13.5.orig.tar.xz";
        let digest = "00".repeat(32);
        let dsc =
            format!("Format: 3\nChecksums-Sha256:\n {digest} 3 {name}\nFiles:\n x 3 {name}\n");
        fs::write(folder.path().join("python3.13.dsc"), dsc).unwrap();
        fs::write(folder.path().join(name), "abc").unwrap();
        let text = verified_archive(folder.path()).unwrap_err().to_string();
        assert!(text.contains(&digest) && text.contains("ba7816bf"), "{text}");
    }
}
