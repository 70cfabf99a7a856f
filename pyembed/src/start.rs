//! What CPython is given before and when it starts.

#![allow(unsafe_code)]

use std::ffi::{CStr, CString, OsString, c_char, c_int};
use std::path::{Path, PathBuf};
use std::ptr;

use pyo3::ffi::PyImport_AppendInittab;
use pyresources::{Kind, ModuleKind, install, setting};

use crate::config::{PythonConfig, PythonRunMode};
use crate::options::Fields;
use crate::sources::{self, Source};
use crate::{Error, calls, ffi, importer, resources, sys};

/// What the interpreter of this process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The application, set up as its configuration says.
    Application,
    /// What `python` is: it reads its arguments and environment, and searches `sys.path`. See
    /// [`calls`](crate::calls).
    Python,
}

/// Puts the packed importer in the place of CPython's path-based one, and makes known the modules
/// that are written in Rust.
pub(crate) fn install_importer(
    config: &PythonConfig,
    role: Role,
    texts: &Texts,
) -> Result<(), Error> {
    let searches_path = role == Role::Python
        || config.filesystem_importer
        || !config.sys_paths.is_empty()
        // The site module adds folders to sys.path, so somebody must look into them.
        || !config.no_site
        // A file of the target machine may import those beside it.
        || matches!(config.run, PythonRunMode::File(_));
    let (is_python, uses_environment) = (role == Role::Python, !config.ignore_environment);
    importer::configure(
        searches_path,
        is_python,
        texts.environment.is_some(),
        uses_environment,
        config.optimize_level,
    );

    let name = setting::BOOTSTRAP_MODULE;
    let missing = Error::MissingResource { name };
    let Some(entry) = resources::packed()?.find(Kind::Bootstrap, name)? else {
        return Err(missing);
    };
    let Some(code) = entry.bytecode(0)? else { return Err(missing) };
    let c_name = CString::new(name).map_err(|source| Error::Nul { what: name, source })?;
    let length = c_int::try_from(code.bytes.len()).map_err(|_| Error::MissingResource { name })?;
    // SAFETY: no interpreter runs yet, and `code` lives as long as the process.
    let replaced =
        unsafe { ffi::pyembed_replace_bootstrap(c_name.as_ptr(), code.bytes.as_ptr(), length) };
    if replaced != 0 {
        return Err(missing);
    }
    append_inittab(importer::NAME, importer::initialize)?;
    if role != Role::Python {
        check_rust_modules(config)?;
    }
    for module in &config.modules {
        let name = module.name.to_string_lossy();
        if packed_module(&name, |kind| matches!(kind, ModuleKind::Module | ModuleKind::Package))? {
            return Err(Error::ModuleName { name: name.into_owned() });
        }
        append_inittab(&module.name, module.initialize)?;
    }
    Ok(())
}

/// Whether all modules have been added that the TOML file says the application adds.
fn check_rust_modules(config: &PythonConfig) -> Result<(), Error> {
    let Some(names) = resources::packed()?.setting(setting::RUST_MODULES)? else { return Ok(()) };
    let is_missing =
        |name: &&[u8]| !config.modules.iter().any(|module| module.name.to_bytes() == *name);
    match names.split(|byte| *byte == b'\n').find(is_missing) {
        Some(name) => Err(Error::NoRustModule { name: String::from_utf8_lossy(name).into_owned() }),
        None => Ok(()),
    }
}

