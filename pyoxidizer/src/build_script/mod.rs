//! `pyoxidizer build-script`: the work of `pyembed`'s build script, which runs this in its place.
//!
//! It packs the application that `PYOXIDIZER_CONFIG` names, and tells Cargo what to link. Everything is `pyrepackager`'s
//! work; this only translates from and to what Cargo speaks. The process is the build script's, with its environment,
//! folder and standard output.

mod shim;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use pyembed_build::{VERSION_ARGUMENT, invocation_folder};
use pyrepackager::beside;
use pyrepackager::cache::Cache;
use pyrepackager::config::{self, resolved::Config};
use pyrepackager::distribution::{self, Distribution};
use pyrepackager::licenses::crates::{self, Linked};
use pyrepackager::link::{self, Compiler, LinkLibrary, LinkPlan, Toolchain};
use pyrepackager::native;
use pyrepackager::pipeline::{self, Error, Folder, Product, Request};
use pyrepackager::reporter::{Reporter, Terminal};
use pyrepackager::requirements::Limits;
use pyrepackager::runtime::{self, Record};
use pyresources::setting;

use crate::cli::BuildScriptArgs;

/// The folder of `pyembed` that has the Python half of the importer.
const IMPORTER: &str = "src/importer";

/// The environment variable that forbids to write the lock file.
const LOCKED: &str = "PYOXIDIZER_LOCKED";

/// The environment variable that has a runtime made, without an application: its version.
const RUNTIME: &str = "PYOXIDIZER_RUNTIME";

/// Does the work, or tells the version that `pyembed` asks for.
pub fn run(args: &BuildScriptArgs) -> ExitCode {
    if args.request.as_deref() == Some(VERSION_ARGUMENT) {
        println!("{}", crate::PACKER_VERSION);
        return ExitCode::SUCCESS;
    }
    // Whatever happens, a change of these is worth another try.
    let list = distribution::pinned::VARIABLE;
    for variable in ["PYOXIDIZER_CONFIG", list, LOCKED, RUNTIME] {
        println!("cargo:rerun-if-env-changed={variable}");
    }
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            explain(&failure);
            ExitCode::FAILURE
        }
    }
}

/// Why there is no executable.
struct Failure {
    error: Box<Error>,
    /// The section of the configuration that is at fault, where the error does not show it itself.
    excerpt: Option<String>,
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self { error: Box::new(error.into()), excerpt: None }
    }
}

/// Prints an error with its causes, its place and what to do about it; Cargo shows it.
fn explain(failure: &Failure) {
    let error = failure.error.as_ref();
    eprintln!("error: {error}");
    if let Some(excerpt) = &failure.excerpt {
        eprintln!("{excerpt}");
    }
    for cause in error.causes() {
        eprintln!("  caused by: {cause}");
    }
    if let Some(hint) = error.hint() {
        eprintln!("hint: {hint}");
    }
}

