//! Demands and lock files, and a stand-in for pip. What pip itself does is for the end-to-end tests.

use std::path::{Path, PathBuf};

use super::demand::Demand;
use super::lock::{From, LockFile, LockedPackage, LockedSet};
use super::*;
use crate::collect::testing::{distribution, write};
use crate::config::resolved::{Requirements, Sha256Digest};

fn demand(from: RequirementsSource, folder: &Path) -> Result<Demand, RequirementsError> {
    let asked = Requirements { from, extra_args: Vec::new() };
    Demand::of(7, &asked, folder, &distribution(folder))
}

fn project(folder: &Path, extras: &[&str], groups: &[&str]) -> Result<Demand, RequirementsError> {
    let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    let (extras, groups) = (owned(extras), owned(groups));
    demand(RequirementsSource::Project { path: folder.to_owned(), extras, groups }, folder)
}

fn message(error: &RequirementsError, root: &Path) -> String {
    let text = format!("{error} | {}", error.hint().unwrap_or_default());
    text.replace(&root.display().to_string(), "ROOT")
}

#[test]
fn a_requirements_file_counts_with_those_that_it_refers_to() {
    let root = tempfile::tempdir().unwrap();
    write(
        root.path(),
        &[
            ("all.txt", "-r sub/base.txt\nrich\n"),
            ("sub/base.txt", "-c c.txt\n"),
            ("sub/c.txt", ""),
        ],
    );
    let path = root.path().join("all.txt");
    let of = || demand(RequirementsSource::File { path: path.clone() }, root.path()).unwrap();
    let first = of();
    assert_eq!(first.label, "all.txt");
    assert_eq!(first.inputs.len(), 3);
    assert_eq!(of(), first);
    fs_err::write(root.path().join("sub/c.txt"), "rich<14\n").unwrap();
    assert_ne!(of().digest, first.digest);
    fs_err::remove_file(root.path().join("sub/c.txt")).unwrap();
    let error = demand(RequirementsSource::File { path }, root.path()).unwrap_err();
    insta::assert_snapshot!(message(&error, root.path()), @"[[python_packages]] at line 7: cannot read ROOT/sub/c.txt | check the path, and who may read it");
}

const PYPROJECT: &str = r#"
[project]
name = "demo"
version = "1"
[project.optional-dependencies]
cli = ["rich"]
[dependency-groups]
dev = ["pytest", {include-group = "docs"}]
docs = ["sphinx"]
loop = [{include-group = "loop"}]
strange = [1]
"#;

#[test]
fn a_project_asks_for_itself_its_extras_and_its_groups() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), &[("pyproject.toml", PYPROJECT)]);
    let all = project(root.path(), &["CLI"], &["Dev"]).unwrap();
    assert_eq!(all.label, "project .");
    assert_eq!(all.folders, [(root.path().to_owned(), "[CLI]".to_owned())]);
    assert_eq!(all.requirements, ["pytest", "sphinx"]);
    assert_ne!(all.digest, project(root.path(), &[], &[]).unwrap().digest);
}

#[test]
fn the_digest_of_a_project_does_not_depend_on_its_place() {
    let digests = [(); 2].map(|()| {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), &[("pyproject.toml", PYPROJECT)]);
        project(root.path(), &[], &[]).unwrap().digest
    });
    assert_eq!(digests[0], digests[1]);
}

#[test]
fn mistakes_in_a_project_are_named() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), &[("pyproject.toml", PYPROJECT)]);
    let refused = |extras: &[&str], groups: &[&str]| {
        message(&project(root.path(), extras, groups).unwrap_err(), root.path())
    };
    insta::assert_snapshot!(refused(&["gui"], &[]), @"[[python_packages]] at line 7: ROOT/pyproject.toml has no extra `gui` | it has cli");
    insta::assert_snapshot!(refused(&[], &["test"]), @"[[python_packages]] at line 7: ROOT/pyproject.toml has no dependency group `test` | it has dev, docs, loop, strange");
    insta::assert_snapshot!(refused(&[], &["loop"]), @"[[python_packages]] at line 7: ROOT/pyproject.toml: the dependency group `loop` includes itself | pip would refuse the file too: mend it");
    insta::assert_snapshot!(refused(&[], &["strange"]), @"[[python_packages]] at line 7: ROOT/pyproject.toml: the dependency group `strange` holds `1` | pip would refuse the file too: mend it");
    write(root.path(), &[("pyproject.toml", "[project\n")]);
    assert!(refused(&[], &[]).contains("pyproject.toml: "));
}

