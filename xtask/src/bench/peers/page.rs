//! What goes into the documentation: tables in reStructuredText, and charts.

use std::fmt::Write as _;

use super::chart::{Bar, Group, draw};
use super::programs::Program;
use super::results::{Build, How, Results, Run};
use super::runs::{TOGETHER, few};
use super::taking_part;
use super::tools::Tool;
use super::units::{size, time};

/// The tool that all are compared with.
const OURS: Tool = Tool::PyOxidizer;

/// A file of the documentation.
#[derive(Clone, Debug)]
pub struct File {
    /// Its name in `docs/measured`.
    pub name: String,
    /// What it holds.
    pub text: String,
}

/// One quantity, of all rows and programs.
struct Quantity {
    /// The name of its files.
    name: &'static str,
    title: String,
    /// How one of its values is written.
    unit: fn(f64) -> String,
    rows: Vec<Row>,
    /// What the columns are of.
    programs: Vec<Program>,
}

/// What is known of one way to make programs.
struct Row {
    title: String,
    ours: bool,
    /// One for each program; `None` where it was not measured.
    values: Vec<Option<f64>>,
}

/// All files.
pub fn files(results: &Results) -> Vec<File> {
    let mut files =
        vec![File { name: "peers-machine.inc".to_owned(), text: taking_part::text(results) }];
    for quantity in quantities(results) {
        let text = quantity.table();
        files.push(File { name: format!("peers-{}.inc", quantity.name), text });
        files.push(File { name: format!("peers-{}.svg", quantity.name), text: quantity.chart() });
    }
    files.push(File { name: "peers-files.inc".to_owned(), text: opened_and_written(results) });
    files
}

fn quantities(results: &Results) -> Vec<Quantity> {
    let rounds = results.rounds;
    let build = |name, title: &str, unit, value: fn(&Build) -> f64| Quantity {
        name,
        title: title.to_owned(),
        unit,
        rows: build_rows(results, value),
        programs: programs(results),
    };
    let run = |name, title: String, unit, value: fn(&Run) -> f64| Quantity {
        name,
        title,
        unit,
        rows: run_rows(results, value),
        programs: programs(results),
    };
    let few = few(rounds);
    vec![
        build("cold", "Build with empty caches", time, |build| build.cold().as_secs_f64()),
        build("warm", "Build after a change of the script", time, |build| {
            build.warm().as_secs_f64()
        }),
        build("size", "Size of what is shipped", size, |build| build.size as f64),
        build("packed", "The same, compressed with zstd -19", size, |build| build.packed as f64),
        run("start", format!("Time from start to end, median of {rounds}"), time, |run| {
            run.time.as_secs_f64()
        }),
        run("memory", format!("Largest size in memory, median of {few}"), size, |run| {
            run.memory as f64 * 1024.0
        }),
        run("parallel", format!("Time of {TOGETHER} runs at once, median of {few}"), time, |run| {
            run.parallel.as_secs_f64()
        }),
    ]
}

/// The programs that were measured.
fn programs(results: &Results) -> Vec<Program> {
    let measured = |program: &Program| results.builds.iter().any(|build| build.program == *program);
    Program::ALL.into_iter().filter(measured).collect()
}

fn build_rows(results: &Results, value: fn(&Build) -> f64) -> Vec<Row> {
    let row = |tool: Tool| {
        let of = |program: &Program| {
            let mut builds = results.builds.iter();
            let build = builds.find(|build| build.tool == tool && build.program == *program)?;
            Some(value(build))
        };
        let values = programs(results).iter().map(of).collect();
        Row { title: tool.title().to_owned(), ours: is_ours(tool), values }
    };
    Tool::ALL.into_iter().map(row).filter(Row::is_known).collect()
}

fn run_rows(results: &Results, value: fn(&Run) -> f64) -> Vec<Row> {
    let row = |how: How| {
        let of = |program: &Program| {
            let mut runs = results.runs.iter();
            Some(value(runs.find(|run| run.how == how && run.program == *program)?))
        };
        let values = programs(results).iter().map(of).collect();
        let ours = matches!(how, How::Made(tool) if is_ours(tool));
        Row { title: how.title(), ours, values }
    };
    How::all().into_iter().map(row).filter(Row::is_known).collect()
}

fn is_ours(tool: Tool) -> bool {
    matches!(tool, Tool::PyOxidizer | Tool::Compressed)
}

impl Row {
    fn is_known(&self) -> bool {
        self.values.iter().any(Option::is_some)
    }
}

