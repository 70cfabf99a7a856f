//! `pyoxidizer build-script`: the work of `pyembed`'s build script, which runs this in its place.
//!
//! It packs the application that `PYOXIDIZER_CONFIG` names, and tells Cargo what to link. Everything is `pyrepackager`'s
//! work; this only translates from and to what Cargo speaks. The process is the build script's, with its environment,
//! folder and standard output.
//!
//! * `features`: what is compiled in.
//! * `choice`: which configuration it is.
//! * `shim`: the C files of `pyembed`.
//! * `package`: the work of the build scripts of packages that have a configuration of their own.

mod choice;
mod features;
mod package;
mod shim;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use pyembed_build::{
    PACKAGE_ARGUMENT, VERSION_ARGUMENT, announce_python, cargo_arguments, invocation_folder,
};
use pyrepackager::beside;
use pyrepackager::cache::Cache;
use pyrepackager::config::{self, resolved::Config};
use pyrepackager::distribution::{self, Distribution};
use pyrepackager::licenses::crates::{self, Linked, Member};
use pyrepackager::link::{self, Compiler, LinkLibrary, LinkPlan, Toolchain};
use pyrepackager::native;
use pyrepackager::pipeline::{self, Error, Folder, Product, Request};
use pyrepackager::policy::AddedModules;
use pyrepackager::profile::Profile;
use pyrepackager::reporter::{Reporter, Terminal};
use pyrepackager::requirements::Limits;
use pyrepackager::runtime::{self, Record};
use pyresources::setting;

use crate::cli::BuildScriptArgs;
use crate::failure::Failure;

use choice::Choice;

/// The folder of `pyembed` that has the Python half of the importer.
const IMPORTER: &str = "src/importer";

/// The environment variable that forbids to write the lock file.
const LOCKED: &str = "PYOXIDIZER_LOCKED";

/// The environment variable with the traces of runs, and the one that has what they did not use left out.
const PROFILE: &str = "PYOXIDIZER_PROFILE";
const PRUNE: &str = "PYOXIDIZER_PRUNE";

/// The environment variable that has a runtime made, without an application: its version.
const RUNTIME: &str = "PYOXIDIZER_RUNTIME";

