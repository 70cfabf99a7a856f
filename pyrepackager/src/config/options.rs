//! Options of the interpreter in `[python_config]`: fields of CPython's `PyPreConfig` and `PyConfig`.
//!
//! [`pyresources::options`] lists them; here, their values are read, and what they say together is checked.

use pyresources::options::{
    self, Assignment, CONFLICTS, InterpreterOption, OPTIONS, XMeaning, x_meaning,
};
use toml::Spanned;

use super::check::Checker;
use super::error::ConfigError;
use super::problem::Problem;
use super::resolved::PythonVersion;
use super::schema::Key;
use super::table;
use super::typed::{Given, Typed};
use super::value::Value;

const X_OPTIONS: Key = Key::option(&options::X_OPTIONS);
const WARN_OPTIONS: Key = Key::option(&options::WARN_OPTIONS);

/// An option that the file gives.
#[derive(Clone, Debug)]
pub struct GivenOption {
    /// Which.
    pub option: &'static InterpreterOption,
    /// Its value as [`OptionKind`](options::OptionKind) says; several of a list, in the order of the file.
    pub values: Vec<String>,
    /// Line of the key in the TOML file, from 1, for messages.
    pub line: usize,
}

impl PartialEq for GivenOption {
    fn eq(&self, other: &Self) -> bool {
        (self.option.name, &self.values, self.line)
            == (other.option.name, &other.values, other.line)
    }
}

impl Eq for GivenOption {}

impl GivenOption {
    /// Its lines in the setting of packed resources.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        self.values.iter().map(|value| format!("{}={value}", self.option.name))
    }

    /// That a release of CPython has it.
    ///
    /// # Errors
    ///
    /// When it does not.
    pub fn check_release(&self, release: PythonVersion) -> Result<(), OptionError> {
        let since = |minor| PythonVersion { major: 3, minor };
        let option = self.option;
        for value in &self.values {
            let needs = since(option.since_with(value));
            if release < needs {
                let what = match option.later {
                    Some((later, _)) if later == value && since(option.since) <= release => {
                        format!("{} = {value}", option.name)
                    }
                    _ => option.name.to_owned(),
                };
                return Err(OptionError { what, needs, release, line: self.line });
            }
        }
        Ok(())
    }
}

/// The distribution's CPython does not have an option.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "[python_config] at line {line}: `{what}` needs CPython {needs} or later; the distribution is CPython {release}"
)]
pub struct OptionError {
    /// The option, with its value where that is what the release lacks.
    pub what: String,
    /// The first release that has it.
    pub needs: PythonVersion,
    /// That of the distribution.
    pub release: PythonVersion,
    /// Line of the key in the TOML file, from 1.
    pub line: usize,
}

impl OptionError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        format!("remove it, or write `version = \"{}\"` below [python_distribution]", self.needs)
    }
}

/// The options that a section gives.
pub(super) fn given(check: &Checker<'_>, section: &Typed) -> Result<Vec<GivenOption>, ConfigError> {
    let mut options = Vec::new();
    for option in OPTIONS {
        let Some(given) = section.given(&Key::option(option)) else { continue };
        let values = values(check, option, given)?;
        if !values.is_empty() {
            options.push(GivenOption { option, values, line: check.source.line(&given.key) });
        }
    }
    check_together(check, section, &options)?;
    check_x_options(check, section)?;
    check_warn_options(check, section)?;
    Ok(options)
}

