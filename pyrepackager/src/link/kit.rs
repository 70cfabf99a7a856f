//! What those who build without Cargo are given to link: all of an executable but its own code, its Rust code and its
//! resources.

use std::path::{Path, PathBuf};

use ar_archive_writer::{ArchiveKind, DEFAULT_OBJECT_READER, NewArchiveMember};
use object::read::archive::ArchiveFile;

use super::blob_object::{self, Owner};
use super::plan::{self, Compiler, Tables};
use super::{LinkError, Objects, inittab, isolate, object_archive, shared};
use crate::distribution::{Distribution, Library};
use crate::policy::SelectedExtension;

/// Python's own objects, all of which are linked.
const OBJECTS: &str = "libpyembed_python.a";

/// What these need of static libraries.
const LIBRARIES: &str = "libpyembed_libraries.a";

/// What a shared library has in the place of exported symbols, all of which is linked.
const SHARED: &str = "libpyembed_shared.a";

/// What belongs to the archives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KitLinks {
    /// Libraries of the operating system, by the linker's names.
    pub system: Vec<String>,
    /// Arguments for the linker of executables, as for a C compiler.
    pub executable_arguments: Vec<String>,
}

/// Writes static libraries into a folder: Python's objects, what they need of others, and what a shared library has. `objects` are those of the distribution with these
/// `extensions`, which may become part of a shared library. `scratch` is a folder for what is removed afterwards.
///
/// # Errors
///
/// See [`LinkError`].
pub fn kit(
    distribution: &Distribution,
    extensions: &[SelectedExtension],
    objects: &Objects,
    compiler: &Compiler,
    folder: &Path,
    scratch: &Path,
) -> Result<KitLinks, LinkError> {
    let target = &compiler.target;
    let tables = Tables { distribution, compiler, out_dir: scratch };
    let mut files = tables.compile("inittab", &inittab::source(extensions))?;
    files.extend(tables.compile("streams", &isolate::streams_source())?);
    let table = shared::source(&objects.files, &plan::SERVING)?;
    let table = tables.compile(shared::NAME, &table)?;
    // Those of an application count in its place.
    let nothing = scratch.join("resources.o");
    blob_object::write(&nothing, target, &[], Owner::Library)?;
    files.push(nothing);
    files.extend(objects.files.iter().cloned());
    object_archive::write_whole(&folder.join(OBJECTS), target, &files)?;
    object_archive::write_whole(&folder.join(SHARED), target, &table)?;
    let mut links = KitLinks {
        system: Vec::new(),
        executable_arguments: plan::arguments(target, &[])
            .into_iter()
            .chain(plan::executable_arguments(target))
            .collect(),
    };
    let mut libraries = Vec::new();
    for library in &objects.libraries {
        match library {
            Library::Static { path, .. } => libraries.push(path.as_path()),
            Library::System(name) | Library::Dynamic { name, .. } => {
                links.system.push(name.clone())
            }
            Library::Framework(_) => {}
        }
    }
    merge(&folder.join(LIBRARIES), &libraries)?;
    Ok(links)
}

/// Writes the packed resources of an application into a static library, all of which is linked.
///
/// # Errors
///
/// See [`LinkError`].
pub fn kit_resources(path: &Path, target: &str, blob: &[u8]) -> Result<(), LinkError> {
    let object = path.with_extension("o");
    blob_object::write(&object, target, blob, Owner::Executable)?;
    object_archive::write_whole(path, target, std::slice::from_ref(&object))?;
    Ok(fs_err::remove_file(object)?)
}

/// Writes one library of what is in several: the linker looks through it as often as necessary, so that the order of
/// libraries that need one another does not matter.
fn merge(path: &Path, libraries: &[&Path]) -> Result<(), LinkError> {
    let mut members = Vec::new();
    for library in libraries {
        let unreadable = |source| LinkError::Unreadable { path: PathBuf::from(library), source };
        let data = fs_err::read(library)?;
        for member in ArchiveFile::parse(&*data).map_err(unreadable)?.members() {
            let member = member.map_err(unreadable)?;
            let content = member.data(&*data).map_err(unreadable)?.to_vec();
            let name = String::from_utf8_lossy(member.name()).into_owned();
            members.push(NewArchiveMember::new(content, &DEFAULT_OBJECT_READER, name));
        }
    }
    let mut file = fs_err::File::create(path)?;
    ar_archive_writer::write_archive_to_stream(&mut file, &members, ArchiveKind::Gnu, false, None)
        .map_err(|source| LinkError::Archive { path: path.to_owned(), source })
}
