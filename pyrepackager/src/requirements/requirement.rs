//! Requirements as PEP 508 spells them, checked before an installer sees them.
//!
//! Installers read requirements from a file whose lines may hold options, refer to other files and
//! name environment variables. What a script's metadata or a project's groups say goes into such
//! a file, so it must be a requirement and nothing else: `NAME [EXTRAS] (VERSIONS | @ URL) ; MARKER`.
//! Markers are left to the installer, but must be free of what it would take for something else.

use std::str::FromStr as _;

use pep440_rs::{Version, VersionSpecifiers};

/// Checks that `text` is a requirement.
///
/// # Errors
///
/// What is wrong with it, to be put behind the requirement itself.
pub fn check(text: &str) -> Result<(), String> {
    check_line(text)?;
    let (requirement, marker) = split_marker(text);
    if marker.is_some_and(|marker| marker.trim().is_empty()) {
        return Err("nothing follows the `;`".to_owned());
    }
    let requirement = requirement.trim();
    let end = requirement.find(|c: char| !is_name_character(c)).unwrap_or(requirement.len());
    let (name, rest) = requirement.split_at(end);
    if !is_name(name) {
        return Err("it does not begin with the name of a project".to_owned());
    }
    let rest = check_extras(rest.trim_start())?;
    match rest.strip_prefix('@') {
        Some(url) => check_url(url.trim()),
        None => check_versions(rest),
    }
}

/// Checks that an installer takes `text` for one argument or line, and for no option.
///
/// # Errors
///
/// What is wrong with it.
pub fn check_argument(text: &str) -> Result<(), String> {
    if text.trim_start().starts_with('-') {
        return Err("it is an option, not a requirement".to_owned());
    }
    if text.chars().any(|c| c.is_control() && c != '\t') {
        return Err("it holds a control character, such as the end of a line".to_owned());
    }
    Ok(())
}

/// Whether `name` is the name of a project.
pub fn is_name(name: &str) -> bool {
    let ends_well = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    ends_well(name.chars().next())
        && ends_well(name.chars().next_back())
        && name.chars().all(is_name_character)
}

/// Whether `version` is one by PEP 440.
pub fn is_version(version: &str) -> bool {
    version.trim() == version && Version::from_str(version).is_ok()
}

/// Whether an installer takes `url` for one word without options: a URL, or the path of a file.
pub fn is_location(url: &str) -> bool {
    !url.starts_with('-')
        && !url.contains("${")
        && !url.ends_with('\\')
        && !url.chars().any(|c| c.is_control())
        && !url.split_whitespace().skip(1).any(|word| word.starts_with(['-', '#']))
}

fn is_name_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_.".contains(c)
}

/// Refuses what an installer takes for something else than a part of a requirement.
fn check_line(text: &str) -> Result<(), String> {
    check_argument(text)?;
    if text.contains("${") {
        // pip and uv would replace it by the variable of that name, and send that to the index.
        return Err("it names an environment variable by `${`".to_owned());
    }
    if text.ends_with('\\') {
        return Err("it ends with a `\\`".to_owned());
    }
    match text.split_whitespace().find(|word| word.starts_with(['-', '#'])) {
        Some(word) if word.starts_with('#') => Err("it holds a comment".to_owned()),
        Some(word) => Err(format!("it holds the option `{word}`")),
        None => Ok(()),
    }
}

/// The requirement, and the marker behind it. Within a URL, only a `;` after a blank begins one.
fn split_marker(text: &str) -> (&str, Option<&str>) {
    let is_url = text.split(';').next().is_some_and(|start| start.contains('@'));
    let found = if is_url { text.split_once(" ;") } else { text.split_once(';') };
    match found {
        Some((requirement, marker)) => (requirement, Some(marker)),
        None => (text, None),
    }
}

/// Checks the extras in brackets, if there are any, and returns what follows.
fn check_extras(text: &str) -> Result<&str, String> {
    let Some(inside) = text.strip_prefix('[') else { return Ok(text) };
    let Some((extras, rest)) = inside.split_once(']') else {
        return Err("the `[` of its extras is not closed".to_owned());
    };
    let mut names = extras.split(',').map(str::trim);
    match names.find(|name| !is_name(name)) {
        Some(name) if !extras.trim().is_empty() => Err(format!("`{name}` is no name of an extra")),
        _ => Ok(rest.trim_start()),
    }
}

