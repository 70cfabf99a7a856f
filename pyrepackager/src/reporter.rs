//! How long work tells a person how far it is.
//!
//! Library code takes a `&dyn Reporter`; the caller decides what becomes of it. [`Terminal`]
//! draws bars, [`Silent`] drops everything. Nothing else in this crate writes to a stream.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What a step counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// A known number of bytes.
    Bytes(u64),
    /// A known number of things.
    Items(u64),
    /// Unknown: a spinner rather than a bar.
    Unknown,
}

/// Receives notes and progress.
pub trait Reporter: Sync {
    /// One line that a person should see even when nothing fails.
    fn note(&self, line: &str);
    /// One line for a person who wants to know more.
    fn detail(&self, _line: &str) {}
    /// Begins a step; it ends when the returned value is dropped.
    fn start(&self, label: &str, length: Length) -> Box<dyn Step>;
}

/// A step under way. Dropping it ends the step.
pub trait Step: Send + Sync {
    /// Counts `amount` more bytes or items.
    fn advance(&self, amount: u64);
    /// Shows what is being done at the moment, in a few words.
    fn describe(&self, detail: &str);
}

/// Drops everything.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Reporter for Silent {
    fn note(&self, _line: &str) {}
    fn start(&self, _label: &str, _length: Length) -> Box<dyn Step> {
        Box::new(Silent)
    }
}

impl Step for Silent {
    fn advance(&self, _amount: u64) {}
    fn describe(&self, _detail: &str) {}
}

/// Draws bars on a terminal and hands notes to a function.
pub struct Terminal<N> {
    target: fn() -> ProgressDrawTarget,
    note: N,
    detail: fn(&str),
}

impl<N: Fn(&str) + Sync> Terminal<N> {
    /// Draws on standard error when that is a terminal, and nowhere otherwise.
    pub fn stderr(note: N) -> Self {
        Self { target: ProgressDrawTarget::stderr, note, detail: |_| {} }
    }

    /// Draws on the controlling terminal when the parent process shows its own progress there.
    ///
    /// Cargo captures what a build script prints, so a script that works for minutes has no other
    /// way to say so. When Cargo's standard error is not a terminal, nothing is drawn.
    pub fn of_parent_process(note: N) -> Self {
        Self { target: parent_terminal, note, detail: |_| {} }
    }

    /// The same, which hands details to a function.
    #[must_use]
    pub fn with_detail(self, detail: fn(&str)) -> Self {
        Self { detail, ..self }
    }
}

#[cfg(target_os = "linux")]
fn parent_terminal() -> ProgressDrawTarget {
    use std::io::IsTerminal;

    /// Redraws per second; Cargo's own bar is on the same screen.
    const REDRAWS: u8 = 10;

    let parent_stderr = format!("/proc/{}/fd/2", std::os::unix::process::parent_id());
    let open = |path: &str| {
        let file = fs_err::OpenOptions::new().read(true).write(true).open(path).ok()?;
        Some(file.into_parts().0)
    };
    match (open(&parent_stderr), open("/dev/tty"), open("/dev/tty")) {
        (Some(parent), Some(input), Some(output)) if parent.is_terminal() => {
            ProgressDrawTarget::term(console::Term::read_write_pair(input, output), REDRAWS)
        }
        _ => ProgressDrawTarget::hidden(),
    }
}

#[cfg(not(target_os = "linux"))]
fn parent_terminal() -> ProgressDrawTarget {
    ProgressDrawTarget::hidden()
}

impl<N: Fn(&str) + Sync> Reporter for Terminal<N> {
    fn note(&self, line: &str) {
        (self.note)(line);
    }

    fn detail(&self, line: &str) {
        (self.detail)(line);
    }

    fn start(&self, label: &str, length: Length) -> Box<dyn Step> {
        let (length, template) = match length {
            Length::Bytes(n) => {
                (Some(n), "{msg:28!} [{wide_bar}] {bytes}/{total_bytes} {bytes_per_sec}")
            }
            Length::Items(n) => (Some(n), "{msg:28!} [{wide_bar}] {pos}/{len}"),
            Length::Unknown => (None, "{spinner} {elapsed} {wide_msg}"),
        };
        let bar = ProgressBar::with_draw_target(length, (self.target)());
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_message(label.to_owned());
        bar.enable_steady_tick(Duration::from_millis(120));
        Box::new(Bar { bar, label: label.to_owned() })
    }
}

struct Bar {
    bar: ProgressBar,
    label: String,
}

impl Step for Bar {
    fn advance(&self, amount: u64) {
        self.bar.inc(amount);
    }

    fn describe(&self, detail: &str) {
        self.bar.set_message(format!("{}: {detail}", self.label));
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
