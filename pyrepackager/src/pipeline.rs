//! From a configuration to what the linker is given.

use std::path::{Path, PathBuf};

use pyresources::{ModuleKind, Writer, setting};

use crate::bytecode::{self, BytecodeError, CompileOutcome, CompileRequest, Verdict};
use crate::cache::{Cache, CacheError};
use crate::collect::{self, CollectError, Collected, Module};
use crate::config::resolved::{Config, DistributionRequest, InterpreterConfig, RunMode};
use crate::config::{ConfigError, resolved::OptimizeLevel};
use crate::distribution::{self, Distribution, DistributionError};
use crate::link::{self, BitcodeSupport, Compiler, LinkError, LinkPlan};
use crate::policy::{self, PolicyError};
use crate::reporter::Reporter;

/// What an executable is made from.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The C compiler's circumstances; its target is the executable's.
    pub compiler: &'a Compiler,
    /// Whether the linker reads LLVM bitcode.
    pub bitcode: BitcodeSupport,
    /// Python source of the module that takes the place of `importlib._bootstrap_external`.
    pub bootstrap: &'a str,
    /// Folder for what the linker reads; made by the caller.
    pub out_dir: &'a Path,
}

/// What an executable is linked from.
#[derive(Clone, Debug)]
pub struct Product {
    /// The distribution that was used.
    pub distribution: Distribution,
    /// What the linker is given.
    pub link: LinkPlan,
    /// Files and folders that decide what the product is; when one changes, it is out of date.
    pub inputs: Vec<PathBuf>,
}

