//! Where the server's log goes: lines for people on the standard error, or objects with the rest of what is told as JSON.

use std::fmt::Debug;
use std::io::IsTerminal as _;

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, SubscriberExt as _};

use crate::printer::{Detail, Printer};

/// The crate whose log this is. Those that it is built from say what only their authors want to know.
const TARGET: &str = "pyindex";

/// Has the log go where the printer says.
pub fn set_up(printer: Printer) {
    let level = match printer.detail_of_log() {
        Detail::Problems => Level::WARN,
        Detail::Usual => Level::INFO,
        Detail::Everything => Level::DEBUG,
    };
    let registry = tracing_subscriber::registry().with(Targets::new().with_target(TARGET, level));
    // Nothing else in this command has set one.
    let _ = if printer.is_for_programs() {
        tracing::subscriber::set_global_default(registry.with(Objects(printer)))
    } else {
        let lines =
            tracing_subscriber::fmt::layer().with_target(false).with_writer(std::io::stderr);
        let lines =
            lines.with_ansi(std::io::stderr().is_terminal() && console::colors_enabled_stderr());
        tracing::subscriber::set_global_default(registry.with(lines))
    };
}

/// Tells events as objects.
struct Objects(Printer);

impl<S: Subscriber> Layer<S> for Objects {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields(Map::new());
        event.record(&mut fields);
        fields.0.insert("level".to_owned(), event.metadata().level().as_str().into());
        self.0.event("log", Value::Object(fields.0));
    }
}

/// The fields of an event.
struct Fields(Map<String, Value>);

impl Fields {
    fn insert(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.insert(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.insert(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.insert(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.insert(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.insert(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.insert(field, format!("{value:?}"));
    }
}