#[test]
fn a_script_says_what_it_requires_and_of_which_python() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("tool.py");
    let of = |text: &str| {
        fs_err::write(&path, text).unwrap();
        demand(RequirementsSource::Script { path: path.clone() }, root.path())
    };
    let metadata = "# /// script\n# requires-python = '>=3.11'\n# dependencies = ['rich']\n# ///\n";
    let demand = of(metadata).unwrap();
    assert_eq!(
        (demand.label.as_str(), demand.requirements.as_slice()),
        ("script tool.py", &["rich".to_owned()][..])
    );
    let newer = of("# /// script\n# requires-python = '>=3.14'\n# ///\n").unwrap_err();
    insta::assert_snapshot!(message(&newer, root.path()), @"[[python_packages]] at line 7: ROOT/tool.py requires Python >=3.14, the distribution is Python 3.13.5 | choose another Python, or mend `requires-python`");
    let wrong = of("# /// script\n# requires-python = 'new'\n# ///\n").unwrap_err();
    insta::assert_snapshot!(message(&wrong, root.path()), @"
    [[python_packages]] at line 7: the inline metadata of ROOT/tool.py: `requires-python` is `new`: Failed to parse version: Unexpected end of version specifier, expected operator:
    new
    ^^^
     | PEP 723 describes the block `# /// script`
    ");
}

fn locked(name: &str, from: From) -> LockedPackage {
    LockedPackage { name: name.to_owned(), version: "1.0".to_owned(), from }
}

#[test]
fn a_lock_file_is_read_as_it_was_written() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("app.lock");
    let requirement = "rich".to_owned();
    let demand = demand(RequirementsSource::Package { requirement }, root.path()).unwrap();
    let mut distribution = distribution(root.path());
    let sha256 = Sha256Digest([7; 32]).to_string();
    let file = "c-1.0.tar.gz".to_owned();
    let packages = vec![
        locked("c", From::Archive { file: file.clone(), sha256: sha256.clone(), url: None }),
        locked("b", From::Archive { file, sha256, url: Some("https://example.com/c".into()) }),
        locked("a", From::Folder { folder: ".".into() }),
        locked("d", From::Repository { repository: "git+https://example.com/d@00".into() }),
    ];
    let set = LockedSet::new(&demand, &distribution, packages);
    let lock = LockFile::read(&path).unwrap().with(vec![set.clone()], &distribution);
    lock.write(&path).unwrap();
    let read = LockFile::read(&path).unwrap();
    assert_eq!(read, lock);
    assert_eq!(read.find(&demand, &distribution), Some(&set));
    // What was locked for another target stays when this one's changes.
    distribution.target_triple = "aarch64-apple-darwin".to_owned();
    assert_eq!(read.find(&demand, &distribution), None);
    let other = LockedSet::new(&demand, &distribution, Vec::new());
    let both = read.with(vec![other.clone()], &distribution);
    assert_eq!(both.find(&demand, &distribution), Some(&other));
    assert_ne!(both, lock);
    assert_eq!(fs_err::read_dir(root.path()).unwrap().count(), 1, "a temporary file stayed");
}

