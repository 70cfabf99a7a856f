//! Errors as a person is shown them.

use std::fmt;

use console::style;
use pyrepackager::pipeline::Error;
use serde_json::{Value, json};

/// Why a command has failed.
#[derive(Debug)]
pub struct Failure {
    message: String,
    /// The section of the configuration that is at fault.
    excerpt: Option<String>,
    causes: Vec<String>,
    hint: Option<String>,
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::new(error.into(), None)
    }
}

impl Failure {
    /// An error with the place in the configuration that it is about.
    pub fn new(error: Error, excerpt: Option<String>) -> Self {
        Self { message: error.to_string(), excerpt, causes: error.causes(), hint: error.hint() }
    }

    /// A failure of the command itself.
    pub fn other(message: impl Into<String>) -> Self {
        std::io::Error::other(message.into()).into()
    }

    /// An error of another part, with what can be done about it.
    #[cfg(feature = "index")]
    pub fn of(error: &dyn std::error::Error, hint: Option<&str>) -> Self {
        let (message, causes) = (error.to_string(), pyrepackager::pipeline::causes(error));
        Self { message, excerpt: None, causes, hint: hint.map(str::to_owned) }
    }

    /// For a program.
    pub fn json(&self) -> Value {
        json!({
            "message": self.message,
            "place": self.excerpt,
            "causes": self.causes,
            "hint": self.hint,
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", style("error:").for_stderr().red().bold(), self.message)?;
        if let Some(excerpt) = &self.excerpt {
            write!(f, "\n{excerpt}")?;
        }
        for cause in &self.causes {
            write!(f, "\n  caused by: {cause}")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\n{} {hint}", style("hint:").for_stderr().cyan())?;
        }
        Ok(())
    }
}
