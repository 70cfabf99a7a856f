//! From what components say of their licences to SPDX expressions.
//!
//! Whatever does not clearly mean one licence of SPDX's list stays a text: a guess would be passed
//! on as a fact.

use spdx::{Expression, ParseMode};

use super::model::License;
use tables::{CLASSIFIERS, SOME_BSD, SPELLINGS};

mod tables;

/// What is accepted as an expression: SPDX's grammar with the identifiers that newer versions of
/// its list call deprecated, and `/` for `OR`, as old crates have it. The crate's own imprecise
/// names are not: it compares beginnings, and takes "BSD" for a licence with two clauses.
const MODE: ParseMode = ParseMode {
    allow_slash_as_or_operator: true,
    allow_imprecise_license_names: false,
    allow_postfix_plus_on_gpl: true,
    allow_deprecated: true,
    allow_unknown: false,
};

/// Reads an SPDX expression as it is.
///
/// # Errors
///
/// It is none; the error says where it goes wrong.
pub fn parse(text: &str) -> Result<Expression, spdx::ParseError> {
    Expression::parse_mode(text, MODE)
}

/// An SPDX expression in the form that the specification gives it: upper-case operators, `-only`
/// and `-or-later` with the licences of GNU.
pub(crate) fn expression(text: &str) -> Option<Expression> {
    let expression = parse(text).ok()?;
    // Every name in it is one of the list, so that nothing is guessed here either.
    let canonical = Expression::canonicalize(text).ok().flatten();
    Some(canonical.and_then(|text| parse(&text).ok()).unwrap_or(expression))
}

/// The expression that requires all of several to be obeyed; `None` when one of them is no
/// expression.
pub(super) fn all_of<T: AsRef<str>>(texts: &[T]) -> Option<Expression> {
    let mut parts = Vec::new();
    for text in texts {
        let part = expression(text.as_ref())?;
        let alternatives = part.iter().any(|node| {
            matches!(node, spdx::expression::ExprNode::Op(spdx::expression::Operator::Or))
        });
        parts.push(match part.as_ref() {
            text if alternatives && texts.len() > 1 => format!("({text})"),
            text => text.to_owned(),
        });
    }
    let mut unique = Vec::new();
    for part in parts {
        if !unique.contains(&part) {
            unique.push(part);
        }
    }
    parse(&unique.join(" AND ")).ok()
}

/// The licence that a person's words mean, such as `Apache License, Version 2.0`.
///
/// `text` is the component's licence text, which decides where the words name a family of licences.
pub(super) fn from_words(words: &str, text: &str) -> License {
    let words = words.trim();
    if let Some(expression) = expression(words) {
        return expression.into();
    }
    let wanted = folded(words);
    let listed = spdx::identifiers::LICENSES.iter().find(|license| {
        [license.name, license.full_name].into_iter().any(|name| folded(name) == wanted)
    });
    let found = listed.map(|license| license.name);
    let spelt = SPELLINGS.iter().find(|(spelling, _)| folded(spelling) == wanted);
    let found = found.or(spelt.map(|(_, id)| *id));
    found.and_then(|id| resolve(id, text)).map_or_else(
        || if words.is_empty() { License::Unknown } else { License::Text(words.to_owned()) },
        License::from,
    )
}

/// The licence that trove classifiers mean.
///
/// Several mean that all of them apply, as nothing says that one may choose.
pub(super) fn from_classifiers<'a>(
    classifiers: impl Iterator<Item = &'a str>,
    text: &str,
) -> License {
    // `License :: OSI Approved` only heads a group.
    let named: Vec<&str> = classifiers
        .filter_map(|line| line.strip_prefix("License ::"))
        .map(|line| line.trim().trim_start_matches("OSI Approved").trim_start_matches(" ::").trim())
        .filter(|name| !name.is_empty())
        .collect();
    if named.is_empty() {
        return License::Unknown;
    }
    let known = named.iter().map(|name| {
        let (_, id) = CLASSIFIERS.iter().find(|(classifier, _)| classifier == name)?;
        resolve(id, text)
    });
    let known: Option<Vec<Expression>> = known.collect();
    known
        .and_then(|known| all_of(&known))
        .map_or_else(|| License::Text(named.join("; ")), License::from)
}

/// The expression of an entry in the tables.
fn resolve(id: &str, text: &str) -> Option<Expression> {
    if id == SOME_BSD { expression(which_bsd(text)?) } else { expression(id) }
}

/// Which licence of the Berkeley family a text is, by the clauses that tell them apart.
fn which_bsd(text: &str) -> Option<&'static str> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    if !text.contains("redistribution and use in source and binary forms") {
        return None;
    }
    let advertising = text.contains("all advertising materials mentioning");
    let endorsing =
        text.contains("endorse or promote products") || text.contains("neither the name of");
    match (advertising, endorsing) {
        (true, true) => Some("BSD-4-Clause"),
        (true, false) => None,
        (false, true) => Some("BSD-3-Clause"),
        (false, false) => Some("BSD-2-Clause"),
    }
}

