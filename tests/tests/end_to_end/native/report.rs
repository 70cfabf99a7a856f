//! What the build says about binary wheels and libraries of its machine.

use std::process::Command;

use end_to_end::project::{Lock, Profile};
use end_to_end::{Application, Project, scratch_folder};
use serde_json::Value;

const CONFIG: &str = "\
[[python_packages]]
type = \"stdlib\"
[[python_packages]]
type = \"pip-requirements-file\"
requirements_path = \"requirements.txt\"
[native_libraries]
include_system = [\"libz.so.1\"]
[python_run]
mode = \"eval\"
code = '''
import io
from PIL import Image
file = io.BytesIO()
Image.new(\"RGB\", (3, 2), (1, 2, 3)).save(file, \"PNG\")
print(Image.open(file).getpixel((2, 1)))
print(any(\"/libz.so\" in line for line in open(\"/proc/self/maps\")))
'''
";

/// The newest version of glibc that `readelf` finds an executable to ask for.
fn glibc_of(application: &Application) -> String {
    let shown = Command::new("readelf").arg("-VW").arg(&application.path).output().unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    let names = shown.split_whitespace().filter_map(|word| word.strip_prefix("GLIBC_"));
    let parse = |name: &str| name.split('.').map(|part| part.parse().ok()).collect();
    let newest: Option<Vec<u32>> = names.filter_map(parse).max();
    let parts: Vec<String> = newest.unwrap().iter().map(u32::to_string).collect();
    parts.join(".")
}

#[test]
fn a_report_and_the_licenses_tell_what_went_in() {
    let project = Project::new("native-report", CONFIG).unwrap();
    project.write("requirements.txt", "pillow\n").unwrap();
    let lock = Lock::acquire().unwrap();
    let application =
        project.cargo(Profile::Dev).run_holding(&lock).unwrap().expect_application().unwrap();
    let read =
        |name: &str| fs_err::read_to_string(scratch_folder().join("target/debug").join(name));
    let text = read("native_libraries.txt").unwrap();
    let report: Value = serde_json::from_str(&read("native_libraries.json").unwrap()).unwrap();
    let licenses = read("licenses/README.txt").unwrap();
    drop(lock);

    let stdout = application.succeed([""; 0]).unwrap();
    assert_eq!(stdout, "(1, 2, 3)\nFalse\n");

    assert_eq!(report["glibc"]["executable"], glibc_of(&application));
    let summary =
        format!("The application runs on glibc {} or newer, for the", glibc_of(&application));
    assert!(text.contains(&summary), "{text}");
    assert_eq!(report["from_system"][0][0], "system.libs/libz.so.1");
    let modules = report["extensions"].as_array().unwrap();
    let imaging = modules.iter().find(|module| module["module"] == "PIL._imaging").unwrap();
    let dependencies = imaging["dependencies"].as_array().unwrap();
    assert!(dependencies.contains(&"system.libs/libz.so.1".into()), "{imaging}");
    assert!(!imaging["system"].as_array().unwrap().contains(&"libz.so.1".into()), "{imaging}");
    assert!(licenses.lines().any(|line| line.trim_start().starts_with("libz.so.1 ")), "{licenses}");
}

#[test]
fn without_shared_objects_there_is_no_report() {
    let project = Project::new(
        "native-none",
        "[[python_packages]]\ntype = \"stdlib\"\n[python_run]\nmode = \"eval\"\ncode = \"pass\"\n",
    );
    let lock = Lock::acquire().unwrap();
    project.unwrap().cargo(Profile::Dev).run_holding(&lock).unwrap().expect_application().unwrap();
    assert!(!scratch_folder().join("target/debug/native_libraries.txt").exists());
}
