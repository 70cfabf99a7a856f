//! Configures, compiles and installs CPython.
//!
//! Every path that the compiler sees is relative to the source folder, and nothing of the caller's
//! environment gets through, so that neither the folder nor the user leaves a trace in what comes
//! out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use fs_err as fs;

use super::BuildRequest;
use super::command::{capture, run_logged};
use super::components::COMPONENTS;
use super::error::BuildError;
use super::older;
use super::setup::{self, ModuleChoice};
use super::source::Source;
use super::toolchain::Toolchain;
use crate::reporter::{Length, Reporter};

/// Folder of the static dependencies, relative to the source folder.
const DEPS: &str = "../deps";

/// Read by make in addition to CPython's Makefile.
const MAKEFILE: &str = include_str!("builder.mk");

/// What runs to gather a profile: a minute's worth of what programs do most.
const PROFILE_TASK: &str = "-m test --pgo --timeout=300 test_json test_pickle test_re \
    test_collections test_dict test_list test_set test_str test_bytes test_int test_float \
    test_math test_decimal test_datetime test_struct test_itertools test_functools test_generators \
    test_sort test_string test_textwrap test_statistics test_hashlib test_base64 test_ast \
    test_dataclasses test_enum test_typing test_io test_zlib";

/// The folder that a build works in, and all that its steps share.
pub(super) struct Workspace<'a> {
    /// Holds all else.
    pub(super) folder: PathBuf,
    /// What to build.
    pub(super) request: &'a BuildRequest,
    /// CPython's source.
    pub(super) source: Source,
    /// The compiler.
    pub(super) toolchain: Toolchain,
    /// Receives progress.
    pub(super) reporter: &'a dyn Reporter,
}

