//! Rust applications that use Python: the example in the documentation, and endings that are awkward.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;
use std::time::Duration;

use end_to_end::project::CargoBuild;
use end_to_end::{Application, Profile, distribution, scratch_folder, workspace};

/// A build of a package, as its user would do it: in its own folder, with its own settings.
fn build(package: &str, executable: &str) -> CargoBuild {
    let arguments = ["--locked", "--bin", executable];
    let mut build = CargoBuild::new(executable, Profile::Dev).executable(executable, &arguments);
    build.command.current_dir(workspace().join(package)).env_remove("PYO3_CONFIG_FILE");
    build
}

#[test]
fn a_rust_application_calls_python_and_is_called_by_it() {
    let package = "docs/examples/rust-app";
    let built = build(package, "rust-app").run().unwrap();
    assert!(!built.stderr.contains("nothing in the executable provides"), "{}", built.stderr);
    let application = built.expect_application().unwrap();
    let stdout = application.succeed(["the", "quick", "brown", "fox"]).unwrap();
    let expected = fs_err::read_to_string(workspace().join(package).join("output.txt")).unwrap();
    assert_eq!(stdout, expected);
    let finished = application.run([""; 0]).unwrap();
    assert_eq!(finished.code, Some(1), "{finished:?}");
    let last = finished.stderr.lines().last();
    assert_eq!(last, Some("ValueError: no words"), "{finished:?}");
}

#[test]
fn c_libraries_of_rust_crates_and_of_python_stay_apart() {
    let application = build("docs/examples/rust-libraries", "rust-libraries").run().unwrap();
    let stdout = application.expect_application().unwrap().succeed([""; 0]).unwrap();
    let lines: Vec<&str> = stdout.lines().collect();
    let [longest, python, rust] = lines[..] else { panic!("{stdout}") };
    assert_eq!(longest, "the longest of them");
    let code = "import sqlite3, zlib\n\
                print(f'Python: SQLite {sqlite3.sqlite_version}, zlib {zlib.ZLIB_RUNTIME_VERSION}')";
    let expected = Command::new(distribution::python().unwrap()).args(["-c", code]).output();
    assert_eq!(python.as_bytes(), expected.unwrap().stdout.trim_ascii());
    assert!(
        rust.starts_with("Rust: SQLite 3.") && rust["Rust".len()..] != python["Python".len()..]
    );
}

#[test]
fn a_tool_starts_python_where_a_subcommand_needs_it() {
    let application = build("docs/examples/rust-tool", "rust-tool").run().unwrap();
    let application = application.expect_application().unwrap();
    let points = ["0,1", "1,3", "2,7"];
    assert_eq!(application.succeed([&["centre"], &points[1..]].concat()).unwrap(), "1.5,5\n");
    // By numpy, in processes that Python starts.
    let fit = [&["fit", "--degree", "1", "--degree", "2"], &points[..]].concat();
    assert_eq!(application.succeed(fit).unwrap(), "[3.0, 0.666667]\n[1.0, 1.0, 1.0]\n");
    let finished = application.run(["fit", "x"]).unwrap();
    assert_eq!(finished.code, Some(2), "{finished:?}");
    assert!(finished.stderr.contains("a point has two coordinates"), "{finished:?}");
}

