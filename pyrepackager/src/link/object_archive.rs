//! One archive of all object files of libpython and its extensions.

use std::path::{Path, PathBuf};

use ar_archive_writer::{
    ArchiveKind, DEFAULT_OBJECT_READER, NewArchiveMember, write_archive_to_stream,
};

use super::LinkError;

/// Writes an archive of `objects`, in this order.
///
/// On Linux it is a *thin* one: it names the files, and the linker reads them where they are.
/// Elsewhere linkers know no thin archives and it holds them.
pub(super) fn write(path: &Path, target: &str, objects: &[PathBuf]) -> Result<(), LinkError> {
    let (kind, thin) = if target.contains("-apple-") {
        (ArchiveKind::Darwin, false)
    } else if target.contains("-windows-") {
        (ArchiveKind::Coff, false)
    } else {
        (ArchiveKind::Gnu, true)
    };
    write_kind(path, kind, thin, objects)
}

/// As [`write`], with the objects in it.
pub(super) fn write_whole(path: &Path, target: &str, objects: &[PathBuf]) -> Result<(), LinkError> {
    let kind = if target.contains("-apple-") { ArchiveKind::Darwin } else { ArchiveKind::Gnu };
    write_kind(path, kind, false, objects)
}

fn write_kind(
    path: &Path,
    kind: ArchiveKind,
    thin: bool,
    objects: &[PathBuf],
) -> Result<(), LinkError> {
    let mut members = Vec::with_capacity(objects.len());
    for object in objects {
        let name = match object.file_name() {
            Some(name) if !thin => name.to_string_lossy(),
            _ => object.to_string_lossy(),
        };
        members.push(NewArchiveMember::new(
            fs_err::read(object)?,
            &DEFAULT_OBJECT_READER,
            name.into_owned(),
        ));
    }
    let mut file = fs_err::File::create(path)?;
    write_archive_to_stream(&mut file, &members, kind, thin, None)
        .map_err(|source| LinkError::Archive { path: path.to_owned(), source })
}
