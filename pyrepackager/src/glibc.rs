//! Versions of glibc.

use std::fmt;
use std::str::FromStr;

/// A version of glibc, as the versions of its symbols state it: `GLIBC_2.17`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Glibc(Vec<u32>);

impl Glibc {
    /// The version in the name of a symbol's version; `None` for the names of others, and for what
    /// is private to glibc.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let version = name.strip_prefix("GLIBC_")?;
        if version == "ABI_DT_RELR" {
            // Says that the loader must know relative relocations in a compact form.
            return Some(Self(vec![2, 36]));
        }
        version.split('.').map(|part| part.parse().ok()).collect::<Option<_>>().map(Self)
    }
}

impl Glibc {
    /// A release, such as 2.17.
    #[must_use]
    pub fn release(major: u32, minor: u32) -> Self {
        Self(vec![major, minor])
    }

    /// Whether it is the version of a release, and no finer one such as 2.2.5.
    #[must_use]
    pub fn is_release(&self) -> bool {
        self.0.len() == 2
    }
}

/// The text is no version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a version of glibc is numbers with dots, such as 2.17")]
pub struct NotAVersion;

impl FromStr for Glibc {
    type Err = NotAVersion;

    fn from_str(text: &str) -> Result<Self, NotAVersion> {
        let number = |part: &str| {
            // Without signs and zeros before it, so that equal versions are written alike.
            let number: u32 = part.parse().ok()?;
            (number.to_string() == part).then_some(number)
        };
        text.split('.').map(number).collect::<Option<_>>().map(Self).ok_or(NotAVersion)
    }
}

impl fmt::Display for Glibc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.0.iter().map(u32::to_string).collect();
        f.write_str(&parts.join("."))
    }
}

impl serde::Serialize for Glibc {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Glibc {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_numbers_are_versions() {
        assert_eq!("2.17".parse(), Ok(Glibc::release(2, 17)));
        assert!("2.2.5".parse::<Glibc>().is_ok_and(|version| !version.is_release()));
        for text in ["", "2.", "2.x", "2.017", "+2.17", "glibc 2.17"] {
            assert_eq!(text.parse::<Glibc>(), Err(NotAVersion), "{text}");
        }
    }

    #[test]
    fn versions_are_compared_by_number() {
        let glibc = |name: &str| Glibc::parse(name).unwrap();
        assert!(glibc("GLIBC_2.17") > glibc("GLIBC_2.2.5"));
        assert!(glibc("GLIBC_ABI_DT_RELR") > glibc("GLIBC_2.35"));
        assert_eq!(glibc("GLIBC_2.2.5").to_string(), "2.2.5");
        for other in ["GLIBC_PRIVATE", "GLIBCXX_3.4", "OPENSSL_3.0.0", "GLIBC_"] {
            assert_eq!(Glibc::parse(other), None, "{other}");
        }
    }
}
