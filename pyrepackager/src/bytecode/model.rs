//! What goes into the compiler and what comes out.

use crate::collect::Module;
use crate::config::resolved::OptimizeLevel;

/// One module to compile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompileRequest {
    /// Full dotted name, for messages.
    pub name: String,
    /// The file's bytes as they are; the compiler heeds PEP 263 encoding lines.
    pub source: Vec<u8>,
    /// What becomes `co_filename`.
    pub filename: String,
    /// Level of the bytecode.
    pub optimize_level: OptimizeLevel,
    /// Whether the bytecode says which columns of a line an instruction comes from. Tracebacks use
    /// that to underline a part of the line, so without the source nobody misses it; it makes up a
    /// twentieth of the bytecode.
    pub columns: bool,
}

impl CompileRequest {
    /// What a module is compiled from; `None` for a namespace package.
    ///
    /// # Errors
    ///
    /// Its file cannot be read; the error names it.
    pub fn of(module: &Module) -> std::io::Result<Option<Self>> {
        let Some(source) = &module.source else { return Ok(None) };
        Ok(Some(Self {
            name: module.name.clone(),
            source: fs_err::read(source)?,
            filename: module.virtual_path.clone(),
            optimize_level: module.optimize_level,
            columns: module.include_source,
        }))
    }
}

/// What became of one module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompileOutcome {
    /// The marshalled code object, without a `.pyc` header.
    Code(Vec<u8>),
    /// The compiler refused it.
    SyntaxError(SyntaxError),
}

impl CompileOutcome {
    /// The code, when there is some.
    pub fn code(&self) -> Option<&[u8]> {
        match self {
            Self::Code(code) => Some(code),
            Self::SyntaxError(_) => None,
        }
    }
}

/// What the compiler said of a module that it refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct SyntaxError {
    /// [`CompileRequest::filename`].
    pub file: String,
    /// Line of the error, from 1; 0 when the compiler named none.
    pub line: u32,
    /// The compiler's words.
    pub message: String,
}
