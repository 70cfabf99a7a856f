//! Ctrl-C, and its like: nothing half-made stays.
//!
//! What is written gets its name when it is whole, and goes away by itself when an error ends the command. A signal
//! ends it without that, so that what would stay is removed here.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use pyrepackager::application;

/// The exit code of programs that SIGINT has ended, as shells tell it.
const INTERRUPTED: i32 = 130;

/// Folders to remove.
static FOLDERS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// The folder of the output.
static OUTPUT: Mutex<Option<PathBuf>> = Mutex::new(None);

/// Whether a program runs that the signal is meant for.
static CHILD: AtomicBool = AtomicBool::new(false);

/// What a signal does instead of ending the command at once.
#[cfg(feature = "index")]
static STOP: std::sync::OnceLock<Box<dyn Fn() + Send + Sync>> = std::sync::OnceLock::new();

/// Whether that has been done. A second signal ends the command.
#[cfg(feature = "index")]
static STOPS: AtomicBool = AtomicBool::new(false);

/// Has signals handled from now on, and temporary files made in a folder that is removed then.
pub fn set_up() -> Result<Option<tempfile::TempDir>, ctrlc::Error> {
    ctrlc::set_handler(|| {
        if CHILD.load(Ordering::Relaxed) {
            return;
        }
        #[cfg(feature = "index")]
        if let Some(stop) = STOP.get()
            && !STOPS.swap(true, Ordering::Relaxed)
        {
            return stop();
        }
        clean_up();
        eprintln!("{} interrupted", console::style("error:").for_stderr().red().bold());
        std::process::exit(INTERRUPTED);
    })?;
    let Ok(folder) = tempfile::TempDir::with_prefix("pyoxidizer-") else { return Ok(None) };
    remove(folder.path());
    // Another part that has set one has its reasons.
    let _ = tempfile::env::override_temp_dir(folder.path());
    Ok(Some(folder))
}

/// Has a folder removed.
pub fn remove(folder: &Path) {
    if let Ok(mut folders) = FOLDERS.lock() {
        folders.push(folder.to_owned());
    }
}

/// Has removed what an executable is written to before it has its name.
pub fn remove_temporaries_of(executable: &Path) {
    if let Ok(mut output) = OUTPUT.lock() {
        *output = Some(application::folder_of(executable).to_owned());
    }
}

/// Leaves signals to a program that was started: the terminal sends them to both.
pub fn leave_to_child() {
    CHILD.store(true, Ordering::Relaxed);
}

/// Has the first signal call this, which sees to it that the command ends.
#[cfg(feature = "index")]
pub fn stop_by(stop: impl Fn() + Send + Sync + 'static) {
    // There is one command in a process.
    let _ = STOP.set(Box::new(stop));
}

fn clean_up() {
    // What cannot be removed stays; there is nobody to tell.
    if let Ok(folders) = FOLDERS.lock() {
        for folder in folders.iter() {
            let _ = fs_err::remove_dir_all(folder);
        }
    }
    let Ok(output) = OUTPUT.lock() else { return };
    let entries =
        output.iter().filter_map(|folder| fs_err::read_dir(folder).ok()).flatten().flatten();
    for entry in entries {
        if entry.file_name().to_string_lossy().starts_with(&application::temporary_prefix()) {
            let _ = fs_err::remove_file(entry.path());
        }
    }
}
