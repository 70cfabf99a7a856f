//! Writes the archive: a tar file whose bytes depend on nothing but the files in it.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use fs_err as fs;
use std::os::unix::fs::PermissionsExt;

use super::error::BuildError;
use crate::reporter::{Length, Reporter};

/// Level of compression: above it, time grows much faster than size shrinks.
const LEVEL: i32 = 9;

/// Power of two of the window. Object files are there twice, loose and in libpython, far apart;
/// this is the largest window that decoders accept unasked.
const WINDOW_LOG: u32 = 27;

/// What to archive, by path below `python/`.
#[derive(Debug, Default)]
pub(super) struct Entries {
    entries: BTreeMap<String, Content>,
}

#[derive(Debug)]
enum Content {
    Text(String),
    File(PathBuf),
    Link(PathBuf),
}

impl Entries {
    /// Adds a file that holds `text`.
    pub(super) fn add_text(&mut self, path: &str, text: String) {
        self.entries.insert(path.to_owned(), Content::Text(text));
    }

    /// Adds the file `file`.
    pub(super) fn add_file(&mut self, path: &str, file: PathBuf) {
        self.entries.insert(path.to_owned(), Content::File(file));
    }

    /// Adds the files and links below `folder`.
    pub(super) fn add_folder(&mut self, path: &str, folder: &Path) -> Result<(), BuildError> {
        for entry in walkdir::WalkDir::new(folder) {
            let entry = entry.map_err(std::io::Error::from)?;
            let Ok(relative) = entry.path().strip_prefix(folder) else { continue };
            let name = format!("{path}/{}", relative.display());
            if entry.file_type().is_symlink() {
                let target = fs::read_link(entry.path())?;
                self.entries.insert(name, Content::Link(target));
            } else if entry.file_type().is_file() {
                self.add_file(&name, entry.into_path());
            }
        }
        Ok(())
    }
}

/// Writes `PYTHON.json` and then `entries`, sorted, to the file `archive`, all dated `epoch`.
///
/// The archive appears under its name when it is whole.
pub(super) fn write(
    archive: &Path,
    python_json: String,
    entries: Entries,
    epoch: u64,
    reporter: &dyn Reporter,
) -> Result<(), BuildError> {
    let progress =
        reporter.start("writing the archive", Length::Items(entries.entries.len() as u64));
    let folder = archive.parent().unwrap_or(Path::new("."));
    let temporary = tempfile::Builder::new()
        .prefix(".partial-")
        .permissions(std::fs::Permissions::from_mode(0o644))
        .tempfile_in(folder)?;
    let mut builder = tar::Builder::new(encoder(temporary.as_file())?);
    append(&mut builder, "PYTHON.json", Content::Text(python_json), epoch)?;
    for (path, content) in entries.entries {
        append(&mut builder, &path, content, epoch)?;
        progress.advance(1);
    }
    builder.into_inner()?.finish()?.sync_all()?;
    temporary.persist(archive).map_err(|error| error.error)?;
    Ok(())
}

fn encoder<W: Write>(out: W) -> std::io::Result<zstd::Encoder<'static, W>> {
    let mut encoder = zstd::Encoder::new(out, LEVEL)?;
    // At least one worker thread: without any, the format's blocks are cut differently.
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get() as u32);
    encoder.multithread(threads)?;
    encoder.long_distance_matching(true)?;
    encoder.window_log(WINDOW_LOG)?;
    encoder.include_checksum(true)?;
    Ok(encoder)
}

fn append<W: Write>(
    builder: &mut tar::Builder<W>,
    path: &str,
    content: Content,
    epoch: u64,
) -> Result<(), BuildError> {
    let path = format!("python/{path}");
    let mut header = tar::Header::new_gnu();
    header.set_mtime(epoch);
    match content {
        Content::Text(text) => {
            header.set_mode(0o644);
            header.set_size(text.len() as u64);
            builder.append_data(&mut header, path, text.as_bytes())?;
        }
        Content::File(file) => {
            let file = fs::File::open(file)?;
            let metadata = file.metadata()?;
            let executable = metadata.permissions().mode() & 0o100 != 0;
            header.set_mode(if executable { 0o755 } else { 0o644 });
            header.set_size(metadata.len());
            builder.append_data(&mut header, path, file)?;
        }
        Content::Link(target) => {
            header.set_entry_type(tar::EntryType::Symlink);
            header.set_mode(0o777);
            header.set_size(0);
            builder.append_link(&mut header, path, target)?;
        }
    }
    Ok(())
}
