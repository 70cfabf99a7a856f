//! How long imports take, and what a blob with a hundred thousand modules costs.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use end_to_end::{Application, Profile, Project, distribution, measure, target_folder, workspace};
use fs_err as fs;
use serde::Deserialize;

use super::{Rounds, publish};
use crate::console::{duration, step};

/// The figures, which `docs/performance.rst` includes.
const FIGURES: &str = "docs/measured/import.inc";

/// Modules of the large blob, in packages of a thousand.
const MANY: usize = 100_000;
const IN_A_PACKAGE: usize = 1_000;

/// By how many modules an executable and python may differ after the same imports: those of the
/// importer itself.
const OWN_MODULES: usize = 10;

/// What `import_all.py` prints.
#[derive(Clone, Copy, Debug, Deserialize)]
struct Imported {
    nanoseconds: u64,
    modules: usize,
}

/// All that is measured.
struct Figures {
    version: String,
    rounds: usize,
    /// Names in the list.
    names: usize,
    /// Of the executable and of python: modules after all imports, and time for them.
    imports: [(usize, Duration); 2],
    /// Of hello, hello with many modules, python: time from start to end.
    starts: [Duration; 3],
    /// Of the same: largest size in memory, in kilobytes.
    memory: [u64; 3],
    /// Of the build with many modules.
    build: Duration,
}

/// Measures.
pub fn run(args: &Rounds) -> Result<()> {
    let python = step("a Python distribution", distribution::distribution)?;
    let exe = python.python_exe;
    let list = step("the modules of the standard library", || list_modules(&exe))?;
    let importer = step("an executable that imports them", || build("import_all", ""))?;
    let hello = step("hello", || build("hello", ""))?;
    let begin = Instant::now();
    let many = step("hello with 100,000 modules", || build("hello", &many_modules()?))?;
    let build = begin.elapsed();

    let imports = step("imports", || measure_imports(&importer, &exe, &list, args.rounds))?;
    let none: [&str; 0] = [];
    let mut commands = [hello.command(none), many.command(none), isolated(&exe, "hello.py")];
    let starts = step("starts", || measure::interleaved_medians(&mut commands, args.rounds))?;
    let memory = step("memory", || {
        let commands = [
            hello.command(["--memory"]),
            many.command(["--memory"]),
            isolated_with(&exe, "hello.py", "--memory"),
        ];
        commands.into_iter().map(|command| peak(command, args.rounds)).collect::<Result<Vec<_>>>()
    })?;
    let figures = Figures {
        version: python.full_version,
        rounds: args.rounds,
        names: fs::read_to_string(&list)?.lines().count(),
        imports,
        starts: starts.try_into().map_err(|_| anyhow::anyhow!("three programs were started"))?,
        memory: memory.try_into().map_err(|_| anyhow::anyhow!("three programs were watched"))?,
        build,
    };
    publish(&figures.text(), FIGURES, args)
}

/// The folder of the scripts beside this file.
fn scripts() -> PathBuf {
    workspace().join("xtask/src/bench")
}

/// Lists the modules once for each distribution; returns the file.
fn list_modules(python: &Path) -> Result<PathBuf> {
    let folder = target_folder().join("bench-import");
    fs::create_dir_all(&folder)?;
    let list = folder.join("modules.txt");
    let made_by = folder.join("modules.python");
    let this = python.display().to_string();
    if list.exists() && fs::read_to_string(&made_by).is_ok_and(|made_by| made_by == this) {
        return Ok(list);
    }
    let output = isolated(python, "list_modules.py").output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::write(&list, output.stdout)?;
    fs::write(made_by, this)?;
    Ok(list)
}

/// `python -I -S` with one of the scripts.
fn isolated(python: &Path, script: &str) -> Command {
    let mut command = Command::new(python);
    command.env_clear().args(["-I", "-S"]).arg(scripts().join(script));
    command
}

fn isolated_with(python: &Path, script: &str, argument: &str) -> Command {
    let mut command = isolated(python, script);
    command.arg(argument);
    command
}

/// Builds an executable of the standard library and the script `main`, and `more` of the
/// configuration.
fn build(main: &str, more: &str) -> Result<Application> {
    let config = format!(
        "[[python_packages]]\ntype = \"stdlib\"\n\n[[python_packages]]\ntype = \"package-root\"\n\
         path = {:?}\npackages = [{main:?}]\n\n{more}\n[python_run]\nmode = \"module\"\n\
         module = {main:?}\n",
        scripts().display().to_string(),
    );
    let name = format!("bench-{main}{}", if more.is_empty() { "" } else { "-many" });
    Project::new(&name, &config)?.cargo(Profile::Release).run()?.expect_application()
}

/// Writes the many modules, unless they are there; returns their entry of the configuration.
fn many_modules() -> Result<String> {
    let folder = target_folder().join("bench-import/many");
    let names: Vec<String> =
        (0..MANY / IN_A_PACKAGE).map(|number| format!("many{number}")).collect();
    for name in &names {
        let package = folder.join(name);
        let last = package.join("__init__.py");
        if last.exists() {
            continue;
        }
        fs::create_dir_all(&package)?;
        for number in 1..IN_A_PACKAGE {
            fs::write(package.join(format!("module{number}.py")), format!("x = {number}\n"))?;
        }
        fs::write(last, "")?;
    }
    Ok(format!(
        "[[python_packages]]\ntype = \"package-root\"\npath = {:?}\npackages = {names:?}\n\
         include_source = false\n",
        folder.display().to_string(),
    ))
}

