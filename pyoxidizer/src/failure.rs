//! Errors as a person is shown them.

use std::error::Error as _;

use console::style;
use pyrepackager::pipeline::Error;

/// Why a command has failed.
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

    /// Prints it to standard error.
    pub fn show(&self) {
        let mut said = self.error.to_string();
        eprintln!("{} {said}", style("error:").for_stderr().red().bold());
        if let Some(excerpt) = &self.excerpt {
            eprintln!("{excerpt}");
        }
        let mut cause = self.error.source();
        while let Some(error) = cause {
            let text = error.to_string();
            // Some errors quote their cause.
            if !said.contains(&text) {
                eprintln!("  caused by: {text}");
                said = text;
            }
            cause = error.source();
        }
        if let Some(hint) = self.error.hint() {
            eprintln!("{} {hint}", style("hint:").for_stderr().cyan());
        }
    }
}