impl Quantity {
    /// A figure with the chart, and the table.
    fn table(&self) -> String {
        let mut text = format!(
            ".. Written by `cargo xtask bench peers`.\n\n.. image:: measured/peers-{}.svg\n   :alt: {}; \
             the table below has the same figures\n\n",
            self.name, self.title
        );
        text += ".. list-table::\n   :header-rows: 1\n\n   * - \n";
        for program in &self.programs {
            let _ = write!(text, "     - {}\n     - ratio\n", program.title());
        }
        let reference = self.rows.iter().find(|row| row.title == OURS.title());
        for row in &self.rows {
            let _ = writeln!(text, "   * - {}", row.title);
            for (index, value) in row.values.iter().enumerate() {
                let whole = reference.and_then(|reference| reference.values[index]);
                let ratio = value.zip(whole).map(|(value, whole)| format!("{:.2}", value / whole));
                let _ = write!(
                    text,
                    "     - {}\n     - {}\n",
                    known(value.map(self.unit)),
                    known(ratio)
                );
            }
        }
        text
    }

    fn chart(&self) -> String {
        let group = |(index, program): (usize, &Program)| {
            let bar = |row: &Row| {
                let length = row.values[index]?;
                let value = (self.unit)(length);
                Some(Bar { label: row.title.clone(), length, value, ours: row.ours })
            };
            let bars = self.rows.iter().filter_map(bar).collect();
            Group { title: program.title().to_owned(), bars }
        };
        let groups: Vec<Group> = self.programs.iter().enumerate().map(group).collect();
        draw(&self.title, "Shorter is better. Each program has a scale of its own.", &groups)
    }
}

/// How many files are opened, and how much is written: no chart shows a zero.
fn opened_and_written(results: &Results) -> String {
    let mut text = ".. Written by `cargo xtask bench peers`.\n\n\
        .. list-table::\n   :header-rows: 1\n\n   * - \n"
        .to_owned();
    for program in programs(results) {
        let title = program.title();
        let _ = write!(text, "     - {title}: opened\n     - written\n");
    }
    let opened = run_rows(results, |run| run.opened as f64);
    let written = run_rows(results, |run| run.written as f64);
    for (opened, written) in opened.iter().zip(&written) {
        let _ = writeln!(text, "   * - {}", opened.title);
        for (opened, written) in opened.values.iter().zip(&written.values) {
            let opened = opened.map(|count| count.to_string());
            let bytes =
                written.map(|bytes| if bytes > 0.0 { size(bytes) } else { "nothing".to_owned() });
            let _ = write!(text, "     - {}\n     - {}\n", known(opened), known(bytes));
        }
    }
    text
}

fn known(value: Option<String>) -> String {
    value.unwrap_or_else(|| "\\-".to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::machine::Machine;
    use super::*;

    fn build(tool: Tool, seconds: u64) -> Build {
        let mut build = Build::new(tool, Program::Hello);
        build.cold = vec![Duration::from_secs(seconds)];
        build.size = seconds * 1_000_000;
        build
    }

    fn run(how: How, milliseconds: u64) -> Run {
        let time = Duration::from_millis(milliseconds);
        let written = milliseconds / 100 * 1_000_000;
        Run { how, program: Program::Hello, time, memory: 1, opened: 7, written, parallel: time }
    }

    fn results() -> Results {
        let machine = Machine { processor: "A processor".to_owned(), ..Machine::default() };
        Results {
            machine,
            rounds: 5,
            builds: vec![build(Tool::PyOxidizer, 2), build(Tool::PyInstaller, 9)],
            runs: vec![run(How::Made(Tool::PyOxidizer), 8), run(How::Made(Tool::PyInstaller), 300)],
            modules: [300, 310],
        }
    }

    fn file(name: &str) -> String {
        files(&results()).into_iter().find(|file| file.name == name).unwrap().text
    }

    #[test]
    fn ratios_are_to_ours() {
        let row = "   * - PyInstaller\n     - 9.0 s\n     - 4.50\n";
        assert!(file("peers-cold.inc").contains(row), "{}", file("peers-cold.inc"));
        let row = "   * - PyInstaller\n     - 300 ms\n     - 37.50\n";
        assert!(file("peers-start.inc").contains(row), "{}", file("peers-start.inc"));
    }

    #[test]
    fn charts_hold_what_tables_hold() {
        let chart = file("peers-start.svg");
        assert!(chart.contains("median of 5") && chart.contains(">300 ms</text>"), "{chart}");
        assert_eq!(chart.matches("class=\"ours\"").count(), 1);
        assert!(file("peers-start.inc").contains(".. image:: measured/peers-start.svg\n"));
    }

    #[test]
    fn nothing_written_is_said() {
        let text = file("peers-files.inc");
        assert!(text.contains("   * - pyoxidizer build\n     - 7\n     - nothing\n"), "{text}");
        assert!(text.contains("   * - PyInstaller\n     - 7\n     - 3.0 MB\n"), "{text}");
        assert!(file("peers-machine.inc").contains("A processor"));
    }
}
