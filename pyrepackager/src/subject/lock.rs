//! Where the lock file of a subject is.
//!
//! One that lies beside the subject counts. Where there is none, and none was asked for, what was resolved is kept in the
//! cache for a day, so that the same command soon says the same, and the folder of a script stays as it is.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Options, Subject, SubjectError, find};
use crate::cache::Cache;
use crate::digest::Hasher;
use crate::pipeline::Error;
use crate::requirements::Limits;

/// The folder of the cache.
const RESOLVED: &str = "resolved";

/// How long what was resolved counts.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The lock file to use. What does not count any more is gone.
pub fn place(
    subject: &Subject,
    options: &Options,
    limits: Limits,
    cache: &Cache,
) -> Result<PathBuf, Error> {
    let beside = beside(subject)?;
    let place = if options.lock || limits.locked || beside.exists() {
        beside
    } else {
        kept(subject, cache)?
    };
    let outdated = |path: &Path| {
        let age = fs_err::metadata(path).ok()?.modified().ok()?.elapsed().ok()?;
        Some(age > DAY && path.starts_with(cache.root()))
    };
    let refresh = options.upgrade || (!limits.offline && outdated(&place).unwrap_or_default());
    if refresh && !limits.locked && place.exists() {
        fs_err::remove_file(&place)?;
    }
    Ok(place)
}

fn beside(subject: &Subject) -> Result<PathBuf, SubjectError> {
    Ok(match subject {
        Subject::Script(path) | Subject::Wheel(path) => path.with_extension("lock"),
        Subject::Project(folder) => folder.join("pyoxidizer.lock"),
        Subject::Package(folder) => folder.with_extension("lock"),
        Subject::Requirement(text) => {
            let name = find::distribution_of(text).unwrap_or_else(|| "application".to_owned());
            std::env::current_dir()?.join(format!("{name}.lock"))
        }
    })
}

fn kept(subject: &Subject, cache: &Cache) -> Result<PathBuf, Error> {
    let text = match subject {
        Subject::Script(path)
        | Subject::Project(path)
        | Subject::Package(path)
        | Subject::Wheel(path) => path.as_os_str(),
        Subject::Requirement(text) => OsStr::new(text),
    };
    let mut hash = Hasher::default();
    hash.add_block(text.as_encoded_bytes());
    // Another wheel of that name is not the one that was resolved.
    if let Subject::Wheel(path) = subject {
        hash.add_block(format!("{:?}", fs_err::metadata(path)?.modified().ok()));
    }
    Ok(cache.folder(RESOLVED)?.join(format!("{}.lock", hash.finish())))
}
