//! Where in a text something stands, and how a person is shown the place.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Bytes of the text, from and to.
pub(super) type Span = Range<usize>;

/// The mark that some editors put before the text; it has no width.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The text of a configuration and the name that messages call it by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source<'a> {
    /// The file; `None` for the built-in default.
    pub path: Option<&'a Path>,
    /// All of its text.
    pub text: &'a str,
}

impl Source<'_> {
    /// The place of `span`: line, column and an excerpt.
    pub fn place(&self, span: &Span) -> Place {
        let start = floor(self.text, span.start);
        let line_start = self.text[..start]
            .rfind('\n')
            .map_or(0, |newline| newline + 1);
        let rest = &self.text[line_start..];
        let line = rest.split('\n').next().unwrap_or_default();
        let line = line.strip_suffix('\r').unwrap_or(line);
        let before: String = self.text[line_start..start]
            .chars()
            .filter(|c| *c != BYTE_ORDER_MARK)
            .collect();
        // A value of several lines is underlined to the end of its first one.
        let end = self
            .text
            .floor_char_boundary(span.end)
            .min(line_start + line.len());
        let marked = self
            .text
            .get(start..end)
            .map_or(0, |text| text.chars().count());
        Place {
            path: self.path.map(Path::to_owned),
            line: self.line(span),
            column: before.chars().count() + 1,
            text: line.trim_start_matches(BYTE_ORDER_MARK).to_owned(),
            indent: before
                .chars()
                .map(|c| if c == '\t' { '\t' } else { ' ' })
                .collect(),
            width: marked.max(1),
        }
    }

    /// The line, from 1, on which `span` begins.
    pub fn line(&self, span: &Span) -> usize {
        let start = floor(self.text, span.start);
        self.text[..start].matches('\n').count() + 1
    }
}

/// The last place at or before `index` at which the text can be divided.
fn floor(text: &str, index: usize) -> usize {
    let mut index = index.min(text.len());
    while !text.is_char_boundary(index) {
        index -= 1;
    }
    index
}

/// A place in a configuration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file; `None` for the built-in default.
    pub path: Option<PathBuf>,
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
    /// The line's text.
    text: String,
    /// White space as wide as what precedes the marked characters.
    indent: String,
    /// How many characters are marked.
    width: usize,
}

impl Place {
    /// The line of text with the characters in question underlined.
    pub fn excerpt(&self) -> String {
        let gutter = " ".repeat(self.line.to_string().len());
        let Self {
            line,
            text,
            indent,
            width,
            ..
        } = self;
        let carets = "^".repeat(*width);
        format!("{gutter} |\n{line} | {text}\n{gutter} | {indent}{carets}")
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.path {
            Some(path) => write!(f, "{}:{}:{}", path.display(), self.line, self.column),
            None => write!(f, "built-in configuration:{}:{}", self.line, self.column),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str, marked: &str) -> Place {
        let start = text.find(marked).unwrap();
        Source { path: None, text }.place(&(start..start + marked.len()))
    }

    #[test]
    fn columns_count_characters() {
        let place = place("a = 1\nnäme = \"ü\" # no\n", "\"ü\"");
        assert_eq!((place.line, place.column), (2, 8));
        insta::assert_snapshot!(place.excerpt(), @r#"
          |
        2 | näme = "ü" # no
          |        ^^^
        "#);
    }

    #[test]
    fn tabs_stay_tabs_below() {
        assert!(
            place("\ta = 1\r\n", "1")
                .excerpt()
                .ends_with("1 | \ta = 1\n  | \t    ^")
        );
    }

    #[test]
    fn a_byte_order_mark_has_no_width() {
        let place = place("\u{feff}key = 1", "key");
        assert_eq!(
            (place.column, place.excerpt().contains('\u{feff}')),
            (1, false)
        );
    }

    #[test]
    fn values_of_several_lines_are_marked_on_the_first() {
        insta::assert_snapshot!(place("x = [\n  1,\n]\n", "[\n  1,\n]").excerpt(), @r"
          |
        1 | x = [
          |     ^
        ");
    }

    #[test]
    fn the_end_of_the_text_is_a_place() {
        let source = Source {
            path: None,
            text: "x = ",
        };
        assert_eq!(source.place(&(4..4)).column, 5);
        assert_eq!(source.place(&(90..95)).column, 5);
    }
}
