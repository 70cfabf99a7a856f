//! Formats of object files, and whether a linker can take them.

use super::error::DistributionError;
use super::model::{LlvmVersion, ObjectFormat};
use crate::link::BitcodeSupport;

/// Whether a linker with this support can link the objects of `archive`, a path or URL, which are
/// of this format.
///
/// Bitcode is read by the LLVM that wrote it and by later ones; releases of one major version
/// share the encoding. Objects that are not bitcode need no LLVM.
///
/// # Errors
/// When the objects are bitcode, and the linker reads none or none of that major version.
pub(super) fn check_bitcode(
    format: &ObjectFormat,
    support: BitcodeSupport,
    archive: &str,
) -> Result<(), DistributionError> {
    let archive = || archive.to_owned();
    match (format, support) {
        (ObjectFormat::LlvmBitcode(bitcode), BitcodeSupport::UpTo(linker))
            if bitcode.major > linker.major =>
        {
            Err(DistributionError::BitcodeTooNew { archive: archive(), bitcode: *bitcode, linker })
        }
        (ObjectFormat::LlvmBitcode(_), BitcodeSupport::No) => {
            Err(DistributionError::NoBitcodeLinker { archive: archive() })
        }
        _ => Ok(()),
    }
}

/// Whether an archive of this name or URL says that it was built with link-time optimisation,
/// which on Linux means that its objects are bitcode.
pub(super) fn name_says_bitcode(name: &str) -> bool {
    let name = name.rsplit('/').next().unwrap_or_default();
    // In a URL `+` is `%2B`.
    name.replace("%2B", "+").split(['+', '-']).any(|word| word == "lto")
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

    const RUSTC: BitcodeSupport =
        BitcodeSupport::UpTo(LlvmVersion { major: 22, minor: 1, patch: 2 });

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
            check_bitcode(&format, RUSTC, "it").unwrap();
            check_bitcode(&format, BitcodeSupport::ANY, "it").unwrap();
        }
        check_bitcode(&ObjectFormat::Elf, RUSTC, "it").unwrap();
        check_bitcode(&ObjectFormat::Elf, BitcodeSupport::No, "it").unwrap();
    }

    #[test]
    fn newer_bitcode_is_refused_with_both_versions() {
        let format = parse_format("llvm-bitcode:%23.1.0").unwrap();
        let error = check_bitcode(&format, RUSTC, "it").unwrap_err();
        assert_eq!(
            error.to_string(),
            "the objects in `it` are bitcode of LLVM 23.1.0, the linker has LLVM 22.1.2"
        );
        assert_eq!(
            error.hint().unwrap(),
            "use a Rust toolchain with LLVM 23 or later (`rustc -vV` shows the version), or a \
             distribution without link-time optimization, such as `build = \"3.13\"`"
        );
        let error = check_bitcode(
            &parse_format("llvm-bitcode:22.1.3").unwrap(),
            BitcodeSupport::UpTo("21.1.8".parse().unwrap()),
            "it",
        )
        .unwrap_err();
        assert_eq!(
            error.hint().unwrap(),
            "use Rust 1.95 or later, which has LLVM 22, or a distribution without link-time \
             optimization, such as `build = \"3.13\"`"
        );
    }

    #[test]
    fn a_linker_without_llvm_takes_no_bitcode() {
        let format = parse_format("llvm-bitcode:10.0.0").unwrap();
        let error = check_bitcode(&format, BitcodeSupport::No, "it").unwrap_err();
        assert_eq!(
            error.to_string(),
            "the objects in `it` are LLVM bitcode, and there is no linker that reads it"
        );
        assert!(error.hint().unwrap().starts_with("install Rust with rustup"));
    }

    #[test]
    fn names_tell_of_link_time_optimisation() {
        let name =
            |options: &str| format!("cpython-3.13.5-x86_64-unknown-linux-gnu-{options}-full");
        for options in ["lto", "pgo+lto", "pgo%2Blto"] {
            assert!(name_says_bitcode(&name(options)), "{options}");
        }
        assert!(name_says_bitcode(&format!("https://example.com/1/{}", name("pgo%2Blto"))));
        for options in ["noopt", "pgo"] {
            assert!(!name_says_bitcode(&name(options)), "{options}");
        }
        assert!(!name_says_bitcode("https://example.com/lto/cpython-3.13.5-noopt-full.tar.zst"));
    }
}
