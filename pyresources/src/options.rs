//! Options of the interpreter: the fields of CPython's `PyPreConfig` and `PyConfig` that an application can set.
//!
//! [`OPTIONS`] is the one list of them. The keys of the TOML file are made of it, and their values are checked by it.
//! `pyembed/src/options.rs` has a typed field for each, and `pyembed/src/c/options.c` knows where each lies in the
//! structures; tests compare both with the list.
//!
//! An executable has them in the setting [`setting::OPTIONS`](crate::setting::OPTIONS): a line `NAME=VALUE` for each that is
//! given, and one for each text of a list. What a value looks like there says [`OptionKind`].
//!
//! The facts come from CPython's documentation, `Doc/c-api/init_config.rst` and `Doc/using/cmdline.rst`, and from
//! `Python/initconfig.c` and `Python/preconfig.c`, which parse the options of `python -X`.

use core::fmt;

/// An option of the interpreter.
#[derive(Debug)]
pub struct InterpreterOption {
    /// Its key in the TOML file and its name in Rust: that of the field, but for `-X` and `-W`.
    pub name: &'static str,
    /// The field in CPython's structures.
    pub field: &'static str,
    /// Which structure has it.
    pub structure: Structure,
    /// What it can be.
    pub kind: OptionKind,
    /// Minor version of the first release of CPython 3 that has it.
    pub since: u8,
    /// A value that came later, and the minor version of its release.
    pub later: Option<(&'static str, u8)>,
    /// How `python -X` says it.
    pub x: XOption,
    /// The environment variable by which alone `python` is told. Processes that an application starts as Python cannot be
    /// told by an argument, so it holds for them as well.
    pub variable: Option<&'static str>,
}

/// A structure of CPython's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Structure {
    /// `PyPreConfig`: what is needed before text can be decoded.
    PreConfig,
    /// `PyConfig`.
    Config,
    /// Both.
    Both,
}

/// What an option can be. Shown as what a person has to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionKind {
    /// On or off: `1` or `0`.
    Switch,
    /// A number in decimal digits.
    Number(NumberRange),
    /// The seed of hashes: a number that fits 32 bits, or [`RANDOM`].
    Seed,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// The path of a folder, in UTF-8, on one line.
    Path,
    /// Several texts, each on one line.
    Texts,
}

/// Numbers that an option can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NumberRange {
    /// The least, but for zero.
    pub least: u32,
    /// The greatest.
    pub most: u32,
    /// Whether zero is one of them, whatever the least is.
    pub zero: bool,
}

/// How `python -X` says what an option says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum XOption {
    /// In no way.
    None,
    /// By words, each with the value that it stands for. Of several for one value the first is written. Where none has a
    /// `=`, CPython ignores what follows one.
    Words(&'static [(&'static str, &'static str)]),
    /// By a name, `=` and the value.
    Valued {
        /// The name.
        name: &'static str,
        /// The value that the name alone stands for.
        alone: Option<&'static str>,
        /// What stands in the place of a value to leave the option unset.
        unset: Option<&'static str>,
    },
}

/// What a text for `python -X` means.
#[derive(Clone, Copy, Debug)]
pub enum XMeaning<'a> {
    /// It sets an option to a value.
    Sets(&'static InterpreterOption, &'a str),
    /// It is about an option, which cannot be that.
    Wrong(&'static InterpreterOption),
}

/// The value of [`OptionKind::Seed`] for a seed of each process's own.
pub const RANDOM: &str = "random";

/// What excludes one another: names and values of options, and of switches in `[python_config]`.
///
/// `isolated` means what the switches say the contrary of; a locale that is not set cannot be coerced.
pub const CONFLICTS: &[[(&str, &str); 2]] = &[
    [("isolated", "1"), ("ignore_environment", "0")],
    [("isolated", "1"), ("no_user_site_directory", "0")],
    [("isolated", "1"), ("safe_path", "0")],
    [("coerce_c_locale", "1"), ("configure_locale", "0")],
    [("coerce_c_locale", "2"), ("configure_locale", "0")],
    [("coerce_c_locale_warn", "1"), ("configure_locale", "0")],
];

/// What follows `-X` of `python`.
pub const X_OPTIONS: InterpreterOption = config("x_options", OptionKind::Texts).field("xoptions");

/// What follows `-W` of `python`.
pub const WARN_OPTIONS: InterpreterOption =
    config("warn_options", OptionKind::Texts).field("warnoptions");

