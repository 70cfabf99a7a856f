//! What is removed from a folder of the cache, whenever something is written there.
//!
//! A library that is in use somewhere may be removed: its file stays until the last process ends.
//!
//! The folder is one that the user names, and may hold other things than the cache, the user's own files among
//! them. So only what has a name such as the cache gives is removed.

use std::ffi::OsStr;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;

use rustix::fs::{AtFlags, Dir, statat};
use rustix::time::{ClockId, clock_gettime};

use super::TEMPORARY;

/// Hexadecimal digits at the end of a name.
const KEY_LENGTH: usize = 32;
/// Seconds after which a library that nobody has used is removed.
const UNUSED: i64 = 60 * 24 * 60 * 60;
/// Seconds after which a temporary file is taken for that of a process that was killed.
const ABANDONED: i64 = 60 * 60;
/// Bytes of all libraries beyond which those are removed whose use lies back the longest.
const ROOM: u64 = 4 << 30;

struct File {
    name: Vec<u8>,
    bytes: u64,
    used: i64,
}

/// Has `remove` remove what is old, or too much, by its name; `kept` stays. What cannot be removed stays, too: the
/// next process tries again.
pub(crate) fn tidy(folder: &OwnedFd, kept: &str, remove: impl Fn(&OsStr)) {
    let now = clock_gettime(ClockId::Realtime).tv_sec;
    for name in superfluous(files(folder), kept, now, ROOM) {
        remove(OsStr::from_bytes(&name));
    }
}

fn files(folder: &OwnedFd) -> Vec<File> {
    let Ok(entries) = Dir::read_from(folder) else { return Vec::new() };
    let file = |name: &std::ffi::CStr| {
        let status = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
        let bytes = u64::try_from(status.st_size).unwrap_or(0);
        Some(File { name: name.to_bytes().to_vec(), bytes, used: status.st_mtime })
    };
    let names =
        entries.flatten().filter(|entry| !matches!(entry.file_name().to_bytes(), b"." | b".."));
    let own = names.filter(|entry| is_own(entry.file_name().to_bytes()));
    own.filter_map(|entry| file(entry.file_name())).collect()
}

/// Whether the cache gives such names: `NAME.KEY`, or that of a temporary file for it.
fn is_own(name: &[u8]) -> bool {
    let Some(dot) = name.iter().rposition(|byte| *byte == b'.') else { return false };
    let key = name.get(dot + 1..).unwrap_or_default();
    let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    dot > 0 && key.len() == KEY_LENGTH && key.iter().all(is_digit)
}

fn superfluous(mut files: Vec<File>, kept: &str, now: i64, room: u64) -> Vec<Vec<u8>> {
    files.retain(|file| file.name != kept.as_bytes());
    files.sort_by_key(|file| std::cmp::Reverse(file.used));
    let mut total = 0_u64;
    files.retain(|file| {
        total = total.saturating_add(file.bytes);
        let temporary = file.name.starts_with(TEMPORARY.as_bytes());
        let limit = if temporary { ABANDONED } else { UNUSED };
        now - file.used > limit || (total > room && !temporary)
    });
    files.into_iter().map(|file| file.name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_else_is_in_the_folder_stays() {
        let root = tempfile::tempdir().unwrap();
        let key = "0123456789abcdef0123456789abcdef";
        let own = [format!("libx.so.{key}"), format!("{TEMPORARY}1-libx.so.{key}")];
        let kept = [".bashrc".to_owned(), format!("libx.so.{key}.bak"), "libx.so.1".to_owned()];
        for name in own.iter().chain(&kept) {
            let file = fs_err::File::create(root.path().join(name)).unwrap();
            file.set_modified(std::time::UNIX_EPOCH).unwrap();
        }
        let flags = rustix::fs::OFlags::DIRECTORY;
        let folder = rustix::fs::open(root.path(), flags, rustix::fs::Mode::empty()).unwrap();
        tidy(&folder, "libx.so", |name| fs_err::remove_file(root.path().join(name)).unwrap());
        let left = fs_err::read_dir(root.path()).unwrap();
        let mut left: Vec<_> =
            left.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        left.sort();
        assert_eq!(left, kept);
    }

    #[test]
    fn old_and_too_many_files_go() {
        let now = 1_000_000_000;
        let file = |name: &str, bytes, age| File {
            name: name.as_bytes().to_vec(),
            bytes,
            used: now - age,
        };
        let files = || {
            vec![
                file("old", 1, UNUSED + 1),
                file("kept", 90, UNUSED + 1),
                file("second", 50, 2),
                file("first", 60, 1),
                file(".writing-1-x", 1, 5),
                file(".writing-2-x", 1, ABANDONED + 1),
            ]
        };
        let names = |room| -> Vec<String> {
            let names = superfluous(files(), "kept", now, room).into_iter();
            names.map(|name| String::from_utf8(name).unwrap()).collect()
        };
        assert_eq!(names(1000), [".writing-2-x", "old"]);
        assert_eq!(names(100), ["second", ".writing-2-x", "old"]);
    }
}
