//! What the tests of several modules need: folders with files, and a distribution.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use pyresources::cpu::X86Level;

use crate::config::resolved::{
    OptimizeLevel, PackageSource, PackageSourceKind, PythonVersion, Sha256Digest,
};
use crate::distribution::{CoreBuild, Distribution, ExtensionVariant, ObjectFormat};
use crate::policy::{self, SelectedExtension, Selection};

/// A distribution whose standard library is `stdlib` and whose interpreter is the `python3` on the
/// path. It has no extensions.
pub fn distribution(stdlib: &Path) -> Distribution {
    Distribution {
        root: stdlib.to_owned(),
        archive_sha256: Sha256Digest([0; 32]),
        version: PythonVersion { major: 3, minor: 13 },
        full_version: "3.13.5".to_owned(),
        target_triple: "x86_64-unknown-linux-gnu".to_owned(),
        cpu_level: X86Level::V1,
        free_threaded: false,
        python_exe: PathBuf::from("python3"),
        stdlib: stdlib.to_owned(),
        include: stdlib.to_owned(),
        cache_tag: "cpython-313".to_owned(),
        bytecode_magic: [1, 2, 3, 4],
        extension_suffixes: [".cpython-313-x86_64-linux-gnu.so", ".abi3.so", ".so"]
            .map(str::to_owned)
            .to_vec(),
        tcl_library: Vec::new(),
        stdlib_test_packages: ["test", "json.tests"].map(str::to_owned).to_vec(),
        object_format: ObjectFormat::Elf,
        core: CoreBuild {
            objects: Vec::new(),
            static_library: None,
            links: Vec::new(),
            inittab_cflags: Vec::new(),
        },
        extensions: BTreeMap::new(),
        licenses: Vec::new(),
        license_path: None,
        notes: Vec::new(),
    }
}

/// A selection with every extension module that modules of the standard library need, linked.
pub fn everything() -> Selection {
    let extension = |name: &str| SelectedExtension {
        name: name.to_owned(),
        variant: ExtensionVariant {
            variant: "default".to_owned(),
            init_fn: Some(format!("PyInit_{name}")),
            ..ExtensionVariant::default()
        },
    };
    let all = policy::DEPENDENTS.iter().filter(|(name, _)| *name != "_tkinter");
    let extensions = all.map(|(name, _)| extension(name)).collect();
    Selection { extensions, ..Selection::default() }
}

/// An entry of `[[python_packages]]`.
pub fn entry(kind: PackageSourceKind) -> PackageSource {
    PackageSource {
        kind,
        optimize_level: OptimizeLevel::Zero,
        include_source: true,
        excludes: Vec::new(),
        strict_imports: false,
        line: 7,
    }
}

/// Writes `files` below `root`: path and contents.
pub fn write(root: &Path, files: &[(&str, &str)]) {
    for (name, contents) in files {
        let path = root.join(name);
        fs_err::create_dir_all(path.parent().expect("a file lies in a folder")).unwrap();
        fs_err::write(path, contents).unwrap();
    }
}

/// What `python3` prints for `code`.
pub fn python(code: &str, arguments: &[&Path]) -> String {
    let output = Command::new("python3")
        .args(["-I", "-S", "-c", code])
        .args(arguments)
        .output()
        .expect("the tests need a python3 on the path");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("the tests print UTF-8")
}
