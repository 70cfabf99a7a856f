use std::ffi::OsStr;
use std::path::Path;

use fs_err as fs;

use super::find::distribution_of;
use super::python::{Required, choose};
use super::{Named, Options, Subject, SubjectError, config, find};
use crate::cache::Cache;
use crate::config::resolved::{DistributionRequest, PackageSourceKind, PythonVersion, RunMode};
use crate::requirements::Limits;

const TARGET: &str = "x86_64-unknown-linux-gnu";
const PYTHON: PythonVersion = PythonVersion { major: 3, minor: 13 };

fn found(name: &str, folder: &Path) -> Result<Named, SubjectError> {
    find(Some(OsStr::new(name)), folder)
}

fn subject(name: &str, folder: &Path) -> Subject {
    match found(name, folder).unwrap() {
        Named::Subject(subject) => subject,
        Named::Toml(path) => panic!("{}", path.display()),
    }
}

#[test]
fn names_lead_to_what_they_name() {
    let folder = tempfile::tempdir().unwrap();
    let at = |path: &str| folder.path().join(path);
    for (path, text) in [
        ("tool.py", "print()"),
        ("tool", "#!/usr/bin/env python3\nprint()"),
        ("app.toml", ""),
        ("a-1-py3-none-any.whl", "PK\0"),
        ("project/pyproject.toml", "[project]\nname = \"a\"\n"),
        ("old/setup.py", ""),
        ("both/pyproject.toml", ""),
        ("both/pyoxidizer.toml", ""),
        ("package/__init__.py", ""),
        ("package/__main__.py", ""),
        ("folder/__main__.py", ""),
        ("rich/notes.txt", ""),
        ("black", "\u{7f}ELF\0"),
    ] {
        fs::create_dir_all(at(path).parent().unwrap()).unwrap();
        fs::write(at(path), text).unwrap();
    }
    let is = |name: &str, expected| assert_eq!(subject(name, folder.path()), expected, "{name}");
    is("tool.py", Subject::Script(at("tool.py")));
    is("./tool", Subject::Script(at("tool")));
    is("a-1-py3-none-any.whl", Subject::Wheel(at("a-1-py3-none-any.whl")));
    is("project", Subject::Project(at("project")));
    is("project/pyproject.toml", Subject::Project(at("project")));
    is("old", Subject::Project(at("old")));
    is("package", Subject::Package(at("package")));
    is("folder", Subject::Script(at("folder/__main__.py")));
    is("black==25.1.0", Subject::Requirement("black==25.1.0".to_owned()));
    is("black[d] >= 24", Subject::Requirement("black[d] >= 24".to_owned()));
    // A folder that is nothing does not hide a package, nor does the executable that was made of it.
    is("rich", Subject::Requirement("rich".to_owned()));
    is("black", Subject::Requirement("black".to_owned()));
    let toml = Named::Toml(at("both/pyoxidizer.toml"));
    assert_eq!(found("both", folder.path()).unwrap(), toml);
    assert_eq!(found("app.toml", folder.path()).unwrap(), Named::Toml(at("app.toml")));
    assert_eq!(find(None, &at("both")).unwrap(), toml);
    assert_eq!(
        find(None, &at("project")).unwrap(),
        Named::Subject(Subject::Project(at("project")))
    );
}

#[test]
fn what_is_nothing_is_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("program"), b"\x7fELF\0").unwrap();
    fs::create_dir(folder.path().join("empty")).unwrap();
    let message = |name: &str| {
        let error = found(name, folder.path()).unwrap_err();
        let text = format!("{error} | {}", error.hint().unwrap_or_default());
        text.replace(&folder.path().display().to_string(), "DIR")
    };
    insta::assert_snapshot!(message("missing.py"), @"there is no DIR/missing.py | check the path");
    insta::assert_snapshot!(message("./missing"), @"there is no DIR/missing | check the path");
    insta::assert_snapshot!(message("./program"), @"DIR/program is no Python script | name a script, the folder of a project, a TOML file or a package: `pyoxidizer build hello.py`");
    insta::assert_snapshot!(message("./empty"), @"the folder DIR/empty holds no application | it has neither pyoxidizer.toml, pyproject.toml, setup.py nor __main__.py: name the script in it that is to run");
    insta::assert_snapshot!(message("no such thing"), @"`no such thing` is neither a file or folder nor the name of a package | name a script, the folder of a project, a TOML file or a package: `pyoxidizer build hello.py`");
    let error = find(None, folder.path()).unwrap_err();
    assert!(matches!(error, SubjectError::Nothing { .. }), "{error}");
}

#[test]
fn requirements_name_distributions() {
    for text in [
        "a",
        "a==1",
        "a [x,y] >=1 ; python_version > '3'",
        "a @ https://example.com/a.whl",
        "a(>1)",
    ] {
        assert_eq!(distribution_of(text).as_deref(), Some("a"), "{text}");
    }
    for text in ["", "-a", "a b", "https://example.com/a.whl", "a/b", "a-"] {
        assert_eq!(distribution_of(text), None, "{text}");
    }
}