/// All options, in the order of the documentation.
pub static OPTIONS: &[InterpreterOption] = &[
    X_OPTIONS,
    WARN_OPTIONS,
    both("dev_mode", OptionKind::Switch).words(&[("dev", "1")]),
    config("faulthandler", OptionKind::Switch).words(&[("faulthandler", "1")]),
    // The greatest is MAX_NFRAME of `Python/tracemalloc.c`.
    config("tracemalloc", up_to(u16::MAX as u32)).valued("tracemalloc", Some("1"), None),
    config("import_time", up_to(2))
        .words(&[("importtime", "1"), ("importtime=1", "1"), ("importtime=2", "2")])
        .later("2", 14),
    config("perf_profiling", up_to(2))
        .words(&[("perf", "1"), ("perf_jit", "2")])
        .since(12)
        .later("2", 13),
    config("verbose", up_to(2)),
    config("quiet", OptionKind::Switch),
    config("bytes_warning", up_to(2)),
    config("warn_default_encoding", OptionKind::Switch).words(&[("warn_default_encoding", "1")]),
    config("inspect", OptionKind::Switch),
    config("interactive", OptionKind::Switch),
    config("hash_seed", OptionKind::Seed).variable("PYTHONHASHSEED"),
    // The least is _PY_LONG_MAX_STR_DIGITS_THRESHOLD.
    config("int_max_str_digits", numbers(640, i32::MAX as u32, true))
        .valued("int_max_str_digits", None, None)
        .since(12),
    config("cpu_count", numbers(1, i32::MAX as u32, false))
        .valued("cpu_count", None, Some("default"))
        .since(13),
    config("code_debug_ranges", OptionKind::Switch).words(&[("no_debug_ranges", "0")]).since(11),
    config("malloc_stats", OptionKind::Switch).variable("PYTHONMALLOCSTATS"),
    config("show_ref_count", OptionKind::Switch).words(&[("showrefcount", "1")]),
    config("parser_debug", OptionKind::Switch),
    config("isolated", OptionKind::Switch),
    config("safe_path", OptionKind::Switch).since(11),
    config("check_hash_pycs_mode", OptionKind::Choice(&["always", "default", "never"])),
    config("pycache_prefix", OptionKind::Path).valued("pycache_prefix", Some(""), Some("")),
    config("skip_source_first_line", OptionKind::Switch),
    config("install_signal_handlers", OptionKind::Switch),
    config("configure_c_stdio", OptionKind::Switch),
    preconfig("utf8_mode", OptionKind::Switch).words(&[
        ("utf8", "1"),
        ("utf8=1", "1"),
        ("utf8=0", "0"),
    ]),
    preconfig("configure_locale", OptionKind::Switch),
    preconfig("coerce_c_locale", up_to(2)),
    preconfig("coerce_c_locale_warn", OptionKind::Switch),
    config("thread_inherit_context", OptionKind::Switch)
        .words(&[("thread_inherit_context=1", "1"), ("thread_inherit_context=0", "0")])
        .since(14),
    config("context_aware_warnings", OptionKind::Switch)
        .words(&[("context_aware_warnings=1", "1"), ("context_aware_warnings=0", "0")])
        .since(14),
    config("remote_debug", OptionKind::Switch).words(&[("disable_remote_debug", "0")]).since(14),
];

/// The option of a name.
#[must_use]
pub fn find(name: &str) -> Option<&'static InterpreterOption> {
    OPTIONS.iter().find(|option| option.name == name)
}

/// What a text for `python -X` means; `None` where it says nothing that an option says.
#[must_use]
pub fn x_meaning(text: &str) -> Option<XMeaning<'_>> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (text, None),
    };
    OPTIONS.iter().find_map(|option| match option.x {
        XOption::None => None,
        XOption::Words(words) => option.meaning_of_word(words, text, name),
        XOption::Valued { name: own, alone, unset } => {
            if own != name {
                return None;
            }
            match value.or(alone) {
                Some(value) if Some(value) == unset => None,
                Some(value) if option.accepts(value) => Some(XMeaning::Sets(option, value)),
                _ => Some(XMeaning::Wrong(option)),
            }
        }
    })
}

impl InterpreterOption {
    /// Whether it can have a value, written as in the setting.
    #[must_use]
    pub fn accepts(&self, value: &str) -> bool {
        match self.kind {
            OptionKind::Switch => matches!(value, "0" | "1"),
            OptionKind::Number(range) => number(value).is_some_and(|number| range.contains(number)),
            OptionKind::Seed => value == RANDOM || number(value).is_some(),
            OptionKind::Choice(words) => words.contains(&value),
            OptionKind::Path | OptionKind::Texts => {
                !value.is_empty() && !value.contains(['\n', '\0'])
            }
        }
    }

    /// Minor version of the first release of CPython 3 in which it can have a value.
    #[must_use]
    pub fn since_with(&self, value: &str) -> u8 {
        match self.later {
            Some((later, since)) if later == value => since,
            _ => self.since,
        }
    }

