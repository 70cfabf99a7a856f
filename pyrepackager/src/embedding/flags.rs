//! What linkers and build systems are told.

use std::path::Path;

use super::{HEADING, Kit};
use crate::pipeline::Error;

/// What becomes of the artifacts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Product {
    Executable,
    SharedLibrary,
}

/// Who brings the Rust code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rust {
    /// The artifacts.
    Artifacts,
    /// A static library of the user's own that is written in Rust.
    Own,
}

/// The combinations: what ends the name of the file, and what pkg-config shows of it.
const VARIANTS: [(&str, Product, Rust, &str); 4] = [
    ("", Product::Executable, Rust::Artifacts, "for programs"),
    ("-shared", Product::SharedLibrary, Rust::Artifacts, "for shared libraries"),
    ("-rust", Product::Executable, Rust::Own, "for programs with a static library in Rust"),
    (
        "-rust-shared",
        Product::SharedLibrary,
        Rust::Own,
        "for shared libraries with a static library in Rust",
    ),
];

/// The files with flags: paths in the folder of artifacts, which is at `folder`, and texts.
pub(super) fn files(kit: &Kit, folder: &Path) -> Result<Vec<(String, String)>, Error> {
    let place = folder.display().to_string();
    if place.contains([',', '\n', '"']) || place.contains(char::is_whitespace) {
        return Err(std::io::Error::other(format!(
            "`{place}` cannot be used by linkers: its path has a blank, a comma or a quotation mark in it"
        ))
        .into());
    }
    let mut files = Vec::new();
    for (ending, product, rust, words) in VARIANTS {
        let name = format!("pyembed{ending}");
        files.push((format!("lib/pkgconfig/{name}.pc"), package(kit, &name, product, rust, words)));
        let flags = link_flags(kit, product, rust, &format!("{place}/lib"));
        files.push((format!("link-flags{ending}.txt"), flags.join("\n") + "\n"));
    }
    let compile = ["", "/"].map(|end| match end {
        "" => format!("-I{place}/include"),
        _ => format!("-I{place}/include/{}", kit.description.headers),
    });
    files.push(("compile-flags.txt".to_owned(), compile.join("\n") + "\n"));
    files.push(("pyo3-config.txt".to_owned(), pyo3_config(kit)));
    Ok(files)
}

/// The arguments for a C compiler that links. Order matters: they follow what uses them.
fn link_flags(kit: &Kit, product: Product, rust: Rust, lib: &str) -> Vec<String> {
    let whole = match product {
        Product::Executable => "-lpyembed_resources,-lpyembed_python",
        Product::SharedLibrary => "-lpyembed_shared,-lpyembed_resources,-lpyembed_python",
    };
    let group = match rust {
        Rust::Artifacts => "-lpyembed,-lpyembed_libraries",
        Rust::Own => "-lpyembed_libraries",
    };
    let mut flags = vec![
        format!("-L{lib}"),
        format!("-Wl,--whole-archive,{whole},--no-whole-archive"),
        format!("-Wl,--start-group,{group},--end-group"),
        "-Wl,--gc-sections".to_owned(),
        "-Wl,-z,noexecstack".to_owned(),
        "-static-libgcc".to_owned(),
    ];
    match product {
        Product::Executable => {
            flags.extend(kit.description.executable_arguments.iter().cloned());
        }
        // Nothing of it is for others, and nothing of others is for it.
        Product::SharedLibrary => flags.extend(
            ["-Wl,--exclude-libs,ALL", "-Wl,-Bsymbolic", "-Wl,-z,text", "-Wl,-z,defs"]
                .map(str::to_owned),
        ),
    }
    let mut system: Vec<&str> = kit.description.system.iter().map(String::as_str).collect();
    // Of Rust's standard library.
    for name in ["pthread", "dl", "m"] {
        if !system.contains(&name) {
            system.push(name);
        }
    }
    flags.extend(system.iter().map(|name| format!("-l{name}")));
    flags
}

/// The file for pkg-config. It finds the artifacts by its own place.
fn package(kit: &Kit, name: &str, product: Product, rust: Rust, words: &str) -> String {
    let headers = &kit.description.headers;
    format!(
        "prefix=${{pcfiledir}}/../..\n\
         libdir=${{prefix}}/lib\n\
         includedir=${{prefix}}/include\n\n\
         Name: {name}\n\
         Description: Python with an application, {words}\n\
         Version: {}\n\
         Cflags: -I${{includedir}} -I${{includedir}}/{headers}\n\
         Libs: {}\n",
        kit.description.python,
        link_flags(kit, product, rust, "${libdir}").join(" ")
    )
}

/// What `PYO3_CONFIG_FILE` names, for crates that use `pyo3` and are linked with the artifacts.
fn pyo3_config(kit: &Kit) -> String {
    format!(
        "implementation=CPython\n\
         version={}\n\
         shared=false\n\
         abi3=false\n\
         pointer_width=64\n\
         suppress_build_script_link_lines=true\n",
        kit.record.python
    )
}

/// The text that tells what is in the folder.
pub(super) fn readme(kit: &Kit) -> String {
    format!(
        "{HEADING}{}\n\n\
         CPython {} with an application, made by `pyoxidizer generate-embedding-artifacts`.\n\n\
         include/pyembed.h    the interface; include/{} has Python's own\n\
         lib/                 static libraries\n\
         lib/pkgconfig/       for pkg-config: pyembed for programs, pyembed-shared for shared libraries; pyembed-rust and\n\
         \x20                    pyembed-rust-shared where a static library in Rust brings the crate pyembed\n\
         compile-flags.txt    the same for other build systems, with the place where the folder was made, as a C compiler\n\
         link-flags*.txt      reads it by @FILE\n\
         pyo3-config.txt      for the variable PYO3_CONFIG_FILE\n",
        "=".repeat(HEADING.len() - 1),
        kit.description.python,
        kit.description.headers,
    )
}
