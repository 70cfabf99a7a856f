//! `DT_RUNPATH` and `DT_RPATH`: the folders in which an object has the loader look.

use std::collections::BTreeMap;

use super::inspect::Item;

/// What follows `$ORIGIN` in an entry.
pub(super) fn origin(entry: &str) -> Option<&str> {
    let rest = entry.strip_prefix("$ORIGIN").or_else(|| entry.strip_prefix("${ORIGIN}"))?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

/// The folder that an entry of the search path of the object at `path` means, below the virtual root;
/// `None` when it lies elsewhere.
pub(super) fn below_root(path: &str, entry: &str) -> Option<String> {
    let rest = origin(entry)?;
    let mut folders: Vec<&str> = path.split('/').collect();
    folders.pop();
    for part in rest.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                folders.pop()?;
            }
            part => folders.push(part),
        }
    }
    Some(folders.join("/"))
}

/// An entry, as a person is shown it.
pub(super) fn shown(entry: &str) -> &str {
    if entry.is_empty() { "the current folder" } else { entry }
}

/// Notes about entries that lead out of the packages. Nothing is taken from there, and no build can tell what is
/// there on the machine where the executable runs.
pub(super) fn leaving(items: &BTreeMap<String, Item>) -> Vec<String> {
    let mut leaving: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (path, item) in items.iter().filter(|(_, item)| item.root.is_some()) {
        for entry in &item.object.search {
            if below_root(path, entry).is_none() {
                leaving.entry(entry).or_default().push(path);
            }
        }
    }
    let note = |(entry, paths): (&str, Vec<&str>)| {
        let more = match paths.len() - 1 {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!(
            "the search path of {}{more} leaves the packages with {}: nothing goes in from there, but the \
             loader looks there where the executable runs",
            paths[0],
            shown(entry)
        )
    };
    leaving.into_iter().map(note).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origin_is_the_folder_of_the_file_below_the_root() {
        let below = |entry| below_root("pkg/sub/_c.so", entry);
        assert_eq!(below("$ORIGIN").as_deref(), Some("pkg/sub"));
        assert_eq!(below("${ORIGIN}/../../pkg.libs").as_deref(), Some("pkg.libs"));
        assert_eq!(below("$ORIGIN/./lib/").as_deref(), Some("pkg/sub/lib"));
        assert_eq!(below("$ORIGIN/../..").as_deref(), Some(""));
        for outside in ["$ORIGIN/../../..", "/usr/lib", "lib", "", "$ORIGINAL/x"] {
            assert_eq!(below(outside), None, "{outside}");
        }
    }
}