    /// What `python -X` takes about it, as a person has to write it.
    #[must_use]
    pub fn x_form(&self) -> XForm<'_> {
        XForm(self)
    }

    fn meaning_of_word<'a>(
        &'static self,
        words: &'static [(&'static str, &'static str)],
        text: &str,
        name: &str,
    ) -> Option<XMeaning<'a>> {
        let value_of = |text: &str| words.iter().find(|(word, _)| *word == text);
        if let Some((_, value)) = value_of(text) {
            return Some(XMeaning::Sets(self, value));
        }
        let takes_value = |word: &str| word.split_once('=').is_some_and(|(own, _)| own == name);
        if words.iter().any(|(word, _)| takes_value(word)) {
            return Some(XMeaning::Wrong(self));
        }
        value_of(name).map(|(_, value)| XMeaning::Sets(self, value))
    }

    const fn field(mut self, field: &'static str) -> Self {
        self.field = field;
        self
    }

    const fn since(mut self, minor: u8) -> Self {
        self.since = minor;
        self
    }

    const fn later(mut self, value: &'static str, minor: u8) -> Self {
        self.later = Some((value, minor));
        self
    }

    const fn words(mut self, words: &'static [(&'static str, &'static str)]) -> Self {
        self.x = XOption::Words(words);
        self
    }

    const fn valued(
        mut self,
        name: &'static str,
        alone: Option<&'static str>,
        unset: Option<&'static str>,
    ) -> Self {
        self.x = XOption::Valued { name, alone, unset };
        self
    }

    const fn variable(mut self, variable: &'static str) -> Self {
        self.variable = Some(variable);
        self
    }
}

/// An option, or a switch of `[python_config]`, and its value. Shown as in a TOML file.
#[derive(Clone, Copy, Debug)]
pub struct Assignment<'a> {
    /// The name.
    pub name: &'a str,
    /// The value as [`OptionKind`] says.
    pub value: &'a str,
}

impl fmt::Display for Assignment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What is no option is a switch.
        let kind = find(self.name).map_or(OptionKind::Switch, |option| option.kind);
        match (kind, self.value) {
            (OptionKind::Switch, value) => write!(f, "{} = {}", self.name, value == "1"),
            (OptionKind::Number(_), value) => write!(f, "{} = {value}", self.name),
            (_, value) => write!(f, "{} = \"{value}\"", self.name),
        }
    }
}

/// What `python -X` takes about an option. Shown as what a person has to write.
#[derive(Clone, Copy, Debug)]
pub struct XForm<'a>(&'a InterpreterOption);

impl fmt::Display for XForm<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.x {
            XOption::None => Ok(()),
            XOption::Words(words) => list(f, '`', words.iter().map(|(word, _)| *word)),
            XOption::Valued { name, .. } => write!(f, "`{name}=` and {}", self.0.kind),
        }
    }
}

impl NumberRange {
    /// Whether a number is one of them.
    #[must_use]
    pub fn contains(self, number: u32) -> bool {
        (self.least..=self.most).contains(&number) || (self.zero && number == 0)
    }
}

impl fmt::Display for OptionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Switch => f.write_str("true or false"),
            Self::Number(range) => range.fmt(f),
            Self::Seed => write!(f, "a number from 0 to {} or \"{RANDOM}\"", u32::MAX),
            Self::Choice(words) => list(f, '"', words.iter().copied()),
            Self::Path | Self::Texts => f.write_str("one line of text"),
        }
    }
}

impl fmt::Display for NumberRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let zero = if self.zero && self.least > 0 { "0 or " } else { "" };
        write!(f, "{zero}a number from {} to {}", self.least, self.most)
    }
}

/// Writes words between marks, as a list of which one is to be chosen.
fn list<'a>(
    f: &mut fmt::Formatter<'_>,
    mark: char,
    mut words: impl ExactSizeIterator<Item = &'a str>,
) -> fmt::Result {
    while let Some(word) = words.next() {
        let separator = match words.len() {
            0 => "",
            1 => " or ",
            _ => ", ",
        };
        write!(f, "{mark}{word}{mark}{separator}")?;
    }
    Ok(())
}

