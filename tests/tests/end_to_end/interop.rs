//! What is around Python in Rust applications: logging, and what is packed.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::LazyLock;

use end_to_end::project::CargoBuild;
use end_to_end::{Application, Profile, workspace};

use crate::requirements::make_wheel;

/// `tests/embedding/src/bin/interop.rs`.
static INTEROP: LazyLock<Application> = LazyLock::new(|| {
    let mut build = CargoBuild::new("interop", Profile::Dev)
        .executable("interop", &["--locked", "--bin", "interop"]);
    build.command.current_dir(workspace().join("tests/embedding")).env_remove("PYO3_CONFIG_FILE");
    build.run().unwrap().expect_application().unwrap()
});

#[test]
fn what_python_logs_goes_to_the_logger_of_the_program() {
    let finished = INTEROP.run(["logs"]).unwrap();
    assert_eq!(finished.code, Some(0), "{finished:?}");
    // What is formatted against Rust's wish is so for the handler that was there before. Python's own last resort logs nothing.
    assert_eq!(finished.stderr, "", "{finished:?}");
    let (before, after) = finished.stdout.split_once("Traceback").unwrap();
    let expected = "INFO app.part logs logs.py true counted 3\n\
                    INFO app.part logs logs.py true between levels\n\
                    formatted\n\
                    ERROR app.part logs logs.py true no text: \u{fffd}\u{fffd}\u{fffd}\n\
                    ERROR app.part logs logs.py true it failed\n";
    assert_eq!(before, expected);
    let (traceback, after) = after.split_once("\nWARN ").unwrap();
    assert!(traceback.ends_with("ValueError: refused"), "{traceback}");
    let kept = "['counted 3', 'between levels', 'unwanted', 'no text: \\udc80', 'it failed', 'once', 'again', 'at the \
                root']";
    let expected = format!(
        "recursive logs logs.py true once\n\
         WARN root logs logs.py true at the root\n\
         kept {kept}\n\
         threads 800\n"
    );
    let (at_once, later) = after.split_at(expected.len());
    assert_eq!(at_once, expected);
    assert!(later.contains("WARN app"), "{later}");
    assert!(later.trim_end().ends_with("flushed"), "{later}");
}

#[test]
fn rust_code_reads_what_is_packed_without_python() {
    let paths =
        ["data/words.txt", "data/deep/table.json", "data", "absent.txt", "lib/python3.13/os.py"];
    let output = Command::new(&INTEROP.path).arg("packed").args(paths).output().unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let expected = "data/words.txt: Some(\"words\\n\")\n\
                    data/deep/table.json: Some(\"{}\\n\")\n\
                    data: None\n\
                    absent.txt: None\n\
                    lib/python3.13/os.py: None\n\
                    [\"added.py\", \"allocators.py\", \"bin\", \"data\", \"endings.py\", \"lib\", \"logs.py\", \"space\"]\n\
                    [\"data/deep/table.json\", \"data/words.txt\"]\n\
                    Some(\"lib/python3.13/json/decoder.py\")\n\
                    true\n\
                    []\n";
    assert_eq!(stdout, expected, "{output:?}");
}

#[test]
fn the_start_of_pyo3_is_that_of_the_packed_interpreter() {
    let mut command = Command::new("timeout");
    let output = command.args(["60".as_ref(), INTEROP.path.as_os_str()]).arg("initialize").output();
    let output = output.unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "endings.py\n6\n", "{output:?}");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

/// What further resources are made of.
const EXTRAS: &str = "\
[python_distribution]
version = \"3.13\"

[[python_packages]]
type = \"stdlib\"

[[python_packages]]
type = \"wheel\"
path = \"plug-1.0-py3-none-any.whl\"

[[python_packages]]
type = \"pip-install-simple\"
package = \"markupsafe==3.0.2\"