/// Whether a module of a name and one of these kinds is packed where Python looks for modules from its start.
pub(crate) fn packed_module(
    name: &str,
    is_meant: impl Fn(ModuleKind) -> bool,
) -> Result<bool, Error> {
    let stdlib = stdlib_folder()?;
    let folders = [PathBuf::new(), stdlib.join(install::SITE_PACKAGES), stdlib];
    let below = name.replace('.', "/");
    for source in sources::all(resources::packed()?) {
        for folder in &folders {
            let entry = source.resources.module(&folder.join(&below).to_string_lossy())?;
            if entry.is_some_and(|entry| is_meant(entry.module_kind())) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn append_inittab(
    name: &CStr,
    initialize: unsafe extern "C" fn() -> *mut pyo3::ffi::PyObject,
) -> Result<(), Error> {
    // CPython keeps the pointer to the name for good.
    let kept = name.to_owned().into_raw();
    // SAFETY: no interpreter runs yet; the name was leaked above and the function is static.
    if unsafe { PyImport_AppendInittab(kept, Some(initialize)) } != 0 {
        return Err(Error::Inittab { name: name.to_string_lossy().into_owned() });
    }
    Ok(())
}

/// A virtual environment (PEP 405), whose Python is a link to this executable.
struct Environment {
    /// The link.
    link: PathBuf,
    folder: PathBuf,
    /// Whether the packages of the Python that it was made from are there, too.
    has_packages_of_base: bool,
}

impl Environment {
    /// That of the link by which this process was started.
    fn of_process() -> Option<Self> {
        let link = sys::python_link()?;
        let folder = sys::environment_of(&link)?;
        let text = fs_err::read_to_string(folder.join(sys::ENVIRONMENT_FILE)).ok()?;
        let has_packages_of_base = text.lines().any(|line| {
            line.split_once('=').is_some_and(|(key, value)| {
                key.trim() == "include-system-site-packages"
                    && value.trim().eq_ignore_ascii_case("true")
            })
        });
        Some(Self { link, folder, has_packages_of_base })
    }
}

/// The configuration's texts as C wants them.
pub(crate) struct Texts {
    program_name: Option<CString>,
    executable: CString,
    /// Of a virtual environment, the link by which the executable was started, and the environment's folder.
    environment: Option<(CString, CString)>,
    /// The folder of the standard library.
    stdlib: CString,
    stdio: Option<(CString, CString)>,
    argument: Option<CString>,
    arguments: Vec<CString>,
    search_paths: Vec<CString>,
    options: Fields,
}

impl Texts {
    /// `further` are the sources that the program adds.
    pub(crate) fn new(
        config: &PythonConfig,
        further: &[Source],
        role: Role,
    ) -> Result<Self, Error> {
        let executable = sys::executable_path().map_err(|source| Error::Executable { source })?;
        let folder = executable.parent().unwrap_or(&executable).to_owned();
        let argument = match &config.run {
            PythonRunMode::Module(argument)
            | PythonRunMode::Eval(argument)
            | PythonRunMode::File(argument) => {
                Some(text("what the application runs", &**argument)?)
            }
            PythonRunMode::Script(_)
            | PythonRunMode::EntryPoint(_)
            | PythonRunMode::Repl
            | PythonRunMode::Noop => None,
        };
        let mut arguments = config.arguments.clone();
        if let PythonRunMode::File(path) = &config.run
            && role == Role::Application
        {
            // As with `python FILE`, the file is the program.
            arguments.splice(..arguments.len().min(1), [path.into()]);
        }
        let stdlib = executable.join(stdlib_folder()?);
        let environment = if role == Role::Python { Environment::of_process() } else { None };
        let mut packed = vec![stdlib.clone(), stdlib.join(install::DYNLOAD)];
        // In an environment the module `site` adds its packages.
        if environment.as_ref().is_none_or(|environment| environment.has_packages_of_base) {
            // As `python SCRIPT` has them: the script's own folder first.
            packed.insert(0, executable.clone());
            packed.push(stdlib.join(install::SITE_PACKAGES));
            for source in further {
                packed.extend(source.search_path()?.map(|path| executable.join(path)));
            }
        }
        let added = config.sys_paths.iter().map(|path| from_origin(path, &folder));
        let search_paths = packed.into_iter().map(OsString::from).chain(added);
        Ok(Self {
            program_name: config
                .program_name
                .as_ref()
                .map(|name| text("program_name", &**name))
                .transpose()?,
            executable: os_text("the executable's path", executable.into())?,
            environment: environment
                .map(|environment| {
                    let link = os_text("the path of the link", environment.link.into())?;
                    let folder = os_text("the environment's path", environment.folder.into())?;
                    Ok::<_, Error>((link, folder))
                })
                .transpose()?,
            stdlib: os_text("the executable's path", stdlib.into())?,
            stdio: stdio(config)?,
            argument,
            arguments: arguments
                .into_iter()
                .map(|argument| os_text("an argument", argument))
                .collect::<Result<_, _>>()?,
            search_paths: search_paths
                .map(|path| os_text("sys_paths", path))
                .collect::<Result<_, _>>()?,
            options: Fields::new(config, role)?,
        })
    }

    /// The path of the executable, `sys.executable`.
    pub(crate) fn into_executable(self) -> CString {
        self.executable
    }

    /// As [`Texts::into_executable`], while the texts are still needed.
    pub(crate) fn executable(&self) -> &CStr {
        &self.executable
    }
}

pub(crate) fn text(what: &'static str, bytes: impl Into<Vec<u8>>) -> Result<CString, Error> {
    CString::new(bytes).map_err(|source| Error::Nul { what, source })
}

pub(crate) fn os_text(what: &'static str, value: OsString) -> Result<CString, Error> {
    text(what, sys::os_bytes(value))
}

/// A path of the configuration, `$ORIGIN` replaced by the folder of the executable.
pub(crate) fn from_origin(path: &str, folder: &Path) -> OsString {
    match path.strip_prefix("$ORIGIN") {
        Some("") => folder.into(),
        Some(below) if below.starts_with(['/', '\\']) => {
            folder.join(below.trim_start_matches(['/', '\\'])).into()
        }
        _ => path.into(),
    }
}

/// Codec and error handler of the standard streams, where CPython shall not choose them itself.
fn stdio(config: &PythonConfig) -> Result<Option<(CString, CString)>, Error> {
    Ok(match &config.stdio_encoding {
        Some(stdio) => Some((
            text("stdio_encoding", &*stdio.encoding)?,
            text("stdio_encoding", &*stdio.errors)?,
        )),
        None if config.ignore_environment && !config.options.is_without_utf8() && has_locale() => {
            Some((c"utf-8".into(), c"strict".into()))
        }
        None => None,
    })
}

/// Whether the environment names a locale under which `python` refuses what is no UTF-8.
///
/// CPython's UTF-8 mode lets such bytes pass through the standard streams (`surrogateescape`). So
/// does `python` where the locale is `C` or unset, and in the locales that it then puts in its
/// place (PEP 538); elsewhere it is strict.
fn has_locale() -> bool {
    const LENIENT: [&str; 5] = ["C", "POSIX", "C.UTF-8", "C.utf8", "UTF-8"];
    let named = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(std::env::var_os)
        .find(|value| !value.is_empty());
    named.is_some_and(|locale| LENIENT.iter().all(|lenient| locale != *lenient))
}

/// Pointers to `texts`, ending in NULL.
fn pointers(texts: &[CString]) -> Vec<*const c_char> {
    texts.iter().map(|text| text.as_ptr()).chain([ptr::null()]).collect()
}

/// Starts the interpreter; this thread is then attached to it.
pub(crate) fn initialize(config: &PythonConfig, role: Role, texts: &Texts) -> Result<(), Error> {
    let as_python = role == Role::Python;
    // What the configuration says of streams and of what runs is for the application only.
    let optional = |text: Option<&CString>| match text {
        Some(text) if !as_python => text.as_ptr(),
        _ => ptr::null(),
    };
    let optional_in_python =
        |text: Option<&CString>| text.map_or(ptr::null(), |text| text.as_ptr());
    let argv = pointers(&texts.arguments);
    let search_paths = pointers(&texts.search_paths);
    let options = texts.options.as_c();
    let allocator = config.allocator.request();
    let request = ffi::Config {
        program_name: optional(texts.program_name.as_ref()),
        executable: texts.executable.as_ptr(),
        environment_executable: optional_in_python(
            texts.environment.as_ref().map(|(link, _)| link),
        ),
        environment: optional_in_python(texts.environment.as_ref().map(|(_, folder)| folder)),
        stdlib: texts.stdlib.as_ptr(),
        stdio_encoding: optional(texts.stdio.as_ref().map(|(encoding, _)| encoding)),
        stdio_errors: optional(texts.stdio.as_ref().map(|(_, errors)| errors)),
        run_argument: optional(texts.argument.as_ref()),
        argv: argv.as_ptr(),
        argc: texts.arguments.len() as isize,
        search_paths: search_paths.as_ptr(),
        as_python: c_int::from(as_python),
        // Nothing that lies in the working folder by chance gets into what CPython starts itself.
        safe_path: c_int::from(as_python && calls::is_multiprocessing(&config.arguments)),
        optimization_level: c_int::from(config.optimize_level),
        write_bytecode: c_int::from(!config.dont_write_bytecode),
        use_environment: c_int::from(!config.ignore_environment),
        site_import: c_int::from(if as_python { has_site()? } else { !config.no_site }),
        user_site_directory: c_int::from(!config.no_user_site_directory),
        buffered_stdio: c_int::from(!config.unbuffered_stdio),
        is_guest: c_int::from(sys::own_library().is_some()),
        run: match &config.run {
            PythonRunMode::Repl => ffi::Run::Repl,
            PythonRunMode::Eval(_) => ffi::Run::Command,
            PythonRunMode::File(_) => ffi::Run::File,
            PythonRunMode::Module(_)
            | PythonRunMode::Script(_)
            | PythonRunMode::EntryPoint(_)
            | PythonRunMode::Noop => ffi::Run::Nothing,
        },
        options: options.as_ptr(),
        option_count: options.len(),
        allocator: &raw const allocator,
    };
    // SAFETY: no interpreter runs yet; every pointer to characters is NULL or a string that ends in NUL and
    // outlives the call, as the allocator's request does, `argv` has `argc` of them, and `search_paths` ends in NULL; there are
    // `option_count` options, whose lists end in NULL, too.
    let status = unsafe { ffi::pyembed_initialize(&raw const request) };
    let words = |text: *const c_char| {
        if text.is_null() {
            return String::from("no reason given");
        }
        // SAFETY: CPython's and our C file's messages are static strings.
        unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
    };
    match status.kind {
        0 => Ok(()),
        1 => Err(Error::Python { stage: words(status.stage), message: words(status.message) }),
        _ => Err(Error::Exit { stage: words(status.stage), code: status.exit_code }),
    }
}

/// The folder of the standard library, below the executable's path.
pub(crate) fn stdlib_folder() -> Result<PathBuf, Error> {
    let name = setting::STDLIB;
    let folder = resources::packed()?.setting(name)?.ok_or(Error::MissingResource { name })?;
    Ok(PathBuf::from(&*String::from_utf8_lossy(folder)))
}

/// Whether the module `site` is packed, which `python` imports when it starts.
fn has_site() -> Result<bool, Error> {
    let site = stdlib_folder()?.join("site");
    Ok(resources::packed()?.module(&site.to_string_lossy())?.is_some())
}
