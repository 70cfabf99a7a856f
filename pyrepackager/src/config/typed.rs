//! From text to typed: the file's sections, each checked against [`super::schema`].
//!
//! What comes out has no unknown section or key, no value of the wrong type, no key that its
//! section's tag leaves without meaning, and lacks none that is required. Every value still knows
//! where it stands. What a value *means* is the next stage's matter.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::ConfigError;
use super::near;
use super::problem::Problem;
use super::resolved::OptimizeLevel;
use super::schema::{Absent, Key, Section};
use super::span::{Source, Span};
use super::table::{SECTIONS, TARGET};
use super::value::{Value, convert};

/// The sections of one file, in the order of the file.
#[derive(Debug)]
pub(super) struct Document {
    sections: Vec<Typed>,
    /// Whether the standard library goes in without an entry for it.
    pub implies_stdlib: bool,
}

/// One section, checked.
#[derive(Debug)]
pub(super) struct Typed {
    /// Which section it is.
    pub schema: &'static Section,
    /// Where its header stands; `None` for a section that was left out.
    pub header: Option<Span>,
    /// The value of the section's tag, given or by default.
    pub variant: Option<&'static str>,
    tag_given: bool,
    values: BTreeMap<&'static str, Given>,
}

/// A key and its value as they stand in the file.
#[derive(Debug)]
pub(super) struct Given {
    /// Where the key stands.
    pub key: Span,
    /// The value, and where it stands.
    pub value: Spanned<Value>,
}

/// A string and where it stands.
pub(super) type Text<'a> = Spanned<&'a str>;

impl Document {
    /// Checks the text's sections and keys.
    pub fn parse(source: &Source<'_>) -> Result<Self, ConfigError> {
        Self::parse_in(source, 0..source.text.len(), &[])
    }

    /// Checks the sections and keys of a part of the text, in the table of a name there; none where it has no such
    /// table.
    pub fn parse_in(source: &Source<'_>, part: Span, name: &[&str]) -> Result<Self, ConfigError> {
        // Blanks in front, so that places in the part are those in the text.
        let text = " ".repeat(part.start) + &source.text[part];
        let root = table(source, &text)?;
        let mut found = Some(root.get_ref());
        for name in name {
            found = found.and_then(|table| table.get(*name)?.get_ref().as_table());
        }
        let sections = found.map_or(Ok(Vec::new()), |table| sections(source, table))?;
        Ok(Self { sections, implies_stdlib: false })
    }

    /// Has the sections of another document go before, key by key. Those that may stand several times are added.
    pub fn change(&mut self, other: Self) {
        for section in other.sections {
            let is_same = |own: &&mut Typed| {
                !section.schema.repeats
                    && own.schema.name == section.schema.name
                    && own.target() == section.target()
            };
            match self.sections.iter_mut().find(is_same) {
                Some(own) => own.change(section),
                None => self.sections.push(section),
            }
        }
    }

    /// Whether there is a section of a kind.
    pub fn has(&self, schema: &Section) -> bool {
        self.sections.iter().any(|section| section.schema.name == schema.name)
    }

    /// All sections that are left.
    pub fn sections(&self) -> impl Iterator<Item = &Typed> {
        self.sections.iter()
    }

    /// Takes all sections of one kind.
    pub fn take(&mut self, schema: &Section) -> Vec<Typed> {
        let (taken, left) = std::mem::take(&mut self.sections)
            .into_iter()
            .partition(|section| section.schema.name == schema.name);
        self.sections = left;
        taken
    }
}

impl Typed {
    /// A section that does not stand in the file.
    pub fn absent(schema: &'static Section) -> Self {
        let variant = schema.tag.and_then(|tag| match tag.absent {
            Absent::Text(text) => Some(text),
            _ => None,
        });
        Self { schema, header: None, variant, tag_given: false, values: BTreeMap::new() }
    }

    /// Has what another section of the kind says go before.
    fn change(&mut self, other: Self) {
        if other.tag_given {
            // What another value of the tag needs is of no meaning with this one.
            let variant = other.variant.unwrap_or_default();
            let keys = self.schema.keys;
            self.values.retain(|name, _| {
                keys.iter().any(|key| key.name == *name && key.applies_to(variant))
            });
            (self.variant, self.tag_given) = (other.variant, true);
        }
        self.values.extend(other.values);
    }

