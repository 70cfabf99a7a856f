//! Ctrl-C at every stage.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use end_to_end::Application;
use fs_err as fs;

use super::{folder, names, pyoxidizer};

/// What ends by a signal gives this exit code, as shells tell it.
const INTERRUPTED: Option<i32> = Some(130);

#[test]
fn nothing_half_made_is_left_at_any_stage() {
    let folder = folder(&[(
        "app.py",
        "# /// script\n# dependencies = [\"tabulate\"]\n# ///\nimport tabulate\nprint('made')\n",
    )]);
    let scratch = tempfile::tempdir().unwrap();
    let mut interrupted = 0;
    for stage in 0.. {
        let mut command =
            pyoxidizer(folder.path(), &["build", "app.py", "--compress", "--upgrade", "--json"]);
        command.env("TMPDIR", scratch.path()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut told: Vec<String> = lines.by_ref().take(stage).map(Result::unwrap).collect();
        let mut kill = Command::new("kill");
        assert!(kill.args(["-INT", &child.id().to_string()]).status().unwrap().success());
        told.extend(lines.map(Result::unwrap));
        let code = child.wait().unwrap().code();
        assert_eq!(names(scratch.path()), [""; 0], "stage {stage}");
        if told.last().is_some_and(|line| line.contains("\"built\"")) {
            assert!(fs::metadata(folder.path().join("app")).unwrap().len() > 1_000_000);
            break;
        }
        // At first it may not even have begun to care.
        assert!(code == INTERRUPTED || code.is_none() && stage == 0, "stage {stage}: {code:?}");
        let made = Application::at(folder.path().join("app"));
        if made.path.exists() {
            // It was done, but for saying so.
            assert_eq!(made.succeed([""; 0]).unwrap(), "made\n", "stage {stage}");
            fs::remove_file(&made.path).unwrap();
        }
        assert_eq!(names(folder.path()), ["app.py"], "stage {stage}");
        interrupted += 1;
    }
    assert!(interrupted > 2, "{interrupted} stages");
}
