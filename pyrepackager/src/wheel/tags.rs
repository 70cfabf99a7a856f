//! Whether a distribution can use a wheel, by the wheel's tags.
//!
//! The rules are those of the "Platform compatibility tags" in the PyPA specifications, for CPython.
//! A `manylinux_2_N` or `musllinux_1_N` tag asks for a C library of at least that version on the
//! machine where the executable runs, which the machine that builds it cannot know: every N passes.

use std::fmt;

use super::name::WheelName;
use crate::config::resolved::PythonVersion;
use crate::distribution::Distribution;

/// What a distribution can use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Supported {
    version: PythonVersion,
    target: String,
}

/// How well a wheel fits, the best last, in the order of PEP 425: one bound to a platform before a
/// pure one, one for the own ABI before one for the stable ABI, one for a newer Python before one for an
/// older, one for a newer C library before one for an older.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    bound: u8,
    abi: u8,
    python: u16,
    newest: u32,
}

impl Supported {
    /// What `distribution` can use.
    pub fn by(distribution: &Distribution) -> Self {
        Self { version: distribution.version, target: distribution.target_triple.clone() }
    }

    /// How well a wheel fits; `None` when it does not.
    pub fn rank(&self, wheel: &WheelName) -> Option<Rank> {
        let mut ranks = Vec::new();
        for python in &wheel.pythons {
            for abi in &wheel.abis {
                for platform in &wheel.platforms {
                    let rank = self.python(python, abi).zip(self.platform(platform));
                    ranks.extend(rank.map(|((abi, python), (bound, newest))| Rank {
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
            // PEP 513, 571 and 599 name them by the year; the numbers are their C libraries'.
            "manylinux1" => (!musl, 5),
            "manylinux2010" => (!musl, 12),
            "manylinux2014" => (!musl, 17),
            _ if musl => (true, versioned("musllinux_1_")?),
            _ => (true, versioned("manylinux_2_")?),
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
        let supported = Supported { version, target: target.to_owned() };
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
