//! What the facts say about one published archive.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::facts::{lines, read};
use crate::selector::Row;

const PYTHON_JSON: &str = include_str!("../facts/python_json.tsv");
const VERSIONS: &str = include_str!("../facts/versions.tsv");
const ABSENT: &str = include_str!("../facts/absent.tsv");
const TEXTS: &str = include_str!("../facts/texts.tsv");
const ASSUMED: &str = include_str!("../facts/assumed.tsv");

/// The published `PYTHON.json` of this row.
///
/// # Errors
/// When the facts are damaged.
pub fn python_json(row: Row) -> Result<Value> {
    let versions = lines(VERSIONS, row)?;
    let (version, _) = versions.first().context("no version is known of this row")?;
    read(PYTHON_JSON, row, version)
}

/// Files that the row's `PYTHON.json` names although the archive lacks them.
///
/// # Errors
/// When the facts are damaged.
pub fn absent_files(row: Row) -> Result<Vec<&'static str>> {
    Ok(lines(ABSENT, row)?.into_iter().map(|(path, _)| path).collect())
}

/// Names of the license texts in the archive's folder `licenses`.
///
/// # Errors
/// When the facts are damaged.
pub fn texts(row: Row) -> Result<Vec<&'static str>> {
    Ok(lines(TEXTS, row)?.into_iter().map(|(name, _)| name).collect())
}

/// Why the value at this place, such as `build_info.core.links`, was assumed for this row rather
/// than derived; `None` where it was derived.
///
/// # Errors
/// When the facts are damaged.
pub fn is_assumed(row: Row, place: &str) -> Result<Option<&'static str>> {
    let concerns = |begin: &str| {
        place == begin || place.strip_prefix(begin).is_some_and(|rest| rest.starts_with('.'))
    };
    let found = lines(ASSUMED, row)?.into_iter().find(|(begin, _)| concerns(begin));
    Ok(found.map(|(_, reason)| reason))
}

/// Every file that a `PYTHON.json` names, there or not.
#[must_use]
pub fn named_files(json: &Value) -> BTreeSet<String> {
    const LISTS: [&str; 2] = ["objs", "license_paths"];
    const FILES: [&str; 9] = [
        "inittab_object",
        "inittab_source",
        "license_path",
        "path_dynamic",
        "path_static",
        "python_exe",
        "run_tests",
        "shared_lib",
        "static_lib",
    ];
    let mut files = BTreeSet::new();
    let mut open = vec![json];
    while let Some(value) = open.pop() {
        for (key, value) in value.as_object().into_iter().flatten() {
            match value {
                Value::String(path) if FILES.contains(&key.as_str()) => {
                    files.insert(path.clone());
                }
                Value::Array(list) if LISTS.contains(&key.as_str()) => {
                    files.extend(list.iter().filter_map(Value::as_str).map(str::to_owned));
                }
                Value::Array(list) => open.extend(list),
                other => open.push(other),
            }
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::selector::rows;

    #[test]
    fn each_row_has_a_complete_description() {
        for row in rows() {
            let json = python_json(row).unwrap();
            assert_eq!(json["target_triple"], row.target());
            assert_eq!(json["python_major_minor_version"], row.release());
            assert!(json["build_info"]["core"]["objs"].as_array().unwrap().len() > 100);
            assert!(json["build_info"]["extensions"].as_object().unwrap().len() > 80);
            let named = named_files(&json);
            for file in absent_files(row).unwrap() {
                assert!(named.contains(file), "{row:?}: nothing names {file}");
            }
        }
    }

    #[test]
    fn assumed_values_are_marked() {
        let linux = Row::new("3.13", "x86_64-unknown-linux-gnu").unwrap();
        assert!(is_assumed(linux, "build_info.core.links").unwrap().is_some());
        assert!(is_assumed(linux, "build_info.extensions._ssl").unwrap().is_none());
        let windows = Row::new("3.14", "x86_64-pc-windows-msvc").unwrap();
        assert!(is_assumed(windows, "build_info.extensions._ssl").unwrap().is_some());
    }
}
