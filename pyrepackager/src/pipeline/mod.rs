//! From a configuration to an executable's parts.
//!
//! [`pack()`] makes the packed resources and what is passed on beside the executable. They become an executable in
//! two ways: [`run()`] says what the linker is given, and [`crate::inject`] adds them to a runtime, which
//! [`runtime()`] says how to link.
//!
//! * `licenses`: the inventory of licences, inside and beside.
//! * `error`: the errors of all parts.

mod error;
mod licenses;

use std::path::{Path, PathBuf};

pub use error::{Error, causes};

use licenses::{application_name, extensions_of, licenses};

use crate::beside::{self, BesideError};
use crate::cache::Cache;
use crate::collect::{self, Collected};
use crate::config::resolved::{Config, DistributionRequest, ExtensionChoice, NativeLoad};
use crate::distribution::{self, Distribution, Purpose, Rejection};
use crate::imports;
use crate::inspect;
use crate::licenses::crates::Linked;
use crate::link::{
    self, BitcodeSupport, Compiler, LinkError, LinkPlan, Objects, ObjectsRequest, Pulled, Toolchain,
};
use crate::native::{self, Library, Report};
use crate::pack::{self, Run};
use crate::policy::{self, SelectedExtension, Selection};
use crate::profile::{self, Needs, Profile, Pruned};
use crate::reporter::Reporter;
use crate::requirements::{self, Limits};

/// What an executable is made from.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The C compiler's circumstances; its target is the executable's.
    pub compiler: &'a Compiler,
    /// Turns LLVM bitcode into native objects.
    pub toolchain: &'a Toolchain,
    /// The parts of the import system: the names under which `pyembed` looks for them, their Python
    /// source. One takes the place of `importlib._bootstrap_external`.
    pub bootstrap: &'a [(&'a str, &'a str)],
    /// What must not be done to provide what is required.
    pub limits: Limits,
    /// The Rust crates that are linked.
    pub crates: &'a Linked,
    /// What runs of the application have used.
    pub profile: Option<&'a Profile>,
    /// What a runtime has of the distribution beside the selected extension modules; `None` where the
    /// executable is linked here.
    pub runtime: Option<&'a [Pulled]>,
    /// Whether what is linked may become part of a shared library: then it is without what cannot be.
    pub shared: bool,
    /// Folder for what the linker reads; made by the caller.
    pub out_dir: &'a Path,
}

/// An application before it is an executable.
#[derive(Clone, Debug)]
pub struct Packed {
    /// The distribution that was used.
    pub distribution: Distribution,
    /// The extension modules of the distribution that the executable must have.
    pub extensions: Vec<SelectedExtension>,
    /// The packed resources.
    pub blob: Vec<u8>,
    /// Files and folders that decide what this is; when one changes, it is out of date.
    pub inputs: Vec<PathBuf>,
    /// Folders that are to be passed on with the executable.
    pub beside: Vec<Folder>,
    /// What is known of the extension modules of packages and the libraries that they need.
    pub native: Report,
    /// Modules that the application imports as soon as it runs, as it names them.
    pub first_imports: Vec<String>,
}

/// What an executable is linked from.
#[derive(Clone, Debug)]
pub struct Product {
    /// The distribution that was used.
    pub distribution: Distribution,
    /// The extension modules of the distribution that are linked.
    pub extensions: Vec<SelectedExtension>,
    /// What is linked of the distribution beside them.
    pub pulled: Vec<Pulled>,
    /// What the linker is given.
    pub link: LinkPlan,
    /// Files and folders that decide what the product is; when one changes, it is out of date.
    pub inputs: Vec<PathBuf>,
    /// Folders that are to be passed on with the executable.
    pub beside: Vec<Folder>,
    /// What is known of the extension modules of packages and the libraries that they need.
    pub native: Report,
}

/// A folder that belongs beside the executable.
#[derive(Clone, Debug)]
pub struct Folder {
    /// Its name.
    pub name: &'static str,
    /// How its [`beside::README`] begins.
    pub heading: &'static str,
    /// Relative paths with `/`, and contents.
    pub files: Vec<(String, Vec<u8>)>,
}

