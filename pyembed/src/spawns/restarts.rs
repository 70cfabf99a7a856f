//! A process that becomes the application again and again.
//!
//! Reloaders do that whenever a file changes. A program that takes `sys.executable` for Python does it at once every
//! time, and would never end.

use std::fmt;
use std::time::Duration;

use rustix::process::getpid;
use rustix::time::{ClockId, clock_gettime};

/// Restarts after which it is asked how long they took.
const MANY: u32 = 8;
/// What a program takes at least that does something between two restarts.
const INTERVAL: Duration = Duration::from_secs(1);

/// How often this process has become the application again, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Restarts {
    process: i32,
    count: u32,
    /// Time of the first one, since the machine was started.
    since: Duration,
}

impl Restarts {
    /// The environment variable that counts them.
    pub(crate) const VARIABLE: &str = "PYEMBED_RESTARTS";

    /// What the variable of the process's environment says.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split(':');
        let restarts = Self {
            process: numbers.next()?.parse().ok()?,
            count: numbers.next()?.parse().ok()?,
            since: Duration::from_millis(numbers.next()?.parse().ok()?),
        };
        // Other processes that are started with the variable have not been restarted.
        (restarts.process == getpid().as_raw_pid()).then_some(restarts)
    }

    /// One more, of what there were before.
    pub(super) fn one_more(before: Option<Self>) -> Self {
        let process = getpid().as_raw_pid();
        match before {
            Some(before) => Self { count: before.count + 1, ..before },
            None => Self { process, count: 1, since: now() },
        }
    }

    /// Whether nothing happens between them.
    pub(crate) fn are_endless(self) -> bool {
        self.count >= MANY && now().saturating_sub(self.since) < INTERVAL * self.count
    }
}

impl fmt::Display for Restarts {
    /// The value of the variable.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.process, self.count, self.since.as_millis())
    }
}

fn now() -> Duration {
    let time = clock_gettime(ClockId::Boottime);
    Duration::try_from(time).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn restarts_without_a_pause_are_endless() {
        let mut restarts = Restarts::one_more(None);
        for _ in 1..MANY {
            assert!(!restarts.are_endless());
            let text = restarts.to_string();
            restarts = Restarts::one_more(Restarts::parse(&text));
        }
        assert!(restarts.are_endless());
        let slow = Restarts { since: Duration::ZERO, count: 0, ..restarts };
        assert!(!slow.are_endless());
    }

    #[test]
    fn those_of_another_process_do_not_count() {
        let process = getpid().as_raw_pid();
        assert!(Restarts::parse(&format!("{process}:3:5")).is_some());
        for text in [format!("{}:3:5", process + 1), format!("{process}:3"), String::new()] {
            assert_eq!(Restarts::parse(&text), None);
        }
    }
}
