//! The scripts that distributions declare.
//!
//! They do it in `entry_points.txt` among their metadata, as the "Entry points" of the PyPA specifications say:
//! `NAME = MODULE:OBJECT`, below `[console_scripts]` or `[gui_scripts]`. Installers make a file of each.

/// Sections that declare scripts.
const SECTIONS: [&str; 2] = ["[console_scripts]", "[gui_scripts]"];

/// The scripts that the text of a file declares, with their targets.
pub fn declared(text: &str) -> Vec<(String, String)> {
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

/// The file that an installer makes of a script, for the Python that `#!python` stands for. `None` for a target that is
/// no function in a module.
pub(super) fn source(target: &str) -> Option<String> {
    let (module, object) = target.split_once(':')?;
    let is_name = |name: &str| {
        !name.is_empty() && name.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
    };
    if !module.split('.').all(is_name) || !object.split('.').all(is_name) {
        return None;
    }
    let name = object.split('.').next().unwrap_or(object);
    Some(format!(
        "#!python\nimport sys\n\nfrom {module} import {name}\n\nif __name__ == '__main__':\n    sys.exit({object}())\n"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_read() {
        let text = "[console_scripts]\nblack = black:patched_main\n# x = y:z\n\
                    blackd = blackd:patched_main [d]\n\n[other]\na = b:c\n[gui_scripts]\ng = h : i.j\n";
        let expected =
            [("black", "black:patched_main"), ("blackd", "blackd:patched_main"), ("g", "h:i.j")];
        let expected = expected.map(|(name, target)| (name.to_owned(), target.to_owned()));
        assert_eq!(declared(text), expected);
    }
}