impl Workspace<'_> {
    /// The static dependencies.
    pub(super) fn deps(&self) -> PathBuf {
        self.folder.join("deps")
    }

    /// What the archive calls `python/`.
    pub(super) fn root(&self) -> PathBuf {
        self.folder.join("python")
    }

    /// The installed interpreter.
    pub(super) fn interpreter(&self) -> PathBuf {
        self.root().join(format!("install/bin/python{}", self.request.version))
    }

    /// Collects what the programs print.
    fn log(&self) -> PathBuf {
        self.folder.join("build.log")
    }

    /// A program with the toolchain's environment, in the source folder.
    pub(super) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        self.toolchain.apply(&mut command);
        command
            .env("SOURCE_DATE_EPOCH", self.source.epoch.to_string())
            // pip asks programs for their versions, and some keep files at home.
            .env("HOME", self.folder.join("home"))
            .current_dir(&self.source.folder);
        command
    }

    fn make(&self, arguments: &[&str]) -> Command {
        let mut command = self.command("make");
        command.env("MAKEFILES", self.folder.join("builder.mk")).args(arguments);
        if older::needs_libraries(self.request.version) {
            command.arg(older::MAKE_LIBRARIES);
        }
        if self.request.lto {
            command.env("PYOXIDIZER_LTO", "1");
        }
        command
    }

    fn run(&self, step: &'static str, command: Command) -> Result<(), BuildError> {
        let progress = self.reporter.start(step, Length::Unknown);
        run_logged(step, command, &self.log(), &|line| {
            if let Some(detail) = interesting(line) {
                progress.describe(detail);
            }
        })
    }

    /// Configures, and fails when a module would be missing.
    pub(super) fn configure(&self) -> Result<(), BuildError> {
        fs::write(self.folder.join("builder.mk"), MAKEFILE)?;
        let source = &self.source.folder;
        let choice = self.module_choice();
        let has_setup_py = older::has_setup_py(self.request.version);
        if !has_setup_py {
            let modules = source.join("Modules");
            let template = fs::read_to_string(modules.join("Setup.stdlib.in"))?;
            fs::write(modules.join("Setup.local"), choice.setup_local(&template))?;
        }

        let mut command = self.command("./configure");
        command.args(self.configure_arguments()).envs(configure_variables());
        self.run("configuring CPython", command)?;
        let missing = if has_setup_py {
            older::build_modules_by_makefile(source, &choice.disabled())?;
            // Configure of these releases does not report on all modules.
            older::missing(source, &setup::EXPECTED)?
        } else {
            choice.missing(&fs::read_to_string(source.join("Makefile"))?)
        };
        self.refuse_missing(missing)
    }

    fn module_choice(&self) -> ModuleChoice {
        // The makefile of older releases makes no shared libraries.
        let makes_shared = !older::has_setup_py(self.request.version);
        ModuleChoice {
            dbm: makes_shared && self.deps().join("lib/libdb.a").is_file(),
            test_modules: self.request.test_modules,
        }
    }

    fn configure_arguments(&self) -> Vec<String> {
        let mut arguments: Vec<String> = [
            "--prefix=/install",
            "--enable-loadable-sqlite-extensions",
            "--with-readline=editline",
            "--with-system-expat",
            "--with-system-libmpdec=no",
            "--without-ensurepip",
            "MODULE_BUILDTYPE=static",
            "PKG_CONFIG=/bin/false",
            // Never run, but recorded: the default is the newest Python that the machine has.
            "PYTHON_FOR_REGEN=python3",
            "CFLAGS=-fPIC",
            // As CPython's own default, without -g.
            "OPT=-O3 -Wall -DNDEBUG -fwrapv",
        ]
        .map(str::to_owned)
        .into();
        arguments.push(format!("--with-openssl={DEPS}"));
        arguments.push(format!("CPPFLAGS=-I{DEPS}/include"));
        arguments.push(format!("LDFLAGS=-L{DEPS}/lib"));
        arguments.push(format!("CC={}", self.toolchain.compiler));
        arguments.push(format!("AR={}", self.toolchain.archiver));
        let dbm = if self.module_choice().dbm { "bdb" } else { "" };
        arguments.push(format!("--with-dbmliborder={dbm}"));
        if !self.request.test_modules {
            arguments.push("--disable-test-modules".to_owned());
        }
        if older::needs_libraries(self.request.version) {
            arguments.push(older::CONFIGURE_LIBRARIES.to_owned());
        }
        if self.request.pgo {
            arguments.push("--enable-optimizations".to_owned());
        }
        // Unwind tables are for C++ exceptions and debuggers; they are half a megabyte of every
        // executable.
        let mut flags = "CFLAGS_NODIST=-fno-asynchronous-unwind-tables".to_owned();
        // All symbols are bound at the start, so that their addresses can be made read-only.
        let mut link_flags = "LDFLAGS_NODIST=-Wl,-z,relro -Wl,-z,now".to_owned();
        if self.request.lto {
            // What `--with-lto=thin` adds; the option itself would record where it found llvm-ar.
            flags.push_str(" -flto=thin");
            // Unlike gcc, clang lets libgcc_s in.
            link_flags.push_str(" -flto=thin -fuse-ld=lld -static-libgcc");
        }
        arguments.push(flags);
        arguments.push(link_flags);
        arguments
    }

    /// Compiles the interpreter and `_tkinter`.
    pub(super) fn compile(&self) -> Result<(), BuildError> {
        let jobs = std::thread::available_parallelism().map_or(1, usize::from);
        // The interpreter must not lend its OpenSSL, zlib or SQLite to what it loads.
        let libraries = COMPONENTS.iter().flat_map(|component| component.libraries);
        let hidden: Vec<String> = libraries.map(|library| format!("lib{library}.a")).collect();
        let link = format!(
            "LINKFORSHARED=-Xlinker -export-dynamic -Wl,--exclude-libs,{}",
            hidden.join(":")
        );
        let (jobs, profile) = (format!("-j{jobs}"), format!("PROFILE_TASK={PROFILE_TASK}"));
        // `D`: no times and users in static libraries.
        let arguments = [jobs.as_str(), "ARFLAGS=rcsD", &link, &profile];
        self.run("compiling CPython", self.make(&arguments))?;
        if self.request.tkinter {
            let tcl = format!("TCL={DEPS}/tcl");
            self.run("compiling _tkinter", self.make(&["pyoxidizer-tkinter", &tcl]))?;
        }
        Ok(())
    }

    /// Installs into [`Workspace::root`], the standard library's tests included.
    pub(super) fn install(&self) -> Result<(), BuildError> {
        let destination = format!("DESTDIR={}", self.root().display());
        // `-l` keeps `make install` from compiling all of the standard library for nothing.
        let arguments = ["install", "TEST_MODULES=yes", "COMPILEALL_OPTS=-l", &destination];
        self.run("installing CPython", self.make(&arguments))?;
        self.run("installing pip", self.python(include_str!("python/install_pip.py"), &[]))?;
        if self.request.tkinter {
            let suffix = self.variables(&["EXT_SUFFIX".to_owned()])?.remove("EXT_SUFFIX");
            self.install_tcl(&suffix.unwrap_or_default())?;
        }

        let mut strip = self.command("strip");
        strip.arg("--strip-debug").arg(self.interpreter());
        self.run("stripping the interpreter", strip)?;

        let (install, source) = (self.root().join("install"), self.source.folder.clone());
        let mut arguments = vec![install.as_path(), &source, Path::new(DEPS)];
        arguments.extend(self.toolchain.private_folder.as_deref());
        let script = self.python(include_str!("python/finish_install.py"), &arguments);
        self.run("making the installation relocatable", script)
    }

    /// The installed interpreter with a script of ours.
    pub(super) fn python(&self, script: &str, arguments: &[&Path]) -> Command {
        let mut command = self.command(self.interpreter());
        command.args(["-I", "-B", "-c", script]).args(arguments);
        command
    }

    /// Values of variables of CPython's Makefile, expanded.
    pub(super) fn variables(
        &self,
        names: &[String],
    ) -> Result<BTreeMap<String, String>, BuildError> {
        let names = format!("NAMES={}", names.join(" "));
        let command = self.make(&["--silent", "pyoxidizer-print-variables", &names]);
        let output = capture("reading CPython's Makefile", command)?;
        let text = String::from_utf8_lossy(&output);
        let pairs = text.lines().filter_map(|line| line.split_once('='));
        Ok(pairs.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect())
    }

    /// Fails when `names` holds something.
    pub(super) fn refuse_missing(&self, names: Vec<String>) -> Result<(), BuildError> {
        if names.is_empty() {
            return Ok(());
        }
        let log = self.source.folder.join("config.log");
        Err(BuildError::MissingExtensions { names, log })
    }
}

