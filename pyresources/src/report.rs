//! Names of what the build says of itself: entries of [`Kind::Report`](crate::Kind).

/// JSON: what went in and where it is from, as far as the other entries do not tell it.
pub const BUILD: &str = "build.json";
