//! Steps with their durations.
//!
//! All of it goes to standard error: what a task finds out is on standard output.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// Runs `work` under a headline and says how long it took.
///
/// # Errors
/// What `work` returns, with the step's name.
pub fn step<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    eprintln!("\n==> {name}");
    let start = Instant::now();
    let result = work();
    let elapsed = duration(start.elapsed());
    match &result {
        Ok(_) => eprintln!("==> {name}: done in {elapsed}"),
        Err(_) => eprintln!("==> {name}: failed after {elapsed}"),
    }
    result.with_context(|| format!("the step `{name}` failed"))
}

/// A duration as a person would say it.
pub fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0 => format!("{:.1} ms", time.as_secs_f64() * 1e3),
        1..60 => format!("{:.1} s", time.as_secs_f64()),
        _ => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

/// A number of bytes as a person would say it.
pub fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_readable() {
        assert_eq!(duration(Duration::from_micros(5250)), "5.2 ms");
        assert_eq!(duration(Duration::from_millis(1500)), "1.5 s");
        assert_eq!(duration(Duration::from_secs(125)), "2 min 5 s");
    }
}