/// Does what is requested.
pub fn run(args: &BuildScriptArgs) -> ExitCode {
    let result = match args.request.as_deref() {
        Some(VERSION_ARGUMENT) => {
            println!("{}", crate::PACKER_VERSION);
            Ok(())
        }
        Some(PACKAGE_ARGUMENT) => package::pack(),
        _ => build(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

/// Packs for `pyembed`, or provides Python where packages pack their own.
fn build() -> Result<(), Failure> {
    for variable in ["PYOXIDIZER_CONFIG", RUNTIME] {
        println!("cargo:rerun-if-env-changed={variable}");
    }
    let out_dir = PathBuf::from(variable("OUT_DIR"));
    let compiler = Compiler { target: variable("TARGET"), host: variable("HOST") };
    let reporter = reporter();
    let folder = invocation_folder();
    let start = choice::start(&cargo_arguments(), &folder);
    let manifest = Path::new(&variable("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let crates = linked_crates(&start, &manifest, &compiler.target)?;
    let (config, packages_pack) = locate_config(&crates, &folder, &compiler.target, &reporter)?;
    if !packages_pack {
        features::check(&config).map_err(|error| at_fault(error, &config))?;
    }
    let importer = Importer::read()?;
    let profile = profile()?;
    let request = Request {
        config: &config,
        compiler: &compiler,
        toolchain: &Toolchain::of_rustc(Path::new(&variable("RUSTC"))),
        bootstrap: &importer.parts(),
        crates: &crates,
        limits: limits(),
        profile: profile.as_ref(),
        runtime: None,
        shared: crates.members.iter().any(|member| member.is_library),
        out_dir: &out_dir,
    };
    let cache = Cache::from_env_in(&folder)?;
    let version = variable(RUNTIME);
    let is_runtime = !version.is_empty() || packages_pack;
    let make = if is_runtime { pipeline::runtime } else { pipeline::run };
    let product = make(&request, &cache, &reporter).map_err(|error| at_fault(error, &config))?;
    let folder = folder_of_executable(&out_dir, &crates);
    write_beside(&product.beside, &out_dir, folder, "")?;
    shim::compile(&product.distribution, &out_dir)?;
    let Distribution { version: python, cpu_level, .. } = &product.distribution;
    announce_python((python.major, python.minor), cpu_level.number());
    if !version.is_empty() {
        let mut record = record(&version, &product, &request)?;
        // Without the trial, the oldest system that it runs on is not known; that is no reason to have none.
        record.glibc =
            link::trial(&product.link, shim::NAME, &compiler, &out_dir).unwrap_or_default();
        record.write(&folder.unwrap_or(&out_dir).join(runtime::FILE_NAME))?;
    } else if is_runtime {
        let path = out_dir.join(runtime::FILE_NAME);
        record(&version, &product, &request)?.write(&path)?;
        println!("cargo:runtime={}", path.display());
        println!("cargo:manifest={}", manifest.display());
    } else {
        report_libraries(&product, &compiler, &out_dir, folder, &reporter)?;
    }
    announce(&product);
    Ok(())
}

/// An error with the part of the configuration that it is about.
fn at_fault(error: impl Into<Error>, config: &Config) -> Failure {
    let error = error.into();
    let excerpt = error.excerpt(config);
    Failure::new(error, excerpt)
}

/// Prints notes as Cargo's warnings, and details as lines that only `cargo build -vv` shows.
fn reporter() -> impl Reporter {
    Terminal::of_parent_process(|line: &str| println!("cargo:warning={line}"))
        .with_detail(|line| println!("{line}"))
}

/// The Python half of the importer: the name of each part, and its source.
struct Importer(Vec<(String, String)>);

impl Importer {
    /// Reads the parts in `pyembed`'s folder, which a build script runs in.
    fn read() -> Result<Self, Failure> {
        let mut parts = Vec::new();
        for path in files(IMPORTER, "py")? {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy();
            let name = match &*stem {
                "bootstrap" => setting::BOOTSTRAP_MODULE.to_owned(),
                part => format!("{}.{part}", setting::BOOTSTRAP_MODULE),
            };
            parts.push((name, fs_err::read_to_string(&path)?));
        }
        Ok(Self(parts))
    }

    fn parts(&self) -> Vec<(&str, &str)> {
        self.0.iter().map(|(name, source)| (&**name, &**source)).collect()
    }
}

/// The files in a folder whose names end so, sorted.
fn files(folder: &str, extension: &str) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|found| found == extension) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Reads the configuration and tells Cargo what its place depends on. Where packages have their own, it is one of these,
/// which the second value says.
fn locate_config(
    crates: &Linked,
    start: &Path,
    target: &str,
    reporter: &dyn Reporter,
) -> Result<(Config, bool), Failure> {
    let named = std::env::var_os("PYOXIDIZER_CONFIG").filter(|path| !path.is_empty());
    let choice = match &named {
        Some(_) => Choice::Nearest,
        None => choice::choose(&crates.members)?,
    };
    for Member { folder, .. } in &crates.members {
        // It may name another one.
        println!("cargo:rerun-if-changed={}", folder.join("Cargo.toml").display());
    }
    match choice {
        Choice::One(path) => {
            println!("cargo:rerun-if-changed={}", path.display());
            reporter.note(&format!("packed as `{}` says", path.display()));
            Ok((config::load(&path, target)?, false))
        }
        Choice::Several(files) => {
            // For Python and its extension modules. The packages' build scripts look at the others.
            let Some(first) = files.first() else { return Ok((config::builtin()?, true)) };
            println!("cargo:rerun-if-changed={}", first.display());
            Ok((config::load(first, target)?, true))
        }
        Choice::Nearest => {
            let named = named.as_deref();
            if !named.is_some_and(|path| Path::new(path).is_absolute()) {
                println!("cargo:rerun-if-env-changed=PWD");
            }
            let found = config::find(start);
            if named.is_none()
                && found.is_none()
                && crates.members.iter().any(|m| m.name != "pyapp")
            {
                reporter.note(&format!(
                    "there is no {} beside Cargo.toml, in `{}` or above: the standard library alone is packed",
                    config::FILE_NAME,
                    start.display()
                ));
            }
            // Also where there is no such file, which Cargo takes for a change: somebody may create it.
            let expected = match named {
                Some(path) => start.join(path),
                None => found.unwrap_or_else(|| start.join(config::FILE_NAME)),
            };
            println!("cargo:rerun-if-changed={}", expected.display());
            Ok((config::locate(named, start, target)?, false))
        }
    }
}

/// What Cargo's user forbids.
fn limits() -> Limits {
    // Whatever happens, a change of these is worth another try.
    println!("cargo:rerun-if-env-changed={}", distribution::pinned::VARIABLE);
    println!("cargo:rerun-if-env-changed={LOCKED}");
    Limits { locked: is_set(LOCKED), offline: false }
}

/// What runs of the application have used, which lays out what is packed.
fn profile() -> Result<Option<Profile>, Failure> {
    for variable in [PROFILE, PRUNE] {
        println!("cargo:rerun-if-env-changed={variable}");
    }
    let traces = std::env::var_os(PROFILE).unwrap_or_default();
    let base = invocation_folder();
    let traces = std::env::split_paths(&traces).filter(|path| !path.as_os_str().is_empty());
    let traces: Vec<PathBuf> = traces.map(|path| base.join(path)).collect();
    for trace in &traces {
        println!("cargo:rerun-if-changed={}", trace.display());
    }
    let is_given = !traces.is_empty();
    if !is_given && is_set(PRUNE) {
        return Err(Failure::other(format!("{PRUNE} needs traces in {PROFILE}")));
    }
    Ok(is_given.then(|| Profile::read(&traces, is_set(PRUNE))).transpose()?)
}

/// Whether a switch is set.
fn is_set(name: &str) -> bool {
    !matches!(variable(name).as_str(), "" | "0")
}

/// The crates that are linked into executables with `pyembed`, which has this `manifest`.
fn linked_crates(folder: &Path, manifest: &Path, target: &str) -> Result<Linked, Failure> {
    let (cargo, rustc) = (variable("CARGO"), variable("RUSTC"));
    Ok(crates::linked(&crates::Query {
        cargo: Path::new(&cargo),
        rustc: Path::new(&rustc),
        folder,
        runtime: manifest,
        features: &features::of_crates(),
        target,
    })?)
}

/// The folder of the executable that Cargo will make; `None` when it is not known.
///
/// Cargo does not say. `OUT_DIR` is `FOLDER/build/pyembed-HASH/out`, with the executable in `FOLDER`,
/// unless somebody configured another folder to build in.
fn folder_of_executable<'a>(out_dir: &'a Path, crates: &Linked) -> Option<&'a Path> {
    let folder = out_dir.ancestors().nth(3);
    folder.filter(|folder| out_dir.starts_with(folder.join("build")) && !crates.has_build_folder)
}

/// Writes folders beside the executable, into `OUT_DIR` where that place is not known. `prefix` begins the names of those
/// that several executables have.
fn write_beside(
    folders: &[Folder],
    out_dir: &Path,
    target: Option<&Path>,
    prefix: &str,
) -> Result<(), Failure> {
    for Folder { name, heading, files } in folders {
        // The executable looks for its libraries by this name.
        let prefix = if *name == setting::NATIVE_FOLDER { "" } else { prefix };
        let folder = target.unwrap_or(out_dir).join(format!("{prefix}{name}"));
        beside::write(&folder, heading, files)?;
        if target.is_none() {
            println!("cargo:warning=to be passed on with the executable: {}", folder.display());
        }
    }
    Ok(())
}

/// Finds out what the executable asks of the C library, and writes the report on shared objects into
/// `OUT_DIR` and beside the executable. An application without shared objects of packages has none.
fn report_libraries(
    product: &Product,
    compiler: &Compiler,
    out_dir: &Path,
    folder: Option<&Path>,
    reporter: &dyn Reporter,
) -> Result<(), Failure> {
    let mut report = product.native.clone();
    if !report.is_empty() {
        match link::trial(&product.link, shim::NAME, compiler, out_dir) {
            Ok(glibc) => report.glibc.executable = glibc,
            Err(error) => {
                reporter.note(&format!("what the executable asks of glibc is not known: {error}"))
            }
        }
        let place = if folder.is_some() { "beside the executable" } else { "in OUT_DIR" };
        reporter.note(&format!("{} ({} {place})", report.summary(), native::FILE_NAMES[0]));
    }
    for folder in [Some(out_dir), folder].into_iter().flatten() {
        report.write(folder)?;
    }
    Ok(())
}

/// What has to be known of a runtime.
fn record(version: &str, product: &Product, request: &Request<'_>) -> Result<Record, Failure> {
    let target = &request.compiler.target;
    let distribution = &product.distribution;
    let mut record =
        Record::new(version, target, distribution.version, distribution.archive_sha256);
    record.extensions = product.extensions.iter().map(|each| each.name.clone()).collect();
    record.extensions.sort();
    record.added = AddedModules::of(&request.config.extension_modules).digest()?;
    record.pulled.clone_from(&product.pulled);
    record.shared = request.shared;
    record.cpu_level = distribution.cpu_level.number();
    let allocators = features::allocators().into_iter();
    record.allocators = allocators.map(|allocator| allocator.name().to_owned()).collect();
    let part = |(name, source): &(&str, &str)| ((*name).to_owned(), (*source).to_owned());
    record.bootstrap = request.bootstrap.iter().map(part).collect();
    record.set_crates(&request.crates.components);
    Ok(record)
}

/// Prints Cargo's directives.
fn announce(product: &Product) {
    let LinkPlan { search_paths, libraries, arguments, executable_arguments, shared_arguments } =
        &product.link;
    for path in search_paths {
        println!("cargo:rustc-link-search=native={}", path.display());
    }
    for library in libraries {
        // `-bundle`: the archives go to the linker as they are instead of into libpyembed.rlib,
        // which would copy a hundred megabytes and lose what rustc cannot read, bitcode.
        let (kind, name) = match library {
            LinkLibrary::WholeArchive(name) => ("static:+whole-archive,-bundle", name),
            LinkLibrary::Static(name) => ("static:-bundle", name),
            LinkLibrary::Dynamic(name) => ("dylib", name),
            LinkLibrary::Framework(name) => ("framework", name),
        };
        println!("cargo:rustc-link-lib={kind}={name}");
    }
    for input in outermost(&product.inputs) {
        println!("cargo:rerun-if-changed={}", input.display());
    }
    // Arguments do not travel from a library to the executables that use it; their build scripts
    // call `pyembed_build::link`.
    println!("cargo:link_arguments={}", arguments.join(" "));
    println!("cargo:executable_arguments={}", executable_arguments.join(" "));
    // The name of a file may have blanks in it.
    println!("cargo:shared_arguments={}", shared_arguments.join("\t"));
}

/// Leaves out what lies in a folder that is in the list itself: Cargo looks into folders.
fn outermost(inputs: &[PathBuf]) -> Vec<&Path> {
    let folders: std::collections::HashSet<&Path> =
        inputs.iter().map(PathBuf::as_path).filter(|path| path.is_dir()).collect();
    let inside = |path: &Path| path.ancestors().skip(1).any(|folder| folders.contains(folder));
    inputs.iter().map(PathBuf::as_path).filter(|path| !inside(path)).collect()
}

/// A variable that Cargo sets for every build script.
fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}
