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
    /// Something else has its name, which must not become a file: a device, a pipe, a socket.
    #[error("cannot write `{path}`: it is {kind}")]
    Special {
        /// What has the name.
        path: PathBuf,
        /// What it is, with an article.
        kind: &'static str,
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
            Self::Special { .. } | Self::File { .. } => {
                Some("name another file with --output".to_owned())
            }
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

/// Checks that nothing has the executable's name but a file, or a symbolic link to one. The
/// executable gets its name by renaming, which would replace a device by a file.
fn check_replaceable(path: &Path) -> Result<(), OutputError> {
    let Ok(status) = fs::metadata(path) else { return Ok(()) };
    let kind = status.file_type();
    if kind.is_dir() {
        return Err(OutputError::Folder { path: path.to_owned() });
    }
    if kind.is_file() {
        return Ok(());
    }
    Err(OutputError::Special { path: path.to_owned(), kind: special(kind) })
}

#[cfg(unix)]
fn special(kind: std::fs::FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt as _;
    if kind.is_fifo() {
        "a named pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(not(unix))]
fn special(_: std::fs::FileType) -> &'static str {
    "no file"
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
        Self::with_mode(path, 0o777)
    }

    /// As [`Output::create`], for a file that is no executable.
    pub fn data(path: &'a Path) -> Result<Self, OutputError> {
        Self::with_mode(path, 0o666)
    }

    /// The file gets these permissions, less those that the user's `umask` takes away.
    fn with_mode(path: &'a Path, mode: u32) -> Result<Self, OutputError> {
        check_replaceable(path)?;
        let refused = |source| OutputError::File { path: path.to_owned(), source };
        fs::create_dir_all(folder_of(path)).map_err(refused)?;
        let prefix = temporary_prefix();
        let mut builder = tempfile::Builder::new();
        builder.prefix(&prefix);
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
        #[cfg(not(unix))]
        let _ = mode;
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
        // It took a while; somebody may have made something of that name meanwhile.
        check_replaceable(path)?;
        self.file.persist(path).map_err(|failed| refused(failed.error))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `Output::create` says of a path.
    fn refusal(path: &Path) -> String {
        match Output::create(path) {
            Ok(_) => "created".to_owned(),
            Err(error) => error.to_string().replace(&path.display().to_string(), "PATH"),
        }
    }

    #[cfg(unix)]
    #[test]
    fn only_files_are_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let socket = std::os::unix::net::UnixListener::bind(path("socket")).unwrap();
        let link = |target: &Path, name: &str| fs_err::os::unix::fs::symlink(target, path(name));
        link(Path::new("/dev/null"), "link-to-device").unwrap();
        link(&path("file"), "link-to-file").unwrap();
        fs::write(path("file"), "old").unwrap();
        assert_eq!(refusal(&path("socket")), "cannot write `PATH`: it is a socket");
        assert_eq!(refusal(&path("link-to-device")), "cannot write `PATH`: it is a device");
        assert_eq!(refusal(Path::new("/dev/null")), "cannot write `PATH`: it is a device");
        assert_eq!(refusal(folder.path()), "cannot write `PATH`: it is a folder");
        for name in ["file", "link-to-file", "new"] {
            assert_eq!(refusal(&path(name)), "created");
        }
        drop(socket);
    }

    #[cfg(unix)]
    #[test]
    fn what_appears_while_the_executable_is_written_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app");
        let output = Output::create(&path).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(&path).unwrap();
        let error = output.finish(|out| Ok(out.write_all(b"new")?)).unwrap_err();
        assert!(error.to_string().ends_with("it is a socket"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
