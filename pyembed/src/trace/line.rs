//! One line of a trace: a JSON object.
//!
//! Made by hand: the executable holds no crate for JSON, and these are four kinds of values.

use std::fmt::Write as _;

/// An object that is being written.
pub(super) struct Line(String);

impl Line {
    /// An object with an event.
    pub(super) fn new(event: &str) -> Self {
        Self(String::from("{")).key("event").quoted(event)
    }

    /// Adds a text.
    pub(super) fn text(self, key: &str, value: &str) -> Self {
        self.key(key).quoted(value)
    }

    /// Adds a number.
    pub(super) fn number(self, key: &str, value: u128) -> Self {
        let mut line = self.key(key);
        let _ = write!(line.0, "{value}");
        line
    }

    /// Adds a list of texts.
    pub(super) fn list(self, key: &str, values: impl Iterator<Item = String>) -> Self {
        let mut line = self.key(key);
        line.0.push('[');
        for (index, value) in values.enumerate() {
            if index > 0 {
                line.0.push(',');
            }
            line = line.quoted(&value);
        }
        line.0.push(']');
        line
    }

    /// The whole line.
    pub(super) fn end(mut self) -> String {
        self.0.push_str("}\n");
        self.0
    }

    fn key(mut self, key: &str) -> Self {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        let mut line = self.quoted(key);
        line.0.push(':');
        line
    }

    fn quoted(mut self, text: &str) -> Self {
        self.0.push('"');
        for character in text.chars() {
            match character {
                '"' | '\\' => self.0.extend(['\\', character]),
                '\0'..='\x1f' => {
                    let _ = write!(self.0, "\\u{:04x}", u32::from(character));
                }
                _ => self.0.push(character),
            }
        }
        self.0.push('"');
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_json_object() {
        let arguments = ["a\"b", "c\\d\n\u{e9}"].map(str::to_owned).into_iter();
        let line = Line::new("process").number("at", 5).text("name", "x").list("of", arguments);
        assert_eq!(
            line.end(),
            "{\"event\":\"process\",\"at\":5,\"name\":\"x\",\"of\":[\"a\\\"b\",\"c\\\\d\\u000a\u{e9}\"]}\n"
        );
        let empty = Line::new("finish").list("of", std::iter::empty());
        assert_eq!(empty.end(), "{\"event\":\"finish\",\"of\":[]}\n");
    }
}