/// The variables that stand in for pkg-config, which would find the machine's shared libraries.
fn configure_variables() -> Vec<(String, String)> {
    // The libraries with what they need in turn: static ones do not say it themselves.
    const LIBRARIES: [(&str, &str, &str); 9] = [
        ("BZIP2", "", "-lbz2"),
        ("CURSES", "-D_DEFAULT_SOURCE", "-lncursesw -ltinfo"),
        ("LIBEDIT", "", "-ledit -ltinfo -lbsd -lmd"),
        ("LIBFFI", "", "-lffi"),
        ("LIBLZMA", "", "-llzma"),
        // configure leaves the module out without a word when `-lm` is lacking.
        ("LIBSQLITE3", "", "-lsqlite3 -lm"),
        ("LIBUUID", "-I../deps/include/uuid", "-luuid"),
        ("PANEL", "", "-lpanelw -lncursesw -ltinfo"),
        ("ZLIB", "", "-lz"),
    ];
    // Expat calls `arc4random_buf`, which glibc has from 2.36 on only, and libbsd always.
    let mut variables = vec![("LIBEXPAT_LDFLAGS".to_owned(), "-lexpat -lbsd -lmd".to_owned())];
    for (name, flags, libraries) in LIBRARIES {
        let flags = format!("-I{DEPS}/include {flags}").trim_end().to_owned();
        variables.push((format!("{name}_CFLAGS"), flags));
        variables.push((format!("{name}_LIBS"), libraries.to_owned()));
    }
    variables
}

/// What to show of a line that make or configure prints.
fn interesting(line: &str) -> Option<&str> {
    if line.starts_with("checking ") {
        return Some(line);
    }
    line.split_whitespace().rfind(|word| word.ends_with(".c") || word.ends_with(".o"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_library_of_configure_is_a_component() {
        for (_, value) in configure_variables() {
            for library in value.split_whitespace().filter_map(|word| word.strip_prefix("-l")) {
                let known = COMPONENTS.iter().any(|c| c.libraries.contains(&library));
                assert!(known || library == "m", "{library}");
            }
        }
    }

    #[test]
    fn progress_shows_the_file() {
        assert_eq!(interesting("gcc -c -O3 -o Python/ast.o Python/ast.c"), Some("Python/ast.c"));
        assert_eq!(interesting("warning: unused"), None);
    }
}