/// A number in decimal digits alone.
fn number(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

const fn option(name: &'static str, structure: Structure, kind: OptionKind) -> InterpreterOption {
    InterpreterOption {
        name,
        field: name,
        structure,
        kind,
        // No older one is supported.
        since: 10,
        later: None,
        x: XOption::None,
        variable: None,
    }
}

const fn config(name: &'static str, kind: OptionKind) -> InterpreterOption {
    option(name, Structure::Config, kind)
}

const fn preconfig(name: &'static str, kind: OptionKind) -> InterpreterOption {
    option(name, Structure::PreConfig, kind)
}

const fn both(name: &'static str, kind: OptionKind) -> InterpreterOption {
    option(name, Structure::Both, kind)
}

const fn numbers(least: u32, most: u32, zero: bool) -> OptionKind {
    OptionKind::Number(NumberRange { least, most, zero })
}

const fn up_to(most: u32) -> OptionKind {
    numbers(0, most, true)
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;
    use alloc::format;
    use alloc::string::ToString as _;

    use super::*;

    #[test]
    fn every_name_and_field_stands_once() {
        let names: BTreeSet<_> = OPTIONS.iter().map(|option| option.name).collect();
        let fields: BTreeSet<_> = OPTIONS.iter().map(|option| option.field).collect();
        assert_eq!((names.len(), fields.len()), (OPTIONS.len(), OPTIONS.len()));
        for option in OPTIONS {
            assert!(
                option
                    .later
                    .is_none_or(|(value, since)| { option.accepts(value) && since > option.since })
            );
            assert!(core::ptr::eq(find(option.name).unwrap(), option));
        }
    }

    #[test]
    fn values_are_checked() {
        let accepts = |name: &str, value: &str| find(name).unwrap().accepts(value);
        for (name, value) in [
            ("dev_mode", "1"),
            ("tracemalloc", "0"),
            ("tracemalloc", "65535"),
            ("hash_seed", "4294967295"),
            ("hash_seed", "random"),
            ("int_max_str_digits", "0"),
            ("int_max_str_digits", "640"),
            ("cpu_count", "1"),
            ("check_hash_pycs_mode", "never"),
            ("pycache_prefix", "/x"),
        ] {
            assert!(accepts(name, value), "{name}={value}");
        }
        for (name, value) in [
            ("dev_mode", "true"),
            ("tracemalloc", "65536"),
            ("tracemalloc", "+1"),
            ("tracemalloc", ""),
            ("hash_seed", "4294967296"),
            ("hash_seed", "-1"),
            ("int_max_str_digits", "639"),
            ("cpu_count", "0"),
            ("check_hash_pycs_mode", ""),
            ("pycache_prefix", ""),
            ("warn_options", "a\nb"),
        ] {
            assert!(!accepts(name, value), "{name}={value}");
        }
    }

    #[test]
    fn texts_for_x_mean_what_they_mean_to_python() {
        let meaning = |text: &str| match x_meaning(text) {
            None => "nothing".to_string(),
            Some(XMeaning::Sets(option, value)) => format!("{}={value}", option.name),
            Some(XMeaning::Wrong(option)) => format!("wrong {}", option.name),
        };
        for (text, expected) in [
            ("dev", "dev_mode=1"),
            ("dev=0", "dev_mode=1"),
            ("utf8", "utf8_mode=1"),
            ("utf8=0", "utf8_mode=0"),
            ("utf8=2", "wrong utf8_mode"),
            ("tracemalloc", "tracemalloc=1"),
            ("tracemalloc=25", "tracemalloc=25"),
            ("tracemalloc=", "wrong tracemalloc"),
            ("importtime=2", "import_time=2"),
            ("importtime=3", "wrong import_time"),
            ("perf_jit", "perf_profiling=2"),
            ("no_debug_ranges", "code_debug_ranges=0"),
            ("int_max_str_digits", "wrong int_max_str_digits"),
            ("cpu_count=default", "nothing"),
            ("pycache_prefix=/a=b", "pycache_prefix=/a=b"),
            ("pycache_prefix", "nothing"),
            ("thread_inherit_context", "wrong thread_inherit_context"),
            ("frozen_modules=off", "nothing"),
            ("developer", "nothing"),
            ("", "nothing"),
        ] {
            assert_eq!(meaning(text), expected, "{text}");
        }
    }

    #[test]
    fn kinds_say_what_can_be_written() {
        let words = |name: &str| find(name).unwrap().kind.to_string();
        assert_eq!(words("tracemalloc"), "a number from 0 to 65535");
        assert_eq!(words("int_max_str_digits"), "0 or a number from 640 to 2147483647");
        assert_eq!(words("check_hash_pycs_mode"), r#""always", "default" or "never""#);
        let form = |name: &str| find(name).unwrap().x_form().to_string();
        assert_eq!(form("utf8_mode"), "`utf8`, `utf8=1` or `utf8=0`");
        assert_eq!(form("cpu_count"), "`cpu_count=` and a number from 1 to 2147483647");
        assert_eq!(words("hash_seed"), r#"a number from 0 to 4294967295 or "random""#);
    }
}
