//! Entries of a tar archive: which are let in, and how they are written.
//!
//! Nothing may come to lie outside of the folder, neither when unpacking nor when the unpacked
//! files are used later. The rules:
//!
//! * a path consists of plain names, the first of which is `python`;
//! * no folder on the way to an entry is a symbolic link;
//! * a symbolic link is relative, climbs only at its beginning, and not above `python`. As the
//!   folders on its way are real, and each link on its onward way follows the same rule, it
//!   cannot lead out;
//! * a hard link names an earlier regular file by a path of the first kind;
//! * there are no devices or pipes.

use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use fs_err as fs;
use tar::EntryType;

use super::TOP;

/// What is wrong with a tar archive.
#[derive(Debug)]
pub(super) enum Problem {
    /// It does not even begin as one; `None` when nothing is in it.
    NotTar(Option<io::Error>),
    /// It ends within an entry.
    Cut(io::Error),
    /// What follows the entry is not a header.
    After { entry: String, source: io::Error },
    /// The entry breaks a rule.
    Unsafe { entry: String, problem: String },
    /// The entry cannot be written.
    Unwritable { entry: String, source: io::Error },
}

/// Writes all entries into `folder`.
pub(super) fn unpack_all<R: Read>(
    archive: &mut tar::Archive<R>,
    folder: &Path,
) -> Result<(), Problem> {
    let mut last = None;
    let entries = archive.entries().map_err(|error| Problem::NotTar(Some(error)))?;
    for entry in entries {
        let mut entry = entry.map_err(|source| match last.take() {
            None => Problem::NotTar(Some(source)),
            Some(_) if source.kind() == io::ErrorKind::UnexpectedEof => Problem::Cut(source),
            Some(entry) => Problem::After { entry, source },
        })?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        unpack_one(&mut entry, &name, folder)?;
        last = Some(name);
    }
    if last.is_none() { Err(Problem::NotTar(None)) } else { Ok(()) }
}

fn unpack_one<R: Read>(
    entry: &mut tar::Entry<'_, R>,
    name: &str,
    folder: &Path,
) -> Result<(), Problem> {
    let kind = entry.header().entry_type();
    if kind == EntryType::XGlobalHeader {
        return Ok(());
    }
    let refused = |problem| Problem::Unsafe { entry: name.to_owned(), problem };
    let unwritable = |source| Problem::Unwritable { entry: name.to_owned(), source };
    let path = entry.path().map_err(unwritable)?.into_owned();
    let path = plain_path(&path).map_err(refused)?;
    let destination = folder.join(&path);
    make_parents(folder, &path).map_err(|failure| failure.of(name))?;
    match kind {
        EntryType::Directory => make_folder(&destination).map_err(|failure| failure.of(name)),
        EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {
            make_room(&destination).map_err(unwritable)?;
            write_file(entry, &destination, name)
        }
        EntryType::Symlink => {
            let target = link_target(entry).map_err(refused)?;
            check_symlink(&path, &target).map_err(refused)?;
            make_room(&destination).map_err(unwritable)?;
            symlink(&target, &destination).map_err(unwritable)
        }
        EntryType::Link => {
            let target = link_target(entry).map_err(refused)?;
            let target = folder.join(plain_path(&target).map_err(|problem| {
                refused(format!("is a hard link to `{}`, which {problem}", target.display()))
            })?);
            check_hard_link(folder, &target).map_err(refused)?;
            make_room(&destination).map_err(unwritable)?;
            fs::hard_link(&target, &destination).map_err(unwritable)
        }
        other => Err(refused(format!(
            "is neither file, folder nor link (type `{}`)",
            char::from(other.as_byte())
        ))),
    }
}

/// The path without `.`; an error says which rule it breaks.
fn plain_path(path: &Path) -> Result<PathBuf, String> {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => plain.push(name),
            Component::CurDir => {}
            Component::ParentDir => return Err("leaves its folder by `..`".to_owned()),
            Component::RootDir | Component::Prefix(_) => {
                return Err("has an absolute path".to_owned());
            }
        }
    }
    if plain.starts_with(TOP) { Ok(plain) } else { Err(format!("is not in the folder `{TOP}`")) }
}

/// Why an entry's place could not be made.
enum Failure {
    Rule(String),
    Io(io::Error),
}

impl Failure {
    fn of(self, name: &str) -> Problem {
        let entry = name.to_owned();
        match self {
            Self::Rule(problem) => Problem::Unsafe { entry, problem },
            Self::Io(source) => Problem::Unwritable { entry, source },
        }
    }
}

