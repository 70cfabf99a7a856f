//! What a distribution has beside what is linked: objects and libraries that are linked as well where
//! something needs their symbols.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::cache::Cache;
use crate::config::resolved::ExtensionPolicy;
use crate::distribution::{Distribution, ExtensionVariant, Library};
use crate::policy::is_copyleft;
use crate::reporter::Reporter;

use super::LinkError;
use super::members;
use super::objects::ObjectsRequest;
use super::symbols::{self, ObjectKind, StaticLibrary};

/// Objects that must not be linked: CPython's own table of modules, for which ours stands, and one of
/// CPython's build tools. They define again what other objects define.
const NEVER: &[&str] = &["config.o", "getpath_noop.o"];

/// Folder of programs, which have a function `main`, below `build/`.
const PROGRAMS: &str = "Programs";

/// Libraries without licences of their own to state: those of CPython's hash functions, and of the
/// compiler.
const OF_THE_TOOLS: &[&str] = &["Hacl_", "clang_rt."];

/// An object or a library that may be linked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spare {
    /// The file.
    pub path: PathBuf,
    /// The static library of the distribution that the object was unpacked from, if it was.
    pub unpacked_from: Option<PathBuf>,
    /// The extension whose object it is, or that links the library.
    pub extension: Option<String>,
    /// Whether the configuration permits its licence.
    pub permitted: bool,
}

/// What a distribution has beside what is linked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Spares {
    /// Objects.
    pub objects: Vec<Spare>,
    /// Static libraries.
    pub libraries: Vec<Spare>,
}

impl Spares {
    /// What the request's distribution has beside the request's extensions. What needs a copyleft
    /// licence is not permitted under a policy that excludes such.
    pub(super) fn find(
        request: &ObjectsRequest<'_>,
        cache: &Cache,
        reporter: &dyn Reporter,
    ) -> Result<Self, LinkError> {
        let ObjectsRequest { distribution, extensions, policy, .. } = *request;
        let permits = |variant: &ExtensionVariant| {
            *policy != ExtensionPolicy::NoCopyleft || !is_copyleft(variant)
        };
        let selected = |name: &str| extensions.iter().any(|extension| extension.name == name);
        let mut spares = Self::default();
        let mut known: BTreeSet<PathBuf> = distribution.core.objects.iter().cloned().collect();
        known.extend(extensions.iter().flat_map(|extension| &extension.variant.objects).cloned());
        known.extend(distribution.core.links.iter().filter_map(archive).map(Path::to_owned));
        let links = extensions.iter().flat_map(|extension| &extension.variant.links);
        known.extend(links.filter_map(archive).map(Path::to_owned));

        let mut libraries: Vec<Spare> = Vec::new();
        for extension in distribution.extensions.values() {
            for variant in &extension.variants {
                let spare = |path: &Path| Spare {
                    path: path.to_owned(),
                    unpacked_from: None,
                    extension: Some(extension.name.clone()),
                    permitted: permits(variant),
                };
                for path in variant.links.iter().filter_map(archive) {
                    match libraries.iter_mut().find(|library| library.path == path) {
                        // The extension that says least of other licences is the best witness.
                        Some(library) if !library.permitted => *library = spare(path),
                        Some(_) => {}
                        None if known.contains(path) => {}
                        None => libraries.push(spare(path)),
                    }
                }
                for path in variant.objects.iter().filter(|_| !selected(&extension.name)) {
                    if known.insert(path.clone()) {
                        spares.objects.push(spare(path));
                    }
                }
            }
        }
        // What an extension has in other variants is theirs alone.
        known.extend(distribution.extensions.values().flat_map(|extension| {
            extension.variants.iter().flat_map(|variant| variant.objects.iter().cloned())
        }));
        known.extend(libraries.iter().map(|library| library.path.clone()));
        spares.libraries = libraries;
        spares.add_unlisted(distribution, policy, &known)?;
        if let Some(library) = &distribution.core.static_library {
            let objects = known.iter().chain(spares.objects.iter().map(|spare| &spare.path));
            let names = objects.filter_map(|path| path.file_name());
            let names = names.chain(NEVER.iter().map(OsStr::new)).collect();
            let archive = &distribution.archive_sha256;
            let unpacked = members::unpack_unknown(library, &names, archive, cache, reporter);
            spares.objects.extend(without_unreadable(unpacked)?.into_iter().map(|path| Spare {
                path,
                unpacked_from: Some(library.clone()),
                extension: None,
                permitted: true,
            }));
        }
        Ok(spares)
    }

    /// Those with bitcode, and those without, of which the native ones are for `kind`.
    pub(super) fn split(self, kind: ObjectKind) -> Result<(Self, Self), LinkError> {
        let (mut bitcode, mut native) = (Self::default(), Self::default());
        for spare in self.objects {
            let found = symbols::kind(&fs_err::read(&spare.path)?);
            let to = if found == Some(ObjectKind::Bitcode) { &mut bitcode } else { &mut native };
            to.objects.push(spare);
        }
        for spare in self.libraries {
            let has_bitcode = StaticLibrary::open(&spare.path, kind);
            let has_bitcode = without_unreadable(has_bitcode.map(|library| library.has_bitcode))?;
            let to = if has_bitcode { &mut bitcode } else { &mut native };
            to.libraries.push(spare);
        }
        Ok((bitcode, native))
    }

    /// Objects, then libraries.
    pub(super) fn all(&self) -> impl Iterator<Item = &Spare> {
        self.objects.iter().chain(&self.libraries)
    }

    /// Adds files that the distribution's description does not name.
    fn add_unlisted(
        &mut self,
        distribution: &Distribution,
        policy: &ExtensionPolicy,
        known: &BTreeSet<PathBuf>,
    ) -> Result<(), LinkError> {
        let folder = distribution.root.join("build");
        if !folder.is_dir() {
            return Ok(());
        }
        for entry in walkdir::WalkDir::new(&folder).sort_by_file_name() {
            let path = entry.map_err(std::io::Error::from)?.into_path();
            if known.contains(&path) || path.starts_with(folder.join(PROGRAMS)) {
                continue;
            }
            let spare = |permitted| Spare {
                path: path.clone(),
                unpacked_from: None,
                extension: None,
                permitted,
            };
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.ends_with(".o") && !NEVER.contains(&&*name) {
                self.objects.push(spare(true));
            } else if let Some(name) = name.strip_suffix(".a").map(|n| n.trim_start_matches("lib"))
            {
                let of_the_tools = OF_THE_TOOLS.iter().any(|prefix| name.starts_with(prefix));
                self.libraries.push(spare(of_the_tools || *policy != ExtensionPolicy::NoCopyleft));
            }
        }
        Ok(())
    }
}

/// Takes an unreadable spare library for one without symbols: it is an error only if a symbol stays
/// undefined.
pub(super) fn without_unreadable<T: Default>(read: Result<T, LinkError>) -> Result<T, LinkError> {
    match read {
        Err(LinkError::Unreadable { .. }) => Ok(T::default()),
        other => other,
    }
}

/// The file of a static library.
pub(super) fn archive(library: &Library) -> Option<&Path> {
    match library {
        Library::Static { path, .. } => Some(path),
        _ => None,
    }
}
