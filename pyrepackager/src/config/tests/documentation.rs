//! That `docs/config.rst` and the table of keys say the same.

use std::collections::BTreeSet;

use pyresources::options::{OPTIONS, Structure};

use super::Folder;
use crate::config::json_schema;
use crate::config::schema::{Absent, Key, Kind, Section};
use crate::config::table::{
    DEFAULT_VERSION, EXTENSION_MODULES, NEWEST_MINOR, OLDEST_MINOR, PYTHON_CONFIG, PYTHON_PACKAGES,
    SECTIONS,
};
use crate::distribution::build::BUILDABLE_MINORS;

const DOCUMENTATION: &str = include_str!("../../../../docs/config.rst");

/// What stands below a section's heading, up to the next one.
fn part_about(section: &Section) -> &'static str {
    json_schema::part_about(DOCUMENTATION, section)
        .unwrap_or_else(|| panic!("docs/config.rst has no heading for {}", section.header()))
}

/// The line that must stand below a key's name.
fn summary(section: &Section, key: &Key) -> String {
    let mut line = format!("*{}*", key.kind.words());
    match (key.absent, key.absent.as_toml()) {
        (Absent::Error, _) => line += ", required",
        (_, Some(default)) => line += &format!(", default ``{default}``"),
        (_, None) => line += ", no default",
    }
    if !key.variants.is_empty() {
        let tag = section.tag.expect("a key with variants has a tag").name;
        let variants = key.variants.iter().map(|variant| format!("``{tag} = \"{variant}\"``"));
        let only = if key.absent == Absent::Error { "" } else { ", only" };
        line += &format!("{only} with {}", variants.collect::<Vec<_>>().join(" or "));
    }
    line
}

#[test]
fn every_key_is_documented_with_type_and_default() {
    for section in SECTIONS {
        let part = part_about(section);
        for key in section.keys {
            let entry = format!("\n``{}``\n   {}\n", key.name, summary(section, key));
            assert!(part.contains(&entry), "docs/config.rst, {}, lacks{entry}", section.header());
            if let Kind::Choice(choices) = key.kind {
                for choice in choices {
                    let entry = format!("\n   ``\"{choice}\"``\n      ");
                    assert!(part.contains(&entry), "{} lacks{entry}", section.header());
                }
            }
        }
    }
}

#[test]
fn nothing_else_is_documented_as_a_key() {
    for section in SECTIONS {
        let documented: BTreeSet<_> = part_about(section)
            .lines()
            .filter_map(|line| line.strip_prefix("``")?.strip_suffix("``"))
            .collect();
        let known: BTreeSet<_> = section.keys.iter().map(|key| key.name).collect();
        assert_eq!(documented, known, "{}", section.header());
    }
    let range = format!("from ``\"3.{OLDEST_MINOR}\"`` to ``\"3.{NEWEST_MINOR}\"``");
    assert!(DOCUMENTATION.contains(&range));
    let (oldest, newest) = (BUILDABLE_MINORS.start(), BUILDABLE_MINORS.end());
    let range = format!("from ``\"3.{oldest}\"`` to ``\"3.{newest}\"``");
    assert!(DOCUMENTATION.contains(&range));
    assert!(DOCUMENTATION.contains(&format!("version = \"{DEFAULT_VERSION}\"")));
}

#[test]
fn every_example_is_valid() {
    let folder = Folder::new()
        .file("cpython-3.13-x86_64-linux.tar.zst", "")
        .file("src/hello.py", "")
        .file("requirements.txt", "")
        .file("project/pyproject.toml", "")
        .file("build/engine.o", "")
        .file("build/libprices.a", "")
        .file("venv/pyvenv.cfg", "");
    let mut examples = 0;
    let mut used = String::new();
    for block in DOCUMENTATION.split(".. code-block:: toml\n").skip(1) {
        let text = directive_body(block);
        if let Err(error) = folder.parse(&text) {
            panic!("{error}\nin\n{text}");
        }
        examples += 1;
        used += &text;
    }
    assert!(examples > 0);
    for section in SECTIONS {
        assert!(used.contains(&section.header()), "no example of {}", section.header());
    }
}

/// The lines after a directive that are indented as far as its first one.
fn directive_body(text: &str) -> String {
    let lines = text.lines().skip_while(|line| line.is_empty());
    let indent = |line: &str| line.len() - line.trim_start().len();
    let depth = lines.clone().next().map_or(0, indent);
    lines
        .take_while(|line| line.is_empty() || indent(line) >= depth)
        .map(|line| format!("{}\n", line.get(depth..).unwrap_or_default()))
        .collect()
}

#[test]
fn options_are_documented_with_field_and_release() {
    let part = part_about(&PYTHON_CONFIG);
    for option in OPTIONS {
        let (_, entry) = part.split_once(&format!("\n``{}``\n   ", option.name)).unwrap();
        let entry = entry.split_once("\n\n``").map_or(entry, |(entry, _)| entry);
        let entry = entry.split_whitespace().collect::<Vec<_>>().join(" ");
        let structures: &[&str] = match option.structure {
            Structure::PreConfig => &["PyPreConfig"],
            Structure::Config => &["PyConfig"],
            Structure::Both => &["PyPreConfig", "PyConfig"],
        };
        for structure in structures {
            let field = format!("``{structure}.{}``", option.field);
            assert!(entry.contains(&field), "{} lacks {field}", option.name);
        }
        let later = option.later.map(|(value, since)| (Some(value), since));
        let newer = (option.since > OLDEST_MINOR).then_some((None, option.since));
        for (value, since) in later.into_iter().chain(newer) {
            let release = format!("CPython 3.{since}");
            assert!(entry.contains(&release), "{} {value:?} lacks {release}", option.name);
        }
    }
}

#[test]
fn the_table_is_consistent() {
    for section in SECTIONS {
        let repeats = [PYTHON_PACKAGES.name, EXTENSION_MODULES.name].contains(&section.name);
        assert_eq!(section.repeats, repeats);
        let names: BTreeSet<_> = section.keys.iter().map(|key| key.name).collect();
        assert_eq!(names.len(), section.keys.len(), "{}", section.header());
        let choices = match section.tag.map(|tag| tag.kind) {
            Some(Kind::Choice(choices)) => choices,
            Some(other) => panic!("the tag of {} is a {}", section.header(), other.words()),
            None => &[],
        };
        for key in section.keys {
            let fits = match (key.kind, key.absent) {
                (_, Absent::Error | Absent::Unset)
                | (Kind::Flag, Absent::Flag(_))
                | (Kind::Level, Absent::Level(0..=2))
                | (Kind::Text, Absent::Text(_))
                | (Kind::List, Absent::EmptyList) => true,
                (Kind::Choice(choices), Absent::Text(text)) => choices.contains(&text),
                _ => false,
            };
            assert!(fits, "{} {}", section.header(), key.name);
            assert!(key.variants.iter().all(|variant| choices.contains(variant)));
        }
    }
}
