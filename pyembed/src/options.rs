//! Options of the interpreter: fields of CPython's `PyPreConfig` and `PyConfig`, by the names that they have there.
//!
//! [`pyresources::options`] lists them, with what they can be and how `python -X` says it. Here each has a typed field, and
//! what is given is made into what C sets.
//!
//! What is given is also put into `sys._xoptions` and `sys.warnoptions` as `python` would have it there. Whoever starts
//! another Python process by the flags of this one, as `multiprocessing` does, looks there.

#![allow(unsafe_code)]

use std::ffi::{CStr, CString, OsStr, OsString, c_char, c_longlong};
use std::path::PathBuf;
use std::ptr;

use pyresources::options::{
    Assignment, CONFLICTS, InterpreterOption, OptionKind, RANDOM, WARN_OPTIONS, X_OPTIONS,
    XMeaning, XOption, find, x_meaning,
};

use crate::config::PythonConfig;
use crate::start::{Role, from_origin, os_text, text};
use crate::{Error, ffi, sys};

/// The seed of the hashes of `str` and `bytes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashSeed {
    /// Another one in each process.
    Random,
    /// This one. With 0, hashes are not randomized.
    Fixed(u32),
}

/// When source files are read to validate `.pyc` files that hold their hash (PEP 552).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckHashPycsMode {
    /// Always.
    Always,
    /// When the `.pyc` file says so.
    Default,
    /// Never.
    Never,
}

/// A value as it stands in the setting of packed resources: see [`OptionKind`].
trait OptionValue: Sized {
    fn read(text: &str) -> Option<Self>;
    fn write(&self) -> OsString;
}

impl OptionValue for bool {
    fn read(text: &str) -> Option<Self> {
        match text {
            "0" => Some(false),
            "1" => Some(true),
            _ => None,
        }
    }

    fn write(&self) -> OsString {
        if *self { "1" } else { "0" }.into()
    }
}

macro_rules! number_value {
    ($($type:ty),*) => {
        $(impl OptionValue for $type {
            fn read(text: &str) -> Option<Self> {
                text.parse().ok()
            }

            fn write(&self) -> OsString {
                self.to_string().into()
            }
        })*
    };
}

number_value!(u8, u16, u32);

impl OptionValue for HashSeed {
    fn read(text: &str) -> Option<Self> {
        if text == RANDOM { Some(Self::Random) } else { text.parse().ok().map(Self::Fixed) }
    }

    fn write(&self) -> OsString {
        match self {
            Self::Random => RANDOM.into(),
            Self::Fixed(seed) => seed.to_string().into(),
        }
    }
}

impl OptionValue for CheckHashPycsMode {
    fn read(text: &str) -> Option<Self> {
        [Self::Always, Self::Default, Self::Never].into_iter().find(|mode| mode.write() == text)
    }

    fn write(&self) -> OsString {
        match self {
            Self::Always => "always",
            Self::Default => "default",
            Self::Never => "never",
        }
        .into()
    }
}

impl OptionValue for PathBuf {
    fn read(text: &str) -> Option<Self> {
        Some(text.into())
    }

    fn write(&self) -> OsString {
        self.into()
    }
}

