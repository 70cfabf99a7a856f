//! Resources without an application: packages that a Rust program adds to its executable at run time.

use pyresources::install::{self, Folder};
use pyresources::{Kind, Resources, Role, Writer, setting};

use super::PackError;
use crate::collect::folders;
use crate::config::resolved::PythonVersion;

/// Of an application's resources, those that are not the Python's own: packages and files, with their metadata. The only
/// setting is the release that they are for.
///
/// # Errors
///
/// When nothing is left, or `blob` is not what [`super::pack`] has given.
pub fn packages(blob: &[u8], version: PythonVersion) -> Result<Vec<u8>, PackError> {
    let resources = Resources::parse(blob).map_err(std::io::Error::other)?;
    let pythons = folders::pythons(version);
    let mut writer = Writer::new();
    let mut is_empty = true;
    for entry in resources.entries() {
        let entry = entry.map_err(std::io::Error::other)?;
        let (kind, name) = (entry.kind(), entry.name());
        let is_wanted = match kind {
            Kind::Module | Kind::File | Kind::SharedLibrary => {
                let is_application =
                    matches!(install::split(name).0, Folder::Application | Folder::SitePackages);
                is_application
                    && !pythons.iter().any(|python| python == name)
                    && !is_folder(name, version)
            }
            Kind::Distribution => true,
            Kind::Setting => name == setting::STDLIB,
            Kind::Bootstrap | Kind::Report => false,
        };
        if !is_wanted {
            continue;
        }
        is_empty &= kind == Kind::Setting;
        if kind == Kind::Module {
            writer.module(name, entry.module_kind());
        }
        for role in Role::ALL {
            if let Some(content) = entry.get(role).map_err(std::io::Error::other)? {
                let (bytes, length) = (content.bytes.to_vec(), content.length);
                writer.content_encoded(kind, name, role, content.encoding, bytes, length);
            }
        }
    }
    if is_empty { Err(PackError::NoPackages) } else { Ok(writer.finish()?) }
}

/// Whether a path is that of a folder that Python itself has, such as `lib/python3.13`, which is packed as a namespace.
fn is_folder(path: &str, version: PythonVersion) -> bool {
    let stdlib = folders::stdlib(version);
    stdlib == path || stdlib.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use pyresources::ModuleKind;

    use super::*;

    #[test]
    fn packages_stay_and_what_is_pythons_own_goes() {
        let version = PythonVersion { major: 3, minor: 13 };
        let mut writer = Writer::new();
        for name in ["lib/python3.13/os", "lib/python3.13/site-packages/p", "app"] {
            writer.module(name, ModuleKind::Module);
            writer.content(Kind::Module, name, Role::Bytecode0, b"code".to_vec());
        }
        writer.file("bin/python3", b"#!python".to_vec());
        writer.file("bin/tool", b"#!python".to_vec());
        writer.distribution("p", "lib/python3.13/site-packages/p-1.dist-info");
        writer.setting(setting::STDLIB, "lib/python3.13");
        writer.setting(setting::RUN_MODE, "repl");
        writer.bootstrap("_frozen_importlib_external", Vec::new());
        let blob = packages(&writer.finish().unwrap(), version).unwrap();
        let left = Resources::parse(&blob).unwrap();
        let names: Vec<_> = left.entries().map(|entry| entry.unwrap().name()).collect();
        let expected = ["app", "lib/python3.13/site-packages/p", "bin/tool", "p", "stdlib"];
        assert_eq!(names, expected);
        let app = left.module("app").unwrap().unwrap();
        assert_eq!(app.get(Role::Bytecode0).unwrap().unwrap().bytes, b"code");
    }

    #[test]
    fn nothing_is_left_of_the_standard_library_alone() {
        let version = PythonVersion { major: 3, minor: 13 };
        let mut writer = Writer::new();
        writer.module("lib/python3.13/os", ModuleKind::Module);
        writer.setting(setting::STDLIB, "lib/python3.13");
        let error = packages(&writer.finish().unwrap(), version).unwrap_err();
        assert!(matches!(error, PackError::NoPackages), "{error}");
    }
}
