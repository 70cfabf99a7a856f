//! Which syntax errors end a build.

use super::error::BytecodeError;
use super::model::{CompileOutcome, SyntaxError};
use pyresources::install::{self, Folder};

use crate::collect::Module;

/// What goes into the executable for a module that was compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Its bytecode.
    Code(Vec<u8>),
    /// Its source alone: it cannot be compiled, and probably nothing imports it.
    SourceOnly(SyntaxError),
}

/// Decides what becomes of `module`.
///
/// A syntax error is let pass in the standard library, whose tests hold files that are wrong on
/// purpose; in installed packages, which have files for other versions of Python, and which pip installs with a warning;
/// and in a module that no `import` statement can name, such as a template that is only called `.py`.
///
/// # Errors
///
/// [`BytecodeError::Syntax`] for a syntax error in any other module.
pub fn judge(module: &Module, outcome: CompileOutcome) -> Result<Verdict, BytecodeError> {
    match outcome {
        CompileOutcome::Code(code) => Ok(Verdict::Code(code)),
        CompileOutcome::SyntaxError(error)
            if module.origin.stdlib
                || !module.importable
                || install::split(&module.virtual_path).0 == Folder::SitePackages =>
        {
            Ok(Verdict::SourceOnly(error))
        }
        CompileOutcome::SyntaxError(error) => Err(BytecodeError::Syntax {
            module: module.name.clone(),
            path: module.source.clone().unwrap_or_default(),
            error,
        }),
    }
}