/// Makes everything that the linker needs for one executable.
///
/// # Errors
///
/// See [`Error`]. Nothing half-made stays in the cache.
pub fn run(
    request: &Request<'_>,
    cache: &Cache,
    reporter: &dyn Reporter,
) -> Result<Product, Error> {
    let mut foundation = foundation(request, cache, reporter)?;
    let objects = std::mem::take(&mut foundation.objects);
    let packed = pack_with(request, foundation, &objects.pulled, cache, reporter)?;
    let Packed { distribution, extensions, blob, inputs, beside, native, .. } = packed;
    let (compiler, out_dir) = (request.compiler, request.out_dir);
    let link = link::plan(&distribution, &extensions, &objects, blob, compiler, out_dir)?;
    Ok(Product { distribution, extensions, pulled: objects.pulled, link, inputs, beside, native })
}

/// Makes everything that the linker needs for a runtime: an executable without an application, to which
/// [`crate::inject`] can add one. Of the configuration, the distribution and the choice of its extension
/// modules count.
///
/// # Errors
///
/// As [`run`].
pub fn runtime(
    request: &Request<'_>,
    cache: &Cache,
    reporter: &dyn Reporter,
) -> Result<Product, Error> {
    let foundation = foundation(request, cache, reporter)?;
    for note in &foundation.selection.notes {
        reporter.note(note);
    }
    let Foundation { distribution, selection, objects } = foundation;
    let (compiler, out_dir) = (request.compiler, request.out_dir);
    let extensions = selection.extensions;
    let link = link::plan(&distribution, &extensions, &objects, Vec::new(), compiler, out_dir)?;
    let mut inputs = vec![distribution.root.join("PYTHON.json")];
    inputs.extend_from_slice(&request.crates.inputs);
    let (beside, native) = (Vec::new(), Report::default());
    Ok(Product { distribution, extensions, pulled: objects.pulled, link, inputs, beside, native })
}

/// The interpreter that an executable has.
#[derive(Debug)]
pub struct Foundation {
    /// The distribution that it comes from.
    pub distribution: Distribution,
    /// Its extension modules.
    pub selection: Selection,
    /// What it is linked from; nothing for an executable that is not linked here.
    pub objects: Objects,
}

/// Finds the interpreter that the configuration asks for, and what it is linked from.
///
/// # Errors
///
/// As [`run`].
pub fn foundation(
    request: &Request<'_>,
    cache: &Cache,
    reporter: &dyn Reporter,
) -> Result<Foundation, Error> {
    let config = request.config;
    let target = &request.compiler.target;
    // An executable that is not linked here can be of any distribution.
    let bitcode = match request.runtime {
        Some(_) => BitcodeSupport::ANY,
        None => request.toolchain.bitcode(),
    };
    let purpose = Purpose { target, bitcode };
    let accept = |distribution: &Distribution| {
        for given in &config.interpreter.options {
            given
                .check_release(distribution.version)
                .map_err(|error| Rejection::Final(error.into()))?;
        }
        let extensions = (&config.extensions, config.extension_modules.as_slice());
        let mut selection = policy::select(extensions.0, extensions.1, distribution)
            .map_err(|error| rejection(error.is_about_the_distribution(), error))?;
        if request.shared {
            link::leave_out_fixed(&mut selection, distribution, target)
                .map_err(|error| rejection(error.is_about_the_distribution(), error))?;
        }
        let objects = match request.runtime {
            Some(_) => Objects::default(),
            None => objects(request, distribution, &selection, cache, reporter)
                .map_err(|error| rejection(error.is_about_the_distribution(), error))?,
        };
        Ok((selection, objects))
    };
    let found = distribution::resolve_with(&config.distribution, purpose, cache, reporter, accept)?;
    let (distribution, (selection, objects)) = found;
    distribution.notes.iter().for_each(|note| reporter.detail(note));
    Ok(Foundation { distribution, selection, objects })
}

fn rejection<E: Into<Error>>(is_about_the_distribution: bool, error: E) -> Rejection<Error> {
    if is_about_the_distribution {
        Rejection::Unusable(error.into())
    } else {
        Rejection::Final(error.into())
    }
}

