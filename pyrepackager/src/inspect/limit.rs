//! How much a compressed byte string may stand for.
//!
//! Executables that are looked at may be anybody's. A few bytes of Zstandard can stand for gigabytes,
//! and what is unpacked is held in memory.

/// Bytes that anything may unpack to.
const ALWAYS: u64 = 256 << 20;

/// How many times its size something larger may unpack to. Text of repeated lines reaches some fifty.
const RATIO: u64 = 200;

/// Whether `stored` bytes may unpack to `length` bytes.
pub(super) fn is_plausible(stored: u64, length: u64) -> bool {
    length <= ALWAYS || length / RATIO <= stored
}

#[cfg(test)]
mod tests {
    use super::is_plausible;

    #[test]
    fn bombs_are_told_from_what_compresses_well() {
        assert!(is_plausible(10, 256 << 20), "a file of zeros");
        assert!(is_plausible(20 << 20, 2 << 30), "a large application");
        assert!(!is_plausible(948 << 10, 3 << 30));
        assert!(!is_plausible(0, u64::MAX));
    }
}
