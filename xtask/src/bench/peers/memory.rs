//! How much memory a program takes, with the processes that it starts.
//!
//! Linux keeps the largest size of each process that lives (`VmHWM`). What `wait4` says of it after the end would not
//! do: it covers one process of the tree only, and what that one was before it executed the program.

use std::collections::BTreeMap;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use fs_err as fs;

/// How often new processes are looked for. Those that are known are looked at all the time.
const SEARCH: Duration = Duration::from_millis(2);

/// The largest sum, in kilobytes, of the largest sizes of processes of the program that live at the same time.
///
/// # Errors
/// When the program does not start or fails, or ends before it is looked at.
pub fn peak(command: &mut Command) -> Result<u64> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // Its processes are found by their group.
    let mut child = command.process_group(0).spawn()?;
    let group = child.id();
    let mut living = vec![group];
    let mut searched = Instant::now();
    let mut largest = 0;
    let status = loop {
        let sizes: BTreeMap<u32, u64> =
            living.iter().filter_map(|id| Some((*id, size(*id)?))).collect();
        largest = largest.max(sizes.values().sum());
        if let Some(status) = child.try_wait()? {
            break status;
        }
        living.retain(|id| *id == group || sizes.contains_key(id));
        if searched.elapsed() >= SEARCH {
            living = members(group)?;
            searched = Instant::now();
        }
    };
    ensure!(status.success(), "{:?} ended with {status}", command.get_program());
    ensure!(largest > 0, "{:?} ended before it was looked at", command.get_program());
    Ok(largest)
}

/// The largest size that a process has had, in kilobytes; `None` when it has ended.
fn size(id: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The processes of a group.
fn members(group: u32) -> Result<Vec<u32>> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let Some(id) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        // It may have ended since.
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        if group_in(&stat) == Some(group) {
            found.push(id);
        }
    }
    Ok(found)
}

/// The group in a line such as `7 (a name) S 1 7 7 …`. The name may have spaces and brackets.
fn group_in(stat: &str) -> Option<u32> {
    stat.rsplit_once(')')?.1.split_whitespace().nth(2)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A shell that waits for a program, rather than becoming it.
    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.arg("-c").arg(script);
        command
    }

    #[test]
    fn the_group_is_behind_the_name() {
        assert_eq!(group_in("12 (sh) S 1 34 56 0"), Some(34));
        assert_eq!(group_in("12 (a) b (c) S 1 34 56 0"), Some(34));
        assert_eq!(group_in(""), None);
    }

    #[test]
    fn children_count() {
        let alone = peak(&mut shell("sleep 0.1; true")).unwrap();
        let zeros = "head -c 30000000 /dev/zero | tail -n 1 | wc -c >/dev/null; true";
        let with_child = peak(&mut shell(zeros)).unwrap();
        assert!((300..20_000).contains(&alone), "{alone}");
        assert!(with_child > alone + 25_000, "{with_child}, {alone} alone");
    }

    #[test]
    fn a_failure_is_one() {
        assert!(peak(&mut shell("sleep 0.05; exit 3")).is_err());
    }
}
