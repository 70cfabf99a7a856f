//! How long programs take, side by side.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

/// Runs each of `commands` `rounds` times, one after the other in each round, and returns the
/// median time of each.
///
/// A machine's speed changes from second to second; taking turns lets all have the same share.
///
/// # Errors
/// When a program does not start or fails.
pub fn interleaved_medians(commands: &mut [Command], rounds: usize) -> Result<Vec<Duration>> {
    let mut times = vec![Vec::with_capacity(rounds); commands.len()];
    for command in commands.iter_mut() {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        // The first run reads the files from the disk.
        time(command)?;
    }
    for _ in 0..rounds {
        for (command, times) in commands.iter_mut().zip(&mut times) {
            times.push(time(command)?);
        }
    }
    Ok(times.into_iter().map(median).collect())
}

/// How long a program takes from its start to its end.
///
/// # Errors
/// When it does not start or fails.
pub fn time(command: &mut Command) -> Result<Duration> {
    let start = Instant::now();
    let status = command.status()?;
    let elapsed = start.elapsed();
    ensure!(status.success(), "{:?} ended with {status}", command.get_program());
    Ok(elapsed)
}

/// The median; zero where there is none.
#[must_use]
pub fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    let middle = times.len() / 2;
    match times.len() {
        0 => Duration::ZERO,
        n if n % 2 == 0 => (times[middle - 1] + times[middle]) / 2,
        _ => times[middle],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        let of = |times: &[u64]| median(times.iter().map(|t| Duration::from_millis(*t)).collect());
        assert_eq!(of(&[9, 1, 5]), Duration::from_millis(5));
        assert_eq!(of(&[9, 1, 5, 7]), Duration::from_millis(6));
    }
}