/// The values of one option, as they are packed.
fn values(
    check: &Checker<'_>,
    option: &'static InterpreterOption,
    given: &Given,
) -> Result<Vec<String>, ConfigError> {
    let key = Key::option(option);
    let line = |text: Spanned<&str>| {
        let value = check.not_empty(&key, &text)?;
        if value.contains('\n') {
            return Err(check.error(&text.span(), Problem::LineBreak { key: key.name }));
        }
        Ok(value)
    };
    Ok(match given.value.get_ref() {
        Value::Flag(flag) => vec![u8::from(*flag).to_string()],
        Value::Number(number) => vec![number.to_string()],
        Value::Choice(word) => vec![(*word).to_owned()],
        Value::Text(text) => vec![line(Spanned::new(given.value.span(), text))?],
        Value::List(items) => items
            .iter()
            .map(|item| line(Spanned::new(item.span(), item.get_ref())))
            .collect::<Result<_, _>>()?,
        // No option is one.
        Value::Level(_) => Vec::new(),
    })
}

/// That no two keys say the contrary of one another.
fn check_together(
    check: &Checker<'_>,
    section: &Typed,
    options: &[GivenOption],
) -> Result<(), ConfigError> {
    let written = |(name, value)| Assignment { name, value }.to_string();
    let says = |name: &str, value: &str| match switch(section, name) {
        Some(on) => (value == "1") == on,
        None => options.iter().any(|given| given.option.name == name && given.values[0] == value),
    };
    for [first, second] in CONFLICTS {
        if !(says(first.0, first.1) && says(second.0, second.1)) {
            continue;
        }
        let at = options.iter().find(|given| given.option.name == first.0);
        let at = at.and_then(|given| section.given(&Key::option(given.option)));
        let problem = Problem::Conflict { first: written(*first), second: written(*second) };
        return Err(check.error(&at.map(|given| given.key.clone()).unwrap_or_default(), problem));
    }
    Ok(())
}

/// A switch of the section that is no option, given or by default.
fn switch(section: &Typed, name: &str) -> Option<bool> {
    let switches = [table::IGNORE_ENVIRONMENT, table::NO_USER_SITE_DIRECTORY];
    switches.iter().find(|key| key.name == name).map(|key| section.flag(key))
}

/// That CPython accepts each text, and that none says what a key of its own says.
fn check_x_options(check: &Checker<'_>, section: &Typed) -> Result<(), ConfigError> {
    let key = X_OPTIONS;
    for item in section.list(&key) {
        let problem = match x_meaning(item.get_ref()) {
            Some(XMeaning::Wrong(option)) => Problem::XOption {
                key: key.name,
                value: item.get_ref().clone(),
                valid: option.x_form().to_string(),
            },
            Some(XMeaning::Sets(option, _)) if section.given(&Key::option(option)).is_some() => {
                Problem::Together { first: option.name, second: key.name }
            }
            _ => continue,
        };
        return Err(check.error(&item.span(), problem));
    }
    Ok(())
}

/// What a warning filter can begin with, or with the beginning of: the actions of CPython's `warnings` module.
const ACTIONS: [&str; 7] = ["default", "always", "ignore", "module", "once", "error", "all"];

/// That each text is a filter as `python -W` takes it: `ACTION:MESSAGE:CATEGORY:MODULE:LINE`.
fn check_warn_options(check: &Checker<'_>, section: &Typed) -> Result<(), ConfigError> {
    let key = WARN_OPTIONS;
    for item in section.list(&key) {
        if let Some(reason) = fault_of_filter(item.get_ref()) {
            let value = item.get_ref().clone();
            let problem = Problem::WarnOption { key: key.name, value, reason };
            return Err(check.error(&item.span(), problem));
        }
    }
    Ok(())
}

/// Why CPython's `warnings._setoption` would ignore a filter.
fn fault_of_filter(filter: &str) -> Option<&'static str> {
    let fields: Vec<&str> = filter.split(':').map(str::trim).collect();
    let action = fields.first().copied().unwrap_or_default();
    if fields.len() > 5 {
        Some("it has more than five parts")
    } else if !action.is_empty() && !ACTIONS.iter().any(|known| known.starts_with(action)) {
        Some("it begins with no action of `warnings`")
    } else if fields.get(4).is_some_and(|line| !line.is_empty() && line.parse::<u32>().is_err()) {
        Some("its fifth part is not the number of a line")
    } else {
        None
    }
}
