//! `[python_run] mode = "entry-point"`: the function that a console script calls.
//!
//! Distributions declare their scripts in `entry_points.txt` among their metadata, as the "Entry
//! points" of the PyPA specifications say: `NAME = MODULE:OBJECT`, below `[console_scripts]` or
//! `[gui_scripts]`.

use std::collections::BTreeMap;

use super::error::CollectError;
use super::model::Collected;
use super::names::nearest;

/// Sections that declare scripts.
const SECTIONS: [&str; 2] = ["[console_scripts]", "[gui_scripts]"];

/// What the script `name` calls, as `MODULE:OBJECT`.
///
/// # Errors
///
/// When no distribution declares such a script, or several do with different targets, or its module
/// is not among those collected.
pub fn find(name: &str, collected: &Collected) -> Result<String, CollectError> {
    let mut scripts: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for (path, file) in &collected.files {
        let Some(folder) = path.strip_suffix("/entry_points.txt") else { continue };
        let text = fs_err::read_to_string(&file.source).map_err(|source| {
            let (line, path) = (file.origin.line, file.source.clone());
            CollectError::Unreadable { line, path, source }
        })?;
        for (script, target) in read(&text) {
            scripts.entry(script).or_default().insert(target, folder.to_owned());
        }
    }
    let Some(targets) = scripts.get(name) else {
        let all: Vec<String> = scripts.into_keys().collect();
        let nearest = nearest(name, &all);
        return Err(CollectError::NoEntryPoint { name: name.to_owned(), nearest, all });
    };
    let mut each = targets.iter();
    let (Some((target, folder)), None) = (each.next(), each.next()) else {
        let folders = targets.values().cloned().collect();
        return Err(CollectError::EntryPointTwice { name: name.to_owned(), folders });
    };
    let module = target.split(':').next().unwrap_or(target);
    if !collected.modules.contains_key(module) {
        return Err(CollectError::EntryPointModule {
            name: name.to_owned(),
            folder: folder.clone(),
            module: module.to_owned(),
        });
    }
    Ok(target.clone())
}

/// The scripts that a file declares, with their targets.
fn read(text: &str) -> Vec<(String, String)> {
    let mut scripts = Vec::new();
    let mut declares = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            declares = SECTIONS.contains(&line);
        } else if let Some((name, target)) = line.split_once('=')
            && declares
            && !line.starts_with(['#', ';'])
        {
            // What follows in brackets are extras, which are of no meaning any more.
            let target = target.split('[').next().unwrap_or(target).replace(' ', "");
            scripts.push((name.trim().to_owned(), target));
        }
    }
    scripts
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn scripts_are_read() {
        let text = "[console_scripts]\nblack = black:patched_main\n# x = y:z\n\
                    blackd = blackd:patched_main [d]\n\n[other]\na = b:c\n[gui_scripts]\ng = h : i.j\n";
        let expected =
            [("black", "black:patched_main"), ("blackd", "blackd:patched_main"), ("g", "h:i.j")];
        let expected = expected.map(|(name, target)| (name.to_owned(), target.to_owned()));
        assert_eq!(read(text), expected);
    }
}
