//! Formats of object files, and whether a linker can take them.

use super::error::DistributionError;
use super::model::{LlvmVersion, ObjectFormat};

/// Whether a linker that carries the LLVM `linker` can link objects of this format.
///
/// Bitcode is read by the LLVM that wrote it and by later ones; releases of one major version
/// share the encoding. Objects that are not bitcode need no LLVM.
///
/// # Errors
/// When the objects are bitcode of a newer major version.
pub fn check_bitcode(format: &ObjectFormat, linker: LlvmVersion) -> Result<(), DistributionError> {
    match *format {
        ObjectFormat::LlvmBitcode(bitcode) if bitcode.major > linker.major => {
            Err(DistributionError::BitcodeTooNew { bitcode, linker })
        }
        _ => Ok(()),
    }
}

/// Reads the value of `object_file_format`.
pub(super) fn parse_format(text: &str) -> Option<ObjectFormat> {
    match text {
        "elf" => Some(ObjectFormat::Elf),
        "mach-o" => Some(ObjectFormat::MachO),
        "coff" => Some(ObjectFormat::Coff),
        _ => {
            let version = text.strip_prefix("llvm-bitcode:")?;
            // Published Linux archives say `%22.1.3`.
            let version = version.strip_prefix('%').unwrap_or(version);
            version.parse().ok().map(ObjectFormat::LlvmBitcode)
        }
    }
}

impl std::str::FromStr for LlvmVersion {
    type Err = NotAnLlvmVersion;

    /// Reads `22.1.3`, as `rustc -vV` and `PYTHON.json` show it; lacking parts count as 0.
    fn from_str(text: &str) -> Result<Self, NotAnLlvmVersion> {
        // Distributors add to the version: `22.1.3+rust1`, `22.1.3-rc2`.
        let digits = text.split(['+', '-']).next().unwrap_or_default();
        let mut parts = [0; 3];
        let mut given = digits.split('.');
        for (part, text) in parts.iter_mut().zip(&mut given) {
            *part = text.parse().map_err(|_| NotAnLlvmVersion)?;
        }
        match given.next() {
            Some(_) => Err(NotAnLlvmVersion),
            None => Ok(Self { major: parts[0], minor: parts[1], patch: parts[2] }),
        }
    }
}

impl std::fmt::Display for LlvmVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// The text is not an LLVM's version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an LLVM's version looks like 22.1.3")]
pub struct NotAnLlvmVersion;

#[cfg(test)]
mod tests {
    use super::*;

    const RUSTC: LlvmVersion = LlvmVersion { major: 22, minor: 1, patch: 2 };

    #[test]
    fn formats_are_read() {
        let bitcode = |major, minor, patch| {
            Some(ObjectFormat::LlvmBitcode(LlvmVersion { major, minor, patch }))
        };
        assert_eq!(parse_format("elf"), Some(ObjectFormat::Elf));
        assert_eq!(parse_format("mach-o"), Some(ObjectFormat::MachO));
        assert_eq!(parse_format("coff"), Some(ObjectFormat::Coff));
        assert_eq!(parse_format("llvm-bitcode:10.0.0"), bitcode(10, 0, 0));
        assert_eq!(parse_format("llvm-bitcode:%22.1.3"), bitcode(22, 1, 3));
        assert_eq!(parse_format("llvm-bitcode:14"), bitcode(14, 0, 0));
        assert_eq!(parse_format("llvm-bitcode:21.1.8+20251216"), bitcode(21, 1, 8));
        for wrong in ["", "ELF", "llvm-bitcode", "llvm-bitcode:", "llvm-bitcode:1.2.3.4"] {
            assert_eq!(parse_format(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_linker_of_the_same_major_version_takes_bitcode() {
        for bitcode in ["22.1.3", "22.0.0", "14.0.6"] {
            let format = ObjectFormat::LlvmBitcode(bitcode.parse().unwrap());
            check_bitcode(&format, RUSTC).unwrap();
        }
        check_bitcode(&ObjectFormat::Elf, RUSTC).unwrap();
    }

    #[test]
    fn newer_bitcode_is_refused_with_both_versions() {
        let format = parse_format("llvm-bitcode:%23.1.0").unwrap();
        let error = check_bitcode(&format, RUSTC).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the distribution's objects are bitcode of LLVM 23.1.0, the linker has LLVM 22.1.2"
        );
        assert_eq!(
            error.hint().unwrap(),
            "use a Rust toolchain with LLVM 23 or later (`rustc -vV` shows the version), or a \
             distribution without link-time optimisation, such as `build = \"3.13\"`"
        );
    }
}
