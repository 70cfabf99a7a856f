//! Names of modules.

/// Words that an `import` statement cannot name, the same in CPython 3.10 to 3.15.
const KEYWORDS: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
    "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import",
    "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while",
    "with", "yield",
];

/// How alike names must be to be offered for one another: 1 is the same.
const ALIKE: f64 = 0.7;

/// Names offered at most.
const OFFERED: usize = 3;

/// Whether an `import` statement can name the module `name`.
pub fn is_importable(name: &str) -> bool {
    name.split('.').all(|part| is_identifier(part) && !KEYWORDS.contains(&part))
}

/// Whether `text` is an identifier. Beyond ASCII this goes by letters and digits, a shade wider
/// than Python's `XID_Start` and `XID_Continue`.
fn is_identifier(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(|first| first == '_' || first.is_alphabetic())
        && characters.all(|character| character == '_' || character.is_alphanumeric())
}

/// Whether `name` is one of `list`, or below one of them: `foo` covers `foo.bar`, not `foofoo`.
pub fn is_covered(name: &str, list: &[String]) -> bool {
    list.iter().any(|listed| {
        name.strip_prefix(listed.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}

/// Those of `candidates` that are most like `name`, the nearest first.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a String>) -> Vec<String> {
    let mut rated: Vec<(f64, &String)> = candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .collect();
    rated.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    rated.into_iter().take(OFFERED).map(|(_, candidate)| candidate.clone()).collect()
}

/// Names for a note: not more than a person wants to read.
pub fn shortened(names: &[String]) -> String {
    const SHOWN: usize = 12;

    let shown = names[..SHOWN.min(names.len())].join(", ");
    match names.len().checked_sub(SHOWN) {
        None | Some(0) => shown,
        Some(more) => format!("{shown} and {more} more"),
    }
}

/// Names for a sentence: `"a" or "b"`.
pub fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(" or ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn importable_names_are_identifiers_and_no_keywords() {
        for name in ["a", "_a.b2", "größe", "match", "type"] {
            assert!(is_importable(name), "{name}");
        }
        for name in ["", "a.", "2to3", "my-script", "a.class", "a b"] {
            assert!(!is_importable(name), "{name}");
        }
    }

    #[test]
    fn a_listed_name_covers_itself_and_what_is_below() {
        let list = ["foo".to_owned(), "a.b".to_owned()];
        assert!(is_covered("foo", &list));
        assert!(is_covered("foo.bar", &list));
        assert!(is_covered("a.b.c", &list));
        assert!(!is_covered("foofoo", &list));
        assert!(!is_covered("a", &list));
    }

    #[test]
    fn the_nearest_name_comes_first_and_strangers_are_not_offered() {
        let names = ["_socket", "_sqlite3", "zlib", "select"].map(str::to_owned);
        assert_eq!(nearest("_sqlite", &names)[0], "_sqlite3");
        assert!(nearest("qqq", &names).is_empty());
    }
}
