//! How long the smallest application takes from its start to its end.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use end_to_end::{Application, distribution, measure};

use super::{Rounds, build_example, publish};
use crate::console::{megabytes, step};

/// The figures, which `docs/performance.rst` includes.
const START_FIGURES: &str = "docs/measured/start.inc";

/// What the compared interpreters run.
const HELLO: &str = "print('hello world')";

/// One of the programs that are compared.
struct Row {
    name: &'static str,
    time: Duration,
    size: Option<u64>,
}

/// Measures.
pub fn run(args: &Rounds) -> Result<()> {
    let python = step("a Python distribution", distribution::distribution)?;
    let full = step("hello.toml", || build_example("hello"))?;
    let small = step("hello-small.toml", || build_example("hello-small"))?;
    let rows = step("start-up times", || measure(&full, &small, &python.python_exe, args.rounds))?;
    publish(&figures(&rows, &python.full_version, args.rounds), START_FIGURES, args)
}

fn measure(
    full: &Application,
    small: &Application,
    python: &Path,
    rounds: usize,
) -> Result<Vec<Row>> {
    let interpreter = |arguments: &[&str]| {
        let mut command = Command::new(python);
        command.env_clear().args(arguments);
        command
    };
    let none: [&str; 0] = [];
    let mut commands = [
        full.command(none),
        small.command(none),
        interpreter(&["-I", "-S", "-c", HELLO]),
        interpreter(&["-c", HELLO]),
    ];
    let names = ["``hello.toml``", "``hello-small.toml``", "``python -I -S -c``", "``python -c``"];
    let sizes = [Some(full.size()?), Some(small.size()?), None, None];
    let times = measure::interleaved_medians(&mut commands, rounds)?;
    let rows = names.into_iter().zip(times).zip(sizes);
    Ok(rows.map(|((name, time), size)| Row { name, time, size }).collect())
}

/// The table, in reStructuredText.
fn figures(rows: &[Row], version: &str, rounds: usize) -> String {
    let of = |name: &str| rows.iter().find(|row| row.name == name).map(|row| row.time);
    let isolated = of("``python -I -S -c``").unwrap_or_default();
    let plain = of("``python -c``").unwrap_or_default();
    let mut text = format!(
        ".. Written by `cargo xtask bench start`.\n\n\
         CPython {version}, median of {rounds} interleaved runs:\n\n\
         .. list-table::\n   :header-rows: 1\n\n\
         \x20  * - program\n     - time\n     - of ``python -I -S``\n     - of ``python``\n     - size\n"
    );
    for row in rows {
        let time = row.time.as_secs_f64();
        text += &format!(
            "   * - {}\n     - {:.2} ms\n     - {:.2}\n     - {:.2}\n     - {}\n",
            row.name,
            time * 1e3,
            time / isolated.as_secs_f64(),
            time / plain.as_secs_f64(),
            row.size.map_or_else(|| "\\-".to_owned(), megabytes),
        );
    }
    text
}
