//! What the environment says of where libraries are loaded from.

use crate::user_cache::{self, variable};

/// The environment variable that has libraries copied into memory, instead of mapped from the executable.
const COPY_VARIABLE: &str = "PYOXIDIZER_NATIVE_COPY";

/// Whether libraries are to be copied into memory where they could be mapped.
pub(super) fn copies() -> bool {
    variable(COPY_VARIABLE).is_some()
}

/// Says, where somebody wants to know, that a library is loaded from memory instead.
pub(super) fn log(library: &str, reason: &dyn std::fmt::Display) {
    user_cache::log(format_args!("{library} is loaded from memory"), reason);
}
