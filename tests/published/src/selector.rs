//! The published archives that the facts are about, and how a fact says which of them it holds for.
//!
//! `3.10-3.12 linux; 3.13 linux-x86_64,windows` are two parts, each with a range of feature
//! releases and a list of targets.

use anyhow::{Context, Result};

/// Feature releases, oldest first.
pub const RELEASES: [&str; 6] = ["3.10", "3.11", "3.12", "3.13", "3.14", "3.15"];

/// Targets, each with its name in selectors.
pub const TARGETS: [(&str, &str); 5] = [
    ("x86_64-unknown-linux-gnu", "linux-x86_64"),
    ("aarch64-unknown-linux-gnu", "linux-aarch64"),
    ("x86_64-apple-darwin", "macos-x86_64"),
    ("aarch64-apple-darwin", "macos-aarch64"),
    ("x86_64-pc-windows-msvc", "windows"),
];

/// Names for several targets, as indices into [`TARGETS`].
const GROUPS: [(&str, &[usize]); 4] =
    [("all", &[0, 1, 2, 3, 4]), ("unix", &[0, 1, 2, 3]), ("linux", &[0, 1]), ("macos", &[2, 3])];

/// A published archive: an index into [`RELEASES`] and one into [`TARGETS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    release: usize,
    target: usize,
}

impl Row {
    /// The archive of a feature release such as `3.13` for a target such as
    /// `x86_64-unknown-linux-gnu`, when it is known.
    #[must_use]
    pub fn new(release: &str, target: &str) -> Option<Self> {
        Some(Self {
            release: RELEASES.iter().position(|known| *known == release)?,
            target: TARGETS.iter().position(|(known, _)| *known == target)?,
        })
    }

    /// Feature release, such as `3.13`.
    #[must_use]
    pub fn release(self) -> &'static str {
        RELEASES[self.release]
    }

    /// Rust's name of the target.
    #[must_use]
    pub fn target(self) -> &'static str {
        TARGETS[self.target].0
    }
}

/// All rows, by release and then by target.
pub fn rows() -> impl Iterator<Item = Row> {
    let row = |release| (0..TARGETS.len()).map(move |target| Row { release, target });
    (0..RELEASES.len()).flat_map(row)
}

/// Whether a selector takes in this row.
pub(crate) fn selects(selector: &str, row: Row) -> Result<bool> {
    for part in selector.split("; ") {
        let (releases, targets) = part
            .split_once(' ')
            .with_context(|| format!("selector `{selector}`: a part has no targets"))?;
        let (first, last) = releases.split_once('-').unwrap_or((releases, releases));
        if (release(first)?..=release(last)?).contains(&row.release) {
            for name in targets.split(',') {
                if target_indices(name)?.contains(&row.target) {
                    return Ok(true);
                }
            }
        }
    }
    Ok(false)
}

/// The selector that takes in exactly these rows.
pub(crate) fn selector(rows: &[Row]) -> String {
    let mut parts: Vec<(Vec<usize>, Vec<usize>)> = Vec::new();
    for target in 0..TARGETS.len() {
        let of_target = rows.iter().filter(|row| row.target == target);
        let releases: Vec<usize> = of_target.map(|row| row.release).collect();
        match parts.iter_mut().find(|(known, _)| *known == releases) {
            _ if releases.is_empty() => {}
            Some((_, targets)) => targets.push(target),
            None => parts.push((releases, vec![target])),
        }
    }
    let ranges = parts.iter().flat_map(|(releases, targets)| {
        let targets = target_names(targets);
        ranges(releases).into_iter().map(move |range| format!("{range} {targets}"))
    });
    ranges.collect::<Vec<_>>().join("; ")
}

fn release(name: &str) -> Result<usize> {
    let known = RELEASES.iter().position(|known| *known == name);
    known.with_context(|| format!("`{name}` is not a known release"))
}

fn target_indices(name: &str) -> Result<&'static [usize]> {
    const EACH: [&[usize]; 5] = [&[0], &[1], &[2], &[3], &[4]];
    if let Some((_, indices)) = GROUPS.iter().find(|(known, _)| *known == name) {
        return Ok(indices);
    }
    let known = TARGETS.iter().position(|(_, known)| *known == name);
    known.map(|index| EACH[index]).with_context(|| format!("`{name}` is not a known target"))
}

/// Names groups where all of a group is there.
fn target_names(targets: &[usize]) -> String {
    let mut left = targets.to_vec();
    let mut names = Vec::new();
    for (name, indices) in GROUPS {
        if indices.iter().all(|index| left.contains(index)) {
            left.retain(|index| !indices.contains(index));
            names.push(name);
        }
    }
    names.extend(left.iter().map(|index| TARGETS[*index].1));
    names.join(",")
}

fn ranges(releases: &[usize]) -> Vec<String> {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for &release in releases {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == release => *last = release,
            _ => ranges.push((release, release)),
        }
    }
    let name = |(first, last): &(usize, usize)| match first == last {
        true => RELEASES[*first].to_owned(),
        false => format!("{}-{}", RELEASES[*first], RELEASES[*last]),
    };
    ranges.iter().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selector_takes_in_the_rows_that_it_was_made_of() {
        let chosen = |row: &Row| {
            (row.release >= 2 && row.target < 2) || (row.release == 0 && row.target == 4)
        };
        let some: Vec<Row> = rows().filter(chosen).collect();
        let text = selector(&some);
        assert_eq!(text, "3.12-3.15 linux; 3.10 windows");
        for row in rows() {
            assert_eq!(selects(&text, row).unwrap(), chosen(&row), "{row:?}");
        }
        assert_eq!(selector(&rows().collect::<Vec<_>>()), "3.10-3.15 all");
    }

    #[test]
    fn unknown_names_in_a_selector_are_errors() {
        let row = Row::new("3.13", "x86_64-apple-darwin").unwrap();
        let error = |text| selects(text, row).unwrap_err().to_string();
        assert_eq!(error("3.9 linux"), "`3.9` is not a known release");
        assert_eq!(error("3.13 beos"), "`beos` is not a known target");
        assert_eq!(error("3.13"), "selector `3.13`: a part has no targets");
    }
}