fn build() -> Result<(), Failure> {
    let out_dir = PathBuf::from(variable("OUT_DIR"));
    let compiler = Compiler { target: variable("TARGET"), host: variable("HOST") };
    let config = locate_config(&compiler.target)?;
    // `cargo build -vv` shows what is no directive.
    let reporter = Terminal::of_parent_process(|line: &str| println!("cargo:warning={line}"))
        .with_detail(|line| println!("{line}"));
    let folder = invocation_folder();
    let crates = linked_crates(&folder, &compiler.target)?;
    let importer = Importer::read()?;
    let request = Request {
        config: &config,
        compiler: &compiler,
        toolchain: &Toolchain::of_rustc(Path::new(&variable("RUSTC"))),
        bootstrap: &importer.parts(),
        crates: &crates,
        limits: limits(),
        profile: None,
        runtime: None,
        out_dir: &out_dir,
    };
    let cache = Cache::from_env_in(&folder)?;
    let version = variable(RUNTIME);
    let make = if version.is_empty() { pipeline::run } else { pipeline::runtime };
    let product = make(&request, &cache, &reporter)
        .map_err(|error| Failure { excerpt: error.excerpt(&config), error: Box::new(error) })?;
    let folder = folder_of_executable(&out_dir, &crates);
    write_beside(&product.beside, &out_dir, folder)?;
    shim::compile(&product.distribution, &out_dir)?;
    announce_distribution(&product.distribution);
    if version.is_empty() {
        report_libraries(&product, &compiler, &out_dir, folder, &reporter)?;
    } else {
        record_runtime(&version, &product, &request, folder.unwrap_or(&out_dir))?;
    }
    announce(&product);
    Ok(())
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

/// Reads the configuration and tells Cargo what its place depends on.
fn locate_config(target: &str) -> Result<Config, Failure> {
    let named = std::env::var_os("PYOXIDIZER_CONFIG").map(PathBuf::from);
    let start = invocation_folder();
    if !named.as_ref().is_some_and(|path| path.is_absolute()) {
        println!("cargo:rerun-if-env-changed=PWD");
    }
    // Also where there is no such file, which Cargo takes for a change: somebody may create it.
    let expected = match &named {
        Some(path) => start.join(path),
        None => config::find(&start).unwrap_or_else(|| start.join(config::FILE_NAME)),
    };
    println!("cargo:rerun-if-changed={}", expected.display());
    Ok(config::locate(named.as_deref().map(Path::as_os_str), &start, target)?)
}

/// What Cargo's user forbids.
fn limits() -> Limits {
    Limits { locked: !matches!(variable(LOCKED).as_str(), "" | "0"), offline: false }
}

/// The crates that are linked into executables with this one.
fn linked_crates(folder: &Path, target: &str) -> Result<Linked, Failure> {
    let (cargo, rustc) = (variable("CARGO"), variable("RUSTC"));
    let manifest = Path::new(&variable("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    Ok(crates::linked(&crates::Query {
        cargo: Path::new(&cargo),
        rustc: Path::new(&rustc),
        folder,
        runtime: &manifest,
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

/// Writes folders beside the executable, into `OUT_DIR` where that place is not known.
fn write_beside(folders: &[Folder], out_dir: &Path, target: Option<&Path>) -> Result<(), Failure> {
    for Folder { name, heading, files } in folders {
        let folder = target.unwrap_or(out_dir).join(name);
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

/// Writes what has to be known of a runtime into a folder.
fn record_runtime(
    version: &str,
    product: &Product,
    request: &Request<'_>,
    folder: &Path,
) -> Result<(), Failure> {
    let target = &request.compiler.target;
    let distribution = &product.distribution;
    let mut record =
        Record::new(version, target, distribution.version, distribution.archive_sha256);
    record.extensions = product.extensions.iter().map(|each| each.name.clone()).collect();
    record.extensions.sort();
    record.pulled.clone_from(&product.pulled);
    record.cpu_level = distribution.cpu_level.number();
    let part = |(name, source): &(&str, &str)| ((*name).to_owned(), (*source).to_owned());
    record.bootstrap = request.bootstrap.iter().map(part).collect();
    record.set_crates(&request.crates.components);
    // Without the trial, the oldest system that it runs on is not known; that is no reason to have none.
    record.glibc = link::trial(&product.link, shim::NAME, request.compiler, request.out_dir)
        .unwrap_or_default();
    Ok(record.write(&folder.join(runtime::FILE_NAME))?)
}

/// Tells Cargo how to compile `pyembed` itself.
fn announce_distribution(distribution: &Distribution) {
    println!("cargo:rustc-env=PYEMBED_X86_LEVEL={}", distribution.cpu_level.number());
    println!("cargo:rustc-check-cfg=cfg(python_3_12)");
    if (distribution.version.major, distribution.version.minor) >= (3, 12) {
        println!("cargo:rustc-cfg=python_3_12");
    }
}

/// Prints Cargo's directives.
fn announce(product: &Product) {
    let LinkPlan { search_paths, libraries, arguments, executable_arguments } = &product.link;
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
