//! The executable's file.

use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use fs_err as fs;

use crate::inject::InjectError;
use crate::pipeline::Error;

/// The executable cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// A folder has its name.
    #[error("cannot write `{path}`: it is a folder")]
    Folder {
        /// The folder.
        path: PathBuf,
    },
    /// The operating system refuses.
    #[error("cannot write `{path}`")]
    File {
        /// The executable.
        path: PathBuf,
        /// What it says.
        source: std::io::Error,
    },
}

impl OutputError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Folder { path } => {
                Some(format!("name a file: `--output {}`", path.join("NAME").display()))
            }
            Self::File { .. } => Some("name another file with --output".to_owned()),
        }
    }
}

/// The folder of an executable's file.
#[must_use]
pub fn folder_of(output: &Path) -> &Path {
    output.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// How the name of a file begins that is an executable as soon as it is whole. It is removed when an error ends the
/// build; a signal may leave it.
#[must_use]
pub fn temporary_prefix() -> String {
    format!(".pyoxidizer-{}-", std::process::id())
}

/// A file on its way to be an executable.
pub(super) struct Output<'a> {
    path: &'a Path,
    file: tempfile::NamedTempFile,
}

impl<'a> Output<'a> {
    /// Makes the file, and its folder where that is lacking.
    ///
    /// # Errors
    ///
    /// When nothing can be written there: that had better be known before there is something to write.
    pub fn create(path: &'a Path) -> Result<Self, OutputError> {
        if path.is_dir() {
            return Err(OutputError::Folder { path: path.to_owned() });
        }
        let refused = |source| OutputError::File { path: path.to_owned(), source };
        fs::create_dir_all(folder_of(path)).map_err(refused)?;
        let prefix = temporary_prefix();
        let mut builder = tempfile::Builder::new();
        builder.prefix(&prefix);
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
        let file = builder.tempfile_in(folder_of(path)).map_err(refused)?;
        Ok(Self { path, file })
    }

    /// Writes it, and gives it its name. An executable of that name that runs goes on with what it was.
    pub fn finish(
        mut self,
        write: impl FnOnce(&mut dyn std::io::Write) -> Result<(), InjectError>,
    ) -> Result<(), Error> {
        let path = self.path;
        let refused = |source| OutputError::File { path: path.to_owned(), source };
        let mut out = BufWriter::new(self.file.as_file_mut());
        match write(&mut out) {
            Err(InjectError::Io(source)) => return Err(refused(source).into()),
            written => written?,
        }
        out.flush().map_err(refused)?;
        drop(out);
        self.file.persist(path).map_err(|failed| refused(failed.error))?;
        Ok(())
    }
}