#[test]
fn python_is_chosen() {
    let version = |minor| PythonVersion { major: 3, minor };
    let required = |text: &str| Required { file: "tool.py".into(), specifiers: text.to_owned() };
    let chosen = |text: &str, asked, at_hand: &[PythonVersion]| {
        choose(Some(&required(text)), asked, at_hand)
    };
    assert_eq!(choose(None, None, &[]).unwrap(), PYTHON);
    assert_eq!(choose(None, Some(version(10)), &[]).unwrap(), version(10));
    assert_eq!(chosen(">=3.11", None, &[version(11)]).unwrap(), PYTHON);
    assert_eq!(chosen("<3.13", None, &[version(11)]).unwrap(), version(11));
    assert_eq!(chosen("<3.13", None, &[]).unwrap(), version(12));
    assert_eq!(chosen("==3.12.4", None, &[]).unwrap(), version(12));
    assert_eq!(chosen(">3.13.99", None, &[]).unwrap(), version(15));
    let message = |error: SubjectError| format!("{error} | {}", error.hint().unwrap_or_default());
    insta::assert_snapshot!(message(chosen("<3", None, &[]).unwrap_err()), @"tool.py requires Python <3 | there are Python 3.10, 3.11, 3.12, 3.13, 3.14, 3.15");
    insta::assert_snapshot!(message(chosen(">=3.12", Some(version(11)), &[]).unwrap_err()), @"tool.py requires Python >=3.12, which 3.11 is not | there are Python 3.10, 3.11, 3.12, 3.13, 3.14, 3.15");
    let error = chosen("new", None, &[]).unwrap_err();
    assert!(matches!(error, SubjectError::Specifiers { .. }), "{error}");
}

#[test]
fn a_script_becomes_a_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("my.tool.py");
    fs::write(&script, "# /// script\n# requires-python = \"<3.13\"\n# ///\n").unwrap();
    let cache = Cache::at(folder.path().join("cache"));
    let options = Options { with: vec!["rich".to_owned()], ..Options::default() };
    let subject = subject("my.tool.py", folder.path());
    let made = |limits| config(&subject, &options, TARGET, limits, &[], &cache).unwrap();
    let config = made(Limits::default());
    assert_eq!(config.run, RunMode::Script("my.tool.py".to_owned()));
    assert_eq!(
        config.distribution,
        DistributionRequest::Version(PythonVersion { major: 3, minor: 12 })
    );
    assert_eq!(config.folder(), folder.path());
    assert!(config.licenses.embed && !config.licenses.beside);
    let kinds: Vec<_> = config.packages.iter().map(|source| source.include_source).collect();
    assert_eq!(kinds, [true, true, true]);
    assert!(matches!(config.packages[2].kind, PackageSourceKind::Requirements(_)));
    assert_eq!(subject.name().unwrap(), "my.tool");
    // Nothing is left beside the script, unless a lock file is there or was asked for.
    assert!(config.lock.starts_with(cache.root()), "{:?}", config.lock);
    let beside = folder.path().join("my.tool.lock");
    assert_eq!(made(Limits { locked: true, ..Limits::default() }).lock, beside);
    fs::write(&beside, "").unwrap();
    assert_eq!(made(Limits::default()).lock, beside);
}

#[test]
fn what_was_resolved_counts_for_a_day() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("tool.py"), "").unwrap();
    let cache = Cache::at(folder.path().join("cache"));
    let subject = subject("tool.py", folder.path());
    let place = |options: &Options, limits| {
        config(&subject, options, TARGET, limits, &[], &cache).unwrap().lock
    };
    let (kept, offline) = (Options::default(), Limits { offline: true, ..Limits::default() });
    let lock = place(&kept, Limits::default());
    fs::write(&lock, "").unwrap();
    assert!(place(&kept, Limits::default()).exists());
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(25 * 60 * 60);
    fs::File::options().write(true).open(&lock).unwrap().into_file().set_modified(old).unwrap();
    assert!(place(&kept, offline).exists());
    assert!(!place(&kept, Limits::default()).exists());
    fs::write(&lock, "").unwrap();
    assert!(!place(&Options { upgrade: true, ..kept }, Limits::default()).exists());
}

#[test]
fn a_project_is_run_by_its_own_script() {
    let folder = tempfile::tempdir().unwrap();
    let toml = folder.path().join("pyproject.toml");
    fs::write(&toml, "[project]\nname = \"My-App\"\nrequires-python = \">=3.10\"\n").unwrap();
    let cache = Cache::at(folder.path().join("cache"));
    let subject = Subject::Project(folder.path().to_owned());
    let made =
        |options: &Options| config(&subject, options, TARGET, Limits::default(), &[], &cache);
    assert_eq!(made(&Options::default()).unwrap().run, RunMode::Distribution("My-App".to_owned()));
    let options = Options { entry_point: Some("other".to_owned()), ..Options::default() };
    assert_eq!(made(&options).unwrap().run, RunMode::EntryPoint("other".to_owned()));
    fs::write(&toml, "[tool.poetry]\nname = \"old\"\n").unwrap();
    assert_eq!(made(&Options::default()).unwrap().run, RunMode::Distribution("old".to_owned()));
    fs::write(&toml, "[tool.other]\n").unwrap();
    // Its build tells what it is called.
    assert_eq!(made(&Options::default()).unwrap().run, RunMode::Project);
    assert!(made(&options).is_ok());
    fs::write(&toml, "[project\n").unwrap();
    let error = made(&options).unwrap_err();
    assert!(error.to_string().starts_with(&toml.display().to_string()), "{error}");
}