/// Makes the folders on the way to `path`, all of which have to be real ones.
fn make_parents(folder: &Path, path: &Path) -> Result<(), Failure> {
    let mut parent = folder.to_owned();
    for component in path.parent().into_iter().flat_map(Path::components) {
        parent.push(component);
        make_folder(&parent)?;
    }
    Ok(())
}

fn make_folder(path: &Path) -> Result<(), Failure> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => Ok(()),
        Ok(metadata) if metadata.is_symlink() => {
            let name = path.file_name().unwrap_or_default().display();
            Err(Failure::Rule(format!("goes through the symbolic link `{name}`")))
        }
        Ok(_) => Err(Failure::Rule("lies below a file".to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir(path).map_err(Failure::Io)
        }
        Err(error) => Err(Failure::Io(error)),
    }
}

/// Removes an earlier file or link of the same name: names that differ in case are one name on
/// some file systems, and a link must be replaced rather than followed.
fn make_room(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(_) => fs::remove_file(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

fn write_file<R: Read>(
    entry: &mut tar::Entry<'_, R>,
    path: &Path,
    name: &str,
) -> Result<(), Problem> {
    let unwritable = |source| Problem::Unwritable { entry: name.to_owned(), source };
    let mut file = fs::File::create_new(path).map_err(unwritable)?;
    let expected = entry.size();
    let written = io::copy(entry, &mut file).map_err(|source| match source.kind() {
        io::ErrorKind::UnexpectedEof => Problem::Cut(source),
        _ => Problem::Unwritable { entry: name.to_owned(), source },
    })?;
    if written < expected {
        let short = format!("`{name}` has {written} of {expected} bytes");
        return Err(Problem::Cut(io::Error::new(io::ErrorKind::UnexpectedEof, short)));
    }
    // Bytecode files of the distribution record the time of their source.
    if let Ok(seconds) = entry.header().mtime() {
        let Some(time) = UNIX_EPOCH.checked_add(Duration::from_secs(seconds)) else {
            let problem = format!("has a date that no clock can show: {seconds} seconds");
            return Err(Problem::Unsafe { entry: name.to_owned(), problem });
        };
        file.file().set_modified(time).map_err(unwritable)?;
    }
    let executable = entry.header().mode().is_ok_and(|mode| mode & 0o111 != 0);
    if executable { make_executable(path).map_err(unwritable) } else { Ok(()) }
}

fn link_target<R: Read>(entry: &tar::Entry<'_, R>) -> Result<PathBuf, String> {
    match entry.link_name() {
        Ok(Some(target)) => Ok(target.into_owned()),
        Ok(None) | Err(_) => Err("is a link without a target".to_owned()),
    }
}

/// Whether the symbolic link at `path` to `target` stays inside.
fn check_symlink(path: &Path, target: &Path) -> Result<(), String> {
    let leaves =
        || format!("is a symbolic link to `{}`, which leaves its folder", target.display());
    // Folders between the link and the top one, which the link may not climb out of.
    let mut depth = path.components().count().saturating_sub(2);
    let mut descending = false;
    for component in target.components() {
        match component {
            Component::Normal(_) => descending = true,
            Component::CurDir => {}
            Component::ParentDir if !descending && depth > 0 => depth -= 1,
            _ => return Err(leaves()),
        }
    }
    Ok(())
}

/// Whether `target`, in `folder`, is a regular file that is reached through no link.
fn check_hard_link(folder: &Path, target: &Path) -> Result<(), String> {
    let through_link = target
        .ancestors()
        .take_while(|ancestor| *ancestor != folder)
        .any(|ancestor| ancestor.is_symlink());
    if !through_link && target.is_file() {
        return Ok(());
    }
    let name = target.strip_prefix(folder).unwrap_or(target).display();
    Err(format!("is a hard link to `{name}`, which is not an earlier file of the archive"))
}

#[cfg(unix)]
fn symlink(target: &Path, path: &Path) -> io::Result<()> {
    fs::os::unix::fs::symlink(target, path)
}

#[cfg(windows)]
fn symlink(target: &Path, path: &Path) -> io::Result<()> {
    fs::os::windows::fs::symlink_file(target, path)
}

#[cfg(unix)]
fn make_executable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(path)?.permissions().mode();
    // Whoever may read it may run it, as the umask has it.
    fs::set_permissions(path, PermissionsExt::from_mode(mode | ((mode & 0o444) >> 2)))
}

#[cfg(windows)]
fn make_executable(_path: &Path) -> io::Result<()> {
    Ok(())
}
