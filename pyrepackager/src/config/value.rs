//! One TOML value as the kind of value that a key takes.

use pyresources::options::{NumberRange, RANDOM};
use toml::Spanned;
use toml::de::{DeInteger, DeValue};

use super::error::ConfigError;
use super::near;
use super::problem::Problem;
use super::resolved::OptimizeLevel;
use super::schema::{Key, Kind};
use super::span::Source;

/// A value of the right type.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// Of [`Kind::Flag`].
    Flag(bool),
    /// Of [`Kind::Level`].
    Level(OptimizeLevel),
    /// Of [`Kind::Number`], and of [`Kind::Seed`] where it is one.
    Number(u32),
    /// Of [`Kind::Text`].
    Text(String),
    /// Of [`Kind::Choice`] and [`Kind::Seed`], in the schema's own spelling.
    Choice(&'static str),
    /// Of [`Kind::List`].
    List(Vec<Spanned<String>>),
}

impl Value {
    /// The choice, if it is one.
    pub fn as_choice(&self) -> Option<&'static str> {
        match self {
            Self::Choice(choice) => Some(choice),
            _ => None,
        }
    }
}

/// Checks a value's type, and of a choice, level or number that it is one of those allowed.
pub(super) fn convert(
    source: &Source<'_>,
    key: &Key,
    value: &Spanned<DeValue<'_>>,
) -> Result<Value, ConfigError> {
    let wrong = |problem| ConfigError::at(source, &value.span(), problem);
    match (key.kind, value.get_ref()) {
        (Kind::Flag, DeValue::Boolean(flag)) => Ok(Value::Flag(*flag)),
        (Kind::Level, DeValue::Integer(integer)) => {
            i64::from_str_radix(integer.as_str(), integer.radix())
                .ok()
                .and_then(level)
                .map(Value::Level)
                .ok_or_else(|| wrong(not_a_level(key, integer.to_string())))
        }
        (Kind::Number(range), DeValue::Integer(integer)) => {
            number(key, range, "", integer).map_err(wrong)
        }
        (Kind::Seed, DeValue::Integer(integer)) => {
            number(key, SEEDS, OR_RANDOM, integer).map_err(wrong)
        }
        (Kind::Seed, DeValue::String(text)) if text == RANDOM => Ok(Value::Choice(RANDOM)),
        (Kind::Seed, DeValue::String(text)) => {
            Err(wrong(out_of_range(key, format!("\"{text}\""), SEEDS, OR_RANDOM)))
        }
        (Kind::Text, DeValue::String(text)) => {
            Ok(Value::Text(without_nul(key, text).map_err(wrong)?))
        }
        (Kind::Choice(choices), DeValue::String(text)) => choices
            .iter()
            .find(|choice| *choice == text)
            .map(|choice| Value::Choice(choice))
            .ok_or_else(|| wrong(not_a_choice(key, choices, text))),
        (Kind::List, DeValue::Array(items)) => items
            .iter()
            .map(|item| convert_item(source, key, item))
            .collect::<Result<_, _>>()
            .map(Value::List),
        (_, other) => Err(wrong(wrong_type(key, other))),
    }
}

/// The level of that number.
pub(super) fn level(number: i64) -> Option<OptimizeLevel> {
    match number {
        0 => Some(OptimizeLevel::Zero),
        1 => Some(OptimizeLevel::One),
        2 => Some(OptimizeLevel::Two),
        _ => None,
    }
}

/// The seeds of hashes that can be given.
const SEEDS: NumberRange = NumberRange { least: 0, most: u32::MAX, zero: true };

/// What can stand in the place of a seed.
const OR_RANDOM: &str = " or \"random\"";

/// A number of a range. `other` is what else the key takes.
fn number(
    key: &Key,
    range: NumberRange,
    other: &str,
    integer: &DeInteger<'_>,
) -> Result<Value, Problem> {
    let number = u32::from_str_radix(integer.as_str(), integer.radix()).ok();
    let number = number.filter(|number| range.contains(*number));
    number.map(Value::Number).ok_or_else(|| out_of_range(key, integer.to_string(), range, other))
}

fn out_of_range(key: &Key, value: String, range: NumberRange, other: &str) -> Problem {
    Problem::OutOfRange { key: key.name, value, valid: format!("{range}{other}") }
}

fn convert_item(
    source: &Source<'_>,
    key: &Key,
    item: &Spanned<DeValue<'_>>,
) -> Result<Spanned<String>, ConfigError> {
    let wrong = |problem| ConfigError::at(source, &item.span(), problem);
    match item.get_ref() {
        DeValue::String(text) => {
            Ok(Spanned::new(item.span(), without_nul(key, text).map_err(wrong)?))
        }
        other => Err(wrong(Problem::WrongType {
            key: key.name,
            expected: with_article(key.kind.words()),
            found: format!("an array with {}", with_article(other.type_str())),
            rewrite: key.example(),
        })),
    }
}

fn without_nul(key: &Key, text: &str) -> Result<String, Problem> {
    if text.contains('\0') { Err(Problem::Nul { key: key.name }) } else { Ok(text.to_owned()) }
}

fn not_a_level(key: &Key, value: String) -> Problem {
    let valid = ["0", "1", "2"].map(str::to_owned).to_vec();
    Problem::NotAChoice { key: key.name, value, valid, near: None }
}

fn not_a_choice(key: &Key, choices: &'static [&'static str], value: &str) -> Problem {
    let quoted = |choice: &str| format!("\"{choice}\"");
    Problem::NotAChoice {
        key: key.name,
        value: value.to_owned(),
        valid: choices.iter().map(|choice| quoted(choice)).collect(),
        near: near::nearest(value, choices.iter().copied()).map(quoted),
    }
}

fn wrong_type(key: &Key, found: &DeValue<'_>) -> Problem {
    Problem::WrongType {
        key: key.name,
        expected: with_article(key.kind.words()),
        found: with_article(found.type_str()),
        rewrite: match rewrite(key.kind, found) {
            Some(value) => format!("{} = {value}", key.name),
            None => key.example(),
        },
    }
}

/// The value as it would be written with the right type, where that is plain.
fn rewrite(kind: Kind, found: &DeValue<'_>) -> Option<String> {
    match (kind, found) {
        (Kind::Flag, DeValue::String(text)) => {
            let text = text.to_lowercase();
            matches!(text.as_str(), "true" | "false").then_some(text)
        }
        (Kind::Flag, DeValue::Integer(integer)) => match integer.as_str() {
            "0" => Some("false".to_owned()),
            "1" => Some("true".to_owned()),
            _ => None,
        },
        (Kind::Level, DeValue::String(text)) => {
            matches!(text.as_ref(), "0" | "1" | "2").then(|| text.to_string())
        }
        (Kind::Level, DeValue::Boolean(flag)) => Some(u8::from(*flag).to_string()),
        (Kind::Number(range), DeValue::Boolean(flag)) => {
            let number = u32::from(*flag);
            range.contains(number).then(|| number.to_string())
        }
        (Kind::Number(_), DeValue::String(text)) => {
            text.parse::<u32>().ok().map(|number| number.to_string())
        }
        (Kind::Text | Kind::Choice(_), DeValue::Float(float)) => {
            Some(format!("\"{}\"", float.as_str()))
        }
        (Kind::Text | Kind::Choice(_), DeValue::Integer(integer)) => Some(format!("\"{integer}\"")),
        (Kind::List, DeValue::String(text)) => Some(format!("[{text:?}]")),
        _ => None,
    }
}

fn with_article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {noun}")
}
