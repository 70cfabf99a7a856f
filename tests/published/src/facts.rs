//! The file format of the facts.
//!
//! Each line of `facts/python_json.tsv` is one value of `PYTHON.json`: where it stands, for which
//! rows it holds, and the value as JSON, with tabs between. What several rows share stands there
//! once. In values, `<release>` is `3.13`, `<digits>` is `313`, `<version>` is `3.13.17`,
//! `<architecture>` is `x86_64`, each as it is in the row. Lines that begin with `#` are comments.
//!
//! Places are keys of the file, with dots between; an item of `build_info.core.objs` is a line of
//! its own, in the order of the list.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value};

use crate::selector::{Row, rows, selector, selects};

/// Place of the core's objects, of which each is a line.
const CORE_OBJECTS: &str = "build_info.core.objs";

/// Maps whose entries are lines of their own.
const OPENED: [&str; 3] = ["build_info", "build_info.core", "build_info.extensions"];

/// Reads one row's `PYTHON.json` from the text of the facts.
///
/// # Errors
/// When a line is not of the format.
pub fn read(text: &str, row: Row, version: &str) -> Result<Value> {
    let mut json = Value::Object(Map::new());
    for (place, value) in lines(text, row)? {
        let value = expand(value, row, version);
        let value: Value = serde_json::from_str(&value)
            .with_context(|| format!("the fact `{place}` has a value that is not JSON"))?;
        put(&mut json, place, value)?;
    }
    Ok(json)
}

/// Place and value of each line that holds for this row.
///
/// # Errors
/// When a line is not of the format.
pub fn lines(text: &str, row: Row) -> Result<Vec<(&str, &str)>> {
    let mut found = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let mut columns = line.splitn(3, '\t');
        let (Some(place), Some(rows)) = (columns.next(), columns.next()) else {
            bail!("`{line}` has no column of rows");
        };
        if selects(rows, row)? {
            found.push((place, columns.next().unwrap_or_default()));
        }
    }
    Ok(found)
}

/// The lines that [`read()`] makes these files of, without comments.
///
/// # Errors
/// When a file is not a map or has no version, or cannot be read back as it was.
pub fn write(files: &[(Row, Value)]) -> Result<String> {
    let mut facts: BTreeMap<(String, String), Vec<Row>> = BTreeMap::new();
    let mut objects: BTreeMap<(ObjectOrder, String), Vec<Row>> = BTreeMap::new();
    for (row, json) in files {
        let version = version_of(json)?;
        for (place, value) in flatten(json)? {
            let text = shorten(&serde_json::to_string(value)?, *row, version);
            if place == CORE_OBJECTS {
                objects.entry((object_order(value)?, text)).or_default().push(*row);
            } else {
                facts.entry((place, text)).or_default().push(*row);
            }
        }
    }
    let mut text = String::new();
    let line =
        |place: &str, rows: &[Row], value: &str| format!("{place}\t{}\t{value}\n", selector(rows));
    facts.iter().for_each(|((place, value), rows)| text += &line(place, rows, value));
    objects.iter().for_each(|((_, value), rows)| text += &line(CORE_OBJECTS, rows, value));
    for (row, json) in files {
        let back = read(&text, *row, version_of(json)?)?;
        ensure!(back == *json, "the facts do not give back {} {}", row.release(), row.target());
    }
    Ok(text)
}

/// The lines of a list of names for each row, such as of absent files.
#[must_use]
pub fn write_names(lists: &[(Row, Vec<String>)]) -> String {
    let mut facts: BTreeMap<&str, Vec<Row>> = BTreeMap::new();
    for (row, names) in lists {
        names.iter().for_each(|name| facts.entry(name).or_default().push(*row));
    }
    facts.iter().map(|(name, rows)| format!("{name}\t{}\n", selector(rows))).collect()
}

/// A selector for all rows that `wanted` accepts.
#[must_use]
pub fn selector_of(wanted: impl Fn(Row) -> bool) -> String {
    selector(&rows().filter(|row| wanted(*row)).collect::<Vec<_>>())
}

/// Objects of the folder `Modules` stand last, each part in the order of its path's parts.
type ObjectOrder = (bool, Vec<String>);

fn object_order(value: &Value) -> Result<ObjectOrder> {
    let path = value.as_str().context("an object of the core is not a string")?;
    Ok((path.starts_with("build/Modules/"), path.split('/').map(str::to_owned).collect()))
}