/// What the interpreter is linked from.
fn objects(
    request: &Request<'_>,
    distribution: &Distribution,
    selection: &Selection,
    cache: &Cache,
    reporter: &dyn Reporter,
) -> Result<Objects, LinkError> {
    let request = ObjectsRequest {
        distribution,
        extensions: &selection.extensions,
        policy: &request.config.extensions,
        compiler: request.compiler,
        toolchain: request.toolchain,
        shared: request.shared,
    };
    let objects = link::objects(&request, cache, reporter)?;
    link::isolated(objects, &request, cache, reporter)
}

/// Makes the packed resources of an application.
///
/// # Errors
///
/// As [`run`].
pub fn pack(
    request: &Request<'_>,
    cache: &Cache,
    reporter: &dyn Reporter,
) -> Result<Packed, Error> {
    let pulled = request.runtime.unwrap_or_default();
    pack_with(request, foundation(request, cache, reporter)?, pulled, cache, reporter)
}

/// Makes the packed resources of an application with this interpreter. What of the distribution is
/// linked beside the selection is in the inventory of licences.
fn pack_with(
    request: &Request<'_>,
    foundation: Foundation,
    pulled: &[Pulled],
    cache: &Cache,
    reporter: &dyn Reporter,
) -> Result<Packed, Error> {
    let config = request.config;
    let Foundation { distribution, selection, .. } = foundation;
    if let Some(profile) = request.profile {
        profile.check(distribution.version)?;
    }
    let provided = requirements::provide(config, &distribution, request.limits, cache, reporter)
        .map_err(Box::new)?;
    let mut collected =
        collect::collect(&config.packages, &provided.wheels, &distribution, &selection)?;
    imports::add_siblings(config, &mut collected, &distribution, cache, reporter)?;
    policy::check_added(&config.extension_modules, |name| {
        collected.modules.contains_key(name) || collected.extensions.contains_key(name)
    })?;
    collect::add_installer(config, &distribution, &mut collected)?;
    let project = provided.projects.first().map(String::as_str);
    let run = collect::chosen_run(&config.run, project, &collected)?;
    let config = &Config { run, ..config.clone() };
    collect::take_script(&config.run, &mut collected);
    let request = &Request { config, ..*request };
    // Pruning starts from what was found, before its libraries were made out.
    let pruning = request.profile.filter(|profile| profile.prune);
    let pruning = pruning.map(|profile| (profile, collected.clone()));
    let resolve = |collected: &mut Collected| {
        native::resolve(&config.native_libraries, &distribution.target_triple, collected)
    };
    let mut native = resolve(&mut collected)?;
    let run = Run::of(&config.run, &collected)?;
    for note in selection.notes.iter().chain(&collected.notes).chain(&native.notes) {
        reporter.note(note);
    }

    let scans = imports::scan(config, &collected, &distribution, cache, reporter)?;
    let extensions = selection.extensions.iter().map(|extension| extension.name.as_str());
    let first_imports = imports::first(config, run.entry_module(), &scans, &collected);
    let mut missing = imports::missing(config, run.entry_module(), &scans, &collected, extensions);
    let mut pruned = Vec::new();
    if let Some((profile, found)) = pruning {
        collected = found;
        let main = run.modules();
        let needs = Needs { main: &main, scans: &scans, libraries: &native.libraries };
        let gone = leave_out(profile, &needs, &mut collected, &distribution, cache, reporter)?;
        missing.importers.retain(|importer| !gone.removed.modules.contains_key(&importer.name));
        pruned = gone.names;
        // Which of its libraries each needs, and where it finds them, is another question with fewer of them.
        native = resolve(&mut collected)?;
    }
    check_missing(config, &missing, &native.missing, reporter)?;
    collected.details.iter().chain(&native.details).for_each(|line| reporter.detail(line));

    let mut linked = extensions_of(&selection, &collected);
    linked.extend(pulled.iter().map(|pulled| pulled.component(&distribution)));
    let licenses =
        licenses(request, &distribution, &linked, &mut collected, &native.report, reporter)?;

    let record = inspect::record(&inspect::Made {
        application: application_name(config),
        distribution: &distribution,
        extensions: &selection.extensions,
        collected: &collected,
        inventory: &licenses.inventory,
        libraries: &native.libraries,
        native: &native.report,
        missing: &missing,
    });
    let report = serde_json::to_vec(&record).map_err(std::io::Error::from)?;
    let input = pack::Input {
        config,
        distribution: &distribution,
        collected: &collected,
        libraries: &native.libraries,
        run: &run,
        bootstrap: request.bootstrap,
        compressed_files: &licenses.packed,
        profile: request.profile,
        pruned: &pruned,
        report: &report,
    };
    let blob = pack::pack(&input, cache, reporter)?;

    let mut inputs = request_inputs(request);
    inputs.extend([collected.inputs, provided.inputs, native.inputs].into_iter().flatten());
    inputs.push(distribution.root.join("PYTHON.json"));
    let mut beside: Vec<Folder> = licenses.beside.into_iter().collect();
    if config.native_libraries.load == NativeLoad::Files && !native.libraries.is_empty() {
        beside.push(native_folder(&native.libraries)?);
    }
    let extensions = selection.extensions;
    let native = native.report;
    Ok(Packed { distribution, extensions, blob, inputs, beside, native, first_imports })
}

