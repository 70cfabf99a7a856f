//! Setting fields of the configuration one after the other.

use std::ffi::OsString;

use crate::config::{
    InittabModule, InterpreterMode, NativeLoading, PythonConfig, PythonRunMode, StdioEncoding,
};

/// Each of these sets the field of its name; [`PythonConfig::module`], [`PythonConfig::x_options`] and
/// [`PythonConfig::warn_options`] add to what is there.
impl PythonConfig {
    /// Sets `program_name`.
    #[must_use]
    pub fn program_name(mut self, name: impl Into<String>) -> Self {
        self.program_name = Some(name.into());
        self
    }

    /// Sets `arguments`: the program's name first.
    #[must_use]
    pub fn arguments(mut self, arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        self.arguments = arguments.into_iter().map(Into::into).collect();
        self
    }

    /// Sets `optimize_level`.
    #[must_use]
    pub fn optimize_level(mut self, level: u8) -> Self {
        self.optimize_level = level;
        self
    }

    /// Sets `dont_write_bytecode`.
    #[must_use]
    pub fn dont_write_bytecode(mut self, value: bool) -> Self {
        self.dont_write_bytecode = value;
        self
    }

    /// Sets `ignore_environment`.
    #[must_use]
    pub fn ignore_environment(mut self, value: bool) -> Self {
        self.ignore_environment = value;
        self
    }

    /// Sets `no_site`.
    #[must_use]
    pub fn no_site(mut self, value: bool) -> Self {
        self.no_site = value;
        self
    }

    /// Sets `no_user_site_directory`.
    #[must_use]
    pub fn no_user_site_directory(mut self, value: bool) -> Self {
        self.no_user_site_directory = value;
        self
    }

    /// Sets `unbuffered_stdio`.
    #[must_use]
    pub fn unbuffered_stdio(mut self, value: bool) -> Self {
        self.unbuffered_stdio = value;
        self
    }

    /// Sets `stdio_encoding`.
    #[must_use]
    pub fn stdio_encoding(mut self, encoding: StdioEncoding) -> Self {
        self.stdio_encoding = Some(encoding);
        self
    }

    /// Sets `filesystem_importer`.
    #[must_use]
    pub fn filesystem_importer(mut self, value: bool) -> Self {
        self.filesystem_importer = value;
        self
    }

    /// Sets `sys_paths`.
    #[must_use]
    pub fn sys_paths(mut self, paths: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.sys_paths = paths.into_iter().map(Into::into).collect();
        self
    }

    /// Sets `interpreter_mode`.
    #[must_use]
    pub fn interpreter_mode(mut self, mode: InterpreterMode) -> Self {
        self.interpreter_mode = mode;
        self
    }

    /// Sets `write_modules_directory_env`.
    #[must_use]
    pub fn write_modules_directory_env(mut self, variable: impl Into<String>) -> Self {
        self.write_modules_directory_env = Some(variable.into());
        self
    }

    /// Sets `native_loading`.
    #[must_use]
    pub fn native_loading(mut self, loading: NativeLoading) -> Self {
        self.native_loading = loading;
        self
    }

    /// Sets `run`.
    #[must_use]
    pub fn run(mut self, mode: PythonRunMode) -> Self {
        self.run = mode;
        self
    }

    /// Adds to `modules`.
    #[must_use]
    pub fn module(mut self, module: InittabModule) -> Self {
        self.modules.push(module);
        self
    }

    /// Adds to `x_options` of [`InterpreterOptions`](crate::InterpreterOptions).
    #[must_use]
    pub fn x_options(mut self, options: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.options.x_options.extend(options.into_iter().map(Into::into));
        self
    }

    /// Adds to `warn_options` of [`InterpreterOptions`](crate::InterpreterOptions).
    #[must_use]
    pub fn warn_options(mut self, filters: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.options.warn_options.extend(filters.into_iter().map(Into::into));
        self
    }
}
