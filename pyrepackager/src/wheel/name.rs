//! What a wheel's file name says.
//!
//! `NAME-VERSION(-BUILD)?-PYTHON-ABI-PLATFORM.whl`, where each of the last three may list several,
//! with dots between them.

use std::fmt;

/// A wheel's file name, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WheelName {
    /// The distribution's name as it stands there, such as `typing_extensions`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Pythons, such as `cp313` or `py3`.
    pub pythons: Vec<String>,
    /// ABIs, such as `cp313`, `abi3` or `none`.
    pub abis: Vec<String>,
    /// Platforms, such as `manylinux_2_17_x86_64` or `any`.
    pub platforms: Vec<String>,
}

impl WheelName {
    /// Takes a file name apart; `None` when it is not a wheel's.
    pub fn parse(file_name: &str) -> Option<Self> {
        let parts: Vec<&str> = file_name.strip_suffix(".whl")?.split('-').collect();
        let (name, version, tags) = match parts.as_slice() {
            [name, version, tags @ ..] if tags.len() == 3 => (name, version, tags),
            // A build number, which begins with a digit, stands before the tags.
            [name, version, build, tags @ ..]
                if tags.len() == 3 && build.starts_with(|c: char| c.is_ascii_digit()) =>
            {
                (name, version, tags)
            }
            _ => return None,
        };
        if parts.iter().any(|part| part.is_empty()) {
            return None;
        }
        let list = |tag: &str| tag.split('.').map(str::to_owned).collect();
        Some(Self {
            name: (*name).to_owned(),
            version: (*version).to_owned(),
            pythons: list(tags[0]),
            abis: list(tags[1]),
            platforms: list(tags[2]),
        })
    }

    /// The tags as they stand in the name.
    pub fn tags(&self) -> impl fmt::Display {
        let [pythons, abis, platforms] =
            [&self.pythons, &self.abis, &self.platforms].map(|list| list.join("."));
        format!("{pythons}-{abis}-{platforms}")
    }
}

/// A distribution's name as the index compares it (PEP 503), with `-` between its words.
pub fn normalise(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for character in name.chars() {
        if !matches!(character, '-' | '_' | '.') {
            normal.extend(character.to_lowercase());
        } else if !normal.ends_with('-') {
            normal.push('-');
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        let name = WheelName::parse(
            "MarkupSafe-3.0.2-cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        )
        .unwrap();
        assert_eq!((name.name.as_str(), name.version.as_str()), ("MarkupSafe", "3.0.2"));
        assert_eq!(name.platforms, ["manylinux_2_17_x86_64", "manylinux2014_x86_64"]);
        let name = WheelName::parse("six-1.17.0-1-py2.py3-none-any.whl").unwrap();
        assert_eq!(name.pythons, ["py2", "py3"]);
        assert_eq!(name.tags().to_string(), "py2.py3-none-any");
    }

    #[test]
    fn other_files_are_no_wheels() {
        for name in ["six.whl", "six-1.0.tar.gz", "a-1-b-py3-none-any.whl", "a--py3-none-any.whl"] {
            assert_eq!(WheelName::parse(name), None, "{name}");
        }
    }

    #[test]
    fn names_are_normalised_as_by_the_index() {
        assert_eq!(normalise("Zope.Interface"), "zope-interface");
        assert_eq!(normalise("a-._B"), "a-b");
    }
}
