//! What a person, or a program, is told: the one place that decides about streams, colours and progress.
//!
//! The standard output is for results, the standard error for everything else. With `--json` all of it goes to the
//! standard output, an object a line, each with the key `event`.

use std::io::{IsTerminal as _, Write as _};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use console::style;
use pyrepackager::application::{Application, ResourcesFile};
use pyrepackager::reporter::{Length, Reporter, Silent, Step, Terminal};
use serde_json::{Value, json};

use crate::analyze::size;
use crate::cli::OutputArgs;
use crate::failure::Failure;

/// How much is told, and in which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Quiet,
    Plain,
    Verbose,
    Json,
}

/// How much of a log is told.
#[cfg(feature = "index")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    Problems,
    Usual,
    Everything,
}

/// Tells.
#[derive(Clone, Copy, Debug)]
pub struct Printer {
    form: Form,
}

impl Printer {
    /// As the arguments want it.
    pub fn new(args: OutputArgs) -> Self {
        let form = match args {
            OutputArgs { json: true, .. } => Form::Json,
            OutputArgs { quiet: true, .. } => Form::Quiet,
            OutputArgs { verbose: true, .. } => Form::Verbose,
            _ => Form::Plain,
        };
        Self { form }
    }

    /// Whether somebody looks on.
    pub fn shows_progress(&self) -> bool {
        matches!(self.form, Form::Plain | Form::Verbose)
    }

    /// How much of a log is told.
    #[cfg(feature = "index")]
    pub fn detail_of_log(&self) -> Detail {
        match self.form {
            Form::Quiet => Detail::Problems,
            Form::Plain | Form::Json => Detail::Usual,
            Form::Verbose => Detail::Everything,
        }
    }

    /// Whether it is all told as JSON.
    #[cfg(feature = "index")]
    pub fn is_for_programs(&self) -> bool {
        self.form == Form::Json
    }

    /// A result: for a person, and as JSON with the name of the event.
    pub fn result(&self, event: &str, text: &str, value: Value) {
        match self.form {
            Form::Quiet => {}
            Form::Json => object(event, value),
            Form::Plain | Form::Verbose => print(text),
        }
    }

    /// What was asked for and is more than a message, such as a list: told even when quiet.
    pub fn answer(&self, event: &str, text: &str, value: Value) {
        if self.form == Form::Json { object(event, value) } else { print(text) }
    }

    /// An executable that was made.
    pub fn built(&self, made: &Application, since: Instant) {
        let seconds = since.elapsed().as_secs_f64();
        let path = made.path.display();
        let text = format!("{} ({}, {seconds:.2} s)", style(path).bold(), size(made.size));
        let beside: Vec<_> = made.beside.iter().map(|path| path.display().to_string()).collect();
        let path = made.path.display().to_string();
        let value =
            json!({ "path": path, "size": made.size, "seconds": seconds, "beside": beside });
        self.result("built", &text, value);
    }

    /// Packed resources were made.
    pub fn packed(&self, made: &ResourcesFile, since: Instant) {
        let seconds = since.elapsed().as_secs_f64();
        let path = made.path.display();
        let text = format!("{} ({}, {seconds:.2} s)", style(path).bold(), size(made.size));
        let path = made.path.display().to_string();
        let licenses = made.licenses.as_ref().map(|folder| folder.display().to_string());
        let value =
            json!({ "path": path, "size": made.size, "seconds": seconds, "licenses": licenses });
        self.result("packed", &text, value);
    }

    /// What stands beside a result, for a person only.
    pub fn tell(&self, text: &str) {
        if self.shows_progress() {
            eprintln!("{text}");
        }
    }

    /// The same, for a program only.
    pub fn event(&self, event: &str, value: Value) {
        if self.form == Form::Json {
            object(event, value);
        }
    }

    /// Something that a person should know.
    pub fn say(&self, line: &str) {
        match self.form {
            Form::Quiet => {}
            Form::Json => object("note", json!({ "text": line })),
            Form::Plain | Form::Verbose => {
                eprintln!("{} {line}", style("note:").for_stderr().yellow())
            }
        }
    }

    /// Why the command fails.
    pub fn failure(&self, failure: &Failure) {
        match self.form {
            Form::Json => object("error", failure.json()),
            _ => eprintln!("{failure}"),
        }
    }
}

/// A line on the standard output. Whoever closes that early has seen enough.
fn print(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn object(event: &str, mut value: Value) {
    if let Some(object) = value.as_object_mut() {
        object.insert("event".to_owned(), event.into());
    }
    print(&value.to_string());
}

impl Reporter for Printer {
    fn note(&self, line: &str) {
        self.say(line);
    }

    fn detail(&self, line: &str) {
        if self.form == Form::Verbose {
            self.tell(line);
        }
    }

    fn start(&self, label: &str, length: Length) -> Box<dyn Step> {
        let label = label.to_owned();
        let inner = match self.form {
            Form::Plain | Form::Verbose => Terminal::stderr(|_: &str| {}).start(&label, length),
            Form::Quiet | Form::Json => Silent.start(&label, length),
        };
        let is_seen = std::io::stderr().is_terminal();
        let reminder = (self.shows_progress() && !is_seen).then(|| Reminder::new(&label));
        let since = Instant::now();
        Box::new(Told { form: self.form, inner: Some(inner), label, since, _reminder: reminder })
    }
}

/// A step that is told when it ends.
struct Told {
    form: Form,
    inner: Option<Box<dyn Step>>,
    label: String,
    since: Instant,
    _reminder: Option<Reminder>,
}

/// How often a step that takes long is told where there is no terminal.
const INTERVAL: Duration = Duration::from_secs(10);

/// Tells a step again and again, until it is dropped.
struct Reminder {
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Reminder {
    fn new(label: &str) -> Self {
        let (end, wait) = channel();
        let label = label.to_owned();
        let since = Instant::now();
        let thread = std::thread::spawn(move || {
            while wait.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                eprintln!("{label} ({} s)", since.elapsed().as_secs());
            }
        });
        Self { end: Some(end), thread: Some(thread) }
    }
}

impl Drop for Reminder {
    fn drop(&mut self) {
        self.end = None;
        if let Some(thread) = self.thread.take() {
            // It does nothing that can fail.
            let _ = thread.join();
        }
    }
}

impl Step for Told {
    fn advance(&self, amount: u64) {
        self.inner.iter().for_each(|step| step.advance(amount));
    }

    fn describe(&self, detail: &str) {
        self.inner.iter().for_each(|step| step.describe(detail));
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        // The bar goes away first.
        self.inner = None;
        let seconds = self.since.elapsed().as_secs_f64();
        match self.form {
            Form::Verbose => {
                eprintln!("{} {} ({seconds:.2} s)", style("done:").for_stderr().green(), self.label)
            }
            Form::Json => object("step", json!({ "label": self.label, "seconds": seconds })),
            Form::Quiet | Form::Plain => {}
        }
    }
}
