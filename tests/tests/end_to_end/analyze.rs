//! `pyoxidizer analyze` and `pyoxidizer extract` on a real application: `report` looks at its page in a browser.

mod report;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use end_to_end::project::CargoBuild;
use end_to_end::{Profile, Project, distribution, workspace};
use fs_err as fs;
use serde_json::Value;

use crate::command::COMMAND;

/// With binary wheels, own modules with and without source, a file whose name is markup, an import that is lacking.
const CONFIG: &str = "\
[[python_packages]]
type = \"stdlib\"
include_source = false
[[python_packages]]
type = \"pip-requirements-file\"
requirements_path = \"requirements.txt\"
include_source = false
[[python_packages]]
type = \"package-root\"
path = \"src\"
packages = [\"own\"]
[python_run]
mode = \"module\"
module = \"own\"
";

/// A file of the package, by its path: what would end the page's script, and begin another.
const MARKUP: &str = "own/</script><script>document.title='run'</script><b>&amp;.txt";

const MODULE: &str = "\
import nowhere_to_be_found
def greet(name):
    return f'hello {name}'
";

/// The application, added to a runtime.
static APPLICATION: LazyLock<PathBuf> = LazyLock::new(|| {
    let project = Project::new("analyze", CONFIG).unwrap();
    project.write("requirements.txt", "pillow\nrich\n").unwrap();
    project.write("src/own/__init__.py", "").unwrap();
    project.write("src/own/greeting.py", MODULE).unwrap();
    project.write("src/own/__main__.py", "from . import greeting\n").unwrap();
    project.write(&format!("src/{MARKUP}"), "text").unwrap();
    let executable = project.path("application");
    let config = project.path("app.toml");
    let finished = command("build", &[&config, Path::new("-o"), &executable]);
    assert!(finished.status.success(), "{}", String::from_utf8_lossy(&finished.stderr));
    executable
});

/// Runs the command with paths or options.
fn command(name: &str, arguments: &[&Path]) -> Output {
    Command::new(&*COMMAND).arg(name).args(arguments).output().unwrap()
}

fn succeed(name: &str, arguments: &[&Path]) -> String {
    let finished = command(name, arguments);
    let stderr = String::from_utf8_lossy(&finished.stderr);
    assert!(finished.status.success() && stderr.is_empty(), "{stderr}");
    String::from_utf8(finished.stdout).unwrap()
}

fn analysis(executable: &Path) -> Value {
    serde_json::from_str(&succeed("analyze", &["--json".as_ref(), executable])).unwrap()
}

/// That a node is as large as what is in it, and all below it, too.
fn check_sum(node: &Value) {
    let children = node["children"].as_array();
    let sum =
        |key: &str| children.map(|all| all.iter().map(|one| one[key].as_u64().unwrap()).sum());
    if let Some(children) = children {
        assert_eq!(node["stored"].as_u64(), sum("stored"), "{}", node["name"]);
        children.iter().for_each(check_sum);
    }
}

/// What a node holds under a name.
fn child<'a>(node: &'a Value, name: &str) -> &'a Value {
    let children = node["children"].as_array().unwrap();
    children.iter().find(|child| child["name"].as_str().unwrap().starts_with(name)).unwrap()
}

#[test]
fn an_analysis_accounts_for_every_byte_and_tells_whose_it_is() {
    let analysis = analysis(&APPLICATION);
    let size = fs::metadata(&*APPLICATION).unwrap().len();
    assert_eq!((&analysis["size"], &analysis["tree"]["stored"]), (&size.into(), &size.into()));
    check_sum(&analysis["tree"]);
    assert_eq!(analysis["python"], distribution::distribution().unwrap().full_version);

    let tree = &analysis["tree"];
    let asyncio = child(child(tree, "Python standard library"), "asyncio");
    assert!(child(asyncio, "events")["unpacked"].as_u64().unwrap() > 10_000);
    assert!(child(child(tree, "rich "), "rich")["stored"].as_u64().unwrap() > 100_000);
    child(child(child(tree, "own modules and files"), "own"), "greeting");
    let names = tree["children"].as_array().unwrap().iter().map(|node| node["name"].as_str());
    assert!(!names.flatten().any(|name| name == "of nobody known"), "{tree}");

    let libraries = analysis["libraries"].as_array().unwrap();
    let jpeg = libraries.iter().find(|one| one["file"].as_str().unwrap().contains("libjpeg"));
    let needed_by = jpeg.unwrap()["needed_by"].as_array().unwrap();
    assert!(needed_by.contains(&"PIL._imaging".into()), "{needed_by:?}");
    let components = analysis["components"].as_array().unwrap();
    let rich = components.iter().find(|component| component["name"] == "rich").unwrap();
    assert_eq!(rich["license"], "MIT");
    let missing = analysis["missing"].as_array().unwrap();
    let own = missing.iter().find(|importer| importer["module"] == "own.greeting").unwrap();
    assert_eq!(own["imports"][0]["module"], "nowhere_to_be_found");
}

