//! Errors as a person is shown them.

use std::fmt;

use console::style;
use pyrepackager::pipeline::Error;
use serde_json::{Value, json};

/// Why a command has failed.
#[derive(Debug)]
pub struct Failure {
    error: Box<Error>,
    /// The section of the configuration that is at fault.
    excerpt: Option<String>,
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self { error: Box::new(error.into()), excerpt: None }
    }
}

impl Failure {
    /// An error with the place in the configuration that it is about.
    pub fn new(error: Error, excerpt: Option<String>) -> Self {
        Self { error: Box::new(error), excerpt }
    }

    /// A failure of the command itself.
    pub fn other(message: impl Into<String>) -> Self {
        std::io::Error::other(message.into()).into()
    }

    /// For a program.
    pub fn json(&self) -> Value {
        json!({
            "message": self.error.to_string(),
            "place": self.excerpt,
            "causes": self.error.causes(),
            "hint": self.error.hint(),
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", style("error:").for_stderr().red().bold(), self.error)?;
        if let Some(excerpt) = &self.excerpt {
            write!(f, "\n{excerpt}")?;
        }
        for cause in self.error.causes() {
            write!(f, "\n  caused by: {cause}")?;
        }
        if let Some(hint) = self.error.hint() {
            write!(f, "\n{} {hint}", style("hint:").for_stderr().cyan())?;
        }
        Ok(())
    }
}
