use std::path::Path;

use super::*;
use crate::collect::testing::{distribution, python};
use crate::collect::{Module, ModuleKind, Origin};
use crate::config::resolved::OptimizeLevel;
use crate::reporter::Silent;
use crate::workers::WorkersError;

fn request(name: &str, source: impl Into<Vec<u8>>) -> CompileRequest {
    CompileRequest {
        name: name.to_owned(),
        source: source.into(),
        filename: format!("{name}.py"),
        optimize_level: OptimizeLevel::Zero,
        columns: true,
    }
}

fn run(requests: &[CompileRequest], cache: &Path) -> Vec<CompileOutcome> {
    compile(&distribution(cache), requests, &Cache::at(cache), &Silent).unwrap()
}

/// Runs the code with `python3` and returns what it prints.
fn execute(outcome: &CompileOutcome) -> String {
    const RUN: &str = "import sys, marshal; exec(marshal.load(open(sys.argv[1], 'rb')), {})";
    let CompileOutcome::Code(code) = outcome else { panic!("{outcome:?}") };
    let file = tempfile::NamedTempFile::new().unwrap();
    fs_err::write(file.path(), code).unwrap();
    python(RUN, &[file.path()]).trim().to_owned()
}

#[test]
fn the_interpreter_runs_what_comes_out() {
    let cache = tempfile::tempdir().unwrap();
    let mut optimized = request("level", "def f():\n    'doc'\nassert False\nprint(f.__doc__)\n");
    optimized.optimize_level = OptimizeLevel::Two;
    let latin = b"# -*- coding: latin-1 -*-\nprint(ascii('\xe9'))\n".to_vec();
    let requests = [
        request("first", "print(1 + 1, (lambda: 0).__code__.co_filename)"),
        request("latin", latin),
        optimized,
        request("empty", ""),
        request("warns", "print('\\d' is 1)"),
    ];
    let outcomes = run(&requests, cache.path());
    let printed: Vec<String> = outcomes.iter().map(execute).collect();
    assert_eq!(printed, ["2 first.py", "'\\xe9'", "None", "", "False"]);
}

#[test]
fn syntax_errors_name_file_and_line() {
    let cache = tempfile::tempdir().unwrap();
    let requests = [
        request("good", "x = 1"),
        request("bad", "x = 1\ny = (\n"),
        request("codec", "# -*- coding: klingon -*-\n"),
        request("null", "x = '\0'"),
        request("utf8", b"x = '\xff'".to_vec()),
    ];
    let outcomes = run(&requests, cache.path());
    assert!(matches!(outcomes[0], CompileOutcome::Code(_)));
    let CompileOutcome::SyntaxError(bad) = &outcomes[1] else { panic!("{outcomes:?}") };
    assert_eq!(bad.to_string(), "bad.py:2: '(' was never closed");
    for outcome in &outcomes[2..] {
        assert!(matches!(outcome, CompileOutcome::SyntaxError(_)), "{outcome:?}");
    }
}

#[cfg(unix)]
/// Every module at the top of the standard library of `python3`.
fn stdlib_sample() -> Vec<CompileRequest> {
    let stdlib = python("import os; print(os.path.dirname(os.__file__), end='')", &[]);
    let mut requests = Vec::new();
    for entry in fs_err::read_dir(stdlib).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "py") {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            requests.push(request(&name, fs_err::read(path).unwrap()));
        }
    }
    requests.sort_by(|a, b| a.name.cmp(&b.name));
    requests
}

#[cfg(unix)]
#[test]
fn the_code_does_not_depend_on_what_was_compiled_before() {
    let requests = stdlib_sample();
    assert!(requests.len() > 100);
    let forward: Vec<&CompileRequest> = requests.iter().collect();
    let backward: Vec<&CompileRequest> = requests.iter().rev().collect();
    let python = Path::new("python3");
    let once = worker::pool(python, true).sized(2, 1).run(&forward, &Silent).unwrap();
    let mut again = worker::pool(python, true).sized(1, 64).run(&backward, &Silent).unwrap();
    again.reverse();
    let differing: Vec<&str> = (0..requests.len())
        .filter(|&index| once[index] != again[index])
        .map(|index| requests[index].name.as_str())
        .collect();
    assert!(differing.is_empty(), "{differing:?}");
}

#[test]
fn a_worker_that_breaks_off_shows_its_last_words() {
    let requests = [request("a", "x")];
    let requests: Vec<&CompileRequest> = requests.iter().collect();
    let error = worker::compile(Path::new("/gone/python"), &requests, &Silent);
    let error = error.unwrap_err();
    assert!(matches!(error, BytecodeError::Workers(WorkersError::Start { .. })), "{error}");
    assert!(error.to_string().contains("/gone/python") && error.hint().is_some(), "{error}");
}

