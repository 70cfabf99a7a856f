//! `cargo xtask bench peers`: this project's command and the tools that people use for the same, side by side.
//!
//! `docs/benchmarks.rst` says what is measured and how; this writes the figures that it includes.
//!
//! * `programs`, `tools`: what is made, and by what.
//! * `environments`, `place`: interpreters, folders, and environments of both kinds.
//! * `workshop`, `ours`: how each tool is called.
//! * `builds`: how long they work, and how large the results are.
//! * `subjects`, `runs`, `memory`: what the results take when they run.
//! * `results`, `machine`: what was measured, and where.
//! * `page`, `taking_part`, `chart`, `units`: what goes into the documentation.

mod builds;
mod chart;
mod environments;
mod machine;
mod memory;
mod ours;
mod page;
mod place;
mod programs;
mod results;
mod runs;
mod subjects;
mod taking_part;
mod tools;
mod units;
mod workshop;

use anyhow::{Context as _, Result};
use end_to_end::workspace;
use fs_err as fs;

use self::environments::Pythons;
use self::machine::Machine;
use self::place::Place;
use self::programs::Program;
use self::results::{Build, How, Results};
use self::subjects::Subject;
use self::tools::Tool;
use self::workshop::Workshop;
use crate::console::step;

/// The folder of the figures, which `docs/benchmarks.rst` includes.
const FIGURES: &str = "docs/measured";

/// How the measurement is made.
#[derive(clap::Args)]
pub struct Args {
    /// How often each program is started
    #[arg(long, default_value_t = 20)]
    rounds: usize,
    /// How often each is built; those that take longer than a minute are built once. With 0, what was built last is
    /// run again
    #[arg(long, default_value_t = 3)]
    builds: usize,
    /// Three starts and one build, to see whether all of it works
    #[arg(long, conflicts_with_all = ["rounds", "builds"])]
    quick: bool,
    /// Measure these programs only, and print the figures
    #[arg(long, value_name = "PROGRAM")]
    only: Vec<Program>,
    /// Measure these tools only, and print the figures
    #[arg(long, value_name = "TOOL")]
    tool: Vec<Tool>,
    /// Print the figures only, instead of writing them into the documentation
    #[arg(long)]
    print: bool,
    /// Write the figures of the last measurement again, without measuring
    #[arg(long)]
    again: bool,
}

/// Measures.
pub fn run(args: &Args) -> Result<()> {
    let place = Place::new()?;
    let kept = place.at("results.json");
    let results = if args.again {
        serde_json::from_slice(&fs::read(&kept)?)?
    } else {
        let results = measure(args, place)?;
        fs::write(&kept, serde_json::to_vec_pretty(&results)?)?;
        results
    };
    for file in page::files(&results) {
        if args.print || !args.only.is_empty() || !args.tool.is_empty() {
            print!("{}", if file.name.ends_with(".svg") { "" } else { &file.text });
        } else {
            let path = workspace().join(FIGURES).join(&file.name);
            fs::write(&path, file.text)?;
            eprintln!("written to {}", path.display());
        }
    }
    Ok(())
}

fn measure(args: &Args, place: Place) -> Result<Results> {
    let (rounds, builds) = if args.quick { (3, 1) } else { (args.rounds, args.builds) };
    let programs = if args.only.is_empty() { &Program::ALL[..] } else { &args.only };
    let tools = if args.tool.is_empty() { &Tool::ALL[..] } else { &args.tool };
    let pythons = step("two Pythons", Pythons::find)?;
    let command = step("pyoxidizer", || ours::install(&place))?;
    let workshop = Workshop { place, pythons, command };
    let mut kept = step("builds", || builds_of(&workshop, programs, tools, builds))?;
    let machine = Machine::look(&workshop.pythons)?;
    kept.retain(|build| programs.contains(&build.program) && tools.contains(&build.tool));
    let mut runs = Vec::new();
    for program in programs {
        // With `--builds 0`, not all of them may have been built.
        let built = kept.iter().filter(|build| build.program == *program);
        let tools: Vec<Tool> = built.map(|build| build.tool).collect();
        runs.extend(runs::measure(&workshop, *program, &tools, rounds)?);
    }
    let modules = if programs.contains(&Program::Many) && tools.contains(&Tool::PyOxidizer) {
        [modules(&workshop, How::Made(Tool::PyOxidizer))?, modules(&workshop, How::Distribution)?]
    } else {
        [0, 0]
    };
    Ok(Results { machine, rounds, builds: kept, runs, modules })
}

/// The builds that are kept, with those that are asked for made anew.
fn builds_of(
    workshop: &Workshop,
    programs: &[Program],
    tools: &[Tool],
    rounds: usize,
) -> Result<Vec<Build>> {
    let file = workshop.place.at("builds.json");
    let kept = || -> Result<Vec<Build>> {
        if !file.exists() {
            return Ok(Vec::new());
        }
        Ok(serde_json::from_slice(&fs::read(&file)?)?)
    };
    let keep = |new: &Build| -> Result<()> {
        let mut builds = kept()?;
        builds.retain(|old| new.tool != old.tool || new.program != old.program);
        builds.push(new.clone());
        Ok(fs::write(&file, serde_json::to_vec_pretty(&builds)?)?)
    };
    builds::measure(workshop, programs, tools, rounds, keep)?;
    kept()
}

/// How many modules the command-line tool says that it has imported.
fn modules(workshop: &Workshop, how: How) -> Result<usize> {
    let output = Subject::new(workshop, how, Program::Many)?.output(&["--modules"])?;
    let last = output.lines().last().context("the command-line tool prints nothing")?;
    Ok(last.parse()?)
}
