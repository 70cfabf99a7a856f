//! One application that behaves as its first argument says, and the same under `python`.

use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use end_to_end::application::run_in_empty_folder;
use end_to_end::{Application, Finished, Project, distribution};

const CONFIG: &str = r#"
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
}

pub static SCENARIOS: LazyLock<Scenarios> = LazyLock::new(|| {
    let project = Project::new("scenarios", CONFIG)
        .unwrap()
        .with("scenarios/__init__.py", include_str!("python/scenarios/__init__.py"))
        .unwrap()
        .with("scenarios/__main__.py", include_str!("python/scenarios/__main__.py"))
        .unwrap()
        .with("scenarios/broken.py", include_str!("python/scenarios/broken.py"))
        .unwrap()
        .with("scenarios/endings.py", include_str!("python/scenarios/endings.py"))
        .unwrap()
        .with("scenarios/imports.py", include_str!("python/scenarios/imports.py"))
        .unwrap()
        .with("scenarios/streams.py", include_str!("python/scenarios/streams.py"))
        .unwrap();
    Scenarios { application: project.build().unwrap(), project }
});

impl Scenarios {
    /// Runs a scenario in the executable.
    pub fn run(&self, arguments: &[&str]) -> Finished {
        self.application.run(arguments).unwrap()
    }

    /// A command that runs the application under the distribution's own `python`.
    pub fn python(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(distribution::python().unwrap());
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
        let python = distribution::distribution().unwrap();
        let expected_paths = [self.project.folder(), &python.stdlib, &python.python_exe];
        let packed_paths = [self.application.path.as_path()];
        assert_eq!(normalized(packed, &packed_paths), normalized(expected, &expected_paths));
    }
}

fn normalized(finished: &Finished, paths: &[&Path]) -> Finished {
    let text = |text: &str| {
        let replaced = paths
            .iter()
            .fold(text.to_owned(), |text, path| text.replace(path.to_str().unwrap(), "<path>"));
        let lines = replaced.lines().filter(|line| !line.contains("\"<frozen runpy>\""));
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
