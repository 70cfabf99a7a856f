//! Native objects and libraries in which no symbol is missing.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::added;
use super::closure::{self, Missing, Taken};
use super::convert::{Bitcode, Converted};
use super::plan::{Compiler, without_repetition};
use super::pulled::Pulled;
use super::spare::{Spare, Spares, archive};
use super::symbols::{self, ObjectKind, StaticLibrary};
use super::system::System;
use super::toolchain::Toolchain;
use super::{LinkError, UnresolvedSymbol};
use crate::cache::Cache;
use crate::config::resolved::ExtensionPolicy;
use crate::distribution::{Distribution, Library, ObjectFormat};
use crate::policy::SelectedExtension;
use crate::reporter::Reporter;

/// The symbol that the table of built-in modules defines.
const TABLE: &str = "_PyImport_Inittab";

/// What is linked, and with what.
#[derive(Clone, Copy, Debug)]
pub struct ObjectsRequest<'a> {
    /// The distribution.
    pub distribution: &'a Distribution,
    /// Its extension modules that are linked.
    pub extensions: &'a [SelectedExtension],
    /// The policy that they were selected by: nothing is linked beside them that it excludes for its
    /// licence.
    pub policy: &'a ExtensionPolicy,
    /// The C compiler's circumstances; its target is the executable's.
    pub compiler: &'a Compiler,
    /// Turns bitcode into native objects.
    pub toolchain: &'a Toolchain,
    /// Whether they may become part of a shared library.
    pub shared: bool,
}

/// Native objects and libraries in which no symbol is missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Objects {
    /// Object files, all of which are linked. The table of built-in modules is not among them.
    pub files: Vec<PathBuf>,
    /// Libraries, without repetition.
    pub libraries: Vec<Library>,
    /// What is among them beside the selected extension modules.
    pub pulled: Vec<Pulled>,
    /// Whether they may become part of a shared library.
    pub shared: bool,
}

/// Finds the native objects and libraries that the interpreter with the selected extension modules is
/// linked from.
///
/// Objects that are bitcode are turned into native ones. What the objects need and only other objects or
/// libraries of the distribution define is added.
///
/// # Errors
///
/// An object is not what the distribution says, bitcode cannot be turned into native objects, or
/// nothing defines a symbol that an object needs.
pub fn objects(
    request: &ObjectsRequest<'_>,
    cache: &Cache,
    reporter: &dyn Reporter,
) -> Result<Objects, LinkError> {
    let linked = Linked::of(request, cache, reporter)?;
    let (files, merged, missing) = linked.resolve(cache, reporter)?;
    linked.check(&missing.unresolved)?;
    let libraries = linked.system_libraries();
    let mut objects = Objects { files, libraries, pulled: Vec::new(), shared: request.shared };
    // In the order in which symbols were looked for, so that the linker finds the same.
    let named = linked.libraries.iter().filter(|library| !library.has_bitcode);
    let named = named.map(|library| library.path.as_path());
    let taken = missing.libraries.iter().map(|taken| taken.spare.path.as_path());
    objects.libraries.splice(0..0, named.chain(taken).map(Library::of_file));
    objects.files.extend(missing.objects.iter().map(|taken| taken.spare.path.clone()));
    for taken in merged.iter().chain(&missing.objects).chain(&missing.libraries) {
        let pulled = linked.pulled(taken);
        reporter.detail(&pulled.to_string());
        let variant = pulled.variant(request.distribution);
        let links = variant.into_iter().flat_map(|variant| &variant.links);
        objects.libraries.extend(links.filter(|library| archive(library).is_none()).cloned());
        objects.pulled.push(pulled);
    }
    objects.libraries = without_repetition(objects.libraries);
    Ok(objects)
}

/// What was selected, after it was looked at.
struct Linked<'a> {
    request: &'a ObjectsRequest<'a>,
    kind: ObjectKind,
    /// Of the distribution.
    objects: Vec<PathBuf>,
    /// Of added extension modules.
    added: Vec<PathBuf>,
    /// Whether there may be bitcode, among what is spare, too.
    has_bitcode: bool,
    libraries: Vec<Rc<StaticLibrary>>,
    spares: Spares,
    system: System,
}