/// Why there is no executable.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The cache folder cannot be used.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// There is no Python distribution.
    #[error(transparent)]
    Distribution(#[from] DistributionError),
    /// The extension modules cannot be chosen.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The Python modules cannot be collected.
    #[error(transparent)]
    Collect(#[from] CollectError),
    /// A Python module cannot be compiled.
    #[error(transparent)]
    Bytecode(#[from] BytecodeError),
    /// Nothing can be linked.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// A file that was found a moment ago cannot be read; the error names it.
    #[error(transparent)]
    File(#[from] std::io::Error),
    /// The resources are larger than their format allows.
    #[error(transparent)]
    Resources(#[from] pyresources::WriteError),
}

impl Error {
    /// What a person can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Config(error) => error.hint(),
            Self::Cache(error) => error.hint(),
            Self::Distribution(error) => error.hint(),
            Self::Policy(error) => error.hint(),
            Self::Collect(error) => error.hint(),
            Self::Bytecode(error) => error.hint(),
            Self::Link(error) => error.hint(),
            Self::Resources(_) => Some("leave modules out with `excludes`".into()),
            Self::File(_) => None,
        }
    }
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
    let config = request.config;
    let target = &request.compiler.target;
    let distribution =
        distribution::resolve(&config.distribution, target, request.bitcode, cache, reporter)?;
    let selection = policy::select(&config.extensions, &distribution)?;
    let collected = collect::collect(&config.packages, &distribution)?;
    for note in selection.notes.iter().chain(&collected.notes) {
        reporter.note(note);
    }

    let mut writer = Writer::new();
    pack_modules(&mut writer, &distribution, &collected, cache, reporter)?;
    pack_bootstrap(&mut writer, &distribution, request.bootstrap, cache, reporter)?;
    pack_settings(&mut writer, &config.interpreter, &config.run);
    for file in collected.files.values() {
        writer.file(&file.virtual_path, fs_err::read(&file.source)?);
    }
    let blob = writer.finish()?;
    let link =
        link::plan(&distribution, &selection.extensions, &blob, request.compiler, request.out_dir)?;

    let mut inputs = collected.inputs;
    inputs.extend(config.path.clone());
    if let DistributionRequest::LocalPath { path, .. } = &config.distribution {
        inputs.push(path.clone());
    }
    inputs.push(distribution.root.join("PYTHON.json"));
    Ok(Product { distribution, link, inputs })
}

fn pack_modules(
    writer: &mut Writer,
    distribution: &Distribution,
    collected: &Collected,
    cache: &Cache,
    reporter: &dyn Reporter,
) -> Result<(), Error> {
    let (with_code, namespaces): (Vec<&Module>, Vec<&Module>) =
        collected.modules.values().partition(|module| module.source.is_some());
    let mut requests = Vec::with_capacity(with_code.len());
    for module in &with_code {
        let Some(source) = &module.source else { continue };
        requests.push(CompileRequest {
            name: module.name.clone(),
            source: fs_err::read(source)?,
            filename: module.virtual_path.clone(),
            optimize_level: module.optimize_level,
            columns: module.include_source,
        });
    }
    let outcomes = bytecode::compile(distribution, &requests, cache, reporter)?;
    for ((module, request), outcome) in with_code.iter().zip(requests).zip(outcomes) {
        let kind = module_kind(module);
        match bytecode::judge(module, outcome)? {
            Verdict::Code(code) => {
                let source = module.include_source.then_some(request.source);
                writer.module(&module.name, kind, Some(code), source);
            }
            // An attempt to import it then fails as it does in Python, with the same words.
            Verdict::SourceOnly(_) => {
                writer.module(&module.name, kind, None, Some(request.source));
            }
        }
    }
    for module in namespaces {
        writer.module(&module.name, module_kind(module), None, None);
    }
    Ok(())
}

fn module_kind(module: &Module) -> ModuleKind {
    match module.kind {
        collect::ModuleKind::Module => ModuleKind::Module,
        collect::ModuleKind::Package => ModuleKind::Package,
        collect::ModuleKind::Namespace => ModuleKind::Namespace,
    }
}

/// Packs the interpreter's own import system: ours, and the one that it replaces.
fn pack_bootstrap(
    writer: &mut Writer,
    distribution: &Distribution,
    bootstrap: &str,
    cache: &Cache,
    reporter: &dyn Reporter,
) -> Result<(), Error> {
    let path = distribution.stdlib.join("importlib/_bootstrap_external.py");
    let sources = [
        (setting::BOOTSTRAP_MODULE, bootstrap.as_bytes().to_vec()),
        (setting::REPLACED_BOOTSTRAP, fs_err::read(&path)?),
    ];
    let requests = sources.map(|(name, source)| CompileRequest {
        name: name.into(),
        source,
        // The interpreter knows the import system's frames by this name and leaves them out of
        // tracebacks.
        filename: "<frozen importlib._bootstrap_external>".into(),
        optimize_level: OptimizeLevel::Zero,
        columns: false,
    });
    let outcomes = bytecode::compile(distribution, &requests, cache, reporter)?;
    for (request, outcome) in requests.into_iter().zip(outcomes) {
        match outcome {
            CompileOutcome::Code(code) => {
                writer.module(request.name, ModuleKind::Module, Some(code), None);
            }
            CompileOutcome::SyntaxError(error) => {
                return Err(BytecodeError::Syntax { module: request.name, path, error }.into());
            }
        }
    }
    Ok(())
}

fn pack_settings(writer: &mut Writer, interpreter: &InterpreterConfig, run: &RunMode) {
    let switches = [
        (setting::DONT_WRITE_BYTECODE, interpreter.dont_write_bytecode),
        (setting::IGNORE_ENVIRONMENT, interpreter.ignore_environment),
        (setting::NO_SITE, interpreter.no_site),
        (setting::NO_USER_SITE_DIRECTORY, interpreter.no_user_site_directory),
        (setting::UNBUFFERED_STDIO, interpreter.unbuffered_stdio),
    ];
    for (key, on) in switches {
        writer.setting(key, if on { *b"1" } else { *b"0" });
    }
    writer.setting(setting::OPTIMIZE_LEVEL, [b'0' + interpreter.optimize_level as u8]);
    if let Some(name) = &interpreter.program_name {
        writer.setting(setting::PROGRAM_NAME, name.as_bytes());
    }
    if let Some(stdio) = &interpreter.stdio_encoding {
        writer.setting(setting::STDIO_ENCODING, stdio.encoding.as_bytes());
        writer.setting(setting::STDIO_ERRORS, stdio.errors.as_bytes());
    }
    let (mode, argument) = match run {
        RunMode::Repl => (setting::RUN_MODE_REPL, None),
        RunMode::Module(name) => (setting::RUN_MODE_MODULE, Some(name)),
        RunMode::Eval(code) => (setting::RUN_MODE_EVAL, Some(code)),
        RunMode::File(path) => (setting::RUN_MODE_FILE, Some(path)),
        RunMode::Noop => (setting::RUN_MODE_NOOP, None),
    };
    writer.setting(setting::RUN_MODE, mode);
    if let Some(argument) = argument {
        writer.setting(setting::RUN_ARGUMENT, argument.as_bytes());
    }
}
