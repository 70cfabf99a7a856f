//! The table for terminals.
//!
//! Each line fits the terminal: names are cut, bars go where there is no room for them.

use std::fmt::Write as _;

use console::{Color, measure_text_width, style, truncate_str};
use pyrepackager::inspect::Analysis;
use pyrepackager::inspect::analysis::{LibraryFacts, Node, NodeKind};
use pyrepackager::inspect::record::{ComponentRecord, ImporterRecord};
use pyrepackager::licenses::ComponentKind;

use super::words::{self, Lacks};
use super::{percent, size};

/// Widths of a size, a share, a bar.
const SIZE: usize = 8;
const SHARE: usize = 6;
const BAR: usize = 20;
/// Columns below which there is no bar, and at least that many for names otherwise.
const NARROW: usize = 60;

/// Rows of a list, at most.
const ROWS: usize = 15;

/// Everything that a person should see at first, in lines of at most `columns`.
pub fn table(analysis: &Analysis, columns: usize) -> String {
    let mut table = Table { text: String::new(), columns: columns.max(24) };
    table.head(analysis);
    table.sizes(analysis);
    table.largest(analysis);
    table.libraries(&analysis.libraries);
    table.licenses(&analysis.components);
    table.missing(&analysis.missing);
    table.text
}

struct Table {
    text: String,
    columns: usize,
}

impl Table {
    /// A line, cut where the terminal ends.
    fn line(&mut self, text: &str) {
        self.text += truncate_str(text.trim_end(), self.columns, "…").as_ref();
        self.text.push('\n');
    }

    fn heading(&mut self, text: &str) {
        self.line("");
        self.line(&style(text).bold().to_string());
    }

    /// A text of several lines, the later ones indented.
    fn wrapped(&mut self, label: &str, text: &str) {
        let indent = 2;
        let mut line = style(label).dim().to_string();
        for word in text.split(' ') {
            let width = measure_text_width(&line);
            if width > indent && width + 1 + measure_text_width(word) > self.columns {
                self.line(&line);
                line = " ".repeat(indent);
            } else if width > 0 {
                line.push(' ');
            }
            line += word;
        }
        self.line(&line);
    }

    fn head(&mut self, analysis: &Analysis) {
        let name = style(&analysis.name).bold();
        self.line(&format!("{name}  {}", style(size(analysis.size)).cyan()));
        for (label, text) in words::facts(analysis) {
            self.wrapped(&format!("{label}:"), &text);
        }
    }

    /// Who takes how much.
    fn sizes(&mut self, analysis: &Analysis) {
        self.heading("Size");
        let largest = analysis.tree.children.first().map_or(1, |node| node.stored.max(1));
        for node in &analysis.tree.children {
            let note = words::contents(node);
            self.row(&node.name, node, analysis.size, largest, &note);
        }
    }

    /// The largest packages and modules, whoever they are of.
    fn largest(&mut self, analysis: &Analysis) {
        let of_packages = analysis
            .tree
            .children
            .iter()
            .filter(|node| !matches!(node.kind, NodeKind::MachineCode | NodeKind::Packager));
        let mut all: Vec<&Node> = of_packages.flat_map(|node| &node.children).collect();
        all.sort_by(|a, b| b.stored.cmp(&a.stored).then_with(|| a.name.cmp(&b.name)));
        let Some(largest) = all.first().map(|node| node.stored.max(1)) else { return };
        self.heading("Largest packages and modules");
        for node in all.iter().take(ROWS) {
            let note = words::contents(node);
            self.row(&node.name, node, analysis.size, largest, &note);
        }
        self.more(all.len(), "in the page of --html");
    }

    /// One line: size, share, bar, name, what it is.
    fn row(&mut self, name: &str, node: &Node, whole: u64, largest: u64, note: &str) {
        let share = format!("{:.1} %", percent(node.stored, whole));
        let mut line = format!("{:>SIZE$} ", size(node.stored));
        let _ = write!(line, "{:>SHARE$}  ", style(share).dim());
        if self.columns >= NARROW {
            let full = (node.stored as f64 / largest as f64 * BAR as f64).round() as usize;
            let bar = "█".repeat(full.min(BAR));
            let _ = write!(
                line,
                "{}{}  ",
                style(&bar).fg(color(node.kind)),
                " ".repeat(BAR - full.min(BAR))
            );
        }
        let room = self.columns.saturating_sub(measure_text_width(&line));
        line += &truncate_str(name, room, "…");
        if !note.is_empty() {
            let _ = write!(line, "  {}", style(note).dim());
        }
        self.line(&line);
    }

    fn libraries(&mut self, libraries: &[LibraryFacts]) {
        if libraries.is_empty() {
            return;
        }
        self.heading("Native libraries");
        for library in libraries.iter().take(ROWS) {
            let name = words::title(library);
            let mut line = format!("{:>SIZE$}  {name}", size(library.size));
            if let Some(needed_by) = words::listed(&words::short(&library.needed_by), 2) {
                let _ = write!(line, "  {}", style(format!("for {needed_by}")).dim());
            }
            self.line(&line);
        }
        self.more(libraries.len(), "in the page of --html");
    }

    /// Licences, with the number of components and some of their names.
    fn licenses(&mut self, components: &[ComponentRecord]) {
        if components.is_empty() {
            return;
        }
        self.heading("Licences");
        let is_shown = |component: &&ComponentRecord| component.kind != ComponentKind::Crate;
        for (license, names) in words::by_license(components.iter().filter(is_shown)) {
            let listed = words::listed(&names, 4).unwrap_or_default();
            self.line(&format!("  {license}: {}", style(listed).dim()));
        }
        let crates: Vec<_> =
            components.iter().filter(|component| component.kind == ComponentKind::Crate).collect();
        if !crates.is_empty() {
            let noun = if crates.len() == 1 { "crate" } else { "crates" };
            let text = format!("and {} Rust {noun}, in the page of --html", crates.len());
            self.line(&format!("  {}", style(text).dim()));
        }
    }

    fn missing(&mut self, missing: &[ImporterRecord]) {
        let lacking = words::lacking(missing);
        if lacking.is_empty() {
            return;
        }
        self.heading("Imports that nothing provides");
        for Lacks { module, importers, how } in lacking.iter().take(ROWS) {
            let by = words::listed(importers, 2).unwrap_or_default();
            let module = match *how {
                words::REQUIRED => style(module).yellow(),
                _ => style(module),
            };
            self.line(&format!("  {module}  {}", style(format!("{how}, by {by}")).dim()));
        }
        self.more(lacking.len(), "in the page of --html");
    }

    /// How many rows there are that were not shown.
    fn more(&mut self, all: usize, place: &str) {
        if all > ROWS {
            let text = format!("{} more, {place}", all - ROWS);
            self.line(&format!("{:>SIZE$}  {}", "", style(text).dim()));
        }
    }
}

/// The colour of a bar: that of the page, as far as a terminal has it.
fn color(kind: NodeKind) -> Color {
    match kind {
        NodeKind::MachineCode | NodeKind::Section => Color::Blue,
        NodeKind::Stdlib => Color::Green,
        NodeKind::Library => Color::Magenta,
        NodeKind::Packager => Color::White,
        _ => Color::Cyan,
    }
}

#[cfg(test)]
mod tests;