#[test]
fn a_service_answers_with_what_python_says() {
    let application = build("docs/examples/rust-service", "rust-service").run().unwrap();
    let path = application.expect_application().unwrap().path;
    let mut service = Command::new(path).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(service.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim_end().strip_prefix("listening on ").unwrap().to_owned();
    let answers: Vec<_> = ["[1, 2, 6]", "[]", "[4]"]
        .map(|body| {
            let address = address.clone();
            std::thread::spawn(move || post(&address, "/summary", body))
        })
        .into_iter()
        .map(|request| request.join().unwrap())
        .collect();
    let interrupted = rustix::process::kill_process(
        rustix::process::Pid::from_child(&service),
        rustix::process::Signal::INT,
    );
    interrupted.unwrap();
    assert_eq!(service.wait().unwrap().code(), Some(0));
    let expected = [
        (200, r#"{"mean":3.0,"median":2.0}"#),
        (400, "ValueError: no numbers"),
        (200, r#"{"mean":4.0,"median":4.0}"#),
    ];
    for (answer, (code, text)) in answers.iter().zip(expected) {
        assert!(answer.starts_with(&format!("HTTP/1.1 {code} ")), "{answer}");
        assert!(answer.ends_with(text), "{answer}");
    }
}

/// Sends JSON to a server, and gives all that it answers.
fn post(address: &str, path: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let length = body.len();
    let headers = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(format!("{headers}{body}").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Programs that end in awkward ways: `tests/embedding/src/bin/endings.rs`.
static ENDINGS: LazyLock<Application> = LazyLock::new(|| {
    build("tests/embedding", "endings").run().unwrap().expect_application().unwrap()
});

/// Lets the program end in one of its ways; ends it after a while if it does not.
fn end(ending: &str) -> Output {
    let mut command = Command::new("timeout");
    command.arg("60").arg(&ENDINGS.path).arg(ending).env_remove("RUST_BACKTRACE");
    command.output().unwrap()
}

/// Requires that a program ends so each time: with this code, the last line of standard error, and this on standard output.
fn ends(ending: &str, code: i32, error: &str, stdout: &str) {
    let output = end(ending);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, errors) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{ending}: {errors}");
    assert_eq!(errors.lines().last().unwrap_or_default(), error, "{ending}: {errors}");
    assert_eq!(out, stdout, "{ending}: {errors}");
}

const AFTER: &str = "error: Python is used after its interpreter has ended";
const AT_END: &str = "buffered\nthread\natexit\nfinalized\n";

#[test]
fn exceptions_and_errors_are_printed_and_give_exit_codes() {
    ends("main:nothing", 0, "", "");
    ends("main:own-code", 7, "", "");
    for ending in ["exception", "boxed", "boxed-to-send", "anyhow", "anyhow-context", "own-error"] {
        ends(&format!("main:{ending}"), 1, "ValueError: refused", "finalized\n");
    }
    ends("main:other-error", 1, "error: no exception", "");
    ends("main:exit-code", 5, "", "finalized\n");
    ends("main:exit-anyhow", 5, "", "finalized\n");
    ends("main:exit-message", 1, "a message", "finalized\n");
    let context = String::from_utf8_lossy(&end("main:anyhow-context").stderr).into_owned();
    assert!(context.starts_with("error: something about it\nTraceback"), "{context}");
    let interrupt = std::os::unix::process::ExitStatusExt::signal(&direct("main:interrupt").status);
    assert_eq!(interrupt, Some(2));
}

/// As [`end`], without another program between.
fn direct(ending: &str) -> Output {
    Command::new(&ENDINGS.path).arg(ending).output().unwrap()
}

#[test]
fn a_rust_module_with_the_name_of_a_packed_one_is_refused() {
    ends("modules:others", 0, "", "");
    let refusal = "error: the Rust module `endings` has the name of a Python module that is packed, which would be \
                   imported in its place; give one of them another name";
    ends("modules:shadowed", 1, refusal, "");
}

#[test]
fn programs_end_whatever_threads_do() {
    for ending in ["main:exit", "main:exit-attached"] {
        ends(ending, 4, "", "");
    }
    ends("main:say-at-end", 0, "", AT_END);
    for ending in ["threads-enter", "thread-detaches"] {
        ends(&format!("main:{ending}"), 0, "", "");
    }
    // What these have loaded is still in use.
    for ending in ["thread-counts", "thread-sleeps"] {
        assert_eq!(end(&format!("main:{ending}")).status.code(), Some(0), "{ending}");
    }
    ends("main:all-threads", 0, "", AT_END);
    ends("run-with-threads", 0, "", AT_END);
    ends("drop-with-threads", 0, "", "");
    for ending in ["main:panic", "main:panic-attached", "main:panic-with-threads"] {
        assert_eq!(end(ending).status.code(), Some(101), "{ending}");
    }
}

#[test]
fn programs_that_would_not_be_python_are_not_started_as_python() {
    let stdout = |ending: &str| {
        let output = end(ending);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        (String::from_utf8_lossy(&output.stdout).into_owned(), errors)
    };
    assert_eq!(stdout("main:starts-python").0, "Python\n[4]\n[4]\nfinalized\n");
    let (refused, errors) = stdout("starts-python");
    let words = "this program cannot start Python from sys.executable, as it does not call pyembed::main() or \
                 pyembed::run_if_python() at its beginning; a test harness calls neither";
    assert_eq!(refused, format!("PermissionError\n{words}\n{words}\n"), "{errors}");
    assert_eq!(errors, format!("error: {words}\n"));
}

#[test]
fn nothing_uses_python_after_its_end() {
    ends("main:attach-after", 1, AFTER, "");
    ends("main:try-attach-after", 0, "", "None\n");
    ends("main:thread-after", 0, "", "");
    ends("main:error-after", 1, AFTER, "");
    ends("main:object-after", 0, "", "finalized\n");
    ends("main:thread-local-asks", 0, "dropped: None", "");
    ends("main:thread-local-needs", 1, AFTER, "");
}

#[test]
fn a_dropped_interpreter_stays_usable() {
    let said = "buffered\nthread\natexit\n";
    ends("drop", 0, "", &format!("{said}after: 3\n"));
    ends("drop-attached", 0, "", "after: 3\n");
    ends("forget", 0, "", "");
    let error = String::from_utf8_lossy(&end("drop-error").stdout).into_owned();
    assert!(error.starts_with("after: ValueError: refused PyErr {"), "{error}");
    let output = end("drop-question-mark");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("Error: PyErr"), "{output:?}");
    assert_eq!(end("shared").status.code(), Some(0));
    let other = String::from_utf8_lossy(&end("run-on-other-thread").stdout).into_owned();
    assert_eq!(other, "refused: true\n");
}

#[test]
fn tests_share_an_interpreter() {
    let mut build = CargoBuild::new("parallel", Profile::Dev);
    let command = &mut build.command;
    command.current_dir(workspace().join("tests/embedding")).env_remove("PYO3_CONFIG_FILE");
    let output = build.subcommand("test", &["--locked", "--test", "parallel"]).unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("test result: ok. 11 passed"), "{text}");
}

/// A build of the workspace `tests/packages`, called in a folder elsewhere.
fn packages(folder: &std::path::Path, arguments: &[&str]) -> CargoBuild {
    let manifest = workspace().join("tests/packages/Cargo.toml");
    let arguments = [&["--locked", "--manifest-path", manifest.to_str().unwrap()], arguments];
    let mut build =
        CargoBuild::new("packages", Profile::Dev).executable("one", &arguments.concat());
    build.command.current_dir(folder).env("PWD", folder);
    build.command.env("PYO3_CONFIG_FILE", workspace().join("pyembed/pyo3-config.txt"));
    build
}

#[test]
fn packages_and_executables_of_a_workspace_have_configurations_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let built = packages(folder.path(), &["--workspace"]).run().unwrap();
    let notes = ["one is packed as `", "two is packed as `", "tool is packed as `"];
    assert!(notes.iter().all(|note| built.stderr.contains(note)), "{}", built.stderr);
    let one = built.expect_application().unwrap();
    assert_eq!(one.succeed([""; 0]).unwrap(), "one\n");
    let others = scratch_folder().join("target/debug");
    let printed = |name: &str| Application::at(others.join(name)).succeed([""; 0]).unwrap();
    assert_eq!(printed("two"), "two\n");
    assert_eq!(printed("tool"), "tool None\n");
    let lacking = Application::at(others.join("lacking")).run([""; 0]).unwrap();
    assert_eq!(lacking.code, Some(1), "{lacking:?}");
    assert!(
        lacking.stderr.contains("error: the Rust module `engine` of rust_modules"),
        "{lacking:?}"
    );
    let tests = packages(folder.path(), &[]).subcommand(
        "test",
        &["--manifest-path", workspace().join("tests/packages/two/Cargo.toml").to_str().unwrap()],
    );
    let tests = tests.unwrap();
    assert!(tests.status.success(), "{tests:?}");
}

#[test]
fn checks_need_no_packer_and_builds_say_what_is_wrong_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("no-pyoxidizer");
    let manifest = workspace().join("tests/packages/one/Cargo.toml");
    let run = |subcommand: &str| {
        let mut cargo = packages(folder.path(), &[]);
        cargo.command.env("PYOXIDIZER", &missing);
        let arguments = ["--manifest-path", manifest.to_str().unwrap()];
        let output = cargo.subcommand(subcommand, &arguments).unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    for subcommand in ["check", "doc"] {
        let (succeeds, message) = run(subcommand);
        assert!(succeeds, "{message}");
    }
    let (succeeds, message) = run("build");
    assert!(!succeeds, "{message}");
    assert!(message.contains("error: PYOXIDIZER names `"), "{message}");
    assert!(message.contains("does not run (No such file or directory"), "{message}");
    assert!(message.contains("hint: unset PYOXIDIZER"), "{message}");
}

/// What `tests/embedding`'s program `options` prints.
static OPTIONS: LazyLock<Application> = LazyLock::new(|| {
    build("tests/embedding", "options").run().unwrap().expect_application().unwrap()
});

fn options(arguments: &[&[u8]]) -> String {
    use std::os::unix::ffi::OsStrExt as _;

    let arguments = arguments.iter().map(|argument| std::ffi::OsStr::from_bytes(argument));
    let output = OPTIONS.command(arguments).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn options_are_set_from_rust() {
    let hash = Command::new(distribution::python().unwrap())
        .env_clear()
        .env("PYTHONHASHSEED", "42")
        .args(["-c", "print(hash('text'))"])
        .output()
        .unwrap();
    let hash = String::from_utf8(hash.stdout).unwrap();
    let cache = OPTIONS.path.with_file_name("cache");
    let rest = format!(
        "True\n9 True 1 1 False\n['default', 'error::ResourceWarning'] {{'dev': True, 'cpu_count': '2', \
         'pycache_prefix': '{cache}', 'own': '1', 'tracemalloc': '4'}} 4\n{hash} never {cache} 2\n",
        cache = cache.display(),
        hash = hash.trim_end(),
    );
    // Those of the process, as they are.
    let printed = options(&[b"set-up", b"na\xefve", "ü".as_bytes()]);
    assert_eq!(printed, format!("[b'set-up', b'na\\xefve', b'\\xc3\\xbc']\n{rest}"));
    let printed = options(&[b"arguments"]);
    assert_eq!(printed, format!("[b'caf\\xe9', b'x']\n{rest}"));
}

#[test]
fn options_that_cannot_be_are_errors() {
    for (name, expected) in [
        (
            "wrong-value",
            "the interpreter\'s option cpu_count cannot be \"0\"; it has to be a number from 1 to 2147483647",
        ),
        (
            "wrong-x-option",
            "the interpreter\'s option x_options cannot be \"utf8=2\"; it has to be `utf8`, `utf8=1` or `utf8=0`",
        ),
        (
            "later-option",
            "the interpreter\'s option remote_debug needs CPython 3.14 as it is set; this is CPython 3.13",
        ),
        (
            "later-value",
            "the interpreter\'s option import_time needs CPython 3.14 as it is set; this is CPython 3.13",
        ),
        (
            "twice",
            r#"the interpreter's options `tracemalloc` and `x_options = ["tracemalloc=4"]` exclude one another"#,
        ),
        (
            "conflict",
            "the interpreter's options `isolated = true` and `ignore_environment = false` exclude one another",
        ),
    ] {
        assert_eq!(options(&[name.as_bytes()]), format!("{expected}\n"));
    }
}
