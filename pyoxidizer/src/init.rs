//! `pyoxidizer init`: a project to start from.
//!
//! The files are in `templates/`, with `{{name}}` for what the person has chosen.

use std::path::Path;
use std::process::ExitCode;

use fs_err as fs;
use pyrepackager::application;
use serde_json::json;

use crate::cli::InitArgs;
use crate::failure::Failure;
use crate::printer::Printer;

/// A template: the paths of its files, and their contents.
type Template = &'static [(&'static str, &'static str)];

const PYTHON: Template = &[
    (".gitignore", include_str!("templates/python/gitignore")),
    ("pyoxidizer.toml", include_str!("templates/python/pyoxidizer.toml.in")),
    ("pyproject.toml", include_str!("templates/python/pyproject.toml.in")),
    ("src/{{module}}/__init__.py", include_str!("templates/python/init.py.in")),
    ("src/{{module}}/__main__.py", include_str!("templates/python/main.py.in")),
];

const RUST: Template = &[
    (".cargo/config.toml", include_str!("templates/rust/config.toml")),
    (".gitignore", include_str!("templates/rust/gitignore")),
    ("Cargo.toml", include_str!("templates/rust/Cargo.toml.in")),
    ("pyo3-config.txt", include_str!("../../pyembed/pyo3-config.txt")),
    ("pyoxidizer.toml", include_str!("templates/rust/pyoxidizer.toml.in")),
    ("build.rs", include_str!("../../docs/examples/rust-app/build.rs")),
    ("python/{{module}}.py", include_str!("templates/rust/module.py.in")),
    ("src/main.rs", include_str!("templates/rust/main.rs.in")),
];

/// Where the crate `pyembed` is.
const PYEMBED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../pyembed");

/// Makes the folder of a project.
pub fn init(args: &InitArgs, printer: &Printer) -> Result<ExitCode, Failure> {
    let folder = &args.name;
    let name =
        folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) || !name.chars().all(is_letter) {
        return Err(Failure::other(format!(
            "`{name}` cannot be the name of a project: it may have letters, digits, `-` and `_`"
        )));
    }
    if folder.exists() {
        return Err(Failure::other(format!("`{}` is there already", folder.display())));
    }
    let template = if args.rust { RUST } else { PYTHON };
    let module = name.replace('-', "_").to_lowercase();
    let pyembed = fs::canonicalize(PYEMBED).unwrap_or_else(|_| PYEMBED.into());
    let fill = |text: &str| {
        let pyembed = pyembed.display().to_string();
        text.replace("{{name}}", &name)
            .replace("{{module}}", &module)
            .replace("{{pyembed}}", &pyembed)
    };
    write(folder, template, fill)?;
    let next = if args.rust { "cargo run --release" } else { "pyoxidizer run" };
    let text = format!("{}: try `cd {} && {next}`", name, folder.display());
    printer.result("created", &text, json!({ "path": folder.display().to_string() }));
    Ok(ExitCode::SUCCESS)
}

/// Writes the files beside the folder, which gets its name when all of them are there.
fn write(folder: &Path, template: Template, fill: impl Fn(&str) -> String) -> Result<(), Failure> {
    let parent = application::folder_of(folder);
    fs::create_dir_all(parent)?;
    let partial = tempfile::Builder::new().prefix(".pyoxidizer-").tempdir_in(parent)?;
    for (path, text) in template {
        let path = partial.path().join("project").join(fill(path));
        fs::create_dir_all(path.parent().unwrap_or(parent))?;
        fs::write(path, fill(text))?;
    }
    fs::rename(partial.path().join("project"), folder)?;
    Ok(())
}