impl<'a> Linked<'a> {
    fn of(
        request: &'a ObjectsRequest<'a>,
        cache: &Cache,
        reporter: &dyn Reporter,
    ) -> Result<Self, LinkError> {
        let ObjectsRequest { distribution, extensions, compiler, .. } = *request;
        let kind = ObjectKind::of_target(&compiler.target)?;
        let objects = distribution.core.objects.iter();
        let objects = objects.chain(extensions.iter().flat_map(|e| &e.variant.objects)).cloned();
        let mut objects = without_repetition(objects.collect());
        let added = without_repetition(added::objects(request));
        objects.retain(|path| !added.contains(path));
        for path in &objects {
            check_kind(path, kind, &distribution.object_format)?;
        }
        added::check(request, kind)?;
        let links = links(request);
        let libraries = links.iter().filter_map(|library| archive(library));
        let libraries = libraries.map(|path| Ok(Rc::new(StaticLibrary::open(path, kind)?)));
        let libraries = libraries.collect::<Result<Vec<_>, LinkError>>()?;
        let has_bitcode = matches!(distribution.object_format, ObjectFormat::LlvmBitcode(_))
            || libraries.iter().any(|library| library.has_bitcode);
        let named = links.iter().filter_map(|library| match library {
            Library::System(name) => Some(name.as_str()),
            _ => None,
        });
        let system = System::read(compiler, &named.collect::<Vec<_>>())?;
        let spares = Spares::find(request, cache, reporter)?;
        Ok(Self { request, kind, objects, added, has_bitcode, libraries, spares, system })
    }

    /// Native objects; what was merged into them beside what was selected; and what they still miss.
    fn resolve(
        &self,
        cache: &Cache,
        reporter: &dyn Reporter,
    ) -> Result<(Vec<PathBuf>, Vec<Taken>, Missing), LinkError> {
        if !self.has_bitcode {
            let files = [self.objects.as_slice(), &self.added].concat();
            let missing = self.missing(&files, &self.libraries, &self.spares)?;
            return Ok((files, Vec::new(), missing));
        }
        let (bitcode, native) = self.spares.clone().split(self.kind)?;
        let libraries: Vec<_> =
            self.libraries.iter().filter(|library| !library.has_bitcode).cloned().collect();
        let mut wanted = BTreeSet::new();
        loop {
            let Converted { objects, extracted } =
                self.convert(&bitcode, &wanted, cache, reporter)?;
            let mut files = self.native_beside(&objects)?;
            files.extend(objects);
            files.extend_from_slice(&self.added);
            let missing = self.missing(&files, &libraries, &native)?;
            // What a native library needs may be in bitcode that nothing else needed.
            let before = wanted.len();
            for symbol in &missing.unresolved {
                if self.is_in_bitcode(&symbol.name, &bitcode)? {
                    wanted.insert(symbol.name.clone());
                }
            }
            if wanted.len() == before {
                let spares: Vec<&Spare> = bitcode.all().collect();
                let merged = extracted.into_iter().filter_map(|extracted| {
                    let spare = spares.iter().find(|spare| spare.path == extracted.path)?;
                    let (symbol, needed_by) = (extracted.symbol, extracted.needed_by);
                    Some(Taken { spare: (*spare).clone(), symbol, needed_by })
                });
                return Ok((files, merged.collect(), missing));
            }
        }
    }

    fn convert(
        &self,
        spares: &Spares,
        wanted: &BTreeSet<String>,
        cache: &Cache,
        reporter: &dyn Reporter,
    ) -> Result<Converted, LinkError> {
        let ObjectsRequest { distribution, compiler, toolchain, .. } = self.request;
        let Some(lld) = toolchain.lld() else {
            return Err(LinkError::NoBitcodeLinker { root: distribution.root.clone() });
        };
        let permitted = |spares: &[Spare]| -> Vec<PathBuf> {
            let permitted = spares.iter().filter(|spare| spare.permitted);
            permitted.map(|spare| spare.path.clone()).collect()
        };
        let named = self.libraries.iter().filter(|library| library.has_bitcode);
        Bitcode {
            root: &distribution.root,
            archive: &distribution.archive_sha256,
            target: &compiler.target,
            objects: &self.objects,
            libraries: &named.map(|library| library.path.clone()).collect::<Vec<_>>(),
            spares: &permitted(&spares.objects),
            spare_libraries: &permitted(&spares.libraries),
            wanted,
        }
        .convert(lld, cache, reporter)
    }

    /// Selected objects that are native and were not merged into `converted`: on macOS, all.
    fn native_beside(&self, converted: &[PathBuf]) -> Result<Vec<PathBuf>, LinkError> {
        if !self.request.compiler.target.contains("-apple-") {
            debug_assert_eq!(converted.len(), 1);
            return Ok(Vec::new());
        }
        let mut native = Vec::new();
        for path in &self.objects {
            if symbols::kind(&fs_err::read(path)?) == Some(self.kind) {
                native.push(path.clone());
            }
        }
        Ok(native)
    }

