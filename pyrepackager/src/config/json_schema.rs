//! The table of keys as a JSON schema (draft 2020-12), for editors that complete and check TOML.
//!
//! The schema is `docs/pyoxidizer.schema.json`, which `cargo xtask schema` writes. It accepts what the
//! typed stage accepts: whether a path leads anywhere is not its matter. Descriptions come from the
//! reference, `docs/config.rst`, which has a paragraph on each key.

use pyresources::options::RANDOM;
use serde_json::{Map, Value, json};

use super::schema::{Absent, Key, Kind, Section};
use super::table::SECTIONS;

/// Makes the schema, with descriptions from the text of `docs/config.rst`.
pub fn schema(reference: &str) -> Value {
    let describe = |section: &Section, key: &Key| description(reference, section, key);
    let sections: Map<String, Value> = SECTIONS
        .iter()
        .map(|section| (section.name.to_owned(), section_schema(section, &describe)))
        .collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Configuration of an executable",
        "type": "object",
        "additionalProperties": false,
        "properties": sections,
    })
}

/// What the reference says of a section.
pub fn part_about<'r>(reference: &'r str, section: &Section) -> Option<&'r str> {
    let title = format!("``{}``", section.header());
    let heading = format!("\n{title}\n{}\n", "=".repeat(title.len()));
    let (_, part) = reference.split_once(&heading)?;
    Some(part.split_once("\n``[").map_or(part, |(part, _)| part))
}

/// The first paragraph on a key in the reference, without marks; empty when it has none.
fn description(reference: &str, section: &Section, key: &Key) -> String {
    let part = part_about(reference, section).unwrap_or_default();
    let (_, entry) = part.split_once(&format!("\n``{}``\n", key.name)).unwrap_or_default();
    let mut paragraphs = entry.split("\n\n").map(str::trim);
    let words = paragraphs.nth(1).unwrap_or_default();
    // A key whose values are explained in a list has nothing before it.
    if words.starts_with("``") {
        return String::new();
    }
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    words.replace("``", "`").replace("`_", "`").replace(":doc:", "")
}

/// One table; for a section that repeats an array of them, for another one either.
fn section_schema(section: &Section, describe: &impl Fn(&Section, &Key) -> String) -> Value {
    let table = table_schema(section, describe);
    let array = json!({ "type": "array", "items": table });
    if section.repeats { array } else { json!({ "anyOf": [table, array] }) }
}

fn table_schema(section: &Section, describe: &impl Fn(&Section, &Key) -> String) -> Value {
    let mut keys = Map::new();
    for key in section.keys {
        let mut value = kind_schema(key.kind);
        let description = describe(section, key);
        if !description.is_empty() {
            value.insert("description".to_owned(), description.into());
        }
        if let Some(default) = default(key.absent) {
            value.insert("default".to_owned(), default);
        }
        keys.insert(key.name.to_owned(), value.into());
    }
    let mut table = Map::new();
    table.insert("type".to_owned(), "object".into());
    table.insert("additionalProperties".to_owned(), false.into());
    table.insert("properties".to_owned(), keys.into());
    let required: Vec<_> = required(section, None).collect();
    if !required.is_empty() {
        table.insert("required".to_owned(), required.into());
    }
    let variants = variants(section);
    if !variants.is_empty() {
        table.insert("allOf".to_owned(), variants.into());
    }
    table.into()
}

fn kind_schema(kind: Kind) -> Map<String, Value> {
    let value = match kind {
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Level => json!({ "type": "integer", "minimum": 0, "maximum": 2 }),
        Kind::Number(range) => {
            let numbers =
                json!({ "type": "integer", "minimum": range.least, "maximum": range.most });
            if range.zero && range.least > 0 {
                json!({ "anyOf": [{ "const": 0 }, numbers] })
            } else {
                numbers
            }
        }
        Kind::Seed => json!({
            "anyOf": [{ "type": "integer", "minimum": 0, "maximum": u32::MAX }, { "const": RANDOM }],
        }),
        Kind::Text => json!({ "type": "string" }),
        Kind::Choice(choices) => json!({ "enum": choices }),
        Kind::List => json!({ "type": "array", "items": { "type": "string" } }),
    };
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn default(absent: Absent) -> Option<Value> {
    match absent {
        Absent::Error | Absent::Unset => None,
        Absent::Flag(flag) => Some(flag.into()),
        Absent::Level(level) => Some(level.into()),
        Absent::Text(text) => Some(text.into()),
        Absent::EmptyList => Some(json!([])),
    }
}

/// The keys that are required whatever the tag is, or with one value of the tag.
fn required(section: &Section, variant: Option<&str>) -> impl Iterator<Item = &'static str> {
    let applies = move |key: &&Key| match variant {
        None => key.variants.is_empty(),
        Some(variant) => key.variants.contains(&variant),
    };
    section
        .keys
        .iter()
        .filter(|key| key.absent == Absent::Error)
        .filter(applies)
        .map(|key| key.name)
}

/// For each value of the tag: the keys that it asks for, and those that it leaves without meaning.
fn variants(section: &Section) -> Vec<Value> {
    let Some(tag) = section.tag else { return Vec::new() };
    let Kind::Choice(choices) = tag.kind else { return Vec::new() };
    let mut schemas = Vec::new();
    for variant in choices {
        let forbidden: Map<String, Value> = section
            .keys
            .iter()
            .filter(|key| !key.applies_to(variant))
            .map(|key| (key.name.to_owned(), false.into()))
            .collect();
        let required: Vec<_> = required(section, Some(variant)).collect();
        if forbidden.is_empty() && required.is_empty() {
            continue;
        }
        let mut condition = json!({ "properties": { tag.name: { "const": variant } } });
        // Without the tag it is its default that counts; a condition on a property that is not
        // there holds.
        if tag.absent != Absent::Text(variant) {
            condition["required"] = json!([tag.name]);
        }
        schemas.push(json!({
            "if": condition,
            "then": { "properties": forbidden, "required": required },
        }));
    }
    schemas
}