fn check_url(url: &str) -> Result<(), String> {
    if url.is_empty() {
        return Err("no URL follows the `@`".to_owned());
    }
    if url.contains(char::is_whitespace) || !url.contains(':') {
        return Err(format!("`{url}` is no URL"));
    }
    Ok(())
}

fn check_versions(text: &str) -> Result<(), String> {
    let versions = match text.strip_prefix('(') {
        Some(inside) => inside.strip_suffix(')').ok_or("the `(` of its versions is not closed")?,
        None => text,
    };
    let versions = versions.trim();
    // `===` compares texts that need not be versions.
    let by_version = versions.split(',').filter(|one| !one.trim().starts_with("==="));
    let by_version: Vec<&str> = by_version.collect();
    if by_version.iter().all(|one| one.trim().is_empty()) {
        return Ok(());
    }
    match VersionSpecifiers::from_str(&by_version.join(",")) {
        Ok(_) => Ok(()),
        Err(_) => Err(format!("`{versions}` does not say which versions")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_are_taken() {
        for text in [
            "six",
            "  six  ",
            "Foo.Bar_baz-1",
            "requests[socks]",
            "requests [socks, use_chardet_on_py3] >= 2.8.1, == 2.8.*",
            "requests[]",
            "name<=1",
            "name>=3,<2",
            "name (>=1.0)",
            "name===anything-at-all",
            "argparse; python_version < \"2.7\"",
            "name>=1; os_name == 'a' or sys_platform == 'b'",
            "name @ https://example.com/name-1.tar.gz#sha256=00",
            "name@git+https://example.com/a/b.git@main#subdirectory=c",
            "name[a] @ file:///tmp/a;b.whl ; extra == 'x'",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_an_installer_would_take_for_something_else_is_refused() {
        let refused = |text: &str| check(text).unwrap_err();
        insta::assert_snapshot!(refused("-r /etc/shadow"), @"it is an option, not a requirement");
        insta::assert_snapshot!(refused("--index-url http://example.com x"), @"it is an option, not a requirement");
        insta::assert_snapshot!(refused("six\n--extra-index-url http://example.com"), @"it holds a control character, such as the end of a line");
        insta::assert_snapshot!(refused("six\r-r x"), @"it holds a control character, such as the end of a line");
        insta::assert_snapshot!(refused("six ; os_name == 'x' --hash=sha256:00"), @"it holds the option `--hash=sha256:00`");
        insta::assert_snapshot!(refused("six # comment"), @"it holds a comment");
        insta::assert_snapshot!(refused("six @ https://example.com/${SECRET}"), @"it names an environment variable by `${`");
        insta::assert_snapshot!(refused("six @ https://example.com/x\\"), @r"it ends with a `\`");
        insta::assert_snapshot!(refused("/etc/passwd"), @"it does not begin with the name of a project");
        insta::assert_snapshot!(refused("."), @"it does not begin with the name of a project");
        insta::assert_snapshot!(refused("https://example.com/a.whl"), @"`://example.com/a.whl` does not say which versions");
        insta::assert_snapshot!(refused(""), @"it does not begin with the name of a project");
    }

    #[test]
    fn mistakes_are_told() {
        let refused = |text: &str| check(text).unwrap_err();
        insta::assert_snapshot!(refused("six>="), @"`>=` does not say which versions");
        insta::assert_snapshot!(refused("six 1.0"), @"`1.0` does not say which versions");
        insta::assert_snapshot!(refused("six[a"), @"the `[` of its extras is not closed");
        insta::assert_snapshot!(refused("six[a b]"), @"`a b` is no name of an extra");
        insta::assert_snapshot!(refused("six (>=1"), @"the `(` of its versions is not closed");
        insta::assert_snapshot!(refused("six @ "), @"no URL follows the `@`");
        insta::assert_snapshot!(refused("six @ ../folder"), @"`../folder` is no URL");
        insta::assert_snapshot!(refused("six;"), @"nothing follows the `;`");
    }
}