    fn check(
        source: &Source<'_>,
        schema: &'static Section,
        header: Span,
        table: &DeTable<'_>,
    ) -> Result<Self, ConfigError> {
        let entries = in_file_order(table);
        let mut typed = Self::absent(schema);
        // Which other keys there are depends on it.
        if let Some(tag) = schema.tag
            && let Some(value) = table.get(tag.name)
        {
            let choice = convert(source, &tag, value)?;
            typed.variant = choice.as_choice();
            typed.tag_given = true;
        }
        typed.header = Some(header);
        for (key, _) in &entries {
            if !schema.keys.iter().any(|known| known.name == key.get_ref()) {
                let problem = unknown_key(schema, table, key.get_ref());
                return Err(ConfigError::at(source, &key.span(), problem));
            }
        }
        for (name, value) in entries {
            let Some(key) = schema.keys.iter().find(|key| key.name == name.get_ref()) else {
                continue;
            };
            typed
                .check_variant(key)
                .map_err(|wrong| ConfigError::at(source, &name.span(), wrong))?;
            let value = Spanned::new(value.span(), convert(source, key, value)?);
            typed.values.insert(key.name, Given { key: name.span(), value });
        }
        match typed.missing() {
            Some(problem) => {
                Err(ConfigError::at(source, &typed.header.unwrap_or_default(), problem))
            }
            None => Ok(typed),
        }
    }

    /// That the key has a meaning with the section's tag.
    fn check_variant(&self, key: &Key) -> Result<(), Problem> {
        let (Some(tag), Some(variant)) = (self.schema.tag, self.variant) else {
            return Ok(());
        };
        if key.applies_to(variant) {
            return Ok(());
        }
        let belongs = key.variants.iter().map(|variant| tagged(&tag, variant)).collect();
        let mut current = tagged(&tag, variant);
        if !self.tag_given {
            current += ", the default";
        }
        Err(Problem::OtherVariant { key: key.name, current, belongs })
    }

    /// The first required key that is not there.
    fn missing(&self) -> Option<Problem> {
        let variant = self.variant.unwrap_or_default();
        let key = self.schema.keys.iter().find(|key| {
            key.absent == Absent::Error
                && key.applies_to(variant)
                && !self.values.contains_key(key.name)
        })?;
        let reason =
            self.schema.tag.filter(|_| !key.variants.is_empty()).map(|tag| tagged(&tag, variant));
        Some(Problem::MissingKey {
            section: self.schema.header(),
            key: key.name,
            reason,
            example: key.example(),
        })
    }

    /// The only target that the section is for.
    pub fn target(&self) -> Option<&str> {
        self.text(&TARGET).map(Spanned::into_inner)
    }

    /// What stands in the file for this key.
    pub fn given(&self, key: &Key) -> Option<&Given> {
        self.values.get(key.name)
    }

    /// The value of a [`Kind::Flag`](super::schema::Kind::Flag).
    pub fn flag(&self, key: &Key) -> bool {
        match (self.given(key).map(|given| given.value.get_ref()), key.absent) {
            (Some(Value::Flag(flag)), _) => *flag,
            (None, Absent::Flag(flag)) => flag,
            _ => false,
        }
    }

    /// The value of a [`Kind::Level`](super::schema::Kind::Level).
    pub fn level(&self, key: &Key) -> OptimizeLevel {
        match (self.given(key).map(|given| given.value.get_ref()), key.absent) {
            (Some(Value::Level(level)), _) => *level,
            (None, Absent::Level(level)) => super::value::level(level.into()).unwrap_or_default(),
            _ => OptimizeLevel::default(),
        }
    }