[[python_packages]]
type = \"package-root\"
path = \".\"
packages = [\"extra\", \"space\"]
";

/// Runs `pyoxidizer build --resources-only`.
fn pack(folder: &Path, config: &str, output: &str) -> Output {
    let mut command = Command::new(end_to_end::command::packer().unwrap());
    command.args(["build", config, "--resources-only", "-o", output]).current_dir(folder);
    command.output().unwrap()
}

/// Starts the program with further resources.
fn with(files: &[&Path]) -> (String, String) {
    let names: Vec<_> = files.iter().map(|file| file.to_str().unwrap()).collect();
    let mut command = Command::new("timeout");
    command.arg("120").arg(&INTEROP.path).env("ADDED", names.join(":"));
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (text(output.stdout), text(output.stderr))
}

#[test]
fn further_resources_are_found_as_if_they_were_installed() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let members = [
        ["plug/__init__.py", "def name():\n    return 'plugged'\n"],
        ["plug/data.txt", "some data"],
        ["plug-1.0.dist-info/entry_points.txt", "[interop]\none = plug:name\n"],
    ];
    make_wheel(folder.path(), "plug-1.0-py3-none-any.whl", &members.concat());
    let extra =
        "def fail():\n    raise ValueError('extra')\n\n\ndef double(n):\n    return 2 * n\n";
    fs_err::write(path("extra.py"), extra).unwrap();
    fs_err::create_dir(path("space")).unwrap();
    fs_err::write(path("space/two.py"), "WORD = 'two'\n").unwrap();
    fs_err::write(path("extras.toml"), EXTRAS).unwrap();
    let packed = pack(folder.path(), "extras.toml", "extras.resources");
    assert!(packed.status.success(), "{}", String::from_utf8_lossy(&packed.stderr));

    let first = path("extras.resources");
    let (stdout, stderr) = with(&[&first]);
    let site = "+extras/lib/python3.13/site-packages";
    let speedups = format!("{site}/markupsafe/_speedups.cpython-313-x86_64-linux-gnu.so");
    let expected = format!(
        "['+extras', '{site}']\n\
         {site}/plug/__init__.py {speedups}\n\
         one two ['space', '+extras/space']\n\
         ['one', 'two']\n\
         some data\n\
         some data ['__init__.py', 'data.txt']\n\
         1.0\n\
         ['plugged']\n\
         &lt; &lt;\n\
         raise ValueError('extra')\n\
         [4]\n"
    );
    assert_eq!(stdout, expected, "{stderr}");

    let contents = INTEROP.succeed(["contents", first.to_str().unwrap()]).unwrap();
    let plug = "lib/python3.13/site-packages/plug";
    let files = format!("[\"{plug}/__init__.py\", \"{plug}/data.txt\"]");
    assert_eq!(contents, format!("{files}\n[\"markupsafe\", \"plug\"]\n"));

    // The second ones, in memory, are behind the first ones.
    let (stdout, stderr) = with(&[&first, &first]);
    assert!(stdout.contains("['space', '+extras/space', '+memory1/space']"), "{stdout}{stderr}");

    let refused = |name: &str, bytes: Option<&[u8]>| {
        let file = path(&format!("{name}.resources"));
        if let Some(bytes) = bytes {
            fs_err::write(&file, bytes).unwrap();
        }
        let (stdout, stderr) = with(&[&file]);
        assert_eq!(stdout, "");
        stderr.replace(folder.path().to_str().unwrap(), "FOLDER")
    };
    assert_eq!(
        refused("absent", None),
        "error: cannot open the packed resources `FOLDER/absent.resources`: No such file or directory (os error 2)\n"
    );
    assert_eq!(
        refused("empty", Some(b"")),
        "error: the packed resources `FOLDER/empty.resources` cannot be read: packed resources of 0 bytes have no room for \
         a header\n"
    );
    assert_eq!(
        refused("a b", Some(b"")),
        "error: packed resources cannot have the name `a b`: it must consist of letters, digits, `_`, `-` and `.`\n"
    );
    let mut older = pyresources::Writer::new();
    older.setting(pyresources::setting::STDLIB, "lib/python3.12");
    assert_eq!(
        refused("older", Some(&older.finish().unwrap())),
        "error: the packed resources `FOLDER/older.resources` are for Python 3.12, and this executable has Python 3.13; make \
         them with version = \"3.13\" in [python_distribution]\n"
    );
}

#[test]
fn resources_without_packages_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let config =
        "[python_distribution]\nversion = \"3.13\"\n[[python_packages]]\ntype = \"stdlib\"\n";
    fs_err::write(folder.path().join("none.toml"), config).unwrap();
    let packed = pack(folder.path(), "none.toml", "none.resources");
    let stderr = String::from_utf8_lossy(&packed.stderr).into_owned();
    assert_eq!(packed.status.code(), Some(1), "{stderr}");
    let expected = "error: nothing is left to pack beside the standard library\n\
                    hint: add packages with [[python_packages]]\n";
    assert_eq!(stderr, expected);
    assert!(!folder.path().join("none.resources").exists());
}
