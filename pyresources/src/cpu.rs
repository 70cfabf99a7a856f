//! What machine code asks of an x86-64 processor.
//!
//! Distributions are built for one of the levels of the x86-64 psABI, "Micro-Architecture Levels". The
//! build reads which; the executable looks, before it starts Python, whether its processor has what
//! that level asks for.

use core::fmt;

/// A level of the x86-64 psABI. Each includes those before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum X86Level {
    /// `x86-64`: every processor. Targets of other architectures count as this.
    #[default]
    V1,
    /// `x86-64-v2`: from about 2009.
    V2,
    /// `x86-64-v3`: AVX2, from about 2013.
    V3,
    /// `x86-64-v4`: AVX-512.
    V4,
}

impl X86Level {
    /// All of them, the lowest first.
    pub const ALL: [Self; 4] = [Self::V1, Self::V2, Self::V3, Self::V4];

    /// Its number, 1 to 4.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8 + 1
    }

    /// The level of this number.
    #[must_use]
    pub const fn of_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::V1),
            2 => Some(Self::V2),
            3 => Some(Self::V3),
            4 => Some(Self::V4),
            _ => None,
        }
    }

    /// The features of this level that a processor lacks, where `has` says what it has; see
    /// [`has_x86_feature!`](crate::has_x86_feature).
    pub fn missing(self, has: impl Fn(&str) -> bool) -> impl Iterator<Item = &'static str> {
        let asked = FEATURES.iter().filter(move |(level, _)| *level <= self);
        asked.flat_map(|(_, names)| names.iter().copied()).filter(move |name| !has(name))
    }
}

impl fmt::Display for X86Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V1 => f.write_str("x86-64"),
            level => write!(f, "x86-64-v{}", level.number()),
        }
    }
}

/// Names of features, as compilers spell them, by the lowest level that asks for them, from the table
/// of the psABI. `lahf` of level 2 and `osxsave` of level 3 are left out: every processor and system with
/// the others has them, and Rust does not tell of them.
const FEATURES: [(X86Level, &[&str]); 3] = [
    (X86Level::V2, &["cmpxchg16b", "popcnt", "sse3", "sse4.1", "sse4.2", "ssse3"]),
    (X86Level::V3, &["avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "lzcnt", "movbe"]),
    (X86Level::V4, &["avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"]),
];

/// Whether the processor has a feature that [`X86Level::missing`] asks for: an expression of type `bool` for
/// one of type `&str`. It needs `std`, which this crate does without.
#[macro_export]
macro_rules! has_x86_feature {
    ($name:expr) => {
        $crate::has_x86_feature!($name; "cmpxchg16b", "popcnt", "sse3", "sse4.1", "sse4.2", "ssse3",
            "avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "lzcnt", "movbe",
            "avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl")
    };
    ($name:expr; $($known:tt),*) => {
        match $name {
            $($known => ::std::arch::is_x86_feature_detected!($known),)*
            _ => false,
        }
    };
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::string::ToString as _;

    use super::*;

    #[test]
    fn a_level_asks_for_those_before_it() {
        let none = |level: X86Level| level.missing(|_| false).count();
        assert_eq!(X86Level::ALL.map(none), [0, 6, 14, 19]);
        let second = |name: &str| FEATURES[0].1.contains(&name);
        assert_eq!(X86Level::V2.missing(second).count(), 0);
        assert_eq!(X86Level::V3.missing(second).next(), Some("avx"));
    }

    #[test]
    fn numbers_and_names_are_those_of_the_specification() {
        assert_eq!(X86Level::ALL.map(X86Level::number), [1, 2, 3, 4]);
        assert_eq!(
            X86Level::ALL.map(|level| X86Level::of_number(level.number())),
            X86Level::ALL.map(Some)
        );
        assert_eq!(X86Level::of_number(0), None);
        assert_eq!(
            X86Level::ALL.map(|level| level.to_string()),
            ["x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4"]
        );
    }
}
