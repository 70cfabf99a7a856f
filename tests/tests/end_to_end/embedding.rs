//! The example of a Rust application in the documentation.

use end_to_end::project::CargoBuild;
use end_to_end::{Profile, workspace};

#[test]
fn a_rust_application_calls_python_and_is_called_by_it() {
    let mut build = CargoBuild::new("rust-app", Profile::Dev).executable("rust-app", &["--locked"]);
    // As a user would: in the application's own folder, with its own settings.
    let folder = workspace().join("docs/examples/rust-app");
    build.command.current_dir(folder).env_remove("PYO3_CONFIG_FILE");
    let application = build.run().unwrap().expect_application().unwrap();
    let stdout = application.succeed(["the", "quick", "brown", "fox"]).unwrap();
    let expected =
        fs_err::read_to_string(workspace().join("docs/examples/rust-app/output.txt")).unwrap();
    assert_eq!(stdout, expected);
}
