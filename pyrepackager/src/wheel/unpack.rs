//! Unpacks a wheel into the cache.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use zip::ZipArchive;
use zip::result::ZipError;

use super::error::WheelError;
use super::layout::{self, LIB, Misplaced, PREFIX, Place};
use super::name::WheelName;
use super::record::{self, Row};
use super::scripts;
use super::tags::Supported;
use crate::cache::{Cache, CacheError, seal};
use crate::config::resolved::Sha256Digest;
use crate::reporter::Reporter;

/// The folder of the cache for unpacked wheels. The number changes when they are laid out otherwise.
const FOLDER: &str = "wheels/2";

/// A wheel in the cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstalledWheel {
    /// The wheel's file name, which tells distribution and version.
    pub file_name: String,
    /// SHA-256 of the file.
    pub sha256: Sha256Digest,
    /// SHA-256 of the archive that a person would fetch: the file's own, or that of the source which
    /// it was built of. `None` when that was no archive.
    pub archive: Option<Sha256Digest>,
    folder: PathBuf,
}

impl InstalledWheel {
    /// A wheel that somebody has laid out in `folder`.
    #[cfg(test)]
    pub(crate) fn for_tests(folder: &Path) -> Self {
        let sha256 = Sha256Digest([0; 32]);
        let (file_name, folder) = ("test.whl".to_owned(), folder.to_owned());
        Self { file_name, sha256, archive: Some(sha256), folder }
    }

    /// The folder that belongs on `sys.path`.
    pub fn lib(&self) -> PathBuf {
        self.folder.join(LIB)
    }

    /// The folder that belongs at `sys.prefix`.
    pub fn prefix(&self) -> PathBuf {
        self.folder.join(PREFIX)
    }
}

/// The wheel of this hash, when it is in the cache, and what it was when it was put there.
///
/// # Errors
///
/// When the cache cannot be used.
pub fn installed(
    file_name: &str,
    sha256: Sha256Digest,
    cache: &Cache,
) -> Result<Option<InstalledWheel>, CacheError> {
    let folder = cache.folder(FOLDER)?.join(sha256.to_string());
    let there = seal::is_intact(&folder, None)
        .map_err(|source| CacheError::Folder { path: folder.clone(), source })?;
    Ok(there.then(|| InstalledWheel {
        file_name: file_name.to_owned(),
        sha256,
        archive: Some(sha256),
        folder,
    }))
}

/// Verifies and unpacks the wheel at `path`, unless it is in the cache already.
///
/// # Errors
///
/// A wheel for another Python or platform; one that is damaged, differs from its `RECORD` or holds
/// paths that lead out of it. Nothing of it stays in the cache then.
pub fn unpack(
    path: &Path,
    supported: &Supported,
    cache: &Cache,
    reporter: &dyn Reporter,
) -> Result<InstalledWheel, WheelError> {
    let file_name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let name =
        WheelName::parse(file_name).ok_or_else(|| WheelError::Name { path: path.to_owned() })?;
    if supported.rank(&name).is_none() {
        return Err(WheelError::Tags {
            path: path.to_owned(),
            tags: name.tags().to_string(),
            supported: supported.to_string(),
        });
    }
    let bytes = fs_err::read(path)
        .map_err(|source| WheelError::Unreadable { path: path.to_owned(), source })?;
    let sha256 = Sha256Digest(Sha256::digest(&bytes).into());
    let _lock = match installed(file_name, sha256, cache)? {
        Some(wheel) => return Ok(wheel),
        None => cache.lock("wheels", reporter)?,
    };
    // Another process may have been faster.
    if let Some(wheel) = installed(file_name, sha256, cache)? {
        return Ok(wheel);
    }
    let folder = cache.folder(FOLDER)?.join(sha256.to_string());
    let partial = _lock.partial_folder(&folder)?;
    let archive = ZipArchive::new(std::io::Cursor::new(bytes))
        .map_err(|source| WheelError::Archive { path: path.to_owned(), member: None, source })?;
    Unpacking { path, name: &name, folder: partial.path(), archive }.run()?;
    partial.finish()?;
    Ok(InstalledWheel { file_name: file_name.to_owned(), sha256, archive: Some(sha256), folder })
}

