//! How long imports of packages with machine code take.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use end_to_end::{Application, Profile, Project, distribution, measure, target_folder, workspace};
use fs_err as fs;

use super::{Rounds, publish};
use crate::console::{megabytes, step};
use crate::tools;

/// The figures, which `docs/performance.rst` includes.
const FIGURES: &str = "docs/measured/native.inc";

/// What is imported. The versions have wheels for the Python that PyInstaller is run with, too.
const MODULES: [&str; 2] = ["numpy", "pandas"];
const REQUIREMENTS: &str = "numpy==2.4.6\npandas==2.3.3\n";

/// The tool that is compared with.
const PYINSTALLER: &str = "pyinstaller==6.21.0";

/// One of the programs that are compared.
struct Program {
    name: String,
    /// What it is called with before the module's name.
    command: Vec<PathBuf>,
    environment: Vec<(&'static str, PathBuf)>,
    size: Option<u64>,
}

/// Measures.
pub fn run(args: &Rounds) -> Result<()> {
    let python = step("a Python distribution", distribution::distribution)?;
    let folder = target_folder().join("bench-native");
    fs::create_dir_all(&folder)?;
    let script = workspace().join("xtask/src/bench/import_one.py");

    let environment = step("an environment with the packages", || {
        tools::virtualenv(&folder.join("environment"), REQUIREMENTS)
    })?;
    let memory = step("an executable that loads from memory", || build("memory"))?;
    let cache = step("an executable that loads from the cache", || build("cache"))?;
    let (their_python, peer) = step(PYINSTALLER, || pyinstaller(&folder, &script))?;

    let programs = [
        Program {
            name: "environment".to_owned(),
            command: vec![environment.join("python"), script],
            environment: Vec::new(),
            size: None,
        },
        executable("executable, ``load = \"memory\"``", &memory, Vec::new())?,
        executable(
            "the same, copied into memory (``PYOXIDIZER_NATIVE_COPY=1``)",
            &memory,
            vec![("PYOXIDIZER_NATIVE_COPY", "1".into())],
        )?,
        executable(
            "executable, ``load = \"cache\"``",
            &cache,
            vec![("PYOXIDIZER_NATIVE_CACHE", folder.join("cache"))],
        )?,
        executable(
            &format!("PyInstaller, one file, CPython {their_python}"),
            &Application::at(peer),
            Vec::new(),
        )?,
    ];
    let times = step("imports", || measure(&programs, args.rounds))?;
    publish(&figures(&programs, &times, &python.full_version, args.rounds), FIGURES, args)
}

fn executable(
    name: &str,
    application: &Application,
    environment: Vec<(&'static str, PathBuf)>,
) -> Result<Program> {
    let command = vec![application.path.clone()];
    Ok(Program { name: name.to_owned(), command, environment, size: Some(application.size()?) })
}

fn build(load: &str) -> Result<Application> {
    let scripts = workspace().join("xtask/src/bench").display().to_string();
    let config = format!(
        "[[python_packages]]\ntype = \"stdlib\"\n\n[[python_packages]]\n\
         type = \"pip-requirements-file\"\nrequirements_path = \"requirements.txt\"\n\n\
         [[python_packages]]\ntype = \"package-root\"\npath = {scripts:?}\n\
         packages = [\"import_one\"]\n\n[native_libraries]\nload = {load:?}\n\n\
         [python_run]\nmode = \"module\"\nmodule = \"import_one\"\n"
    );
    let project = Project::new(&format!("bench-native-{load}"), &config)?;
    let project = project.with("requirements.txt", REQUIREMENTS)?;
    project.cargo(Profile::Release).run()?.expect_application()
}

/// Makes an executable of the script with PyInstaller, which needs a Python with a shared library;
/// the distribution's has none, so it is the machine's. Returns that one's version, and the executable.
fn pyinstaller(folder: &Path, script: &Path) -> Result<(String, PathBuf)> {
    let python = Path::new("/usr/bin/python3");
    let facts = "import sysconfig as s; print(s.get_config_var('Py_ENABLE_SHARED'), s.get_python_version())";
    let output = Command::new(python).args(["-I", "-c", facts]).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let (shared, version) =
        text.trim().split_once(' ').context("python3 says nothing of itself")?;
    ensure!(shared == "1", "PyInstaller needs a python3 with a shared library (libpython3)");

    let packages = folder.join(format!("pyinstaller-{version}"));
    let marker = packages.join("holds.txt");
    let wanted = format!("{PYINSTALLER}\n{REQUIREMENTS}");
    let executable = folder.join("dist/import_one");
    if executable.exists() && fs::read_to_string(&marker).is_ok_and(|holds| holds == wanted) {
        return Ok((version.to_owned(), executable));
    }
    let mut pip = Command::new(distribution::python()?);
    pip.args(["-m", "pip", "install", "-q", "--disable-pip-version-check", "--upgrade"]);
    pip.args(["--only-binary=:all:", "--python-version", version, "--target"]).arg(&packages);
    tools::run(pip.args(wanted.lines()))?;
    let mut command = Command::new(python);
    command.current_dir(folder).env("PYTHONPATH", &packages);
    command.args(["-m", "PyInstaller", "--onefile", "--noconfirm", "--log-level", "WARN"]);
    for module in MODULES {
        command.args(["--hidden-import", module]);
    }
    tools::run(command.arg(script))?;
    fs::write(marker, wanted)?;
    Ok((version.to_owned(), executable))
}

/// The median times of each program, for each module.
fn measure(programs: &[Program], rounds: usize) -> Result<Vec<Vec<Duration>>> {
    let of = |module: &&str| {
        let command = |program: &Program| {
            let mut command = Command::new(&program.command[0]);
            command.env_clear().args(&program.command[1..]).arg(module);
            command.envs(program.environment.iter().map(|(name, value)| (name, value)));
            command
        };
        let mut commands: Vec<Command> = programs.iter().map(command).collect();
        measure::interleaved_medians(&mut commands, rounds)
    };
    MODULES.iter().map(of).collect()
}

/// The table, in reStructuredText.
fn figures(programs: &[Program], times: &[Vec<Duration>], version: &str, rounds: usize) -> String {
    let versions = REQUIREMENTS.trim().replace("==", " ").replace('\n', ", ");
    let mut text = format!(
        ".. Written by `cargo xtask bench native`.\n\n\
         CPython {version}, {versions}, medians of {rounds} interleaved runs, from start to end:\n\n\
         .. list-table::\n   :header-rows: 1\n\n   * - program\n"
    );
    for module in MODULES {
        text += &format!("     - ``import {module}``\n     - ratio\n");
    }
    text += "     - size\n";
    for (index, program) in programs.iter().enumerate() {
        text += &format!("   * - {}\n", program.name);
        for times in times {
            let ratio = times[index].as_secs_f64() / times[0].as_secs_f64();
            let time = times[index].as_secs_f64() * 1e3;
            text += &format!("     - {time:.1} ms\n     - {ratio:.2}\n");
        }
        let size = program.size.map_or_else(|| "\\-".to_owned(), megabytes);
        text += &format!("     - {size}\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_to_the_first() {
        let program = |name: &str, size| Program {
            name: name.to_owned(),
            command: Vec::new(),
            environment: Vec::new(),
            size,
        };
        let ms = Duration::from_millis;
        let programs = [program("environment", None), program("executable", Some(50_000_000))];
        let text =
            figures(&programs, &[vec![ms(100), ms(80)], vec![ms(300), ms(330)]], "3.13.5", 5);
        let row = "   * - executable\n     - 80.0 ms\n     - 0.80\n     - 330.0 ms\n     - 1.10\n";
        assert!(text.contains(row), "{text}");
        assert!(text.contains("CPython 3.13.5, numpy 2.4.6, pandas 2.3.3"), "{text}");
    }
}