fn flatten(json: &Value) -> Result<Vec<(String, &Value)>> {
    let mut found = Vec::new();
    let mut open = vec![(String::new(), json)];
    while let Some((place, value)) = open.pop() {
        let map = value.as_object().with_context(|| format!("`{place}` is not a map"))?;
        for (key, value) in map {
            let place = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
            if OPENED.contains(&place.as_str()) {
                open.push((place, value));
            } else if place == CORE_OBJECTS {
                let list = value.as_array().context("the objects are not a list")?;
                found.extend(list.iter().map(|item| (place.clone(), item)));
            } else {
                found.push((place, value));
            }
        }
    }
    Ok(found)
}

fn put(json: &mut Value, place: &str, value: Value) -> Result<()> {
    let (folder, key) = OPENED
        .iter()
        .rev()
        .find_map(|opened| Some((*opened, place.strip_prefix(opened)?.strip_prefix('.')?)))
        .unwrap_or(("", place));
    let mut map = json;
    for key in folder.split('.').filter(|key| !key.is_empty()) {
        map = &mut map[key];
        if map.is_null() {
            *map = Value::Object(Map::new());
        }
    }
    if place == CORE_OBJECTS {
        if map[key].is_null() {
            map[key] = Value::Array(Vec::new());
        }
        map[key].as_array_mut().context("two kinds of objects")?.push(value);
    } else {
        ensure!(map.get(key).is_none(), "two facts about `{place}` hold for one row");
        map[key] = value;
    }
    Ok(())
}

fn version_of(json: &Value) -> Result<&str> {
    json["python_version"].as_str().context("`python_version` is missing")
}

/// Words of a row and what stands for them, longer ones first.
fn words(row: Row, version: &str) -> [(&'static str, String); 4] {
    let architecture = row.target().split('-').next().unwrap_or_default();
    [
        ("<version>", version.to_owned()),
        ("<release>", row.release().to_owned()),
        ("<digits>", row.release().replace('.', "")),
        ("<architecture>", architecture.to_owned()),
    ]
}

fn shorten(text: &str, row: Row, version: &str) -> String {
    let words = words(row, version);
    words.iter().fold(text.to_owned(), |text, (short, long)| text.replace(long.as_str(), short))
}

fn expand(text: &str, row: Row, version: &str) -> String {
    let words = words(row, version);
    words.iter().fold(text.to_owned(), |text, (short, long)| text.replace(short, long))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn file(row: Row, objects: &Value, ssl: &str) -> Value {
        json!({
            "python_version": format!("{}.7", row.release()),
            "python_exe": format!("install/bin/python{}", row.release()),
            "build_info": {
                "core": {"objs": objects, "links": []},
                "extensions": {"_ssl": [{"links": [ssl]}]},
                "inittab_cflags": ["-DNDEBUG"],
            },
        })
    }

    #[test]
    fn facts_are_written_once_for_the_rows_that_share_them() {
        let [old, new] = ["3.12", "3.13"].map(|release| {
            let row = Row::new(release, "x86_64-unknown-linux-gnu").unwrap();
            let objects = match release {
                "3.12" => json!(["build/Python/a.o", "build/Modules/main.o"]),
                _ => json!(["build/Python/a.o", "build/Python/jit.o", "build/Modules/main.o"]),
            };
            (row, file(row, &objects, release))
        });
        let text = write(&[old.clone(), new.clone()]).unwrap();
        let wanted = [
            "build_info.core.links\t3.12-3.13 linux-x86_64\t[]",
            "build_info.extensions._ssl\t3.12-3.13 linux-x86_64\t[{\"links\":[\"<release>\"]}]",
            "build_info.inittab_cflags\t3.12-3.13 linux-x86_64\t[\"-DNDEBUG\"]",
            "python_exe\t3.12-3.13 linux-x86_64\t\"install/bin/python<release>\"",
            "python_version\t3.12-3.13 linux-x86_64\t\"<version>\"",
            "build_info.core.objs\t3.12-3.13 linux-x86_64\t\"build/Python/a.o\"",
            "build_info.core.objs\t3.13 linux-x86_64\t\"build/Python/jit.o\"",
            "build_info.core.objs\t3.12-3.13 linux-x86_64\t\"build/Modules/main.o\"",
        ];
        assert_eq!(text.lines().collect::<Vec<_>>(), wanted);
        assert_eq!(read(&text, new.0, "3.13.7").unwrap(), new.1);
    }

    #[test]
    fn two_values_in_one_place_are_an_error() {
        let text = "python_exe\t3.13 all\t1\npython_exe\t3.12-3.13 unix\t2\n";
        let row = Row::new("3.13", "aarch64-apple-darwin").unwrap();
        let error = read(text, row, "3.13.7").unwrap_err();
        assert_eq!(error.to_string(), "two facts about `python_exe` hold for one row");
    }
}