#[cfg(unix)]
#[test]
fn an_interpreter_that_is_none_is_an_error_with_its_standard_error() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let fake = folder.path().join("python3");
    fs_err::write(&fake, "#!/bin/sh\necho 'no home' >&2\nexit 3\n").unwrap();
    fs_err::set_permissions(&fake, std::fs::Permissions::from_mode(0o755)).unwrap();
    let request = request("pkg.mod", "x");
    let error = worker::compile(&fake, &[&request], &Silent).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("pkg.mod") && text.contains("no home"), "{text}");
    assert!(text.contains("exit status: 3"), "{text}");
}

#[test]
fn what_is_kept_is_used_and_what_is_damaged_is_made_anew() {
    let cache = tempfile::tempdir().unwrap();
    let requests = [request("a", "x = 1"), request("b", "x = 2")];
    let first = run(&requests, cache.path());

    // Without an interpreter nothing can be compiled, so all of it comes from the cache.
    let mut without = distribution(cache.path());
    without.python_exe = "/gone/python".into();
    let cache_folder = Cache::at(cache.path());
    assert_eq!(compile(&without, &requests, &cache_folder, &Silent).unwrap(), first);

    let kept: Vec<_> = walkdir::WalkDir::new(cache.path().join("bytecode"))
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        .collect();
    assert_eq!(kept.len(), 2);
    let mut bytes = fs_err::read(kept[0].path()).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs_err::write(kept[0].path(), &bytes).unwrap();
    fs_err::write(kept[1].path(), &bytes[..10]).unwrap();
    assert!(compile(&without, &requests, &cache_folder, &Silent).is_err());
    assert_eq!(run(&requests, cache.path()), first);
    assert_eq!(compile(&without, &requests, &cache_folder, &Silent).unwrap(), first);
}

#[test]
fn whatever_changes_the_code_changes_the_key() {
    let cache = tempfile::tempdir().unwrap();
    let original = request("a", "x = 1");
    let mut level = original.clone();
    level.optimize_level = OptimizeLevel::One;
    let mut filename = original.clone();
    filename.filename = "b.py".to_owned();
    let source = request("a", "x = 2");
    run(std::slice::from_ref(&original), cache.path());

    let cache_folder = Cache::at(cache.path());
    let is_kept = |change: &dyn Fn(&mut Distribution), request: &CompileRequest| {
        let mut distribution = distribution(cache.path());
        change(&mut distribution);
        let store = worker::store(&cache_folder, &distribution).unwrap();
        store.load(std::slice::from_ref(request))[0].is_some()
    };
    assert!(is_kept(&|_| {}, &original));
    for other in [&level, &filename, &source] {
        assert!(!is_kept(&|_| {}, other), "{other:?}");
    }
    assert!(!is_kept(&|distribution| distribution.bytecode_magic = [0; 4], &original));
    assert!(!is_kept(&|distribution| distribution.full_version = "3.13.6".to_owned(), &original));
}

#[test]
fn a_syntax_error_ends_the_build_only_where_python_would_meet_it() {
    let module = |importable, stdlib| Module {
        name: "app.views".to_owned(),
        kind: ModuleKind::Module,
        source: Some("/src/app/views.py".into()),
        virtual_path: "app/views.py".to_owned(),
        optimize_level: OptimizeLevel::Zero,
        include_source: true,
        importable,
        origin: Origin { line: 1, stdlib },
    };
    let broken = SyntaxError {
        file: "app/views.py".to_owned(),
        line: 12,
        message: "invalid syntax".to_owned(),
    };
    let outcome = || CompileOutcome::SyntaxError(broken.clone());
    let source_only = Verdict::SourceOnly(broken.clone());
    assert_eq!(judge(&module(true, true), outcome()).unwrap(), source_only);
    assert_eq!(judge(&module(false, false), outcome()).unwrap(), source_only);
    let error = judge(&module(true, false), outcome()).unwrap_err();
    insta::assert_snapshot!(
        format!("{error} | {}", error.hint().unwrap()),
        @r#"the module "app.views" cannot be compiled: /src/app/views.py:12: invalid syntax | correct the file, or list "app.views" under `excludes` of its [[python_packages]] entry"#
    );
    let code = CompileOutcome::Code(vec![1]);
    assert_eq!(judge(&module(true, false), code).unwrap(), Verdict::Code(vec![1]));
}
