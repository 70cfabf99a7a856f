//! Configuration in three stages: text, typed, resolved.
//!
//! [`resolved`] holds what the rest of the crate sees: every default filled in, every path
//! absolute, no `Option` that only means "not said".

pub mod resolved;
