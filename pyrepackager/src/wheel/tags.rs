//! Whether a distribution can use a wheel, by the wheel's tags.
//!
//! The rules are those of the "Platform compatibility tags" in the PyPA specifications, for CPython.
//! A `manylinux_2_N` or `musllinux_1_N` tag asks for a C library of at least that version on the
//! machine where the executable runs. Every N passes, as there may be no other wheel; one that runs with the glibc
//! that the executable is to run with fits better than all that do not.

use std::fmt;

use super::name::WheelName;
use crate::config::resolved::PythonVersion;
use crate::distribution::Distribution;
use crate::glibc::Glibc;

/// Platforms that PEP 513, 571 and 599 name by the year, and the minor numbers of their glibc.
const YEARS: [(&str, u32); 3] = [("manylinux1", 5), ("manylinux2010", 12), ("manylinux2014", 17)];

/// The minor number of a glibc that is not there yet: tags are listed up to it.
const NEWEST_MINOR: u32 = 60;

/// What a distribution can use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Supported {
    version: PythonVersion,
    target: String,
    /// The glibc that wheels are to run with; any, if `None`.
    glibc: Option<Glibc>,
}

/// How well a wheel fits, the best last: one that runs with the glibc that is wanted, then in the order of PEP 425 one bound to a platform before a
/// pure one, one for the own ABI before one for the stable ABI, one for a newer Python before one for an
/// older, one for a newer C library before one for an older.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    runs: bool,
    bound: u8,
    abi: u8,
    python: u16,
    newest: u32,
}

impl Rank {
    /// Whether the wheel runs with the glibc that is wanted.
    pub fn runs(self) -> bool {
        self.runs
    }
}

impl Supported {
    /// What `distribution` can use.
    pub fn by(distribution: &Distribution) -> Self {
        Self::of(distribution.version, &distribution.target_triple)
    }

    /// What a release of CPython on a target can use.
    pub fn of(version: PythonVersion, target: &str) -> Self {
        Self { version, target: target.to_owned(), glibc: None }
    }

    /// The same, with a preference for what runs with this glibc.
    #[must_use]
    pub fn preferring(self, glibc: &Glibc) -> Self {
        Self { glibc: Some(glibc.clone()), ..self }
    }

    /// The tags of all platforms whose wheels run with the glibc that is wanted, the best first. Empty for targets
    /// without glibc, and where any glibc will do.
    pub fn platforms(&self) -> Vec<String> {
        let architecture = self.target.split('-').next().unwrap_or_default();
        let Some(glibc) = self.glibc.as_ref().filter(|_| self.target.ends_with("-linux-gnu"))
        else {
            return Vec::new();
        };
        // The numbers in tags are those of 2.5, which `manylinux1` stands for, and later ones.
        let minors = (5..=NEWEST_MINOR).rev().filter(|minor| Glibc::release(2, *minor) <= *glibc);
        let name = |minor: u32| {
            let year = YEARS.iter().find(|(_, of_year)| *of_year == minor).map(|(year, _)| *year);
            [Some(format!("manylinux_2_{minor}")), year.map(str::to_owned)]
        };
        let names = minors.flat_map(name).flatten();
        names.map(|name| format!("{name}_{architecture}")).collect()
    }

    /// How well a wheel fits; `None` when it does not.
    pub fn rank(&self, wheel: &WheelName) -> Option<Rank> {
        let mut ranks = Vec::new();
        for python in &wheel.pythons {
            for abi in &wheel.abis {
                for platform in &wheel.platforms {
                    let rank = self.python(python, abi).zip(self.platform(platform));
                    ranks.extend(rank.map(|((abi, python), (bound, newest))| Rank {
                        runs: self.runs(bound, newest),
                        bound,
                        abi,
                        python,
                        newest,
                    }));
                }
            }
        }
        ranks.into_iter().max()
    }

    /// How well Python and ABI fit: the kind of the ABI, and the Python that the wheel was made for.
    fn python(&self, python: &str, abi: &str) -> Option<(u8, u16)> {
        let minor = self.version.minor;
        let own = python == format!("cp{}{minor}", self.version.major);
        let version = |prefix: &str| python.strip_prefix(prefix)?.parse::<u8>().ok();
        let place = |minor: u8| 2 * u16::from(minor) + 1;
        match abi {
            // Python 3.2 brought the stable ABI.
            "abi3" => version("cp3")
                .filter(|since| (2..=minor).contains(since))
                .map(|since| (2, place(since))),
            "none" if own => Some((1, place(minor))),
            // After what is for the own Python alone, before what is for an older one.
            "none" if python == "py3" => Some((0, place(minor) - 1)),
            "none" => version("py3").filter(|since| *since <= minor).map(|since| (0, place(since))),
            abi => (own && abi == python).then_some((3, place(minor))),
        }
    }

    /// Whether a wheel of a platform that fits runs with the glibc that is wanted. What one compiles has no number, and
    /// is not judged by it.
    fn runs(&self, bound: u8, newest: u32) -> bool {
        let is_glibc = self.target.ends_with("-linux-gnu") && bound > 0 && newest < u32::MAX;
        let wanted = self.glibc.as_ref().filter(|_| is_glibc);
        wanted.is_none_or(|glibc| Glibc::release(2, newest) <= *glibc)
    }

    /// Whether the platform fits: whether it is bound to one, and the version that it asks for.
    fn platform(&self, platform: &str) -> Option<(u8, u32)> {
        if platform == "any" {
            return Some((0, 0));
        }
        let (system, newest) = self.system(platform)?;
        system.then_some((1, newest))
    }

