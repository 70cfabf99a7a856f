//! That `docs/pyoxidizer.schema.json` is up to date, and accepts what this crate accepts.

use std::path::Path;

use serde_json::{Value, json};

use crate::config::json_schema::schema;

const CHECKED_IN: &str = include_str!("../../../../docs/pyoxidizer.schema.json");
const DOCUMENTATION: &str = include_str!("../../../../docs/config.rst");

fn validator() -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(CHECKED_IN).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

/// A TOML text as JSON.
fn json_of(text: &str) -> Value {
    serde_json::to_value(text.parse::<toml::Table>().unwrap()).unwrap()
}

#[test]
fn the_schema_is_up_to_date() {
    let made = schema(DOCUMENTATION);
    let checked_in: Value = serde_json::from_str(CHECKED_IN).unwrap();
    assert_eq!(made, checked_in, "`cargo xtask schema` writes it anew");
    assert!(jsonschema::meta::is_valid(&checked_in));
}

#[test]
fn every_key_has_a_description() {
    let schema = schema(DOCUMENTATION);
    let mut keys = 0;
    for (name, section) in schema["properties"].as_object().unwrap() {
        let table = section["anyOf"].get(0).unwrap_or(&section["items"]);
        for (key, value) in table["properties"].as_object().unwrap() {
            keys += 1;
            let described = value["description"].as_str().is_some_and(|text| text.len() > 10);
            // A choice whose values the reference explains one by one has no words of its own.
            assert!(described || value.get("enum").is_some(), "{name}.{key}");
        }
    }
    assert!(keys > 50, "{keys}");
}

#[test]
fn examples_are_valid() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config-examples");
    let mut examples = 0;
    for entry in fs_err::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let value = json_of(&fs_err::read_to_string(&path).unwrap());
            if let Err(error) = validator().validate(&value) {
                panic!("{}: {error}", path.display());
            }
            examples += 1;
        }
    }
    assert!(examples > 0);
}

#[test]
fn what_this_crate_refuses_is_not() {
    let validator = validator();
    for text in [
        "[python_confg]\n",
        "[python_config]\nno_sit = true\n",
        "[python_config]\nno_site = 1\n",
        "[python_config]\noptimize_level = 3\n",
        "[python_packages]\ntype = 'stdlib'\n",
        "[[python_packages]]\ntype = 'std-lib'\n",
        "[[python_packages]]\nexcludes = []\n",
        "[[python_packages]]\ntype = 'virtualenv'\n",
        "[[python_packages]]\ntype = 'stdlib'\npath = 'x'\n",
        "[python_run]\nmodule = 'x'\n",
        "[python_run]\nmode = 'module'\n",
        "[[extension_modules]]\naction = 'exclude'\n",
        "[[extension_modules]]\nname = 'x'\naction = 'exclude'\nvariant = 'y'\n",
    ] {
        assert!(!validator.is_valid(&json_of(text)), "{text}");
    }
    for text in [
        "",
        "[[python_config]]\nno_site = true\n[[python_config]]\ntarget = 'x'\n",
        "[[extension_modules]]\nname = 'x'\nvariant = 'y'\n",
        "[python_run]\nmode = 'module'\nmodule = 'x'\n",
    ] {
        assert!(validator.is_valid(&json_of(text)), "{text}");
    }
    assert!(validator.is_valid(&json!({})));
}
