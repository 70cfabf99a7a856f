//! Errors as a person is shown them.

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
        eprintln!("{} {}", style("error:").for_stderr().red().bold(), self.error);
        if let Some(excerpt) = &self.excerpt {
            eprintln!("{excerpt}");
        }
        for cause in self.error.causes() {
            eprintln!("  caused by: {cause}");
        }
        if let Some(hint) = self.error.hint() {
            eprintln!("{} {hint}", style("hint:").for_stderr().cyan());
        }
    }
}