    fn system(&self, platform: &str) -> Option<(bool, u32)> {
        let target = self.target.as_str();
        let architecture = target.split('-').next().unwrap_or_default();
        if target.contains("-windows-") {
            let name = match architecture {
                "x86_64" => "win_amd64",
                "aarch64" => "win_arm64",
                _ => "win32",
            };
            return Some((platform == name, 0));
        }
        if target.contains("-apple-") {
            let own = if architecture == "aarch64" { "arm64" } else { architecture };
            let rest = platform.strip_prefix("macosx_")?;
            let mut parts = rest.splitn(3, '_');
            let (major, minor) = (parts.next()?.parse::<u32>().ok()?, parts.next()?.parse().ok()?);
            let fits = parts.next().is_some_and(|name| name == own || name == "universal2");
            return Some((fits, major.saturating_mul(100).saturating_add(minor)));
        }
        let rest = platform.strip_suffix(architecture)?.strip_suffix('_')?;
        let musl = target.contains("musl");
        let versioned = |prefix: &str| rest.strip_prefix(prefix)?.parse::<u32>().ok();
        Some(match rest {
            "linux" => (true, u32::MAX),
            _ if musl => (true, versioned("musllinux_1_")?),
            _ => match YEARS.iter().find(|(year, _)| *year == rest) {
                Some((_, minor)) => (true, *minor),
                None => (true, versioned("manylinux_2_")?),
            },
        })
    }
}

impl fmt::Display for Supported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PythonVersion { major, minor } = self.version;
        write!(
            f,
            "CPython {major}.{minor} for {}, that is wheels of cp{major}{minor}, abi3 or py{major} for \
             this platform or any",
            self.target
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(target: &str, tags: &str) -> Option<Rank> {
        let version = PythonVersion { major: 3, minor: 13 };
        let supported = Supported::of(version, target);
        supported.rank(&WheelName::parse(&format!("a-1-{tags}.whl")).unwrap())
    }

    const LINUX: &str = "x86_64-unknown-linux-gnu";

    #[test]
    fn wheels_for_this_python_and_platform_fit() {
        for tags in [
            "py3-none-any",
            "py2.py3-none-any",
            "py310-none-any",
            "cp313-none-any",
            "cp313-cp313-linux_x86_64",
            "cp313-cp313-manylinux1_x86_64",
            "cp39-abi3-manylinux_2_28_x86_64",
            "py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64",
        ] {
            assert!(fits(LINUX, tags).is_some(), "{tags}");
        }
        assert!(fits("aarch64-apple-darwin", "cp313-cp313-macosx_11_0_arm64").is_some());
        assert!(fits("aarch64-apple-darwin", "cp313-cp313-macosx_10_13_universal2").is_some());
        assert!(fits("x86_64-pc-windows-msvc", "cp313-cp313-win_amd64").is_some());
        assert!(fits("x86_64-unknown-linux-musl", "cp313-cp313-musllinux_1_2_x86_64").is_some());
    }

    #[test]
    fn others_do_not() {
        for tags in [
            "py2-none-any",
            "py314-none-any",
            "cp312-cp312-manylinux_2_17_x86_64",
            "cp313-cp313t-manylinux_2_17_x86_64",
            "cp314-abi3-manylinux_2_17_x86_64",
            "cp313-cp313-manylinux_2_17_aarch64",
            "cp313-cp313-musllinux_1_2_x86_64",
            "cp313-cp313-macosx_11_0_arm64",
            "cp313-cp313-win_amd64",
            "pp310-pypy310_pp73-manylinux_2_17_x86_64",
        ] {
            assert_eq!(fits(LINUX, tags), None, "{tags}");
        }
        assert_eq!(fits("x86_64-apple-darwin", "cp313-cp313-macosx_11_0_arm64"), None);
        assert_eq!(fits("x86_64-unknown-linux-musl", "cp313-cp313-manylinux1_x86_64"), None);
    }

    #[test]
    fn what_runs_with_the_wanted_glibc_ranks_higher() {
        let version = PythonVersion { major: 3, minor: 13 };
        let supported = Supported::of(version, LINUX).preferring(&Glibc::release(2, 17));
        let order = [
            "cp313-cp313-manylinux_2_28_x86_64",
            "py3-none-any",
            "cp313-cp313-manylinux2010_x86_64",
            "cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64",
            "cp313-cp313-linux_x86_64",
        ];
        let rank = |tags| supported.rank(&WheelName::parse(&format!("a-1-{tags}.whl")).unwrap());
        let ranks = order.map(|tags| rank(tags).unwrap());
        assert!(ranks.windows(2).all(|pair| pair[0] < pair[1]), "{ranks:?}");

        let platforms = supported.platforms();
        assert_eq!(platforms[..2], ["manylinux_2_17_x86_64", "manylinux2014_x86_64"]);
        assert_eq!(platforms.last().unwrap(), "manylinux1_x86_64");
        assert!(platforms.contains(&"manylinux_2_12_x86_64".to_owned()));
        assert!(Supported::of(version, LINUX).platforms().is_empty());
    }

    #[test]
    fn what_is_closer_ranks_higher() {
        let order = [
            "py39-none-any",
            "py312-none-any",
            "py3-none-any",
            "py313-none-any",
            "cp313-none-any",
            "py3-none-manylinux_2_17_x86_64",
            "cp37-abi3-manylinux_2_28_x86_64",
            "cp311-abi3-manylinux_2_17_x86_64",
            "cp313-cp313-manylinux_2_17_x86_64",
            "cp313-cp313-manylinux_2_28_x86_64",
            "cp313-cp313-linux_x86_64",
        ];
        let ranks = order.map(|tags| fits(LINUX, tags).unwrap());
        assert!(ranks.windows(2).all(|pair| pair[0] < pair[1]), "{ranks:?}");
    }
}
