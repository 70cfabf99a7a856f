//! What it costs that executables run on old systems: one that asks for glibc 2.17 at most, which Zig's compiler is used for,
//! beside one that is compiled and linked with this machine's own compiler and C library.
//!
//! Instructions are counted by valgrind. Their number hardly changes from run to run, as the time does on a machine that does other
//! things as well.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use end_to_end::{Application, command, measure, target_folder};
use fs_err as fs;
use pyrepackager::cache::Cache;

use super::{Rounds, publish};
use crate::console::{megabytes, step};

/// The figures, which `docs/platforms.rst` includes.
const FIGURES: &str = "docs/measured/floor.inc";

/// The program.
const SCRIPT: &str = include_str!("floor.py");
const REQUIREMENTS: &str = "# /// script\n# dependencies = [\"numpy\"]\n# ///\n";

/// What it does, and the heading of the row.
const TASKS: [(&str, &str); 5] = [
    ("hello", "start"),
    ("imports", "imports"),
    ("json_text", "JSON"),
    ("loops", "calls and dictionaries"),
    ("native", "numpy"),
];

/// What does not depend on the compiler.
const SHARED: [&str; 6] = ["apt", "sources", "static-deps", "uv", "wheels", "zig"];

/// Measures.
pub fn run(args: &Rounds) -> Result<()> {
    let folder = target_folder().join("bench/floor");
    fs::create_dir_all(&folder)?;
    let script = folder.join("floor.py");
    fs::write(&script, format!("{REQUIREMENTS}{SCRIPT}"))?;
    let usual = Cache::from_env()?;
    let own = folder.join("cache");
    fs::create_dir_all(&own)?;
    for name in SHARED {
        let (from, to) = (usual.root().join(name), own.join(name));
        if from.exists() && !to.exists() {
            fs_err::os::unix::fs::symlink(from, to)?;
        }
    }
    let packer = step("the command", command::packer)?;
    let build = |name: &str, cache: &Path, zig: Option<&Path>| -> Result<Application> {
        let made = folder.join(name);
        for arguments in [&["dist", "build"][..], &["build"]] {
            let mut command = Command::new(&packer);
            command.arg("-q").args(arguments).env("PYOXIDIZER_CACHE", cache);
            command.envs(zig.map(|zig| ("PYOXIDIZER_ZIG", zig)));
            if arguments == ["build"] {
                command.arg(&script).arg("--output").arg(&made);
            }
            command::succeed(&mut command)?;
        }
        Ok(Application::at(made))
    };
    let old = step("with glibc 2.17", || build("old", usual.root(), None))?;
    // There is no such program, so that the machine's own compiler serves.
    let none = PathBuf::from("/nonexistent/zig");
    let own = step("with this machine's glibc", || build("own", &own, Some(&none)))?;
    let mut text = format!(
        ".. Written by `cargo xtask bench floor`.\n\n\
         Instructions, and the median time of {} interleaved runs, of an executable that asks for glibc 2.17 in relation to one \
         that was compiled and linked with the machine's own compiler; sizes are {} and {}:\n\n\
         .. list-table::\n   :header-rows: 1\n\n\
         \x20  * - task\n     - instructions\n     - time\n",
        args.rounds,
        megabytes(old.size()?),
        megabytes(own.size()?),
    );
    for (task, heading) in TASKS {
        let counted = [&old, &own].map(|application| instructions(application, task));
        let [old_count, own_count] = counted;
        let mut commands = [old.command([task]), own.command([task])];
        let times = measure::interleaved_medians(&mut commands, args.rounds)?;
        let time = times[0].as_secs_f64() / times[1].as_secs_f64();
        let count = old_count? as f64 / own_count? as f64;
        text += &format!("   * - {heading}\n     - {count:.3}\n     - {time:.3}\n");
    }
    publish(&text, FIGURES, args)
}

/// How many instructions a task takes.
fn instructions(application: &Application, task: &str) -> Result<u64> {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    let output = command.arg(&application.path).arg(task).output();
    let output = output.context("valgrind does not run")?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.success(), "{text}");
    let (_, rest) = text.split_once("Collected :").context("valgrind counts nothing")?;
    Ok(rest.split_whitespace().next().unwrap_or_default().parse()?)
}