/// As `readelf` reads it.
#[test]
fn the_glibc_floor_is_that_of_the_symbols() {
    let analysis = analysis(&APPLICATION);
    let own = &analysis["glibc"]["executable"];
    let version = own["version"].as_str().unwrap();
    let listed = Command::new("readelf").args(["-W", "--dyn-syms"]).arg(&*APPLICATION).output();
    let listed = String::from_utf8(listed.unwrap().stdout).unwrap();
    let wanted = format!("@GLIBC_{version}");
    let names = listed.split_whitespace().filter(|word| word.contains('@'));
    let names = names.filter_map(|word| word.strip_suffix(&wanted));
    let names: std::collections::BTreeSet<&str> =
        names.map(|name| name.trim_end_matches('@')).collect();
    let found: Vec<&str> =
        own["symbols"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    assert!(!found.is_empty());
    assert_eq!(found, names.into_iter().collect::<Vec<_>>());
    assert_eq!(analysis["glibc"]["set_by_executable"], analysis["glibc"]["version"] == version);
}

#[test]
fn linked_and_added_resources_are_found_before_and_after_strip() {
    let mut build = CargoBuild::new("analyze-hello", Profile::Dev);
    let config = workspace().join("config-examples/hello.toml");
    build.command.current_dir(workspace()).env("PYOXIDIZER_CONFIG", &config);
    let linked = build.run().unwrap().expect_application().unwrap().path;
    let folder = tempfile::tempdir().unwrap();
    let added = folder.path().join("hello");
    succeed("build", &[&config, "-o".as_ref(), &added]);
    let packed = |executable: &Path| {
        let analysis = analysis(executable);
        check_sum(&analysis["tree"]);
        let parts = ["Python standard library", "own modules and files", "PyOxidizer"];
        (parts.map(|name| child(&analysis["tree"], name).clone()), analysis["components"].clone())
    };
    let expected = packed(&added);
    assert_eq!(packed(&linked), expected);
    for executable in [&linked, &added] {
        assert!(Command::new("strip").arg(executable).status().unwrap().success());
        assert_eq!(packed(executable), expected, "{} after strip", executable.display());
    }
}

/// Lines of tables are no longer than the terminal, whose width they take.
#[test]
fn the_table_fits() {
    let table = succeed("analyze", &[&APPLICATION]);
    for line in table.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    for text in ["machine code", "rich", "PIL._imaging", "MIT", "nowhere_to_be_found  required"] {
        assert!(table.contains(text), "{text} is not in:\n{table}");
    }
    assert!(!table.contains('\x1b'), "no colours outside of terminals");
}

#[test]
fn what_was_extracted_can_be_imported() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("extracted");
    let said = succeed("extract", &[&APPLICATION, "-o".as_ref(), &output]);
    assert!(said.contains("shared libraries"), "{said}");
    assert_eq!(fs::read_to_string(output.join("own/greeting.py")).unwrap(), MODULE);
    assert_eq!(fs::read_to_string(output.join(MARKUP)).unwrap(), "text");
    assert!(!output.join("lib/python3.13/site-packages/rich/console.py").exists());
    let code = "\
import sys, types
packages = sys.argv[1] + '/lib/python3.13/site-packages'
sys.path[:0] = [sys.argv[1], packages]
sys.dont_write_bytecode = True
sys.modules['nowhere_to_be_found'] = types.ModuleType('nowhere_to_be_found')
import own.greeting, rich.console, importlib.metadata
from PIL import Image
assert own.greeting.__cached__.startswith(sys.argv[1])
assert rich.console.__file__ == packages + '/rich/console.pyc', rich.console.__file__
print(own.greeting.greet(importlib.metadata.metadata('rich')['Name']))
print(Image.new('RGB', (2, 1), (1, 2, 3)).resize((4, 2)).getpixel((3, 1)))
";
    let mut python = Command::new(distribution::python().unwrap());
    // Without source, the bytecode must be what runs.
    fs::write(output.join("own/greeting.py"), "import wrong\n").unwrap();
    let finished = python.args(["-I", "-c", code]).arg(&output).output().unwrap();
    let stderr = String::from_utf8_lossy(&finished.stderr);
    assert!(finished.status.success(), "{stderr}");
    assert_eq!(String::from_utf8_lossy(&finished.stdout), "hello rich\n(1, 2, 3)\n");

    let again = command("extract", &[&APPLICATION, "-o".as_ref(), &output]);
    let stderr = String::from_utf8_lossy(&again.stderr).into_owned();
    assert_eq!(again.status.code(), Some(1));
    assert!(stderr.contains("is not empty") && stderr.contains("hint: "), "{stderr}");
}

#[test]
fn what_is_no_executable_of_ours_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    let whole = fs::read(&*APPLICATION).unwrap();
    let mut flipped = whole.clone();
    let last = flipped.len() - flipped.len() / 4;
    flipped[last] ^= 0x10;
    let cases: [(&[u8], &str); 5] = [
        (b"#!/bin/sh\n", "is no executable made by this packager"),
        (&fs::read("/bin/true").unwrap(), "is no executable made by this packager"),
        (&whole[..whole.len() - 2_000_000], "was cut short"),
        (&whole[..5_000], "was cut short"),
        (&flipped, "is damaged: "),
    ];
    for (bytes, problem) in cases {
        fs::write(&file, bytes).unwrap();
        let output = folder.path().join("output");
        for finished in
            [command("analyze", &[&file]), command("extract", &[&file, "-o".as_ref(), &output])]
        {
            let stderr = String::from_utf8_lossy(&finished.stderr).into_owned();
            assert_eq!(finished.status.code(), Some(1), "{stderr}");
            assert!(stderr.contains(problem) && stderr.contains("hint: "), "{stderr}");
        }
        assert!(!output.exists(), "nothing half-made stays");
    }
    let names = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(names.collect::<Vec<_>>(), ["file"]);
    let finished = command("analyze", &[&folder.path().join("missing")]);
    assert_eq!(finished.status.code(), Some(1));
}
