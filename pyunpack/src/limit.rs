//! The limit on the size of files, of Linux.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// As long as it lives, the size of files that this process writes is not limited, as far as it may decide that
/// (`ulimit -f`, systemd's `LimitFSIZE`): the limit is for files on disks, but the kernel applies it to memory, too.
pub struct NoFileSizeLimit(Option<Rlimit>);

impl NoFileSizeLimit {
    /// Lifts the limit, where there is one that this process may lift.
    #[must_use]
    pub fn lift() -> Self {
        let limit = getrlimit(Resource::Fsize);
        if limit.current.is_none() {
            return Self(None);
        }
        // A soft limit may be raised up to the hard one, which only some may raise.
        let none = Rlimit { current: None, maximum: None };
        let soft = Rlimit { current: limit.maximum, ..limit };
        let is_raised = [none, soft].into_iter().any(|new| setrlimit(Resource::Fsize, new).is_ok());
        Self(is_raised.then_some(limit))
    }
}

impl Drop for NoFileSizeLimit {
    fn drop(&mut self) {
        if let Some(limit) = self.0.take() {
            // It was there before.
            let _ = setrlimit(Resource::Fsize, limit);
        }
    }
}
