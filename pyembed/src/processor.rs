//! Whether this machine's processor runs the interpreter that is linked.

use pyresources::cpu::X86Level;

use crate::Error;

/// The number of the level that the distribution was built for; the build script tells.
const LEVEL: &str = env!("PYEMBED_X86_LEVEL");

/// Checks that the processor has what the interpreter's machine code needs. Without that, it would end
/// by `SIGILL` somewhere in the middle.
///
/// # Errors
///
/// [`Error::Processor`].
pub(crate) fn check() -> Result<(), Error> {
    let level = LEVEL.parse().ok().and_then(X86Level::of_number).unwrap_or_default();
    if level == X86Level::V1 {
        return Ok(());
    }
    checked(level, has)
}

#[cfg(target_arch = "x86_64")]
fn has(feature: &str) -> bool {
    pyresources::has_x86_feature!(feature)
}

#[cfg(not(target_arch = "x86_64"))]
fn has(_: &str) -> bool {
    true
}

fn checked(level: X86Level, has: impl Fn(&str) -> bool) -> Result<(), Error> {
    let missing: Vec<&str> = level.missing(has).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Error::Processor { level: level.to_string(), missing: missing.join(", ") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_processor_that_lacks_something_is_refused_by_name() {
        assert!(checked(X86Level::V3, |_| true).is_ok());
        let old = |feature: &str| !feature.starts_with("avx");
        let error = checked(X86Level::V3, old).unwrap_err();
        assert_eq!(
            error.to_string(),
            "this program is made for x86-64-v3 processors, and this one lacks avx, avx2"
        );
        assert!(checked(X86Level::V2, old).is_ok());
    }
}
