//! The files of a folder `licenses`, as they are passed on with an executable.

use std::collections::BTreeMap;

use spdx::{AdditionItem, LicenseItem};

use super::model::{Component, ComponentKind, Inventory, License, LicenseText};
use crate::beside::README;

/// Beginnings of the names of files that hold licences, in a metadata folder or beside a manifest.
const LICENSE_FILES: [&str; 6] =
    ["license", "licence", "copying", "notice", "copyright", "authors"];

/// How the file [`README`] begins.
pub const HEADING: &str = "What is inside this executable\n";

/// The files: paths with `/` relative to the folder, and contents.
pub fn files(inventory: &Inventory) -> Vec<(String, Vec<u8>)> {
    let mut files = BTreeMap::new();
    files.insert(README.to_owned(), readme(inventory).into_bytes());
    for component in &inventory.components {
        for text in passed_on(component) {
            files.insert(format!("{}/{}", folder(component), safe(&text.name)), text.content);
        }
    }
    files.into_iter().collect()
}

/// The texts that are passed on with a component: its own, else those that SPDX has.
pub(super) fn passed_on(component: &Component) -> Vec<LicenseText> {
    match &component.license {
        License::Expression(expression) if component.texts.is_empty() => standard(expression),
        _ => component.texts.clone(),
    }
}

/// What SPDX has for the licences of an expression. Each says that it is not the component's own:
/// the names of its authors are not in it.
fn standard(expression: &spdx::Expression) -> Vec<LicenseText> {
    let text = |name: &str, text: &str| {
        let note = format!(
            "This is the text of {name} in the license list of SPDX. The component came without \
             a text of its own.\n\n"
        );
        LicenseText { name: format!("SPDX-{name}.txt"), content: (note + text).into_bytes() }
    };
    let mut texts = Vec::new();
    for requirement in expression.requirements() {
        if let LicenseItem::Spdx { id, .. } = requirement.req.license {
            texts.push(text(id.name, id.text()));
        }
        if let Some(AdditionItem::Spdx(id)) = requirement.req.addition {
            texts.push(text(id.name, id.text()));
        }
    }
    texts.sort();
    texts.dedup();
    texts
}

/// The table of components, in groups, and where the texts are.
fn readme(inventory: &Inventory) -> String {
    let mut text = format!("{HEADING}{}\n", "=".repeat(HEADING.len() - 1));
    text += "\nEach part, its license as far as its makers state it, and the folder with their texts.\n";
    text += &format!("{} has the same for programs.\n", super::sbom::FILE_NAME);
    text += &table(inventory, true);
    text
}

/// The table of components; `folders` adds where the texts of each are.
pub(super) fn table(inventory: &Inventory, folders: bool) -> String {
    let width = |cell: &dyn Fn(&Component) -> String| {
        let cells = inventory.components.iter().map(|component| cell(component).chars().count());
        cells.max().unwrap_or_default()
    };
    let (title, license) =
        (width(&Component::title), width(&|component| one_line(&component.license.to_string())));
    let mut text = String::new();
    for kind in ComponentKind::ALL {
        let mut of_kind = inventory.components.iter().filter(|one| one.kind == kind).peekable();
        if of_kind.peek().is_some() {
            text += &format!("\n{}\n", heading(kind));
        }
        for component in of_kind {
            let folder = match folders {
                true if passed_on(component).is_empty() => "(no text)".to_owned(),
                true => folder(component),
                false => String::new(),
            };
            let line = format!(
                "  {:title$}  {:license$}  {folder}",
                component.title(),
                one_line(&component.license.to_string())
            );
            text += line.trim_end();
            text.push('\n');
        }
    }
    text
}

/// Words without line ends and tabs, which makers may write anywhere.
pub(super) fn one_line(words: &str) -> String {
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn heading(kind: ComponentKind) -> &'static str {
    match kind {
        ComponentKind::Python => "Python",
        ComponentKind::Library => "Libraries that Python's extension modules link",
        ComponentKind::Extension => "Extension modules with code from elsewhere",
        ComponentKind::Distribution => "Python packages",
        ComponentKind::Crate => "Rust crates",
    }
}

/// Where a component's texts are.
fn folder(component: &Component) -> String {
    let name = safe(&component.name);
    match component.kind {
        ComponentKind::Python => "python".to_owned(),
        ComponentKind::Library => format!("libraries/{name}"),
        ComponentKind::Extension => format!("extensions/{name}"),
        ComponentKind::Distribution => format!("distributions/{name}"),
        // There may be several versions of one.
        ComponentKind::Crate => match &component.version {
            Some(version) => format!("crates/{name}-{}", safe(version)),
            None => format!("crates/{name}"),
        },
    }
}

/// A relative path that every file system takes: what makers write may be anything.
fn safe(path: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '+');
    let parts = path
        .split(['/', '\\'])
        .map(|part| part.chars().map(|c| if plain(c) { c } else { '_' }).collect::<String>());
    let parts: Vec<String> =
        parts.filter(|part| !part.chars().all(|character| character == '.')).collect();
    if parts.is_empty() { "_".to_owned() } else { parts.join("/") }
}

/// Whether a file's name is one that licences and notices have.
pub(crate) fn is_license_file(name: &str) -> bool {
    let name = name.to_lowercase();
    LICENSE_FILES.iter().any(|beginning| {
        name.strip_prefix(beginning)
            .or_else(|| name.strip_prefix("un").and_then(|name| name.strip_prefix(beginning)))
            .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric) || rest == "s")
            && ![".py", ".pyi", ".rs", ".pyc"].iter().any(|ending| name.ends_with(ending))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::licenses::testing::sample;

    #[test]
    fn each_component_has_a_folder() {
        let files = files(&sample());
        let paths: Vec<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "README.txt",
                "crates/c-1.0/SPDX-Apache-2.0.txt",
                "crates/c-1.0/SPDX-LLVM-exception.txt",
                "crates/c-1.0/SPDX-MIT.txt",
                "distributions/Odd/docs/a_b.txt",
                "distributions/Odd/etc/passwd",
                "libraries/libssl/LICENSE.txt",
                "python/SPDX-Python-2.0.txt",
            ]
        );
        let mit = String::from_utf8(files[3].1.clone()).unwrap();
        assert!(mit.starts_with("This is the text of MIT in the license list of SPDX."), "{mit}");
        assert!(mit.contains("Permission is hereby granted"), "{mit}");
    }

    #[test]
    fn the_table_has_everything_in_groups() {
        insta::assert_snapshot!(readme(&sample()), @r"
        What is inside this executable
        ==============================

        Each part, its license as far as its makers state it, and the folder with their texts.
        sbom.cdx.json has the same for programs.

        Python
          CPython 3.13.5  Python-2.0                             python

        Libraries that Python's extension modules link
          libssl          Apache-2.0                             libraries/libssl

        Python packages
          Odd 1           Two words                              distributions/Odd

        Rust crates
          c 1.0           MIT OR Apache-2.0 WITH LLVM-exception  crates/c-1.0
          d               unknown                                (no text)
        ");
    }

    #[test]
    fn names_of_licence_files() {
        for name in
            ["LICENSE", "LICENSE-MIT", "Licence.txt", "COPYING.LESSER", "NOTICE", "UNLICENSE"]
        {
            assert!(is_license_file(name), "{name}");
        }
        for name in ["METADATA", "licensed", "licenser.txt", "license.py", "un"] {
            assert!(!is_license_file(name), "{name}");
        }
    }
}