    fn missing(
        &self,
        objects: &[PathBuf],
        libraries: &[Rc<StaticLibrary>],
        spares: &Spares,
    ) -> Result<Missing, LinkError> {
        let ObjectsRequest { extensions, compiler, .. } = self.request;
        let name = |name: &str| mangled(name, &compiler.target);
        let functions = extensions.iter().filter_map(|e| e.variant.init_fn.as_deref());
        closure::missing(&closure::Inputs {
            kind: self.kind,
            objects,
            libraries,
            wanted: &functions.map(name).collect::<Vec<_>>(),
            known: &[name(TABLE)],
            spares,
            system: &self.system,
        })
    }

    /// Whether a symbol may be defined in bitcode that is not linked yet. Bitcode has the names of its
    /// symbols in plain text.
    fn is_in_bitcode(&self, symbol: &str, spares: &Spares) -> Result<bool, LinkError> {
        let named = self.libraries.iter().filter(|library| library.has_bitcode);
        let named = named.map(|library| library.path.as_path());
        let spares = spares.all().filter(|spare| spare.permitted);
        for path in named.chain(spares.map(|spare| spare.path.as_path())) {
            if symbols::mentions(&fs_err::read(path)?, symbol) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Errors of missing symbols, if it is certain that they are missing.
    fn check(&self, unresolved: &[UnresolvedSymbol]) -> Result<(), LinkError> {
        let forbidden = unresolved.iter().any(|symbol| symbol.forbidden.is_some());
        if unresolved.is_empty() || !(self.system.is_complete() || forbidden) {
            return Ok(());
        }
        let symbols = unresolved.to_vec();
        let is_added = |symbol: &UnresolvedSymbol| {
            // A member of a library stands in parentheses.
            let file =
                symbol.needed_by.split_once('(').map_or(&*symbol.needed_by, |(file, _)| file);
            Path::new(file).is_absolute() && added::is_outside(Path::new(file), self.request)
        };
        Err(match symbols.iter().any(is_added) {
            true => LinkError::AddedUnresolved { symbols },
            false => LinkError::Unresolved { symbols },
        })
    }

    /// What of the selected extension modules' libraries is not a static library.
    fn system_libraries(&self) -> Vec<Library> {
        links(self.request).into_iter().filter(|library| archive(library).is_none()).collect()
    }

    fn pulled(&self, taken: &Taken) -> Pulled {
        let ObjectsRequest { distribution, extensions, .. } = self.request;
        let root = &distribution.root;
        let relative = |path: &Path| {
            path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/")
        };
        let needed_by = relative(Path::new(&taken.needed_by));
        let by = root.join(&needed_by);
        let user = extensions.iter().find(|extension| extension.variant.objects.contains(&by));
        let path = &taken.spare.path;
        let file = match &taken.spare.unpacked_from {
            None => relative(path),
            Some(library) => {
                let member = path.file_name().unwrap_or_default().to_string_lossy();
                format!("{}({member})", relative(library))
            }
        };
        Pulled {
            file,
            extension: taken.spare.extension.clone(),
            user: user.map(|extension| extension.name.clone()),
            symbol: taken.symbol.clone(),
            needed_by,
        }
    }
}

/// The libraries that the core and the selected extension modules name, each once: where it is named
/// last, so that it stands after all that use it.
fn links(request: &ObjectsRequest<'_>) -> Vec<Library> {
    let extensions = request.extensions.iter().flat_map(|extension| &extension.variant.links);
    let mut links: Vec<Library> =
        extensions.chain(&request.distribution.core.links).cloned().collect();
    links.reverse();
    let mut links = without_repetition(links);
    links.reverse();
    links
}

/// The name of a C function in object files.
fn mangled(name: &str, target: &str) -> String {
    if target.contains("-apple-") { format!("_{name}") } else { name.to_owned() }
}

/// Checks that an object is what the distribution says: not code for another system or CPU, and bitcode
/// only where the distribution has such.
fn check_kind(path: &Path, native: ObjectKind, format: &ObjectFormat) -> Result<(), LinkError> {
    let found = symbols::kind(&fs_err::read(path)?);
    let may_be_bitcode = matches!(format, ObjectFormat::LlvmBitcode(_));
    match found {
        Some(ObjectKind::Bitcode) if may_be_bitcode => Ok(()),
        Some(found) if found == native => Ok(()),
        _ => Err(LinkError::WrongKind { path: path.to_owned(), found, native, may_be_bitcode }),
    }
}
