//! Gives an archive that was built here the shape of a published one.
//!
//! Code and standard library stay what they are; `PYTHON.json`, the license texts and the layout of
//! the tar file become what the publisher's scripts would have written about them, with all that is
//! awkward in it: libraries in the order of their names, libraries that an object needs and no key
//! names, license texts that are named and missing, and hash functions' objects among those of the
//! modules that use them.
//!
//! * `objects`: objects where published archives have them.
//! * `pack`: the tar file.

mod objects;
mod pack;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use fs_err as fs;
use serde_json::{Map, Value, json};

use crate::json::{python_json, texts};
use crate::selector::Row;
use objects::Objects;

/// The publisher's release that the name says.
const TAG: &str = "20261021";

/// A static library without members.
const EMPTY_LIBRARY: &[u8] = b"!<arch>\n";

/// An archive of the published shape.
#[derive(Debug)]
pub struct Reshaped {
    /// The archive, named as published ones are.
    pub archive: PathBuf,
    /// Extensions of the published archive that the archive has no code for.
    pub left_out: Vec<String>,
}

/// Writes an archive into `folder` that holds what `archive` holds, in the published shape.
///
/// # Errors
/// When `archive` is no Linux archive of a release that the facts are about, or cannot be read.
pub fn reshape(archive: &Path, folder: &Path) -> Result<Reshaped> {
    let scratch = tempfile::tempdir_in(folder)?;
    pack::unpack(archive, scratch.path())?;
    let root = scratch.path().join("python");
    let ours: Value = serde_json::from_slice(&fs::read(root.join("PYTHON.json"))?)?;
    let (release, target) =
        (string(&ours, "python_major_minor_version")?, string(&ours, "target_triple")?);
    ensure!(target.contains("linux"), "`{}` is for {target}", archive.display());
    let row = Row::new(release, target)
        .with_context(|| format!("nothing is known of CPython {release} for {target}"))?;
    let mut json = python_json(row)?;
    let left_out = describe_build(&root, &ours, &mut json)?;
    keep_identity(&ours, &mut json)?;
    replace_texts(&root, row)?;
    add_tcl(&root, &ours, &mut json)?;
    let text = serde_json::to_vec_pretty(&json)?;
    fs::write(root.join("PYTHON.json"), text)?;
    let (version, options) = (string(&json, "python_version")?, string(&json, "build_options")?);
    let name = format!("cpython-{version}+{TAG}-{target}-{options}-full.tar.zst");
    let archive = folder.join(name);
    pack::pack(&root, &archive)?;
    Ok(Reshaped { archive, left_out })
}

fn string<'a>(json: &'a Value, key: &str) -> Result<&'a str> {
    json[key].as_str().with_context(|| format!("`PYTHON.json` has no string `{key}`"))
}

/// Describes what is there as the publisher does; returns the extensions that are not.
fn describe_build(root: &Path, ours: &Value, json: &mut Value) -> Result<Vec<String>> {
    let mut objects = Objects::find(root)?;
    let extensions = json["build_info"]["extensions"].as_object_mut();
    let extensions = extensions.context("the facts have no extensions")?;
    let mut left_out = Vec::new();
    for (name, variants) in extensions.iter_mut() {
        for extension in variants.as_array_mut().into_iter().flatten() {
            if !describe_extension(root, &mut objects, extension)? {
                left_out.push(name.clone());
            }
        }
    }
    extensions.retain(|name, _| !left_out.contains(name));
    json["build_info"]["core"]["objs"] = json!(objects.of_core(extensions));
    objects.remove_unpublished_libraries()?;
    let format = string(&ours["build_info"], "object_file_format")?;
    // The stray percent sign is in the published value.
    let published = format.replace("llvm-bitcode:", "llvm-bitcode:%").replace("%%", "%");
    let options = if published.contains('%') { "pgo+lto" } else { "noopt" };
    json["build_info"]["object_file_format"] = json!(published);
    json["build_options"] = json!(options);
    json["optimizations"] = json!(options);
    Ok(left_out)
}

/// Makes an extension's objects and libraries stand where the entry says; whether they can.
fn describe_extension(
    root: &Path,
    objects: &mut Objects<'_>,
    extension: &mut Value,
) -> Result<bool> {
    let wanted: Vec<String> = strings(&extension["objs"]).map(str::to_owned).collect();
    if let Some(shared) = extension["shared_lib"].as_str() {
        if !root.join(shared).is_file() {
            return Ok(false);
        }
        // A build of ours keeps no objects of shared modules.
        let mut there = Vec::new();
        for path in wanted {
            if objects.provide(&path)? {
                there.push(path);
            }
        }
        extension["objs"] = json!(there);
        for library in static_libraries(extension).filter(|path| !root.join(path).exists()) {
            fs::write(root.join(library), EMPTY_LIBRARY)?;
        }
        return Ok(true);
    }
    for path in &wanted {
        if !objects.provide(path)? {
            return Ok(false);
        }
    }
    let there = static_libraries(extension).all(|path| root.join(path).is_file());
    Ok(there)
}

fn strings(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn static_libraries(extension: &Value) -> impl Iterator<Item = &str> {
    let links = extension["links"].as_array().into_iter().flatten();
    links.filter_map(|link| link["path_static"].as_str())
}

/// Keeps what the interpreter is and says of itself.
fn keep_identity(ours: &Value, json: &mut Value) -> Result<()> {
    for key in [
        "python_version",
        "python_implementation_hex_version",
        "python_implementation_version",
        "python_bytecode_magic_number",
    ] {
        json[key] = ours[key].clone();
    }
    let mut variables: Map<String, Value> =
        ours["python_config_vars"].as_object().cloned().unwrap_or_default();
    let published = json["python_config_vars"].as_object_mut();
    let published = published.context("the facts have no `python_config_vars`")?;
    variables.append(published);
    *published = variables;
    Ok(())
}

/// Leaves the texts that published archives have, and no others.
fn replace_texts(root: &Path, row: Row) -> Result<()> {
    let folder = root.join("licenses");
    let wanted = texts(row)?;
    for entry in fs::read_dir(&folder)? {
        let entry = entry?;
        if !wanted.iter().any(|name| entry.file_name() == *name) {
            fs::remove_file(entry.path())?;
        }
    }
    for name in wanted {
        let path = folder.join(name);
        if !path.exists() {
            fs::write(&path, format!("Stands for the text {name} of a published archive.\n"))?;
        }
    }
    Ok(())
}

/// Published archives have Tcl's scripts whatever becomes of `_tkinter`.
fn add_tcl(root: &Path, ours: &Value, json: &mut Value) -> Result<()> {
    if ours["tcl_library_path"].is_string() {
        json["tcl_library_path"] = ours["tcl_library_path"].clone();
        json["tcl_library_paths"] = ours["tcl_library_paths"].clone();
        return Ok(());
    }
    let folder = root.join(string(json, "tcl_library_path")?);
    for name in strings(&json["tcl_library_paths"]) {
        fs::create_dir_all(folder.join(name))?;
        fs::write(folder.join(name).join("pkgIndex.tcl"), "# Stands for Tcl's own.\n")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
