//! Shared objects made by the compiler of this machine, read by `readelf` for comparison.
