//! Versions of glibc.

use std::fmt;

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
        let numbers = text.split('.').map(|part| part.parse().ok()).collect::<Option<_>>();
        numbers.map(Self).ok_or_else(|| serde::de::Error::custom("no version of glibc"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
