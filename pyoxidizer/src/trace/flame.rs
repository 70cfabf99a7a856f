//! Imports as a flame graph: what is wide takes long, what stands on it was imported by it.

use std::io;

use inferno::flamegraph::color::{BackgroundColor, BasicPalette, Color, Palette};
use inferno::flamegraph::{self, Options, TextTruncateDirection};
use pyrepackager::profile::{Process, Trace};

/// Nearly white.
const BACKGROUND: Color = Color { r: 250, g: 250, b: 250 };

/// The graph, as an SVG image.
pub fn graph(trace: &Trace) -> io::Result<Vec<u8>> {
    let mut options = Options::default();
    options.title = format!("Imports of {}", trace.command.first().map_or("", String::as_str));
    options.subtitle = Some(format!("{}, Python {}", trace.command.join(" "), trace.python));
    options.count_name = "µs".to_owned();
    options.name_type = "Module:".to_owned();
    options.colors = Palette::Basic(BasicPalette::Aqua);
    options.bgcolors = Some(BackgroundColor::Flat(BACKGROUND));
    // A module has one colour wherever it is.
    options.hash = true;
    options.text_truncate_direction = TextTruncateDirection::Right;
    options.deterministic = true;
    let lines = lines(trace);
    let mut svg = Vec::new();
    flamegraph::from_lines(&mut options, lines.iter().map(String::as_str), &mut svg)
        .map_err(io::Error::other)?;
    Ok(svg)
}

/// Stacks of imports, from the outermost, with microseconds of the innermost one's own time.
fn lines(trace: &Trace) -> Vec<String> {
    let mut lines = Vec::new();
    for process in &trace.processes {
        let own = process.self_ns();
        for (index, nanoseconds) in own.iter().enumerate() {
            let modules = process.stack(index).into_iter().map(|import| frame(&import.module));
            let root = (trace.processes.len() > 1).then(|| root(process));
            let stack: Vec<String> = root.into_iter().chain(modules).collect();
            lines.push(format!("{} {}", stack.join(";"), nanoseconds / 1000));
        }
    }
    lines
}

/// What the imports of one of several processes stand on.
fn root(process: &Process) -> String {
    frame(&format!("process {}: {}", process.process, process.arguments.join(" ")))
}

/// A name without what parts frames and lines.
fn frame(name: &str) -> String {
    name.replace(';', ",").replace(['\n', '\r'], " ")
}