/// One wheel on its way into a folder.
struct Unpacking<'a, R> {
    path: &'a Path,
    name: &'a WheelName,
    folder: &'a Path,
    archive: ZipArchive<R>,
}

impl<R: Read + Seek> Unpacking<'_, R> {
    fn run(mut self) -> Result<(), WheelError> {
        let metadata = self.metadata_folder()?;
        self.check_version(&metadata)?;
        let record_name = format!("{metadata}/RECORD");
        let record = self.read_named(&record_name)?;
        let rows = record::read(&record)
            .map_err(|error| self.wrong_metadata(&record_name, error.to_string()))?;
        for part in [LIB, PREFIX] {
            write_folder(&self.folder.join(part))?;
        }
        let mut placed = Vec::new();
        let mut seen = BTreeSet::new();
        let mut taken = BTreeSet::new();
        for index in 0..self.archive.len() {
            if let Some((name, place)) = self.unpack_member(index, &metadata, &rows)? {
                if !taken.insert((place.part, place.path.clone())) {
                    return Err(WheelError::Twice { path: self.path.to_owned(), member: name });
                }
                placed.push((place.recorded(), rows.get(&name).cloned()));
                seen.insert(name);
            }
        }
        let optional = |name: &String| record::is_exempt(name, &metadata);
        if let Some(member) = rows.keys().find(|name| !seen.contains(*name) && !optional(name)) {
            return Err(WheelError::Missing { path: self.path.to_owned(), member: member.clone() });
        }
        placed.extend(self.write_scripts(&metadata, &taken)?);
        placed.sort_by(|a, b| a.0.cmp(&b.0));
        let rewritten = record::write(&placed)
            .map_err(|error| self.wrong_metadata(&record_name, error.to_string()))?;
        write_file(&self.folder.join(LIB).join(record_name), &rewritten)
    }

    /// The name of the wheel's `.dist-info` folder. Wheels' file names and folders may differ in how
    /// the name is written.
    fn metadata_folder(&self) -> Result<String, WheelError> {
        let expected = format!("{}-{}.dist-info", self.name.name, self.name.version);
        let mut folders = BTreeSet::new();
        for name in self.archive.file_names().flatten() {
            folders.extend(name.split_once('/').map(|(top, _)| top.to_owned()));
        }
        folders.retain(|top| top.ends_with(".dist-info"));
        if folders.contains(&expected) {
            return Ok(expected);
        }
        match folders.pop_first() {
            Some(only) if folders.is_empty() => Ok(only),
            _ => Err(WheelError::Missing { path: self.path.to_owned(), member: expected }),
        }
    }

    /// That the wheel is of version 1 of the format.
    fn check_version(&mut self, metadata: &str) -> Result<(), WheelError> {
        let member = format!("{metadata}/WHEEL");
        let text = self.read_named(&member)?;
        let text = String::from_utf8_lossy(&text);
        let version = text.lines().find_map(|line| line.strip_prefix("Wheel-Version:"));
        match version.map(str::trim) {
            Some(version) if version.split('.').next() == Some("1") => Ok(()),
            Some(other) => {
                let reason = format!("says that the wheel's format has version {other}, not 1");
                Err(self.wrong_metadata(&member, reason))
            }
            None => Err(self.wrong_metadata(&member, "names no version of the format".to_owned())),
        }
    }

    /// Verifies and writes one member; `None` for folders.
    fn unpack_member(
        &mut self,
        index: usize,
        metadata: &str,
        rows: &BTreeMap<String, Row>,
    ) -> Result<Option<(String, Place)>, WheelError> {
        let path = || self.path.to_owned();
        let broken = |source| WheelError::Archive { path: path(), member: None, source };
        let entry = self.archive.by_index(index).map_err(broken)?;
        let name = entry.name().map_err(broken)?.into_owned();
        let (is_folder, is_link) = (entry.is_dir(), entry.is_symlink());
        let is_executable = entry.unix_mode().is_some_and(|mode| mode & 0o111 != 0);
        drop(entry);
        let stem = metadata.strip_suffix(".dist-info").unwrap_or(metadata);
        let place = match layout::place(name.trim_end_matches('/'), stem) {
            Ok(place) if !is_link => place,
            Err(Misplaced::Scheme) if is_folder => return Ok(None),
            Err(Misplaced::Scheme) => {
                return Err(WheelError::Scheme { path: path(), member: name });
            }
            Ok(_) | Err(Misplaced::Escape) => {
                return Err(WheelError::Escape { path: path(), member: name });
            }
        };
        if is_folder {
            return Ok(None);
        }
        let contents = self.read_at(index, &name)?;
        if !record::is_exempt(&name, metadata) {
            record::verify(rows.get(&name), &contents).map_err(|mismatch| {
                let (path, member) = (self.path.to_owned(), name.clone());
                WheelError::Record { path, member, mismatch }
            })?;
        }
        let path = self.folder.join(place.relative());
        write_file(&path, &contents)?;
        if is_executable || place.is_script() {
            make_executable(&path)?;
        }
        Ok(Some((name, place)))
    }

    /// Writes the scripts that the distribution declares, but for those that it brings as files; gives their rows of
    /// `RECORD`.
    fn write_scripts(
        &mut self,
        metadata: &str,
        taken: &BTreeSet<(&'static str, String)>,
    ) -> Result<Vec<(String, Option<Row>)>, WheelError> {
        let member = format!("{metadata}/entry_points.txt");
        let Some(index) = self.archive.index_for_name(&member) else { return Ok(Vec::new()) };
        let text = self.read_at(index, &member)?;
        let mut rows = Vec::new();
        for (name, target) in scripts::declared(&String::from_utf8_lossy(&text)) {
            let place = Place::script(&name)
                .filter(|place| !taken.contains(&(place.part, place.path.clone())));
            let (Some(place), Some(source)) = (place, scripts::source(&target)) else { continue };
            let path = self.folder.join(place.relative());
            write_file(&path, source.as_bytes())?;
            make_executable(&path)?;
            rows.push((place.recorded(), Some(Row::of(source.as_bytes()))));
        }
        rows.dedup();
        Ok(rows)
    }

    fn read_named(&mut self, member: &str) -> Result<Vec<u8>, WheelError> {
        match self.archive.index_for_name(member) {
            Some(index) => self.read_at(index, member),
            None => {
                Err(WheelError::Missing { path: self.path.to_owned(), member: member.to_owned() })
            }
        }
    }

    fn read_at(&mut self, index: usize, member: &str) -> Result<Vec<u8>, WheelError> {
        let mut contents = Vec::new();
        let result = match self.archive.by_index(index) {
            Ok(mut entry) => entry.read_to_end(&mut contents).map_err(ZipError::from),
            Err(error) => Err(error),
        };
        result.map(|_| contents).map_err(|source| WheelError::Archive {
            path: self.path.to_owned(),
            member: Some(member.to_owned()),
            source,
        })
    }

    fn wrong_metadata(&self, member: &str, reason: String) -> WheelError {
        WheelError::Metadata { path: self.path.to_owned(), member: member.to_owned(), reason }
    }
}

/// Lets everybody run a file.
fn make_executable(path: &Path) -> Result<(), WheelError> {
    use std::os::unix::fs::PermissionsExt;
    fs_err::set_permissions(path, PermissionsExt::from_mode(0o755))
        .map_err(|source| CacheError::Write { path: path.to_owned(), source }.into())
}

fn write_folder(path: &Path) -> Result<(), WheelError> {
    fs_err::create_dir_all(path)
        .map_err(|source| CacheError::Write { path: path.to_owned(), source }.into())
}

fn write_file(path: &Path, contents: &[u8]) -> Result<(), WheelError> {
    if let Some(folder) = path.parent() {
        write_folder(folder)?;
    }
    fs_err::write(path, contents)
        .map_err(|source| CacheError::Write { path: path.to_owned(), source }.into())
}