/// Reports the modules and libraries that nothing provides.
///
/// # Errors
///
/// When the application cannot start without one of them, or a source of packages forbids it.
fn check_missing(
    config: &Config,
    modules: &imports::Missing,
    libraries: &[native::MissingLibrary],
    reporter: &dyn Reporter,
) -> Result<(), Error> {
    let strict = config.packages.iter().filter(|source| source.strict_imports);
    imports::check(modules, &strict.map(|source| source.line).collect())?;
    for note in modules.notes() {
        reporter.note(&note);
    }
    modules.details().iter().for_each(|line| reporter.detail(line));
    if let Some(note) = native::check(libraries, |module| modules.certain.contains(module))? {
        reporter.note(&note);
    }
    Ok(())
}

/// The files that the request itself was read from: the configuration, traces, the distribution's archive, what the
/// crates' licences were read from.
fn request_inputs(request: &Request<'_>) -> Vec<PathBuf> {
    let traces = request.profile.iter().flat_map(|profile| &profile.traces);
    let mut inputs: Vec<_> = traces.map(|(path, _)| path.clone()).collect();
    inputs.extend(request.config.path.clone());
    if let DistributionRequest::LocalPath { path, .. } = &request.config.distribution {
        inputs.push(path.clone());
    }
    let added = request.config.extension_modules.iter().flat_map(ExtensionChoice::added_files);
    inputs.extend(added.cloned());
    inputs.extend_from_slice(&request.crates.inputs);
    inputs
}

/// Leaves out of what was collected what the profile's runs have not used, and says so.
fn leave_out(
    profile: &Profile,
    needs: &Needs<'_>,
    collected: &mut Collected,
    distribution: &Distribution,
    cache: &Cache,
    reporter: &dyn Reporter,
) -> Result<Pruned, Error> {
    let pruned = profile::prune(profile, collected, needs)?;
    let sizes = pack::sizes(distribution, &pruned.removed, cache, reporter)?;
    for note in profile::notes(&pruned, &sizes) {
        reporter.note(&note);
    }
    Ok(pruned)
}

/// The folder that the executable loads libraries from.
fn native_folder(libraries: &[Library]) -> Result<Folder, BesideError> {
    const HEADING: &str = "Native libraries\n";
    let readme = format!(
        "{HEADING}{}\n\nThe executable beside this folder loads extension modules and libraries from \
         here.\n",
        "=".repeat(HEADING.len() - 1)
    );
    let mut files = vec![(beside::README.to_owned(), readme.into_bytes())];
    for library in libraries {
        files.push((library.virtual_path.clone(), library.contents()?));
    }
    Ok(Folder { name: pyresources::setting::NATIVE_FOLDER, heading: HEADING, files })
}