/// Declares the options: the fields of [`InterpreterOptions`], and the methods of [`PythonConfig`] that set them.
macro_rules! options {
    ($($(#[$doc:meta])* $name:ident: $type:ty),* $(,)?) => {
        /// Options of the interpreter, by the names of their fields in CPython's
        /// [`PyPreConfig` and `PyConfig`](https://docs.python.org/3/c-api/init_config.html), where they are explained.
        ///
        /// What is `None` is as [`PythonConfig`] says, and otherwise as CPython has it in its isolated configuration; with
        /// `ignore_environment = false`, as the environment says. What is given goes before the environment.
        ///
        /// They are those of the application's own process. A process that its Python code starts as Python gets those that
        /// whoever starts it passes on, as `multiprocessing` does with most that have a form of `-X` or a letter; `hash_seed` and `malloc_stats`,
        /// which Python takes from the environment, hold in it as well.
        ///
        /// An option that this release of CPython does not have is an error at the start, as is a number that is none of its values.
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct InterpreterOptions {
            /// What follows `-X` of `python`. What one says for which there is a field here is done as by that field.
            #[doc(alias = "xoptions")]
            pub x_options: Vec<String>,
            /// What follows `-W` of `python`, the last with the highest priority.
            #[doc(alias = "warnoptions")]
            pub warn_options: Vec<String>,
            $($(#[$doc])* pub $name: Option<$type>,)*
        }

        impl InterpreterOptions {
            /// Reads a line of the setting; `false` when there is no such option or no such value.
            fn read(&mut self, name: &str, value: &str) -> bool {
                match name {
                    "x_options" => self.x_options.push(value.to_owned()),
                    "warn_options" => self.warn_options.push(value.to_owned()),
                    $(stringify!($name) => {
                        self.$name = OptionValue::read(value);
                        return self.$name.is_some();
                    })*
                    _ => return false,
                }
                true
            }

            /// Names and values of those that are given, but for lists.
            fn given(&self) -> Vec<(&'static str, OsString)> {
                let mut given = Vec::new();
                $(if let Some(value) = &self.$name {
                    given.push((stringify!($name), value.write()));
                })*
                given
            }
        }

        /// Options of the interpreter: those of [`PythonConfig::options`].
        impl PythonConfig {
            $(
                #[doc = concat!("Sets [`InterpreterOptions::", stringify!($name), "`].")]
                #[must_use]
                pub fn $name(mut self, value: $type) -> Self {
                    self.options.$name = Some(value);
                    self
                }
            )*
        }

        #[cfg(test)]
        const NAMES: &[&str] = &["x_options", "warn_options", $(stringify!($name)),*];
    };
}

options! {
    /// The Python Development Mode, `-X dev`.
    dev_mode: bool,
    /// Tracebacks are printed when the process receives a fatal signal, `-X faulthandler`.
    faulthandler: bool,
    /// `tracemalloc` traces memory, with tracebacks of that many frames; 0 for not at all. `-X tracemalloc`.
    tracemalloc: u16,
    /// How long imports take is printed, `-X importtime`: 1, or 2 to include those of modules that are loaded already
    /// (CPython 3.14).
    import_time: u8,
    /// Support of Linux's `perf`: 1 by frame pointers, `-X perf`, or 2 by DWARF, `-X perf_jit` (CPython 3.13). CPython 3.12.
    perf_profiling: u8,
    /// Imports are printed, `-v`; with 2, where they are looked for, too.
    verbose: u8,
    /// The prompt has no banner, `-q`.
    quiet: bool,
    /// Comparing `bytes` with `str` is a warning, `-b`, or with 2 an error.
    bytes_warning: u8,
    /// Opening a text file without an encoding is an `EncodingWarning`, `-X warn_default_encoding`.
    warn_default_encoding: bool,
    /// A prompt follows what runs, as by `-i`, where standard input is a terminal or `interactive` is set.
    inspect: bool,
    /// Standard input counts as a terminal, as by `-i`.
    interactive: bool,
    /// The seed of hashes, `use_hash_seed` and `hash_seed` of CPython.
    #[doc(alias = "use_hash_seed")]
    hash_seed: HashSeed,
    /// How many digits an `int` may have in conversions from and to text: 640 or more, or 0 for any number. CPython 3.12.
    int_max_str_digits: u32,
    /// What `os.cpu_count()` gives, `-X cpu_count`. CPython 3.13.
    cpu_count: u32,
    /// Code that is compiled at run time knows columns, which tracebacks mark; `false` is `-X no_debug_ranges`. CPython 3.11.
    code_debug_ranges: bool,
    /// Statistics of the allocator are printed at the end.
    malloc_stats: bool,
    /// The number of references is printed at the end, `-X showrefcount`; in debug builds of CPython alone.
    show_ref_count: bool,
    /// Output of the parser, `-d`; in debug builds of CPython alone.
    parser_debug: bool,
    /// Isolated mode, `-I`. It needs `ignore_environment` and `no_user_site_directory`.
    isolated: bool,
    /// The folder of a script, or the working folder, stays out of `sys.path`, `-P`. CPython 3.11.
    safe_path: bool,
    /// How `.pyc` files with hashes are validated, `--check-hash-based-pycs`.
    check_hash_pycs_mode: CheckHashPycsMode,
    /// The folder of `.pyc` files, `-X pycache_prefix`. `$ORIGIN` at its start stands for the folder of the executable.
    pycache_prefix: PathBuf,
    /// The first line of a file that [`PythonRunMode::File`](crate::PythonRunMode::File) runs is skipped, `-x`.
    skip_source_first_line: bool,
    /// Python handles signals: `SIGINT` raises `KeyboardInterrupt`, `SIGPIPE` is ignored. `true` unless given. Importing
    /// `signal` sets the handler of `SIGINT` even with `false`.
    install_signal_handlers: bool,
    /// The streams of the C library are buffered as Python's. `true` unless given.
    configure_c_stdio: bool,
    /// UTF-8 mode (PEP 540), `-X utf8`. With the environment ignored, `true` unless given; with `false` the locale decides,
    /// which is then set.
    utf8_mode: bool,
    /// `LC_CTYPE` is set to the user's locale. With the environment ignored, `false` unless something needs it.
    configure_locale: bool,
    /// The locale `C` is replaced by one with UTF-8 (PEP 538): 1 where it is the user's, 2 without looking.
    coerce_c_locale: u8,
    /// A warning says so.
    coerce_c_locale_warn: bool,
    /// Threads start with a copy of the context of the thread that starts them. CPython 3.14.
    thread_inherit_context: bool,
    /// `warnings.catch_warnings` works by context variables. CPython 3.14.
    context_aware_warnings: bool,
    /// Debuggers may have the process run code (PEP 768); `false` is `-X disable_remote_debug`. CPython 3.14.
    remote_debug: bool,
}

impl InterpreterOptions {
    /// Reads the setting of packed resources.
    pub(crate) fn from_setting(setting: &str) -> Result<Self, Error> {
        let mut options = Self::default();
        for line in setting.lines() {
            let (name, value) = line.split_once('=').unwrap_or((line, ""));
            if !options.read(name, value) {
                let key = pyresources::setting::OPTIONS;
                return Err(Error::Setting { key, value: line.to_owned() });
            }
        }
        Ok(options)
    }

    /// Whether UTF-8 mode is off.
    pub(crate) fn is_without_utf8(&self) -> bool {
        let says = |text: &String| match x_meaning(text) {
            Some(XMeaning::Sets(option, value)) => option.name == "utf8_mode" && value == "0",
            _ => false,
        };
        self.utf8_mode == Some(false) || self.x_options.iter().any(says)
    }
}

/// What C sets: fields of CPython's structures.
#[derive(Default)]
pub(crate) struct Fields(Vec<Field>);

struct Field {
    name: CString,
    value: FieldValue,
}

enum FieldValue {
    Number(c_longlong),
    Text(CString),
    /// Pointers to texts, which end in NULL.
    Texts {
        pointers: Vec<*const c_char>,
        _texts: Vec<CString>,
    },
}

impl Fields {
    /// Those for a process in one of its roles.
    ///
    /// # Errors
    ///
    /// When an option cannot be what it is, or this release of CPython does not have it.
    pub(crate) fn new(config: &PythonConfig, role: Role) -> Result<Self, Error> {
        if config.options == InterpreterOptions::default() {
            return Ok(Self::default());
        }
        let mut given = Given::new(&config.options)?;
        if role == Role::Python {
            return given.fields_of_python();
        }
        given.add_x_options(&config.options)?;
        given.check(config)?;
        given.add_implied(config);
        given.fields(&config.options)
    }

    /// As C has them; they refer to `self`.
    pub(crate) fn as_c(&self) -> Vec<ffi::InterpreterOption> {
        let as_c = |field: &Field| {
            let mut option = ffi::InterpreterOption {
                field: field.name.as_ptr(),
                number: 0,
                text: ptr::null(),
                texts: ptr::null(),
            };
            match &field.value {
                FieldValue::Number(number) => option.number = *number,
                FieldValue::Text(text) => option.text = text.as_ptr(),
                FieldValue::Texts { pointers, .. } => option.texts = pointers.as_ptr(),
            }
            option
        };
        self.0.iter().map(as_c).collect()
    }

    fn push(&mut self, name: &str, value: FieldValue) -> Result<(), Error> {
        self.0.push(Field { name: text("the name of an option", name)?, value });
        Ok(())
    }

    fn push_texts(&mut self, name: &str, values: Vec<OsString>) -> Result<(), Error> {
        if values.is_empty() {
            return Ok(());
        }
        let texts = values.into_iter().map(|value| os_text("an option", value));
        let texts = texts.collect::<Result<Vec<_>, _>>()?;
        let pointers = texts.iter().map(|text| text.as_ptr()).chain([ptr::null()]).collect();
        self.push(name, FieldValue::Texts { pointers, _texts: texts })
    }

    /// Adds what an option's value says.
    fn push_option(&mut self, option: &InterpreterOption, value: &OsStr) -> Result<(), Error> {
        let number = |value: &OsStr| value.to_str().and_then(|value| value.parse().ok());
        match option.kind {
            OptionKind::Seed => {
                let seed = number(value);
                self.push("use_hash_seed", FieldValue::Number(seed.is_some().into()))?;
                self.push(option.field, FieldValue::Number(seed.unwrap_or_default()))
            }
            OptionKind::Switch | OptionKind::Number(_) => {
                self.push(option.field, FieldValue::Number(number(value).unwrap_or_default()))
            }
            OptionKind::Choice(_) | OptionKind::Path | OptionKind::Texts => {
                let value = os_text(option.name, value.to_owned())?;
                self.push(option.field, FieldValue::Text(value))
            }
        }
    }
}

/// Options with their values, but for lists.
struct Given {
    values: Vec<(&'static InterpreterOption, OsString)>,
    /// What they are for `python -X`.
    x_options: Vec<OsString>,
    /// Minor version of CPython 3.
    release: u8,
}

impl Given {
    fn new(options: &InterpreterOptions) -> Result<Self, Error> {
        let mut given = Self { values: Vec::new(), x_options: Vec::new(), release: release() };
        for (name, value) in options.given() {
            let Some(option) = find(name) else { continue };
            let value = if option.kind == OptionKind::Path { absolute(value)? } else { value };
            let written = value.to_string_lossy();
            if !option.accepts(&written) {
                return Err(wrong_value(option.name, &written, option.kind.to_string()));
            }
            let since = option.since_with(&written);
            if since > given.release {
                let release = given.release;
                return Err(Error::OptionRelease { name: option.name, since, release });
            }
            given.x_options.extend(as_x_option(option, &value));
            given.values.push((option, value));
        }
        Ok(given)
    }

    fn says(&self, name: &str) -> Option<&OsStr> {
        let value = self.values.iter().find(|(option, _)| option.name == name);
        value.map(|(_, value)| value.as_os_str())
    }

    /// Has texts for `-X` count as the options that they mean.
    fn add_x_options(&mut self, options: &InterpreterOptions) -> Result<(), Error> {
        let typed = self.values.len();
        for text in &options.x_options {
            match x_meaning(text) {
                Some(XMeaning::Wrong(option)) => {
                    let expected = option.x_form().to_string();
                    return Err(wrong_value(X_OPTIONS.name, text, expected));
                }
                Some(XMeaning::Sets(option, value)) => {
                    let found = self.values.iter().position(|(other, _)| other.name == option.name);
                    match found {
                        Some(index) if index < typed => {
                            return Err(Error::OptionConflict {
                                first: option.name.to_owned(),
                                second: format!("{} = [\"{text}\"]", X_OPTIONS.name),
                            });
                        }
                        // Of several the first counts, as for CPython.
                        Some(_) => {}
                        // An older CPython makes of it what it can.
                        None if option.since_with(value) > self.release => {}
                        None => self.values.push((option, value.into())),
                    }
                }
                None => {}
            }
            self.x_options.push(text.into());
        }
        Ok(())
    }

    /// That no two say the contrary of one another.
    fn check(&self, config: &PythonConfig) -> Result<(), Error> {
        let says = |(name, value): (&str, &str)| match name {
            "ignore_environment" => config.ignore_environment == (value == "1"),
            "no_user_site_directory" => config.no_user_site_directory == (value == "1"),
            name => self.says(name).is_some_and(|own| own == value),
        };
        let conflict = CONFLICTS.iter().find(|[first, second]| says(*first) && says(*second));
        let written = |(name, value)| Assignment { name, value }.to_string();
        match conflict {
            Some([first, second]) => {
                Err(Error::OptionConflict { first: written(*first), second: written(*second) })
            }
            None => Ok(()),
        }
    }

    /// Adds that the locale is set where something goes by it. With the environment heeded, it is set anyway.
    fn add_implied(&mut self, config: &PythonConfig) {
        let goes_by_locale = self.says("utf8_mode").is_some_and(|value| value == "0")
            || self.says("coerce_c_locale").is_some_and(|value| value != "0");
        let name = "configure_locale";
        if goes_by_locale && config.ignore_environment && self.says(name).is_none() {
            self.values.extend(find(name).map(|option| (option, OsString::from("1"))));
        }
    }

    fn fields(self, options: &InterpreterOptions) -> Result<Fields, Error> {
        let mut fields = Fields::default();
        for (option, value) in &self.values {
            fields.push_option(option, value)?;
        }
        fields.push_texts(WARN_OPTIONS.field, self.warn_options(options))?;
        fields.push_texts(X_OPTIONS.field, self.x_options)?;
        Ok(fields)
    }

    /// `sys.warnoptions` but for what the environment adds. CPython would put filters of its own in front of all or leave
    /// them out where they are there already; `python -W` has them at their places, and each filter once.
    fn warn_options(&self, options: &InterpreterOptions) -> Vec<OsString> {
        if options.warn_options.is_empty() {
            return Vec::new();
        }
        let of_mode = self.says("dev_mode").is_some_and(|value| value == "1").then_some("default");
        let of_bytes = match self.says("bytes_warning").and_then(OsStr::to_str) {
            Some("1") => Some("default::BytesWarning"),
            Some("2") => Some("error::BytesWarning"),
            _ => None,
        };
        let own = options.warn_options.iter().map(String::as_str);
        let mut filters: Vec<OsString> = Vec::new();
        for filter in of_mode.into_iter().chain(own).chain(of_bytes) {
            if !filters.iter().any(|known| known == filter) {
                filters.push(filter.into());
            }
        }
        filters
    }

    /// Those of a process that is Python: what `python` is told by its environment alone, unless that says it itself.
    fn fields_of_python(self) -> Result<Fields, Error> {
        let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let mut fields = Fields::default();
        for (option, value) in &self.values {
            if option.variable.is_some_and(|variable| !is_set(variable)) {
                fields.push_option(option, value)?;
            }
        }
        Ok(fields)
    }
}

fn wrong_value(name: &'static str, value: &str, expected: String) -> Error {
    Error::OptionValue { name, value: value.to_owned(), expected }
}

/// How `python -X` would have said it.
fn as_x_option(option: &InterpreterOption, value: &OsStr) -> Option<OsString> {
    match option.x {
        XOption::None => None,
        XOption::Words(words) => {
            words.iter().find(|(_, own)| value == *own).map(|(word, _)| OsString::from(*word))
        }
        XOption::Valued { name, .. } => {
            let mut text = OsString::from(format!("{name}="));
            text.push(value);
            Some(text)
        }
    }
}

/// A path of an option, `$ORIGIN` replaced.
fn absolute(path: OsString) -> Result<OsString, Error> {
    let executable = sys::executable_path().map_err(|source| Error::Executable { source })?;
    let folder = executable.parent().unwrap_or(&executable);
    Ok(path.to_str().map_or(path.clone(), |text| from_origin(text, folder)))
}

/// Minor version of this CPython 3.
fn release() -> u8 {
    // SAFETY: may be called before the interpreter is started; it gives a string that nothing changes after that.
    let version = unsafe { CStr::from_ptr(pyo3::ffi::Py_GetVersion()) };
    let minor = version.to_str().ok().and_then(|version| version.split('.').nth(1)?.parse().ok());
    minor.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use pyresources::options::OPTIONS;

    use super::*;

    #[test]
    fn the_fields_are_the_options_that_there_are() {
        let names: Vec<&str> = OPTIONS.iter().map(|option| option.name).collect();
        assert_eq!(NAMES, names);
    }

    #[test]
    fn every_value_is_read_as_it_is_written() {
        let lines = "x_options=dev\nwarn_options=error\nwarn_options=ignore::DeprecationWarning\nfaulthandler=1\n\
                     tracemalloc=5\nhash_seed=random\ncheck_hash_pycs_mode=never\npycache_prefix=/a=b";
        let options = InterpreterOptions::from_setting(lines).unwrap();
        let expected = InterpreterOptions {
            x_options: vec!["dev".to_owned()],
            warn_options: vec!["error".to_owned(), "ignore::DeprecationWarning".to_owned()],
            faulthandler: Some(true),
            tracemalloc: Some(5),
            hash_seed: Some(HashSeed::Random),
            check_hash_pycs_mode: Some(CheckHashPycsMode::Never),
            pycache_prefix: Some("/a=b".into()),
            ..InterpreterOptions::default()
        };
        assert_eq!(options, expected);
        let given = expected.given();
        let written: Vec<_> =
            given.iter().map(|(name, value)| format!("{name}={}", value.display())).collect();
        assert_eq!(written, lines.lines().skip(3).collect::<Vec<_>>());
        for wrong in ["unknown=1", "dev_mode=2", "dev_mode", "tracemalloc=65536"] {
            assert!(InterpreterOptions::from_setting(wrong).is_err(), "{wrong}");
        }
    }

    /// `src/c/options.c` has each field, where the list says, from the release that the list says.
    #[test]
    fn c_knows_where_every_field_is() {
        use pyresources::options::Structure;

        let mut since = 10;
        let mut found = Vec::new();
        for line in include_str!("c/options.c").lines() {
            let line = line.trim();
            if let Some(version) = line.strip_prefix("#if PY_VERSION_HEX >= 0x03") {
                since = u8::from_str_radix(&version[..2], 16).unwrap();
            } else if line == "#endif" {
                since = 10;
            }
            for structure in ["PRECONFIG", "CONFIG"] {
                let entry = line.strip_prefix(structure).and_then(|rest| rest.strip_prefix('('));
                let entry = entry.and_then(|rest| rest.strip_suffix("),"));
                if let Some((name, kind)) = entry.and_then(|entry| entry.split_once(", ")) {
                    found.push((name, structure, kind, since));
                }
            }
        }
        let mut expected = vec![("use_hash_seed", "CONFIG", "NUMBER", 10)];
        for option in OPTIONS {
            let kind = match option.kind {
                OptionKind::Switch | OptionKind::Number(_) => "NUMBER",
                OptionKind::Seed => "LONG_NUMBER",
                OptionKind::Choice(_) | OptionKind::Path => "TEXT",
                OptionKind::Texts => "TEXTS",
            };
            let structures: &[&str] = match option.structure {
                Structure::PreConfig => &["PRECONFIG"],
                Structure::Config => &["CONFIG"],
                Structure::Both => &["PRECONFIG", "CONFIG"],
            };
            for structure in structures {
                expected.push((option.field, structure, kind, option.since));
            }
        }
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected);
    }
}