/// Times the imports in the executable and in python, in turn.
fn measure_imports(
    application: &Application,
    python: &Path,
    list: &Path,
    rounds: usize,
) -> Result<[(usize, Duration); 2]> {
    let mut python = isolated(python, "import_all.py");
    python.arg(list);
    let mut commands = [application.command([list]), python];
    let mut results = [Vec::new(), Vec::new()];
    for round in 0..=rounds {
        for (command, results) in commands.iter_mut().zip(&mut results) {
            let imported = imported(command)?;
            // The first run reads the files from the disk.
            if round > 0 {
                results.push(imported);
            }
        }
    }
    let [ours, theirs] = results.map(|mut results| {
        results.sort_by_key(|imported| imported.nanoseconds);
        let middle = results[results.len() / 2];
        (middle.modules, Duration::from_nanos(middle.nanoseconds))
    });
    ensure!(
        ours.0.abs_diff(theirs.0) <= OWN_MODULES,
        "the executable has {} modules after the imports, python {}",
        ours.0,
        theirs.0
    );
    Ok([ours, theirs])
}

fn imported(command: &mut Command) -> Result<Imported> {
    let output = command.output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // Some modules print when they are imported.
    let text = String::from_utf8_lossy(&output.stdout);
    let last = text.lines().last().context("import_all.py printed nothing")?;
    Ok(serde_json::from_str(last)?)
}

/// The median of what `hello.py --memory` prints, in kilobytes.
fn peak(mut command: Command, rounds: usize) -> Result<u64> {
    let mut sizes = Vec::with_capacity(rounds);
    for _ in 0..rounds.max(1) {
        let output = command.output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8_lossy(&output.stdout);
        sizes.push(text.lines().last().context("hello.py printed nothing")?.parse()?);
    }
    sizes.sort_unstable();
    Ok(sizes[sizes.len() / 2])
}

impl Figures {
    /// The figures, in reStructuredText.
    fn text(&self) -> String {
        let [(ours, our_time), (theirs, their_time)] = self.imports;
        let ratio = |part: f64, whole: f64| part / whole;
        let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
        let mut text = format!(
            ".. Written by `cargo xtask bench import`.\n\n\
             CPython {}, medians of {} interleaved runs. All {} importable modules of the standard \
             library, by their names one after the other:\n\n",
            self.version, self.rounds, self.names
        );
        text += &table(&["program", "time", "ratio", "modules after it"]);
        for (name, time, modules) in
            [("executable", our_time, ours), ("``python -I -S``", their_time, theirs)]
        {
            text += &row(&[
                name.to_owned(),
                format!("{:.1} ms", milliseconds(time)),
                format!("{:.2}", ratio(time.as_secs_f64(), their_time.as_secs_f64())),
                modules.to_string(),
            ]);
        }
        let _ = write!(
            text,
            "\n``hello world``, from start to end. The build with {MANY} modules more took {}:\n\n",
            duration(self.build)
        );
        text += &table(&["program", "time", "largest size in memory", "ratio of sizes"]);
        let names = ["hello", "hello with 100,000 modules more", "``python -I -S hello.py``"];
        for ((name, time), memory) in names.into_iter().zip(self.starts).zip(self.memory) {
            text += &row(&[
                name.to_owned(),
                format!("{:.2} ms", milliseconds(time)),
                format!("{:.2} MB", memory as f64 / 1e3),
                format!("{:.2}", ratio(memory as f64, self.memory[2] as f64)),
            ]);
        }
        let more = milliseconds(self.starts[1]) - milliseconds(self.starts[0]);
        let _ = write!(text, "\nThe modules add {more:.2} ms to the start.\n");
        text
    }
}

fn table(columns: &[&str]) -> String {
    let columns: Vec<String> = columns.iter().map(|column| (*column).to_owned()).collect();
    ".. list-table::\n   :header-rows: 1\n\n".to_owned() + &row(&columns)
}

fn row(cells: &[String]) -> String {
    let lines = cells.iter().enumerate().map(|(index, cell)| {
        let mark = if index == 0 { "*" } else { " " };
        format!("   {mark} - {cell}\n")
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_to_python() {
        let ms = Duration::from_millis;
        let figures = Figures {
            version: "3.13.5".into(),
            rounds: 3,
            names: 500,
            imports: [(601, ms(70)), (600, ms(100))],
            starts: [ms(8), ms(9), ms(12)],
            memory: [8_000, 8_100, 10_000],
            build: ms(61_000),
        };
        let text = figures.text();
        assert!(
            text.contains("   * - executable\n     - 70.0 ms\n     - 0.70\n     - 601\n"),
            "{text}"
        );
        assert!(text.contains("8.00 MB\n     - 0.80\n"), "{text}");
        assert!(text.contains("add 1.00 ms"), "{text}");
        assert!(text.contains("1 min 1 s"), "{text}");
    }
}
