//! What the build says about imports that nothing provides, and that it is true.

use end_to_end::{Application, Profile, Project};

use crate::bad_input::{assert_contains, message_of};

/// Builds the project; returns what the build said about imports, without Cargo's beginnings of
/// lines.
fn build(project: &Project) -> (Application, Vec<String>) {
    let outcome = project.cargo(Profile::Dev).run().unwrap();
    let warnings = outcome.stderr.lines().filter_map(|line| line.strip_prefix("warning: "));
    let warnings = warnings.filter_map(|line| Some(line.split_once(": ")?.1.to_owned()));
    let of_imports = |line: &String| {
        line.contains("nothing in the executable") || line.contains("nothing provides")
    };
    let notes = warnings.filter(of_imports).collect();
    (outcome.expect_application().unwrap(), notes)
}

#[test]
fn imports_that_nothing_provides_are_told_and_fail() {
    let config = r#"
[[python_packages]]
type = "stdlib"

[[python_packages]]
type = "package-root"
path = "."
packages = ["main", "plugins"]

[python_run]
mode = "module"
module = "main"
"#;
    let main = "\
import sys
import plugins.known
try:
    import faster
except ImportError:
    faster = None
if sys.platform == 'win32':
    import for_windows
if len(sys.argv) > 1:
    import plugins.forgotten
print('done', faster)
";
    let project = Project::new("missing-imports", config)
        .and_then(|p| p.with("main.py", main))
        .and_then(|p| p.with("plugins/__init__.py", ""))
        .and_then(|p| p.with("plugins/known.py", "import json\n"))
        .unwrap();
    let (application, notes) = build(&project);
    // Where a failure is caught, nothing is told.
    let expected = "main imports what nothing in the executable provides: plugins.forgotten (line 10, on demand)";
    assert_eq!(notes, [expected]);
    assert_eq!(application.succeed::<&str>([]).unwrap(), "done None\n");
    let finished = application.run(["now"]).unwrap();
    assert_eq!(finished.code, Some(1));
    let message = "ModuleNotFoundError: No module named 'plugins.forgotten'";
    assert!(finished.stderr.contains(message), "{}", finished.stderr);

    // Whoever provides it hears no more of it.
    let project = project.with("plugins/forgotten.py", "").unwrap();
    let (application, notes) = build(&project);
    assert!(notes.is_empty(), "{notes:?}");
    assert_eq!(application.succeed(["now"]).unwrap(), "done None\n");
}

#[test]
fn an_extension_that_was_left_out_is_told_when_something_needs_it() {
    let config = |code: &str| {
        format!(
            "[python_extensions]\npolicy = \"explicit-excludes\"\nexcludes = [\"_ssl\"]\n\
             [python_run]\nmode = \"eval\"\ncode = \"{code}\"\n"
        )
    };
    let project = Project::new("missing-extension", &config("import ssl")).unwrap();
    let (application, notes) = build(&project);
    assert_eq!(notes.len(), 1, "{notes:?}");
    // What cannot be imported without the extension module stays out with it.
    let start =
        "the code of [python_run] imports what nothing in the executable provides: ssl (line ";
    assert!(notes[0].starts_with(start), "{notes:?}");
    let finished = application.run::<&str>([]).unwrap();
    assert!(finished.stderr.contains("No module named 'ssl'"), "{}", finished.stderr);

    project.write("app.toml", &config("import asyncio; print(1)")).unwrap();
    let (application, notes) = build(&project);
    assert!(notes.is_empty(), "{notes:?}");
    assert_eq!(application.succeed::<&str>([]).unwrap(), "1\n");
}

#[test]
fn in_a_strict_entry_they_end_the_build() {
    let entry = |package: &str, strict: bool| {
        format!(
            "[[python_packages]]\ntype = \"package-root\"\npath = \".\"\n\
             packages = [\"{package}\"]\nstrict_imports = {strict}\n"
        )
    };
    let config = |strict: bool| {
        let entries = entry("tolerant", false) + &entry("main", strict);
        format!(
            "[[python_packages]]\ntype = \"stdlib\"\n{entries}\
             [python_run]\nmode = \"module\"\nmodule = \"main\"\n"
        )
    };
    let project = Project::new("strict-imports", &config(true))
        .and_then(|p| p.with("tolerant.py", "def later():\n    import never\n"))
        .and_then(|p| p.with("main.py", "import tolerant\n\ndef later():\n    import gone\n"))
        .unwrap();
    let message = message_of(project.cargo(Profile::Dev));
    assert_contains(&message, &["at line 8", "main, line 4: gone", "`excludes`"]);
    assert!(!message.contains("never"), "{message}");
    project.write("app.toml", &config(false)).unwrap();
    let (_, notes) = build(&project);
    assert_eq!(notes.len(), 2, "{notes:?}");
}
