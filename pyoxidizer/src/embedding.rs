//! `pyoxidizer generate-embedding-artifacts`: what programs in C and C++ are built from that embed Python.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use pyrepackager::application;
use pyrepackager::embedding::{self, Kit, Kits, RustPart};
use pyrepackager::licenses::crates::Linked;
use pyrepackager::link::{Compiler, Toolchain};
use pyrepackager::pipeline;
use pyrepackager::policy::AddedModules;
use pyrepackager::runtime::{self, Record, Wanted};
use serde_json::json;

use crate::build::Plan;
use crate::cli::EmbeddingArgs;
use crate::dist::{self, WORKSPACE};
use crate::failure::Failure;
use crate::printer::Printer;
use crate::{HOST, RUNTIME_VERSION};

/// The folder of the crate with the C interface.
const CRATE: &str = "pyembed-c";

/// Makes a folder of artifacts.
pub fn generate(args: &EmbeddingArgs, printer: &Printer) -> Result<ExitCode, Failure> {
    let plan = Plan::of(&args.subject)?;
    if !plan.target.contains("-linux-gnu") {
        return Err(Failure::other(format!(
            "artifacts are made for Linux with the GNU C library only, and not for {}",
            plan.target
        )));
    }
    let kit = kit(&plan, printer)?;
    let Plan { config, limits, profile, cache, .. } = &plan;
    let packed = application::pack(config, *limits, profile.as_ref(), &kit.record, cache, printer);
    let packed = packed.map_err(|error| {
        let excerpt = error.excerpt(config);
        Failure::new(error, excerpt)
    })?;
    embedding::write(&kit, &packed, &args.output)?;
    let path = args.output.display().to_string();
    let text = format!("artifacts of CPython {} with {}: {path}", kit.record.python, plan.name);
    printer.result("artifacts", &text, json!({ "python": kit.record.python, "path": path }));
    Ok(ExitCode::SUCCESS)
}

/// The kit for what is planned: that in the cache, or a new one.
fn kit(plan: &Plan, printer: &Printer) -> Result<Kit, Failure> {
    let kits = Kits::open(&plan.cache)?;
    let request = &plan.config.distribution;
    let modules = AddedModules::of(&plan.config.extension_modules);
    let added = modules.digest()?;
    let allocator = plan.config.allocator.backend.bundled();
    let target = &plan.target;
    let wanted = Wanted { version: RUNTIME_VERSION, target, request, added: &added, allocator };
    if let Some(kit) = kits.find(&wanted)? {
        return Ok(kit);
    }
    dist::check_can_make(target, allocator)?;
    printer.say(
        "there are no libraries for this Python yet: Cargo makes them now, once, in some minutes",
    );
    let scratch = tempfile::tempdir()?;
    let config = scratch.path().join("runtime.toml");
    fs_err::write(&config, request.to_toml() + &modules.to_toml())?;
    let folder = Path::new(WORKSPACE).join(CRATE);
    let target = dist::target_folder(&plan.cache)?.join(CRATE);
    let mut cargo =
        dist::cargo_build(&folder.join("Cargo.toml"), &config, &plan.cache, plan.limits, printer)?;
    cargo.arg("--locked").arg("--target-dir").arg(&target);
    if let Some(allocator) = allocator {
        cargo.args(["--features", allocator.name()]);
    }
    // Cargo looks for its settings where it is called.
    cargo.env("PYO3_CONFIG_FILE", Path::new(WORKSPACE).join("pyembed/pyo3-config.txt"));
    dist::run_cargo(cargo, "the libraries")?;
    let made = target.join("release");
    let record = Record::read(&made.join(runtime::FILE_NAME))?;
    let config = pyrepackager::config::load(&config, HOST)?;
    let request = pipeline::Request {
        config: &config,
        compiler: &Compiler { target: HOST.to_owned(), host: HOST.to_owned() },
        toolchain: &Toolchain::of_rustc(&PathBuf::from("rustc")),
        bootstrap: &[],
        crates: &Linked::default(),
        limits: plan.limits,
        profile: None,
        runtime: None,
        shared: true,
        out_dir: scratch.path(),
    };
    let rust = RustPart {
        library: &made.join("libpyembed_c.a"),
        header: &folder.join("include/pyembed.h"),
        record: &record,
    };
    kits.make(&request, rust, printer)?;
    kits.find(&wanted)?.ok_or_else(|| {
        Failure::other(format!("the libraries for {HOST} were made, and do not fit what is wanted"))
    })
}
