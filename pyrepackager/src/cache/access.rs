//! Who may change what is in the cache.

use std::io;
use std::path::Path;

use fs_err as fs;

/// Makes the cache folder, to which no other user can write, unless it is there.
pub(super) fn create(root: &Path) -> io::Result<()> {
    if root.is_dir() {
        return Ok(());
    }
    if let Some(parent) = root.parent() {
        fs::create_dir_all(parent)?;
    }
    #[cfg(unix)]
    let created = {
        use std::os::unix::fs::DirBuilderExt as _;
        std::fs::DirBuilder::new().mode(0o755).create(root)
    };
    #[cfg(not(unix))]
    let created = fs::create_dir(root);
    match created {
        // Another process was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        created => created,
    }
}

/// Why the cache folder cannot be trusted; `None` when only this user and root can write to it.
#[cfg(unix)]
pub(super) fn distrust(root: &Path) -> Option<&'static str> {
    use std::os::unix::fs::MetadataExt as _;
    // What cannot be looked at is reported by whoever uses it.
    let status = fs::metadata(root).ok()?;
    let own = rustix::process::geteuid().as_raw();
    if ![own, 0].contains(&status.uid()) {
        return Some("it belongs to another user");
    }
    let writable = status.mode() & 0o022 != 0;
    writable.then_some("other users may write to it")
}

/// Permissions of other systems are not looked at.
#[cfg(not(unix))]
pub(super) fn distrust(_: &Path) -> Option<&'static str> {
    None
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use crate::cache::{Cache, CacheError};

    #[test]
    fn a_folder_that_others_may_write_to_is_refused() {
        let scratch = tempfile::tempdir().unwrap();
        let root = scratch.path().join("deep/cache");
        let cache = Cache::at(&root);
        cache.folder("wheels").unwrap();
        let mode = |mode| {
            fs_err::set_permissions(&root, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        for open in [0o777, 0o775, 0o1777] {
            mode(open);
            let error = cache.folder("wheels").unwrap_err();
            assert!(matches!(error, CacheError::Untrusted { .. }), "{error}");
            assert!(error.to_string().ends_with("other users may write to it"), "{error}");
            assert!(error.hint().unwrap().contains("chmod go-w"));
        }
        mode(0o700);
        cache.folder("wheels").unwrap();
    }
}
