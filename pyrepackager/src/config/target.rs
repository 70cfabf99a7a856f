//! `[target]`: what the executable asks of the systems that it runs on.

use std::str::FromStr;

use super::check::Checker;
use super::error::ConfigError;
use super::problem::Problem;
use super::table;
use super::typed::Typed;
use crate::glibc::Glibc;

/// Minor number of the oldest glibc that can be asked for, 2.17: what Rust's standard library and published
/// distributions ask for.
const OLDEST_MINOR: u32 = 17;

/// `[target]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetConfig {
    /// The oldest glibc that the executable is to run on. Targets without glibc have none of it.
    pub glibc: Glibc,
    /// Whether an executable that asks for a newer one is an error.
    pub strict_glibc: bool,
}

impl Default for TargetConfig {
    fn default() -> Self {
        Self { glibc: Glibc::release(2, OLDEST_MINOR), strict_glibc: false }
    }
}

impl TargetConfig {
    /// The section of a TOML file that says the same.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let Self { glibc, strict_glibc } = self;
        format!("[target]\nglibc = \"{glibc}\"\nstrict_glibc = {strict_glibc}\n")
    }
}

/// A glibc that can be asked for, as a person writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GlibcFloor(pub Glibc);

/// The text is no glibc that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GlibcFault {
    /// It is no version.
    #[error("is no release of glibc, such as 2.17")]
    NotARelease,
    /// It is too old.
    #[error("is older than 2.{OLDEST_MINOR}, the oldest glibc that can be asked for")]
    TooOld,
}

impl FromStr for GlibcFloor {
    type Err = GlibcFault;

    fn from_str(text: &str) -> Result<Self, GlibcFault> {
        let glibc: Glibc = text.parse().map_err(|_| GlibcFault::NotARelease)?;
        if !glibc.is_release() {
            return Err(GlibcFault::NotARelease);
        }
        if glibc < Glibc::release(2, OLDEST_MINOR) {
            return Err(GlibcFault::TooOld);
        }
        Ok(Self(glibc))
    }
}

/// Reads the section.
pub(super) fn target(check: &Checker<'_>, section: &Typed) -> Result<TargetConfig, ConfigError> {
    let strict_glibc = section.flag(&table::STRICT_GLIBC);
    let Some(text) = section.text(&table::GLIBC) else {
        return Ok(TargetConfig { strict_glibc, ..TargetConfig::default() });
    };
    match text.get_ref().parse() {
        Ok(GlibcFloor(glibc)) => Ok(TargetConfig { glibc, strict_glibc }),
        Err(fault) => {
            let value = (*text.get_ref()).to_owned();
            let problem = Problem::Glibc { key: table::GLIBC.name, value, fault };
            Err(check.error(&text.span(), problem))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_from_the_oldest_on_can_be_asked_for() {
        assert_eq!("2.17".parse(), Ok(GlibcFloor(Glibc::release(2, 17))));
        assert_eq!("2.4".parse::<GlibcFloor>(), Err(GlibcFault::TooOld));
        for text in ["", "2", "2.17.1", "glibc", "manylinux2014"] {
            assert_eq!(text.parse::<GlibcFloor>(), Err(GlibcFault::NotARelease), "{text}");
        }
    }
}
