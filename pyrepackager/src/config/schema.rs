//! What a section and a key are: names, what may stand there, what leaving them out means.
//!
//! [`super::table`] lists them all.

use pyresources::options::{InterpreterOption, NumberRange, OptionKind};

/// A section of the file.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    /// What stands between the brackets.
    pub name: &'static str,
    /// Whether it is written `[[name]]` and may stand several times. The others may be written
    /// that way too, to stand once for each target.
    pub repeats: bool,
    /// The key whose value decides which other keys apply; its kind is [`Kind::Choice`].
    pub tag: Option<Key>,
    /// All of its keys, in the order of the documentation.
    pub keys: &'static [Key],
}

/// A key of a section.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// What stands before the equals sign.
    pub name: &'static str,
    /// What may stand after it.
    pub kind: Kind,
    /// What leaving it out means.
    pub absent: Absent,
    /// Values of the section's tag with which the key applies; empty for all of them.
    pub variants: &'static [&'static str],
}

/// What a key's value may be.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// `true` or `false`.
    Flag,
    /// `0`, `1` or `2`.
    Level,
    /// A whole number.
    Number(NumberRange),
    /// The seed of hashes: a number that fits 32 bits, or `random`.
    Seed,
    /// A string.
    Text,
    /// One of these strings.
    Choice(&'static [&'static str]),
    /// An array of strings.
    List,
}

/// What a key that is left out means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// It is required where it applies.
    Error,
    /// Nothing was chosen.
    Unset,
    /// This flag.
    Flag(bool),
    /// This level.
    Level(u8),
    /// This string.
    Text(&'static str),
    /// `[]`.
    EmptyList,
}

impl Section {
    /// The section's header, with its brackets.
    pub fn header(&self) -> String {
        if self.repeats { format!("[[{}]]", self.name) } else { format!("[{}]", self.name) }
    }

    /// Names of the keys that apply with this value of the tag; of all keys for `None`.
    pub fn key_names(&self, variant: Option<&str>) -> Vec<&'static str> {
        let applies = |key: &&Key| variant.is_none_or(|variant| key.applies_to(variant));
        self.keys.iter().filter(applies).map(|key| key.name).collect()
    }
}

impl Key {
    pub(super) const fn new(name: &'static str, kind: Kind, absent: Absent) -> Self {
        Self { name, kind, absent, variants: &[] }
    }

    pub(super) const fn flag(name: &'static str, default: bool) -> Self {
        Self::new(name, Kind::Flag, Absent::Flag(default))
    }

    /// The key that sets an option of the interpreter. Left out, the interpreter decides.
    pub(super) const fn option(option: &InterpreterOption) -> Self {
        let (kind, absent) = match option.kind {
            OptionKind::Switch => (Kind::Flag, Absent::Unset),
            OptionKind::Number(range) => (Kind::Number(range), Absent::Unset),
            OptionKind::Seed => (Kind::Seed, Absent::Unset),
            OptionKind::Choice(words) => (Kind::Choice(words), Absent::Unset),
            OptionKind::Path => (Kind::Text, Absent::Unset),
            OptionKind::Texts => (Kind::List, Absent::EmptyList),
        };
        Self::new(option.name, kind, absent)
    }

    pub(super) const fn only_for(mut self, variants: &'static [&'static str]) -> Self {
        self.variants = variants;
        self
    }

    /// A line with the key, to show its form.
    pub fn example(&self) -> String {
        let value = match self.kind {
            Kind::Flag => "true".to_owned(),
            Kind::Level | Kind::Seed => "0".to_owned(),
            Kind::Number(range) => range.least.max(1).to_string(),
            Kind::Choice(choices) => format!("\"{}\"", choices.first().unwrap_or(&"…")),
            Kind::Text => "\"…\"".to_owned(),
            Kind::List => "[\"…\"]".to_owned(),
        };
        format!("{} = {value}", self.name)
    }

    /// Whether the key has a meaning with this value of the section's tag.
    pub fn applies_to(&self, variant: &str) -> bool {
        self.variants.is_empty() || self.variants.contains(&variant)
    }
}

impl Kind {
    /// The kind in words, for messages and documentation.
    pub fn words(self) -> &'static str {
        match self {
            Self::Flag => "boolean",
            Self::Level | Self::Number(_) => "integer",
            Self::Seed => "integer or string",
            Self::Text | Self::Choice(_) => "string",
            Self::List => "array of strings",
        }
    }
}

impl Absent {
    /// The default as it would be written in the file; `None` when there is none.
    pub fn as_toml(self) -> Option<String> {
        match self {
            Self::Error | Self::Unset => None,
            Self::Flag(flag) => Some(flag.to_string()),
            Self::Level(level) => Some(level.to_string()),
            Self::Text(text) => Some(format!("\"{text}\"")),
            Self::EmptyList => Some("[]".to_owned()),
        }
    }
}
