//! Roots of file systems with hardly anything in them.

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use fs_err as fs;

use crate::Application;
use crate::application::{Finished, run};
use crate::scratch_folder;

/// Libraries of the GNU C library. Some are empty since 2.34, and not every processor has `libmvec`.
pub const C_LIBRARY: [&str; 8] = [
    "libc.so.6",
    "libm.so.6",
    "libmvec.so.1",
    "libdl.so.2",
    "libpthread.so.0",
    "libresolv.so.2",
    "librt.so.1",
    "libutil.so.1",
];

/// Where the executable is in a root.
const EXECUTABLE: &str = "/pyapp";

/// What a container without an operating system has of the kernel's: `/proc`, some devices, shared memory.
/// They are mounted for one program and its children. Its first argument is the folder.
const ENTER: &str = "set -e; root=$1; shift; mount --rbind /proc \"$root/proc\"; \
    for device in null urandom; do mount --bind /dev/$device \"$root/dev/$device\"; done; \
    mount -t tmpfs tmpfs \"$root/dev/shm\"; exec /usr/sbin/chroot \"$root\" \"$@\"";

/// A root with an executable, the dynamic loader and some libraries of this machine.
#[derive(Debug)]
pub struct Root {
    folder: tempfile::TempDir,
    /// What was put there.
    files: BTreeSet<PathBuf>,
}

impl Root {
    /// Makes a root with `application`, the C library, and `libraries` of the folder that this machine has
    /// the C library in.
    ///
    /// # Errors
    /// When a library is not found or a file cannot be copied.
    pub fn new(application: &Application, libraries: &[&str]) -> Result<Self> {
        fs::create_dir_all(scratch_folder())?;
        let folder = tempfile::tempdir_in(scratch_folder())?;
        let mut root = Self { folder, files: BTreeSet::new() };
        let path = root.folder.path().join(&EXECUTABLE[1..]);
        // It may be large; mostly it lies on the same file system.
        if fs::hard_link(&application.path, &path).is_err() {
            fs::copy(&application.path, &path)?;
        }
        let (loader, c_library) = loader_and_c_library(&application.path)?;
        root.copy(&loader)?;
        let has =
            |name: &&&str| **name != "libmvec.so.1" || c_library.with_file_name(name).exists();
        for name in C_LIBRARY.iter().filter(has).chain(libraries) {
            root.copy(&c_library.with_file_name(name))?;
        }
        for device in ["null", "urandom"] {
            root.add(&Path::new("/dev").join(device), |path| Ok(fs::write(path, "")?))?;
        }
        for folder in ["proc", "dev/shm"] {
            fs::create_dir_all(root.folder.path().join(folder))?;
        }
        root.files = files(root.folder.path())?;
        Ok(root)
    }

    /// A command that runs the application in the root, with an empty environment.
    ///
    /// # Errors
    /// When it is not known who runs this.
    pub fn command(&self, arguments: &[&str]) -> Result<Command> {
        let mut command = unshare()?;
        command.env_clear().arg("--mount");
        command.args(["/bin/sh", "-c", ENTER, "root"]).arg(self.folder.path());
        command.arg(EXECUTABLE).args(arguments);
        Ok(command)
    }

    /// Runs the application in the root, in which nothing is mounted.
    ///
    /// # Errors
    /// When it does not start.
    pub fn run_without_proc(&self, arguments: &[&str]) -> Result<Finished> {
        let mut command = enter(self.folder.path())?;
        run(command.env_clear().arg(EXECUTABLE).args(arguments), "")
    }

    /// Runs the application in the root.
    ///
    /// # Errors
    /// When it does not start.
    pub fn run(&self, arguments: &[&str]) -> Result<Finished> {
        run(&mut self.command(arguments)?, "")
    }

    /// Files that programs have left in the root.
    ///
    /// # Errors
    /// When a folder cannot be read.
    pub fn left(&self) -> Result<Vec<PathBuf>> {
        Ok(files(self.folder.path())?.difference(&self.files).cloned().collect())
    }

    fn copy(&self, file: &Path) -> Result<()> {
        self.add(file, |target| {
            fs::copy(file, target)?;
            Ok(())
        })
    }

    /// Has `write` make the file that this machine has at `path`.
    fn add(&self, path: &Path, write: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
        let target = self.folder.path().join(path.strip_prefix("/")?);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)?;
        }
        write(&target)
    }
}

/// A command that runs a program with another root folder, in which nothing is mounted.
///
/// # Errors
/// When it is not known who runs this.
pub fn enter(root: &Path) -> Result<Command> {
    let mut command = unshare()?;
    command.arg(format!("--root={}", root.display()));
    Ok(command)
}

/// The program that gives another one namespaces of its own, of users if it needs that for more.
///
/// # Errors
/// When it is not known who runs this.
pub fn unshare() -> Result<Command> {
    let mut command = Command::new("/usr/bin/unshare");
    if fs::metadata("/proc/self")?.uid() != 0 {
        command.args(["--user", "--map-root-user"]);
    }
    Ok(command)
}

/// All files and folders below a folder.
fn files(folder: &Path) -> Result<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                open.push(entry.path());
            }
            found.insert(entry.path().strip_prefix(folder)?.to_owned());
        }
    }
    Ok(found)
}

/// The loader and the C library that an executable has on this machine.
///
/// # Errors
/// When `ldd` does not tell, or names a library that is none of the C library.
pub fn loader_and_c_library(executable: &Path) -> Result<(PathBuf, PathBuf)> {
    let output = Command::new("ldd").arg(executable).output().context("ldd does not run")?;
    let text = String::from_utf8(output.stdout)?;
    let (mut loader, mut c_library) = (None, None);
    for line in text.lines() {
        match line.split_whitespace().collect::<Vec<_>>()[..] {
            [name, "=>", path, ..] => {
                ensure!(C_LIBRARY.contains(&name), "{name} is not part of the C library");
                if name == "libc.so.6" {
                    c_library = Some(PathBuf::from(path));
                }
            }
            [path, ..] if path.starts_with('/') => loader = Some(PathBuf::from(path)),
            // The kernel's own page.
            _ => {}
        }
    }
    loader.zip(c_library).with_context(|| format!("ldd does not name the C library: {text}"))
}
