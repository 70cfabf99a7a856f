//! What the interpreter is told when it starts.

use pyresources::{Writer, setting};

use crate::collect::{self, CollectError, Collected};
use crate::config::resolved::{Config, InterpreterMode, NativeLoad, PythonVersion, RunMode};

/// What the executable runs: a mode of `pyresources::setting`, and what the mode needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    mode: &'static str,
    argument: Option<String>,
    /// The module that a script is packed as.
    script: Option<String>,
}

impl Run {
    /// Makes out what `[python_run]` names among what was collected.
    ///
    /// # Errors
    ///
    /// When no distribution that was collected has the script.
    pub fn of(run: &RunMode, collected: &Collected) -> Result<Self, CollectError> {
        let (mode, argument) = match run {
            RunMode::Repl => (setting::RUN_MODE_REPL, None),
            RunMode::Module(name) => (setting::RUN_MODE_MODULE, Some(name.clone())),
            RunMode::Script(path) => (setting::RUN_MODE_SCRIPT, Some(path.clone())),
            RunMode::EntryPoint(name) => {
                let target = collect::find_entry_point(name, collected)?;
                (setting::RUN_MODE_ENTRY_POINT, Some(target))
            }
            RunMode::Eval(code) => (setting::RUN_MODE_EVAL, Some(code.clone())),
            RunMode::File(path) => (setting::RUN_MODE_FILE, Some(path.clone())),
            // The pipeline has made out what these run.
            RunMode::Distribution(_) | RunMode::Project | RunMode::Noop => {
                (setting::RUN_MODE_NOOP, None)
            }
        };
        let script = collected.modules.values().find(|module| {
            mode == setting::RUN_MODE_SCRIPT && argument.as_ref() == Some(&module.virtual_path)
        });
        let script = script.map(|module| module.name.clone());
        Ok(Self { mode, argument, script })
    }

    /// The module of the console script that runs.
    #[must_use]
    pub fn entry_module(&self) -> Option<&str> {
        let target =
            self.argument.as_deref().filter(|_| self.mode == setting::RUN_MODE_ENTRY_POINT);
        target.and_then(|target| target.split(':').next())
    }

    /// The modules that run, as far as they are named.
    #[must_use]
    pub fn modules(&self) -> Vec<String> {
        let module =
            if self.mode == setting::RUN_MODE_MODULE { self.argument.as_deref() } else { None };
        let script = self.script.as_deref();
        module.or(self.entry_module()).or(script).map(str::to_owned).into_iter().collect()
    }
}

/// Packs the settings.
pub(super) fn pack(writer: &mut Writer, config: &Config, version: PythonVersion, run: &Run) {
    let Config { interpreter, allocator, native_libraries: native, .. } = config;
    let switches = [
        (setting::DONT_WRITE_BYTECODE, interpreter.dont_write_bytecode),
        (setting::IGNORE_ENVIRONMENT, interpreter.ignore_environment),
        (setting::NO_SITE, interpreter.no_site),
        (setting::NO_USER_SITE_DIRECTORY, interpreter.no_user_site_directory),
        (setting::UNBUFFERED_STDIO, interpreter.unbuffered_stdio),
        (setting::FILESYSTEM_IMPORTER, interpreter.filesystem_importer),
        (setting::ALLOCATOR_RAW, allocator.raw),
        (setting::ALLOCATOR_MEM, allocator.mem),
        (setting::ALLOCATOR_OBJ, allocator.obj),
        (setting::ALLOCATOR_ARENAS, allocator.arenas),
        (setting::ALLOCATOR_DEBUG, allocator.debug),
    ];
    for (key, on) in switches {
        writer.setting(key, if on { *b"1" } else { *b"0" });
    }
    writer.setting(setting::ALLOCATOR_BACKEND, allocator.backend.name());
    writer.setting(setting::STDLIB, collect::folders::stdlib(version));
    let mode = match interpreter.interpreter_mode {
        InterpreterMode::Auto => setting::INTERPRETER_MODE_AUTO,
        InterpreterMode::Never => setting::INTERPRETER_MODE_NEVER,
    };
    writer.setting(setting::INTERPRETER_MODE, mode);
    if !interpreter.sys_paths.is_empty() {
        writer.setting(setting::SYS_PATHS, interpreter.sys_paths.join("\n"));
    }
    if !interpreter.rust_modules.is_empty() {
        writer.setting(setting::RUST_MODULES, interpreter.rust_modules.join("\n"));
    }
    let options: Vec<String> = interpreter.options.iter().flat_map(|given| given.lines()).collect();
    if !options.is_empty() {
        writer.setting(setting::OPTIONS, options.join("\n"));
    }
    if let Some(variable) = &interpreter.write_modules_directory_env {
        writer.setting(setting::WRITE_MODULES_DIRECTORY_ENV, variable.as_bytes());
    }
    writer.setting(setting::OPTIMIZE_LEVEL, [b'0' + interpreter.optimize_level as u8]);
    if let Some(name) = &interpreter.program_name {
        writer.setting(setting::PROGRAM_NAME, name.as_bytes());
    }
    if let Some(stdio) = &interpreter.stdio_encoding {
        writer.setting(setting::STDIO_ENCODING, stdio.encoding.as_bytes());
        writer.setting(setting::STDIO_ERRORS, stdio.errors.as_bytes());
    }
    let load = match native.load {
        NativeLoad::Memory => setting::NATIVE_LOAD_MEMORY,
        NativeLoad::Cache => setting::NATIVE_LOAD_CACHE,
        NativeLoad::Files => setting::NATIVE_LOAD_FILES,
    };
    writer.setting(setting::NATIVE_LOAD, load);
    if let Some(folder) = &native.cache_dir {
        writer.setting(setting::NATIVE_CACHE_DIR, folder.as_bytes());
    }
    writer.setting(setting::RUN_MODE, run.mode);
    if let Some(argument) = &run.argument {
        writer.setting(setting::RUN_ARGUMENT, argument.as_bytes());
    }
}
