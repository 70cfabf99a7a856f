//! Shared objects made by the compiler of this machine, in the layout of published archives.

use std::process::Command;

use super::*;
use crate::collect::testing::{distribution, entry, write};
use crate::config::resolved::PackageSourceKind;
use crate::native;

const MODULE: &str = "install/lib/python3.13/lib-dynload/_tkinter.cpython-313-x86_64-linux-gnu.so";

/// A distribution with `_tkinter` as a shared library, Tcl beside it.
struct Installed(tempfile::TempDir);

impl Installed {
    fn new() -> Self {
        let installed = Self(tempfile::tempdir().unwrap());
        let root = installed.0.path();
        for file in ["tkinter/__init__.py", "turtle.py", "idlelib/idle.py", "csv.py", "os.py"] {
            write(root, &[(&format!("install/lib/python3.13/{file}"), "")]);
        }
        write(
            root,
            &[("install/lib/tcl9.0/init.tcl", "set x 1"), ("install/lib/tk9.0/tk.tcl", "")],
        );
        installed.object("install/lib/libz9.so", "libz9.so", &[]);
        installed.object("install/lib/libtcl9.0.so", "libtcl9.0.so", &["install/lib/libz9.so"]);
        installed.object("elsewhere/libXft.so.2", "libXft.so.2", &[]);
        installed.object(
            "install/lib/libtk9.0.so",
            "libtk9.0.so",
            &["install/lib/libtcl9.0.so", "elsewhere/libXft.so.2"],
        );
        installed.object(MODULE, "", &["install/lib/libtk9.0.so", "install/lib/libtcl9.0.so"]);
        installed
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn object(&self, name: &str, soname: &str, needed: &[&str]) {
        let path = self.path(name);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        let mut command = Command::new("gcc");
        command.args(["-shared", "-nostdlib", "-x", "c", "/dev/null", "-x", "none"]);
        command.args(["-Wl,--no-as-needed", "-o"]).arg(&path);
        command.args(soname.is_empty().then_some("-Wl,-rpath,$ORIGIN/../.."));
        command.args((!soname.is_empty()).then(|| format!("-Wl,-soname,{soname}")));
        command.args(needed.iter().map(|library| self.path(library)));
        // What the needed libraries need in turn is not looked for.
        command.arg("-Wl,--allow-shlib-undefined").arg("-Wl,--unresolved-symbols=ignore-all");
        let output = command.output().expect("the tests need gcc");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn distribution(&self) -> Distribution {
        let root = self.0.path().to_owned();
        let mut distribution = distribution(&root.join("install/lib/python3.13"));
        distribution.root.clone_from(&root);
        distribution.tcl_library =
            ["tcl9.0", "tk9.0"].map(|n| root.join("install/lib").join(n)).into();
        distribution
    }

    fn selection(&self, links: &[&str]) -> Selection {
        let links = links.iter().map(|name| Library::System((*name).to_owned())).collect();
        Selection {
            shared: vec![packed("_tkinter", self.path(MODULE), links)],
            ..Selection::default()
        }
    }

    fn collect(&self, selection: &Selection, excludes: &[&str]) -> Collected {
        let mut source = entry(PackageSourceKind::Stdlib { exclude_test_modules: true });
        source.excludes = excludes.iter().map(|name| (*name).to_owned()).collect();
        let mut distribution = self.distribution();
        for extension in &selection.shared {
            let (name, variants) = (extension.name.clone(), vec![extension.variant.clone()]);
            let extension = crate::distribution::Extension { name: name.clone(), variants };
            distribution.extensions.insert(name, extension);
        }
        crate::collect::stdlib::scan(&source, true, &distribution, selection).unwrap()
    }
}

fn packed(name: &str, file: PathBuf, links: Vec<Library>) -> SelectedExtension {
    let variant = ExtensionVariant {
        variant: "default".to_owned(),
        init_fn: Some(format!("PyInit_{name}")),
        links,
        shared_library: Some(file),
        ..ExtensionVariant::default()
    };
    SelectedExtension { name: name.to_owned(), variant }
}

fn modules(collected: &Collected) -> Vec<&str> {
    collected.modules.keys().map(String::as_str).collect()
}

#[test]
fn a_shared_module_brings_its_libraries_and_scripts_and_keeps_the_modules_that_need_it() {
    let installed = Installed::new();
    let mut collected = installed.collect(&installed.selection(&["tcl9.0"]), &[]);
    let module = MODULE.strip_prefix("install/").unwrap();
    assert_eq!(collected.extensions["_tkinter"].virtual_path, module);
    let libraries: Vec<&String> = collected.libraries.keys().collect();
    assert_eq!(libraries, ["lib/libtcl9.0.so", "lib/libtk9.0.so", "lib/libz9.so", module]);
    let files: Vec<&String> = collected.files.keys().collect();
    assert_eq!(files, ["lib/tcl9.0/init.tcl", "lib/tk9.0/tk.tcl"]);
    assert_eq!(modules(&collected), ["idlelib", "idlelib.idle", "os", "tkinter", "turtle"]);
    assert_eq!(
        collected.notes,
        ["_tkinter needs libraries of the system where the executable runs: libXft.so.2"]
    );
    // What is left to the system is no missing library, and no search path leaves the packages.
    let target = "x86_64-unknown-linux-gnu";
    let libraries = native::resolve(&Default::default(), target, &mut collected).unwrap();
    assert_eq!(libraries.notes, Vec::<String>::new());
    let report = &libraries.report.extensions[0];
    assert_eq!(report.dependencies, ["lib/libz9.so", "lib/libtcl9.0.so", "lib/libtk9.0.so"]);
    assert_eq!(report.system, ["libXft.so.2"]);
}

#[test]
fn modules_stay_out_with_the_shared_module_that_they_need() {
    let installed = Installed::new();
    let excluded = installed.collect(&installed.selection(&["tcl9.0"]), &["_tkinter"]);
    let note = "modules of the standard library left out with the extension modules that they need: \
                tkinter, idlelib, turtle, turtledemo (_tkinter)";
    assert_eq!(modules(&excluded), ["os"]);
    assert!(excluded.extensions.is_empty() && excluded.libraries.is_empty());
    assert!(excluded.files.is_empty());
    assert_eq!(excluded.notes, [note]);
    // Nor is there a word of modules that the entry excludes itself.
    let all = ["_tkinter", "tkinter", "idlelib", "turtle", "turtledemo"];
    assert_eq!(installed.collect(&installed.selection(&[]), &all).notes, Vec::<String>::new());
}

#[test]
fn a_shared_module_whose_library_is_missing_stays_out() {
    let installed = Installed::new();
    fs_err::remove_file(installed.path("install/lib/libz9.so")).unwrap();
    let collected = installed.collect(&installed.selection(&["tcl9.0"]), &[]);
    assert_eq!(modules(&collected), ["os"]);
    assert_eq!(
        collected.notes[0],
        "extension module _tkinter left out, as the distribution lacks a library that it needs: \
         libz9.so"
    );
    assert_eq!(collected.notes.len(), 2);
    // The distribution says that this is a library of the system, as `_crypt` has one.
    let collected = installed.collect(&installed.selection(&["tcl9.0", "z9"]), &[]);
    assert_eq!(
        collected.notes,
        ["_tkinter needs libraries of the system where the executable runs: libXft.so.2, libz9.so"]
    );
}

#[test]
fn modules_of_windows_bring_the_dlls_beside_them() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let dlls = root.join("install/DLLs");
    write(root, &[("install/Lib/ssl.py", ""), ("install/Lib/os.py", "")]);
    for (name, imports) in [
        ("_ssl.pyd", &["LIBSSL-3.dll", "python313.dll", "KERNEL32.dll"][..]),
        ("libssl-3.dll", &["libcrypto-3.dll"]),
        ("libcrypto-3.dll", &["WS2_32.dll"]),
        ("libffi-8.dll", &[]),
        ("sqlite3.dll", &[]),
    ] {
        fs_err::create_dir_all(&dlls).unwrap();
        fs_err::write(dlls.join(name), dll(imports)).unwrap();
    }
    let mut distribution = distribution(&root.join("install/Lib"));
    distribution.root = root.to_owned();
    distribution.object_format = ObjectFormat::Coff;
    distribution.target_triple = "x86_64-pc-windows-msvc".to_owned();
    let ffi = Library::Dynamic { name: "libffi-8".into(), path: dlls.join("libffi-8.dll") };
    let shared = vec![packed("_ssl", dlls.join("_ssl.pyd"), vec![ffi])];
    let selection = Selection { shared, ..Selection::default() };
    let source = entry(PackageSourceKind::Stdlib { exclude_test_modules: true });
    let collected = crate::collect::stdlib::scan(&source, true, &distribution, &selection).unwrap();
    let libraries: Vec<&String> = collected.libraries.keys().collect();
    let expected =
        ["DLLs/_ssl.pyd", "DLLs/libcrypto-3.dll", "DLLs/libffi-8.dll", "DLLs/libssl-3.dll"];
    assert_eq!(libraries, expected);
    assert_eq!(collected.extensions["_ssl"].virtual_path, "DLLs/_ssl.pyd");
    assert_eq!(modules(&collected), ["os", "ssl"]);
    assert_eq!(collected.notes, Vec::<String>::new());
}

/// A DLL for x86-64 that imports one function of each of some others.
fn dll(imports: &[&str]) -> Vec<u8> {
    const SECTION: u32 = 0x1000;
    let descriptors = 20 * (imports.len() as u32 + 1);
    let (mut table, mut data) = (Vec::new(), Vec::new());
    for name in imports {
        // A name and a thunk table of one import by ordinal.
        let thunks = SECTION + descriptors + data.len() as u32;
        data.extend((1_u64 << 63 | 1).to_le_bytes());
        data.extend(0_u64.to_le_bytes());
        let name_at = SECTION + descriptors + data.len() as u32;
        data.extend(name.as_bytes());
        data.push(0);
        data.resize(data.len().next_multiple_of(8), 0);
        for field in [thunks, 0, 0, name_at, thunks] {
            table.extend(field.to_le_bytes());
        }
    }
    table.resize(descriptors as usize, 0);
    table.extend(data);
    let mut file = vec![0; 0x40];
    file[..2].copy_from_slice(b"MZ");
    file[0x3c] = 0x40;
    file.extend(b"PE\0\0");
    // Machine, one section, no time, no symbols, the optional header's size, a DLL.
    file.extend(0x8664_u16.to_le_bytes());
    file.extend(1_u16.to_le_bytes());
    file.extend([0; 12]);
    file.extend(240_u16.to_le_bytes());
    file.extend(0x2022_u16.to_le_bytes());
    let mut optional = vec![0_u8; 240];
    optional[..2].copy_from_slice(&0x20b_u16.to_le_bytes());
    optional[32..36].copy_from_slice(&0x1000_u32.to_le_bytes());
    optional[36..40].copy_from_slice(&0x200_u32.to_le_bytes());
    optional[108..112].copy_from_slice(&16_u32.to_le_bytes());
    optional[120..124].copy_from_slice(&SECTION.to_le_bytes());
    optional[124..128].copy_from_slice(&descriptors.to_le_bytes());
    file.extend(optional);
    file.extend(b".idata\0\0");
    for field in [table.len() as u32, SECTION, table.len() as u32, 0x200, 0, 0, 0, 0x4000_0040] {
        file.extend(field.to_le_bytes());
    }
    file.resize(0x200, 0);
    file.extend(table);
    file
}
