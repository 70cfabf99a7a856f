//! One application that behaves as its first argument says, and the same under `python`.

use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use end_to_end::application::run_in_empty_folder;
use end_to_end::{Application, Finished, Project, distribution};
use pyrepackager::distribution::Distribution;

/// What the application is built from.
pub const CONFIG: &str = r#"
[[python_packages]]
type = "stdlib"

[[python_packages]]
type = "package-root"
path = "."
packages = ["scenarios"]

[python_run]
mode = "module"
module = "scenarios"
"#;

/// The application, built once for all tests.
pub struct Scenarios {
    pub application: Application,
    project: Project,
    python: Distribution,
}

pub static SCENARIOS: LazyLock<Scenarios> = LazyLock::new(|| Scenarios::build("scenarios", CONFIG));

/// A project with the package `scenarios`.
pub fn project(name: &str, config: &str) -> Project {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/end_to_end/python");
    let project = Project::new(name, config).unwrap();
    copy(&sources.join("scenarios"), &project.path("scenarios"));
    let mut make_data = Command::new(distribution::python().unwrap());
    make_data.arg(sources.join("make_data.py")).arg(project.path("scenarios/data/made"));
    assert!(make_data.status().unwrap().success());
    project
}

/// Copies a folder with all that is in it, but for what python left there.
fn copy(from: &Path, to: &Path) {
    fs_err::create_dir_all(to).unwrap();
    for entry in fs_err::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_file() {
            fs_err::copy(entry.path(), target).unwrap();
        } else if entry.file_name() != "__pycache__" {
            copy(&entry.path(), &target);
        }
    }
}

impl Scenarios {
    /// Builds the application from `config`, under a project name that no other test uses.
    pub fn build(name: &str, config: &str) -> Self {
        Self::build_with(name, config, distribution::distribution().unwrap())
    }

    /// As [`Scenarios::build`], for a configuration that names the distribution `python`.
    pub fn build_with(name: &str, config: &str, python: Distribution) -> Self {
        let project = project(name, config);
        Self { application: project.build().unwrap(), project, python }
    }

    /// Runs a scenario in the executable.
    pub fn run(&self, arguments: &[&str]) -> Finished {
        self.application.run(arguments).unwrap()
    }

    /// A command that runs the application under the distribution's own `python`.
    pub fn python(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.python.python_exe);
        command.env_clear().env("PYTHONPATH", self.project.folder());
        command.env("PYTHONSAFEPATH", "1").env("PYTHONDONTWRITEBYTECODE", "1");
        command.args(["-S", "-s", "-X", "utf8", "-m", "scenarios"]).args(arguments);
        command
    }

    /// Runs a scenario in the executable and under `python`, and requires that both do the same.
    pub fn same(&self, arguments: &[&str]) -> Finished {
        let packed = self.run(arguments);
        let expected = run_in_empty_folder(&mut self.python(arguments), "").unwrap();
        self.compare(&packed, &expected);
        packed
    }

    /// Requires that two runs did the same, but for paths and the frames of `runpy`, by which
    /// `python -m` starts modules.
    pub fn compare(&self, packed: &Finished, expected: &Finished) {
        let python = &self.python;
        let expected_paths = [self.project.folder(), &python.stdlib, &python.python_exe];
        let stdlib = self.application.path.join(format!("lib/python{}", python.version));
        let packed_paths = [stdlib.as_path(), self.application.path.as_path()];
        assert_eq!(normalized(packed, &packed_paths), normalized(expected, &expected_paths));
    }
}

fn normalized(finished: &Finished, paths: &[&Path]) -> Finished {
    let text = |text: &str| {
        let replaced = paths
            .iter()
            .fold(text.to_owned(), |text, path| text.replace(path.to_str().unwrap(), "<path>"));
        // Up to CPython 3.10 this module has a file, and its frames a line of source.
        let mut is_source = false;
        let lines = replaced.lines().filter(|line| {
            if std::mem::take(&mut is_source) {
                return false;
            }
            is_source = line.contains("/runpy.py\", line ");
            !is_source && !line.contains("\"<frozen runpy>\"")
        });
        lines.map(without_address).collect::<Vec<_>>().join("\n")
    };
    Finished { stdout: text(&finished.stdout), stderr: text(&finished.stderr), ..finished.clone() }
}

/// `<object at 0x7f…>` differs from run to run.
fn without_address(line: &str) -> String {
    match line.split_once(" at 0x") {
        Some((before, after)) => {
            let rest = after.trim_start_matches(|c: char| c.is_ascii_hexdigit());
            format!("{before} at 0x…{rest}")
        }
        None => line.to_owned(),
    }
}