    /// The value of a [`Kind::Text`](super::schema::Kind::Text) that stands in the file.
    pub fn text(&self, key: &Key) -> Option<Text<'_>> {
        let given = self.given(key)?;
        match given.value.get_ref() {
            Value::Text(text) => Some(Spanned::new(given.value.span(), text)),
            _ => None,
        }
    }

    /// The value of a [`Kind::Choice`](super::schema::Kind::Choice).
    pub fn choice(&self, key: &Key) -> Option<&'static str> {
        match (self.given(key), key.absent) {
            (Some(given), _) => given.value.get_ref().as_choice(),
            (None, Absent::Text(choice)) => Some(choice),
            (None, _) => None,
        }
    }

    /// The strings of a [`Kind::List`](super::schema::Kind::List).
    pub fn list(&self, key: &Key) -> &[Spanned<String>] {
        match self.given(key).map(|given| given.value.get_ref()) {
            Some(Value::List(items)) => items,
            _ => &[],
        }
    }
}

/// The text as a table.
fn table<'t>(source: &Source<'_>, text: &'t str) -> Result<Spanned<DeTable<'t>>, ConfigError> {
    DeTable::parse(text).map_err(|error| {
        let message = error.message().to_owned();
        ConfigError::at(source, &error.span().unwrap_or(0..0), Problem::Syntax { message })
    })
}

/// The sections in a table.
fn sections(source: &Source<'_>, table: &DeTable<'_>) -> Result<Vec<Typed>, ConfigError> {
    let mut sections = Vec::new();
    for (name, value) in in_file_order(table) {
        let wrong = |problem| ConfigError::at(source, &name.span(), problem);
        let Some(schema) = SECTIONS.iter().find(|section| section.name == name.get_ref()) else {
            return Err(wrong(unknown_section(name.get_ref(), value.get_ref())));
        };
        for (span, table) in tables(schema, value).map_err(wrong)? {
            sections.push(Typed::check(source, schema, span, table)?);
        }
    }
    Ok(sections)
}

/// A table's entries sorted by place, so that the first mistake in the file is the one reported.
fn in_file_order<'t, 'i>(
    table: &'t DeTable<'i>,
) -> Vec<(&'t Spanned<std::borrow::Cow<'i, str>>, &'t Spanned<DeValue<'i>>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

/// The tables that make up a section: one, or those of an array. A section that does not repeat may
/// be an array too, with a table for each target.
fn tables<'t, 'i>(
    schema: &'static Section,
    value: &'t Spanned<DeValue<'i>>,
) -> Result<Vec<(Span, &'t DeTable<'i>)>, Problem> {
    let wrong = || Problem::NotASection { name: schema.name, header: schema.header() };
    match value.get_ref() {
        DeValue::Table(table) if !schema.repeats => Ok(vec![(value.span(), table)]),
        DeValue::Array(items) => items
            .iter()
            .map(|item| Ok((item.span(), item.get_ref().as_table().ok_or_else(wrong)?)))
            .collect(),
        _ => Err(wrong()),
    }
}

fn unknown_section(name: &str, value: &DeValue<'_>) -> Problem {
    let is_section = match value {
        DeValue::Table(_) => true,
        DeValue::Array(items) => items.iter().any(|item| item.get_ref().is_table()),
        _ => false,
    };
    if !is_section {
        return Problem::NoSection { key: name.to_owned(), home: home(name) };
    }
    let near = near::nearest(name, SECTIONS.iter().map(|section| section.name));
    let near = SECTIONS.iter().find(|section| Some(section.name) == near);
    Problem::UnknownSection {
        name: name.to_owned(),
        valid: SECTIONS.iter().map(Section::header).collect(),
        near: near.map(Section::header),
    }
}

fn unknown_key(schema: &Section, table: &DeTable<'_>, key: &str) -> Problem {
    let variant = schema.tag.and_then(|tag| table.get(tag.name)?.get_ref().as_str());
    let valid = schema.key_names(variant);
    Problem::UnknownKey {
        section: schema.header(),
        key: key.to_owned(),
        near: near::nearest(key, valid.iter().copied()),
        home: home(key),
        valid,
    }
}

/// The header of the only section that has such a key.
fn home(key: &str) -> Option<String> {
    let has = |section: &&Section| section.keys.iter().any(|known| known.name == key);
    let mut homes = SECTIONS.iter().filter(has);
    homes.next().filter(|_| homes.next().is_none()).map(Section::header)
}

fn tagged(tag: &Key, variant: &str) -> String {
    format!("{} = \"{variant}\"", tag.name)
}
