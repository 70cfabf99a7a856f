//! The standard streams and the command line.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::process::{Command, Stdio};

use end_to_end::Finished;
use end_to_end::application::{run, run_in_empty_folder};

use crate::scenarios::SCENARIOS;

/// `python`'s exit code when what is left in a buffer cannot be written.
const FLUSH_FAILED: i32 = 120;

#[test]
fn arguments_are_the_applications_own() {
    // `-c`, `-V` and `--help` would be the interpreter's.
    let arguments = ["arguments", "one", "", "two words", "-c", "-V", "--help", "-", "naïve"];
    SCENARIOS.same(&arguments);
    let stdout = SCENARIOS.application.succeed(arguments).unwrap();
    assert_eq!(
        stdout,
        "['arguments', 'one', '', 'two words', '-c', '-V', '--help', '-', 'naïve']\n"
    );
}

#[test]
fn arguments_need_not_be_utf8() {
    let arguments = [OsStr::new("undecodable_argument"), OsStr::from_bytes(b"caf\xe9")];
    let stdout = SCENARIOS.application.succeed(arguments.map(OsString::from)).unwrap();
    assert_eq!(stdout, "'caf\\udce9' b'caf\\xe9'\n");
}

#[test]
fn standard_input_is_read_as_python_reads_it() {
    for (scenario, input) in [("echo", "one\ntwo\nlast"), ("ask", "Ada\n"), ("ask", "")] {
        let mut packed = SCENARIOS.application.command([scenario]);
        let packed = run_in_empty_folder(&mut packed, input).unwrap();
        let expected = run_in_empty_folder(&mut SCENARIOS.python(&[scenario]), input).unwrap();
        SCENARIOS.compare(&packed, &expected);
    }
}

#[test]
fn output_is_utf8_without_any_locale() {
    let finished = SCENARIOS.same(&["write_unicode"]);
    assert_eq!(finished.stdout, "naïve Ω 日本語 \u{1f40d}\n");
    assert_eq!(finished.stderr, "naïve Ω\n");
    SCENARIOS.same(&["properties"]);
}

#[test]
fn output_that_cannot_be_written_is_an_error() {
    let packed = into_full_device(&SCENARIOS.application.command(["write_text"]));
    assert_eq!(packed.code, Some(FLUSH_FAILED));
    let expected = into_full_device(&SCENARIOS.python(&["write_text"]));
    SCENARIOS.compare(&packed, &expected);
}

#[test]
fn a_reader_that_goes_away_is_an_error() {
    let packed = into_closed_pipe(SCENARIOS.application.command(["fill_output"]));
    let expected = into_closed_pipe(SCENARIOS.python(&["fill_output"]));
    assert!(packed.1.contains("BrokenPipeError"), "{}", packed.1);
    assert_eq!(packed.0, expected.0);
}

#[test]
fn streams_that_are_closed_are_none() {
    let packed = without_streams(&SCENARIOS.application.command(["which_are_open"]));
    let expected = without_streams(&SCENARIOS.python(&["which_are_open"]));
    assert_eq!(expected, "[True, True]\n");
    assert_eq!(packed, expected);
}

/// Runs a program whose output goes to a device that is always full.
fn into_full_device(command: &Command) -> Finished {
    let mut shell = Command::new("/bin/sh");
    shell.env_clear().args(["-c", "exec \"$0\" \"$@\" >/dev/full"]);
    inherit(&mut shell, command);
    run(&mut shell, "").unwrap()
}

/// Exit code and standard error of a program whose reader reads nothing.
fn into_closed_pipe(mut command: Command) -> (Option<i32>, String) {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Standard error of a program that was started without the other two streams.
fn without_streams(command: &Command) -> String {
    let mut shell = Command::new("/bin/sh");
    shell.env_clear().args(["-c", "exec \"$0\" \"$@\" <&- >&-"]);
    inherit(&mut shell, command);
    run(&mut shell, "").unwrap().stderr
}

/// Makes `shell`'s arguments the program and the arguments of `command`, and passes its variables.
fn inherit(shell: &mut Command, command: &Command) {
    shell.arg(command.get_program()).args(command.get_args());
    for (key, value) in command.get_envs() {
        if let Some(value) = value {
            shell.env(key, value);
        }
    }
}
