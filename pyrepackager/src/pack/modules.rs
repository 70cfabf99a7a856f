//! Bytecode and source of modules, and the parts of the import system.

use std::path::PathBuf;

use pyresources::{Kind, ModuleKind, Role, Writer, setting};

use super::{Content, PackError};
use crate::bytecode::{self, BytecodeError, CompileOutcome, CompileRequest, Verdict};
use crate::cache::Cache;
use crate::collect::{self, Collected, Module};
use crate::config::resolved::OptimizeLevel;
use crate::distribution::Distribution;
use crate::reporter::Reporter;

/// Name of the import system's code objects. The interpreter knows the import system's frames by
/// it and leaves them out of tracebacks.
const BOOTSTRAP_FILE: &str = "<frozen importlib._bootstrap_external>";

/// Adds the extension modules. A `.py` file of the same name stays beside one, of whatever kind it is.
pub(super) fn pack_extensions(writer: &mut Writer, collected: &Collected) {
    for extension in collected.extensions.values() {
        let name = extension.entry_name();
        if !collected.modules.contains_key(&extension.name) {
            writer.module(&name, kind(extension.kind));
        }
        let path = extension.virtual_path.clone().into_bytes();
        // The importer reads it in place, so it stays uncompressed.
        writer.content(Kind::Module, name, Role::Extension, path);
    }
}

/// Adds the modules, and returns what they contain.
pub(super) fn pack(
    writer: &mut Writer,
    distribution: &Distribution,
    collected: &Collected,
    cache: &Cache,
    reporter: &dyn Reporter,
) -> Result<Vec<Content>, PackError> {
    for module in collected.modules.values() {
        let kind = if module.is_script() { ModuleKind::Script } else { kind(module.kind) };
        writer.module(module.entry_name(), kind);
    }
    contents(distribution, collected, cache, reporter)
}

/// Bytecode and source of the modules.
pub(super) fn contents(
    distribution: &Distribution,
    collected: &Collected,
    cache: &Cache,
    reporter: &dyn Reporter,
) -> Result<Vec<Content>, PackError> {
    let with_code: Vec<&Module> =
        collected.modules.values().filter(|module| module.source.is_some()).collect();
    let mut requests = Vec::with_capacity(with_code.len());
    for module in &with_code {
        requests.extend(CompileRequest::of(module)?);
    }
    let outcomes = bytecode::compile(distribution, &requests, cache, reporter)?;
    let mut contents = Vec::new();
    for ((module, request), outcome) in with_code.iter().zip(requests).zip(outcomes) {
        let content = |role, bytes| {
            let name = module.entry_name().to_owned();
            Content { kind: Kind::Module, name, role, bytes }
        };
        match bytecode::judge(module, outcome)? {
            Verdict::Code(code) => {
                contents.push(content(bytecode_role(module.optimize_level), code));
                if module.include_source {
                    contents.push(content(Role::Source, request.source));
                }
            }
            // An attempt to import it then fails as it does in Python, with the same words.
            Verdict::SourceOnly(error) => {
                if !module.origin.stdlib {
                    reporter.detail(&format!(
                        "packed without bytecode, as it does not compile: {error}"
                    ));
                }
                contents.push(content(Role::Source, request.source));
            }
        }
    }
    Ok(contents)
}

fn bytecode_role(level: OptimizeLevel) -> Role {
    match level {
        OptimizeLevel::Zero => Role::Bytecode0,
        OptimizeLevel::One => Role::Bytecode1,
        OptimizeLevel::Two => Role::Bytecode2,
    }
}

fn kind(kind: collect::ModuleKind) -> ModuleKind {
    match kind {
        collect::ModuleKind::Module => ModuleKind::Module,
        collect::ModuleKind::Package => ModuleKind::Package,
        collect::ModuleKind::Namespace => ModuleKind::Namespace,
    }
}

/// Packs the interpreter's own import system: ours, and the module that it replaces.
pub(super) fn pack_bootstrap(
    writer: &mut Writer,
    distribution: &Distribution,
    parts: &[(&str, &str)],
    cache: &Cache,
    reporter: &dyn Reporter,
) -> Result<(), PackError> {
    let replaced = distribution.stdlib.join("importlib/_bootstrap_external.py");
    let request = |name: &str, source, optimize_level| CompileRequest {
        name: name.into(),
        source,
        filename: BOOTSTRAP_FILE.into(),
        optimize_level,
        columns: false,
    };
    let source = fs_err::read(&replaced)?;
    let mut requests = vec![request(setting::REPLACED_BOOTSTRAP, source, OptimizeLevel::Zero)];
    // Every start reads ours, and nobody their docstrings.
    let own = |(name, source): &(&str, &str)| {
        request(name, source.as_bytes().to_vec(), OptimizeLevel::Two)
    };
    requests.extend(parts.iter().map(own));
    let outcomes = bytecode::compile(distribution, &requests, cache, reporter)?;
    for (request, outcome) in requests.into_iter().zip(outcomes) {
        match outcome {
            CompileOutcome::Code(code) => writer.bootstrap(request.name, code),
            CompileOutcome::SyntaxError(error) => {
                let own = request.name != setting::REPLACED_BOOTSTRAP;
                let path = if own { PathBuf::from(&request.name) } else { replaced };
                return Err(BytecodeError::Syntax { module: request.name, path, error }.into());
            }
        }
    }
    Ok(())
}
