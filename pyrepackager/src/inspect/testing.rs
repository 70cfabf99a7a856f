//! Small executables with packed resources, made by the system's compiler.

use std::path::{Path, PathBuf};
use std::process::Command;

use pyresources::{Encoding, Kind, ModuleKind, Role, Writer, report, setting};

use super::BuildRecord;
use super::record::{Owner, OwnerRecord};
use crate::inject::inject;

/// What a `.pyc` file begins with, of no Python.
pub const MAGIC: [u8; 4] = *b"mag\n";

/// A record with whose all is that [`resources`] has.
pub fn record() -> BuildRecord {
    let owner = |owner, paths: &[&str]| OwnerRecord {
        owner,
        paths: paths.iter().map(|path| (*path).to_owned()).collect(),
    };
    BuildRecord {
        made_by: "tests".into(),
        cache_tag: "cpython-399".into(),
        bytecode_magic: MAGIC,
        owners: vec![
            owner(Owner::Stdlib, &["os"]),
            owner(Owner::Distribution("my_pkg".into()), &["pkg", "my_pkg-1.dist-info"]),
        ],
        ..BuildRecord::default()
    }
}

/// Resources with everything that a build packs but the record.
pub fn resources() -> Writer {
    let mut writer = Writer::new();
    writer.content(Kind::Module, "os", Role::Bytecode0, b"code of os".to_vec());
    writer.module("pkg", ModuleKind::Package);
    writer.content(Kind::Module, "pkg", Role::Bytecode0, b"code of pkg".to_vec());
    writer.content(Kind::Module, "pkg", Role::Bytecode2, b"code of pkg, 2".to_vec());
    writer.content(Kind::Module, "pkg", Role::Source, b"x = 1\n".to_vec());
    writer.content(Kind::Module, "pkg/native", Role::Extension, b"pkg/native.so".to_vec());
    writer.content(Kind::SharedLibrary, "pkg/native.so", Role::Contents, b"no ELF".to_vec());
    writer.content(Kind::SharedLibrary, "pkg/native.so", Role::Dependencies, b"l/x.so".to_vec());
    writer.content(Kind::SharedLibrary, "l/x.so", Role::Contents, b"no ELF either".to_vec());
    writer.module("space", ModuleKind::Namespace);
    let long = b"again ".repeat(1000);
    let (frame, length) = (zstd::bulk::compress(&long, 3).unwrap(), long.len() as u64);
    let file = (Kind::File, "pkg/data/long.txt");
    writer.content_encoded(file.0, file.1, Role::Contents, Encoding::Zstd, frame, length);
    // The same bytes twice are stored once.
    writer.file("pkg/one.txt", b"the same text".to_vec());
    writer.file("pkg/two.txt", b"the same text".to_vec());
    writer.file("my_pkg-1.dist-info/METADATA", b"Name: my-pkg\n".to_vec());
    writer.distribution("my_pkg", "my_pkg-1.dist-info");
    writer.bootstrap("importer", b"code of the importer".to_vec());
    writer.setting(setting::RUN_MODE, "module");
    writer.setting(setting::RUN_ARGUMENT, "pkg");
    writer.setting(setting::OPTIMIZE_LEVEL, "0");
    writer
}

/// Adds a record.
pub fn add_record(writer: &mut Writer, record: &BuildRecord) {
    let json = serde_json::to_vec(record).unwrap();
    writer.content(Kind::Report, report::BUILD, Role::Contents, json);
}

/// All of the above.
pub fn blob() -> Vec<u8> {
    let mut writer = resources();
    add_record(&mut writer, &record());
    writer.finish().unwrap()
}

/// An executable that packed resources can be added to, and has some linked already if that is wanted.
pub fn runtime(folder: &Path, linked: Option<&[u8]>) -> PathBuf {
    let file = |name: &str, content: &[u8]| {
        fs_err::write(folder.join(name), content).unwrap();
        folder.join(name)
    };
    let main = "#include \"slot.h\"\nint main(void) { return (int)pyembed_slot.length; }\n";
    let shim = Path::new(env!("CARGO_MANIFEST_DIR")).join("../pyslot/src");
    let program = folder.join("runtime");
    let mut command = Command::new("gcc");
    command.arg("-no-pie").arg("-I").arg(&shim).arg(shim.join("slot.c"));
    command.arg(file("main.c", main.as_bytes())).arg("-o").arg(&program);
    if let Some(blob) = linked {
        let blob = file("blob", blob);
        let stack = ".section .note.GNU-stack,\"\",@progbits\n";
        let source = format!(".section .rodata\n.balign 4096\n.incbin {blob:?}\n{stack}");
        command.arg(file("blob.s", source.as_bytes()));
    }
    assert!(command.status().unwrap().success());
    program
}

/// An executable to which these resources were added.
pub fn added(folder: &Path, blob: &[u8]) -> PathBuf {
    let runtime = fs_err::read(runtime(folder, None)).unwrap();
    let mut executable = Vec::new();
    inject(&runtime, blob, &mut executable).unwrap();
    let path = folder.join("executable");
    fs_err::write(&path, executable).unwrap();
    path
}