#[test]
fn a_damaged_lock_file_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("app.lock");
    let refused = |text: &str| {
        fs_err::write(&path, text).unwrap();
        message(&LockFile::read(&path).unwrap_err(), root.path())
    };
    insta::assert_snapshot!(refused("version = 9\n"), @"the lock file ROOT/app.lock: it has version 9, this is 1 | delete it, and the next build writes it anew");
    insta::assert_snapshot!(refused("[[set"), @"
    the lock file ROOT/app.lock: TOML parse error at line 1, column 6
      |
    1 | [[set
      |      ^
    unclosed array table, expected `]]` | delete it, and the next build writes it anew
    ");
    let set =
        "version = 1\n[[set]]\nrequirements = 'a'\ndigest = ''\npython = '3.13'\ntarget = ''\n";
    let package = "[[set.package]]\nname = 'a'\nversion = '1'\nfile = 'a.whl'\nsha256 = 'zz'\n";
    insta::assert_snapshot!(refused(&format!("{set}{package}")), @"the lock file ROOT/app.lock: `a` has no SHA-256: zz | delete it, and the next build writes it anew");
}

#[test]
fn the_lock_file_stands_beside_the_toml_file() {
    let path = Path::new("folder/app.toml");
    let config = crate::config::parse("", path, "").unwrap();
    assert_eq!(config.lock, std::path::absolute("folder/app.lock").unwrap());
}

#[test]
fn the_tree_of_a_project_is_its_source() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("project");
    let digest = || tree::digest(7, &folder).unwrap();
    write(
        &folder,
        &[("pyproject.toml", PYPROJECT), ("src/demo/__init__.py", ""), ("src/demo/.hidden/a", "")],
    );
    let (first, files) = digest();
    let names: Vec<PathBuf> =
        files.iter().map(|path| path.strip_prefix(&folder).unwrap().to_owned()).collect();
    let expected = ["pyproject.toml", "src/demo/.hidden/a", "src/demo/__init__.py"];
    assert_eq!(names, expected.map(PathBuf::from));
    assert_eq!(tree::inputs(&folder, &files), [folder.join("pyproject.toml"), folder.join("src")]);
    write(
        &folder,
        &[
            (".git/index", "x"),
            ("build/lib/demo.py", ""),
            ("src/demo.egg-info/PKG-INFO", ""),
            ("src/demo/__pycache__/a.pyc", ""),
            ("env/pyvenv.cfg", ""),
            ("target/CACHEDIR.TAG", ""),
        ],
    );
    assert_eq!(digest().0, first);
    write(&folder, &[("app.toml", ""), ("app.lock", "")]);
    let with_toml = digest().0;
    write(&folder, &[("app.lock", "changed")]);
    assert_eq!(digest().0, with_toml, "what this program writes is no source");
    for name in ["src/demo/build/a.txt", "src/demo/uv.lock", "dist/__init__.py"] {
        let before = digest().0;
        write(&folder, &[(name, "")]);
        assert_ne!(digest().0, before, "{name}");
    }
    std::os::unix::fs::symlink(root.path().join("shared"), folder.join("src/shared")).unwrap();
    let dangling = digest().0;
    write(root.path(), &[("shared/a.py", "")]);
    assert_ne!(digest().0, dangling, "links are followed");
}

#[test]
fn a_project_is_built_in_a_copy() {
    let root = tempfile::tempdir().unwrap();
    let project = root.path().join("project");
    let scratch = root.path().join("scratch");
    fs_err::create_dir(&scratch).unwrap();
    write(&project, &[("pyproject.toml", PYPROJECT), ("a/b.py", ""), (".git/index", "")]);
    let copy = tree::stage(7, &project, &scratch).unwrap();
    assert!(copy.starts_with(&scratch) && copy.ends_with("project"));
    assert!(copy.join("a/b.py").is_file() && !copy.join(".git").exists());
    assert_ne!(tree::stage(7, &project, &scratch).unwrap(), copy, "names may be the same");
    // The version may be that of the repository.
    let dynamic = "[project]\nname = 'a'\ndynamic = ['version']\n";
    write(&project, &[("pyproject.toml", dynamic)]);
    let copy = tree::stage(7, &project, &scratch).unwrap();
    assert!(copy.join(".git/index").is_file());
    write(root.path(), &[(".git/index", "")]);
    fs_err::remove_dir_all(project.join(".git")).unwrap();
    assert_eq!(tree::stage(7, &project, &scratch).unwrap(), project);
}

#[test]
fn only_what_decides_about_dependencies_asks_for_another_set() {
    let root = tempfile::tempdir().unwrap();
    let digest = |text: &str| {
        write(root.path(), &[("pyproject.toml", text)]);
        project(root.path(), &["cli"], &["docs"]).unwrap().digest
    };
    let first = digest(PYPROJECT);
    assert_eq!(digest(&format!("{PYPROJECT}[tool.black]\nline-length = 99\n")), first);
    assert_eq!(digest(&PYPROJECT.replace("version = \"1\"", "version = \"2\"")), first);
    assert_eq!(digest(&PYPROJECT.replace("pytest", "nose")), first, "the group was not asked for");
    for (old, new) in [
        ("rich", "rich>=13"),
        ("sphinx", "furo"),
        ("[project]", "[build-system]\nrequires=['x']\n[project]"),
    ] {
        assert_ne!(digest(&PYPROJECT.replace(old, new)), first, "{new}");
    }
}

#[test]
fn folders_that_requirements_name_are_looked_into() {
    let root = tempfile::tempdir().unwrap();
    write(
        root.path(),
        &[
            ("lib/pyproject.toml", PYPROJECT),
            ("r.txt", "-e ./lib\nrich  # comment\n"),
            ("c.txt", "rich<14\n"),
        ],
    );
    let of = |from: RequirementsSource| {
        let extra_args = vec!["-c".to_owned(), "c.txt".to_owned()];
        let asked = Requirements { from, extra_args };
        Demand::of(7, &asked, root.path(), &distribution(root.path())).unwrap()
    };
    let package = || of(RequirementsSource::Package { requirement: "./lib[cli]".into() });
    let file = || of(RequirementsSource::File { path: root.path().join("r.txt") });
    let (first, second) = (package(), file());
    assert_eq!(first.folders, [(root.path().join("./lib"), "[cli]".to_owned())]);
    assert!(second.inputs.iter().any(|path| path.ends_with("lib/pyproject.toml")));
    write(root.path(), &[("r.txt", "-e ./lib\n# other\nrich\n")]);
    assert_eq!(file().digest, second.digest);
    write(root.path(), &[("c.txt", "rich<13\n")]);
    assert_ne!(file().digest, second.digest);
    assert_ne!(package().digest, first.digest);
}

#[test]
fn options_do_not_get_into_requirements() {
    let root = tempfile::tempdir().unwrap();
    let script = "# /// script\n# dependencies = [\"six\", \"-r /etc/shadow\"]\n# ///\n";
    let groups = "[dependency-groups]\ndev = [\"six\\n--index-url http://example.com\"]\n";
    write(root.path(), &[("s.py", script), ("pyproject.toml", groups)]);
    let show = |error| message(&error, root.path());
    let path = root.path().join("s.py");
    let error = demand(RequirementsSource::Script { path }, root.path()).unwrap_err();
    insta::assert_snapshot!(show(error), @r#"[[python_packages]] at line 7: the inline metadata of ROOT/s.py: `dependencies` holds "-r /etc/shadow": it is an option, not a requirement | PEP 723 describes the block `# /// script`"#);
    let error = project(root.path(), &[], &["dev"]).unwrap_err();
    insta::assert_snapshot!(show(error), @r#"[[python_packages]] at line 7: ROOT/pyproject.toml: the dependency group `dev` holds "six\n--index-url http://example.com": it holds a control character, such as the end of a line | pip would refuse the file too: mend it"#);
    let requirement = "--index-url=http://example.com six".to_owned();
    let error = demand(RequirementsSource::Package { requirement }, root.path()).unwrap_err();
    insta::assert_snapshot!(show(error), @r#"[[python_packages]] at line 7: "--index-url=http://example.com six" is not a requirement: it is an option, not a requirement | name a project of the package index, such as `black==25.1.0`, a URL or a folder; `extra_args` takes options"#);
}

#[test]
fn a_lock_file_holds_nothing_but_what_it_locks() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("app.lock");
    let archive = |file: &str, url: Option<&str>| From::Archive {
        file: file.to_owned(),
        sha256: "0".repeat(64),
        url: url.map(str::to_owned),
    };
    write(root.path(), &[("pyproject.toml", PYPROJECT)]);
    let demand = project(root.path(), &[], &[]).unwrap();
    let refusal = |name: &str, version: &str, from: From| {
        let package = LockedPackage { name: name.to_owned(), version: version.to_owned(), from };
        let python = distribution(root.path());
        let set = LockedSet::new(&demand, &python, vec![package]);
        LockFile::read(Path::new("/nowhere/app.lock"))
            .unwrap()
            .with(vec![set], &python)
            .write(&path)
            .unwrap();
        match LockFile::read(&path) {
            Ok(_) => "taken".to_owned(),
            Err(error) => error.to_string().replace(&path.display().to_string(), "LOCK"),
        }
    };
    let wheel = "six-1-py3-none-any.whl";
    assert_eq!(refusal("six", "1.0", archive(wheel, Some("../six 1.whl"))), "taken");
    let repository = |text: &str| From::Repository { repository: text.to_owned() };
    assert_eq!(
        refusal("six", "1", repository("git+https://example.com/a@0f#subdirectory=b")),
        "taken"
    );
    insta::assert_snapshot!(refusal("--index-url=http://example.com six", "1", archive(wheel, None)), @r#"the lock file LOCK: "--index-url=http://example.com six" is not the name of a project"#);
    insta::assert_snapshot!(refusal("six", "1\n-r x", archive(wheel, None)), @r#"the lock file LOCK: `six` has "1\n-r x" for a version"#);
    insta::assert_snapshot!(refusal("six", "1", archive("../../x.whl", None)), @r#"the lock file LOCK: `six` has "../../x.whl" for the name of a file"#);
    insta::assert_snapshot!(refusal("six", "1", archive(wheel, Some("https://example.com/a.whl --pre"))), @r#"the lock file LOCK: `six` has "https://example.com/a.whl --pre" for a URL"#);
    insta::assert_snapshot!(refusal("six", "1", repository("git+https://example.com/a\n-r x")), @r#"the lock file LOCK: `six` has "git+https://example.com/a\n-r x" for a repository"#);
}
