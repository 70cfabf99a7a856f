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
    /// Where in the text begins what stands on the command line instead.
    pub command_line: Option<usize>,
}

impl Source<'_> {
    /// The place of `span`: line, column and an excerpt.
    pub fn place(&self, span: &Span) -> Place {
        let start = floor(self.text, span.start);
        let line_start = self.text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = self.text[start..].find('\n').map_or(self.text.len(), |end| start + end);
        // A value of several lines is marked to the end of its first one.
        let end = floor(self.text, span.end).clamp(start, line_end);
        let before = self.text[line_start..start].trim_start_matches(BYTE_ORDER_MARK);
        let (shown_before, shown_after) = window(before, &self.text[start..line_end]);
        let marked = self.text[start..end].trim_end_matches('\r').chars().count();
        Place {
            origin: match (self.path, self.command_line) {
                (_, Some(begin)) if start >= begin => Origin::CommandLine,
                (Some(path), _) => Origin::File(path.to_owned()),
                (None, _) => Origin::BuiltIn,
            },
            line: self.line(span),
            column: before.chars().count() + 1,
            indent: shown_before.chars().map(|c| if c == '\t' { '\t' } else { ' ' }).collect(),
            width: marked.clamp(1, shown_after.chars().count().max(1)),
            text: shown_before + &shown_after,
        }
    }

    /// The line, from 1, on which `span` begins.
    pub fn line(&self, span: &Span) -> usize {
        let start = floor(self.text, span.start);
        let begin = self.command_line.filter(|begin| *begin <= start).unwrap_or(0);
        self.text[begin..start].matches('\n').count() + 1
    }
}

/// What is shown of a line, before and from its marked characters on: not more than fits a
/// screen, and nothing that a terminal would obey.
fn window(before: &str, after: &str) -> (String, String) {
    /// Characters before the mark, and from it on.
    const SHOWN: (usize, usize) = (60, 80);

    let visible = |c: char| {
        if c.is_control() && c != '\t' { '\u{fffd}' } else { c }
    };
    let hidden = before.chars().count().saturating_sub(SHOWN.0);
    let mut shown_before = String::from(if hidden > 0 { "…" } else { "" });
    shown_before.extend(before.chars().skip(hidden).map(visible));
    let after = after.trim_end_matches('\r');
    let mut shown_after: String = after.chars().take(SHOWN.1).map(visible).collect();
    if after.chars().nth(SHOWN.1).is_some() {
        shown_after.push('…');
    }
    (shown_before, shown_after)
}

/// The last place at or before `index` at which the text can be divided.
fn floor(text: &str, index: usize) -> usize {
    let mut index = index.min(text.len());
    while !text.is_char_boundary(index) {
        index -= 1;
    }
    index
}

/// Where a text comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A file.
    File(PathBuf),
    /// The values of `--config`, one in a line.
    CommandLine,
    /// The configuration that stands in for a file.
    BuiltIn,
}

/// A place in a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Where the text comes from.
    pub origin: Origin,
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
    /// The line's text, or the part of it around the place.
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
        let Self { line, text, indent, width, .. } = self;
        let carets = "^".repeat(*width);
        format!("{gutter} |\n{line} | {text}\n{gutter} | {indent}{carets}")
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Origin::File(path) => write!(f, "{}:{}:{}", path.display(), self.line, self.column),
            Origin::CommandLine => write!(f, "--config:{}", self.column),
            Origin::BuiltIn => write!(f, "built-in configuration:{}:{}", self.line, self.column),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str, marked: &str) -> Place {
        let start = text.find(marked).unwrap();
        Source { path: None, text, command_line: None }.place(&(start..start + marked.len()))
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
        assert!(place("\ta = 1\r\n", "1").excerpt().ends_with("1 | \ta = 1\n  | \t    ^"));
    }

    #[test]
    fn a_byte_order_mark_has_no_width() {
        let place = place("\u{feff}key = 1", "key");
        assert_eq!((place.column, place.excerpt().contains('\u{feff}')), (1, false));
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
    fn long_lines_are_cut_around_the_place() {
        let text = format!("x = [{}'bad', {}]", "'a', ".repeat(40), "'b', ".repeat(40));
        let place = place(&text, "'bad'");
        assert_eq!(place.column, 206);
        let excerpt = place.excerpt();
        let lines: Vec<Vec<char>> = excerpt.lines().map(|line| line.chars().collect()).collect();
        assert!(lines[1].len() < 160);
        let marked = lines[2].iter().position(|c| *c == '^').unwrap();
        assert_eq!(lines[1][marked..marked + 5].iter().collect::<String>(), "'bad'");
        assert_eq!((lines[1][4], lines[1].last()), ('…', Some(&'…')));
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert!(!place("a = \"\u{1b}[31m\"", "a").excerpt().contains('\u{1b}'));
    }

    #[test]
    fn the_end_of_the_text_is_a_place() {
        let source = Source { path: None, text: "x = ", command_line: None };
        assert_eq!(source.place(&(4..4)).column, 5);
        assert_eq!(source.place(&(90..95)).column, 5);
    }
}
