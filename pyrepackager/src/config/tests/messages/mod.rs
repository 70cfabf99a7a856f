//! The full text of every error that a text can give.

mod options;
mod paths;
mod syntax;
mod types;
mod values;
mod variants;