/// Words without what people vary: case, punctuation, and what is no part of a name.
fn folded(words: &str) -> String {
    let lower = words.to_lowercase();
    let separated = |c: char| !(c.is_alphanumeric() || matches!(c, '.' | '+'));
    let kept = lower.split(separated).map(|word| word.trim_matches('.')).filter(|word| {
        !matches!(*word, "" | "the" | "license" | "licence" | "version" | "v" | "style")
    });
    // `GPLv3`, `GPL v3` and `GPL 3` are one.
    let parted = kept.flat_map(|word| match word.split_once('v') {
        Some((name, version)) if version.starts_with(|c: char| c.is_ascii_digit()) => {
            [name, version]
        }
        _ => [word, ""],
    });
    parted.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const BSD_3: &str = "Redistribution and use in source and binary\nforms, with or without ...
        Neither the name of the copyright holder nor the names of its contributors may be used to
        endorse or promote products";

    fn words(words: &str, text: &str) -> String {
        from_words(words, text).to_string()
    }

    #[test]
    fn words_that_mean_one_licence() {
        for (said, expected) in [
            ("MIT", "MIT"),
            ("mit", "MIT"),
            ("The MIT License", "MIT"),
            ("MIT License", "MIT"),
            ("Apache 2.0", "Apache-2.0"),
            ("Apache License, Version 2.0", "Apache-2.0"),
            ("Apache-2.0", "Apache-2.0"),
            ("apache-2.0", "Apache-2.0"),
            ("BSD-3-Clause", "BSD-3-Clause"),
            ("BSD 3-Clause License", "BSD-3-Clause"),
            ("3-Clause BSD License", "BSD-3-Clause"),
            ("New BSD License", "BSD-3-Clause"),
            ("GPLv3+", "GPL-3.0-or-later"),
            ("GPL-3.0", "GPL-3.0-only"),
            ("GPL-2.0+", "GPL-2.0-or-later"),
            ("LGPL v2.1+", "LGPL-2.1-or-later"),
            ("MPL 2.0", "MPL-2.0"),
            ("Mozilla Public License 2.0", "MPL-2.0"),
            ("ISC License", "ISC"),
            ("MIT/Apache-2.0", "MIT OR Apache-2.0"),
            ("MIT or Apache-2.0", "MIT OR Apache-2.0"),
            ("Public Domain", "LicenseRef-Public-Domain"),
            ("PSF", "PSF-2.0"),
        ] {
            let license = from_words(said, "");
            assert!(matches!(license, License::Expression(_)), "{said}: {license}");
            assert_eq!(license.to_string(), expected, "{said}");
        }
    }

    #[test]
    fn words_that_mean_no_certain_licence_stay() {
        for said in ["BSD", "GPL", "Dual License", "Proprietary", "see LICENSE", "MIT, mostly"] {
            assert_eq!(from_words(said, ""), License::Text(said.to_owned()));
        }
        assert_eq!(from_words(" ", ""), License::Unknown);
    }

    #[test]
    fn the_text_tells_which_bsd_it_is() {
        assert_eq!(words("BSD", BSD_3), "BSD-3-Clause");
        let text = "Redistribution and use in source and binary forms ...";
        assert_eq!(words("BSD License", text), "BSD-2-Clause");
        let four = format!("{BSD_3} All advertising materials mentioning features");
        assert_eq!(words("BSD", &four), "BSD-4-Clause");
        assert_eq!(words("BSD", "another text"), "BSD");
    }

    #[test]
    fn classifiers_apply_together() {
        let read = |lines: &[&str], text| from_classifiers(lines.iter().copied(), text).to_string();
        let mit = "License :: OSI Approved :: MIT License";
        let bsd = "License :: OSI Approved :: BSD License";
        assert_eq!(read(&["Topic :: Any", mit], ""), "MIT");
        assert_eq!(read(&[mit, bsd, mit], BSD_3), "MIT AND BSD-3-Clause");
        assert_eq!(read(&[mit, bsd], ""), "MIT License; BSD License");
        assert_eq!(read(&["License :: OSI Approved", "License :: Public Domain"], ""), {
            "LicenseRef-Public-Domain"
        });
        assert_eq!(read(&["License :: Other/Proprietary License"], ""), {
            "Other/Proprietary License"
        });
        assert_eq!(read(&["License :: OSI Approved"], ""), "unknown");
    }

    #[test]
    fn every_entry_of_the_tables_is_an_expression() {
        for (said, id) in CLASSIFIERS.iter().chain(SPELLINGS) {
            assert!(*id == SOME_BSD || expression(id).is_some_and(|e| e.as_ref() == *id), "{said}");
        }
        for (spelling, _) in SPELLINGS {
            assert!(!folded(spelling).is_empty());
        }
    }

    #[test]
    fn alternatives_are_set_apart_when_all_of_several_apply() {
        let all = |texts: &[&str]| all_of(texts).map(|expression| expression.to_string());
        assert_eq!(all(&["MIT OR ISC", "Zlib"]).as_deref(), Some("(MIT OR ISC) AND Zlib"));
        assert_eq!(all(&["MIT OR ISC"]).as_deref(), Some("MIT OR ISC"));
        assert_eq!(all(&["MIT", "MIT"]).as_deref(), Some("MIT"));
        assert_eq!(all(&["MIT", "Mine"]), None);
        assert_eq!(all(&[]), None);
    }
}
