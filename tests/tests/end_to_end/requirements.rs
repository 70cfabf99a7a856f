//! Packages from wheels, pip, projects and scripts, without a network: from a folder of wheels.

use std::path::{Path, PathBuf};
use std::process::Command;

use end_to_end::project::CargoBuild;
use end_to_end::{Profile, Project, distribution};

use crate::applications::environment;
use crate::bad_input::{assert_contains, message_of};

const STDLIB: &str = "[[python_packages]]\ntype = \"stdlib\"\n";

/// Where pip looks instead of at an index.
const LINKS: &str = "extra_args = [\"--no-index\", \"--find-links\", \"links\"]\n";

/// Writes a wheel: pairs of a member and its text.
pub fn make_wheel(folder: &Path, file_name: &str, members: &[&str]) {
    let mut command = Command::new(distribution::python().unwrap());
    command.args(["-I", "-c", include_str!("python/make_wheel.py")]);
    let output = command.arg(folder).arg(file_name).args(members).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A folder of two wheels, of which one requires the other and has a script.
fn links(project: &Project) {
    let links = project.path("links");
    let tool = "from helper import WORD\nimport sys\n\ndef main():\n    print(WORD, sys.argv[1:])\n    return 3\n";
    make_wheel(
        &links,
        "tool-1.0-py3-none-any.whl",
        &[
            "tool/__init__.py",
            tool,
            "tool/data.txt",
            "data",
            "tool-1.0.data/data/share/tool/notes.txt",
            "shared",
            "tool-1.0.dist-info/entry_points.txt",
            "[console_scripts]\nthe-tool = tool:main\n",
            "requires",
            "Requires-Dist: helper>=1\n",
        ],
    );
    make_wheel(&links, "helper-1.0-py3-none-any.whl", &["helper.py", "WORD = 'one'\n"]);
}

fn tool_config(package: &str) -> String {
    format!(
        "{STDLIB}[[python_packages]]\ntype = \"pip-install-simple\"\npackage = \"{package}\"\n{LINKS}\
         [python_run]\nmode = \"entry-point\"\nname = \"the-tool\"\n"
    )
}

fn locked(project: &Project) -> CargoBuild {
    let mut build = project.cargo(Profile::Dev);
    build.command.env("PYOXIDIZER_LOCKED", "1");
    build
}

#[test]
fn what_a_requirement_asks_for_is_locked_and_used_again() {
    let project = Project::new("pip-simple", &tool_config("tool")).unwrap();
    links(&project);
    // Without a lock file there is nothing to hold on to.
    let message = message_of(locked(&project));
    assert_contains(&message, &["at line 3", "`tool`", "app.lock", "PYOXIDIZER_LOCKED"]);
    // The section at fault is shown.
    assert_contains(&message, &["app.toml:3:1", "3 | [[python_packages]]", "^^^^^^^^^"]);
    assert!(!project.path("app.lock").exists());

    let application = project.build().unwrap();
    let finished = application.run(["a", "b"]).unwrap();
    assert_eq!((finished.stdout.as_str(), finished.code), ("one ['a', 'b']\n", Some(3)));
    let lock = fs_err::read_to_string(project.path("app.lock")).unwrap();
    let tool = project.path("links/tool-1.0-py3-none-any.whl");
    let sha256 = distribution::sha256(&tool).unwrap();
    assert_contains(&lock, &["name = \"helper\"", "name = \"tool\"", &sha256]);

    // The cache has the wheels now, and newer ones are not looked for.
    make_wheel(&project.path("links"), "helper-2.0-py3-none-any.whl", &["helper.py", "WORD = 2\n"]);
    fs_err::remove_file(tool).unwrap();
    let application = locked(&project).run().unwrap().expect_application().unwrap();
    assert_eq!(application.run(["a"]).unwrap().stdout, "one ['a']\n");

    // Another requirement is not answered by the lock file.
    project.write("app.toml", &tool_config("tool>=1")).unwrap();
    assert_contains(&message_of(locked(&project)), &["`tool>=1`", "app.lock"]);
    assert_eq!(fs_err::read_to_string(project.path("app.lock")).unwrap(), lock);
    // And what cannot be resolved any more is said in pip's words.
    let message = message_of(project.cargo(Profile::Dev));
    assert_contains(&message, &["at line 3", "`tool>=1`", "No matching distribution found"]);
    assert_eq!(fs_err::read_to_string(project.path("app.lock")).unwrap(), lock);
}

#[test]
fn a_file_that_was_replaced_after_it_was_locked_is_refused() {
    let project = Project::new("pip-hash", &tool_config("tool").replace("the-tool", "x")).unwrap();
    let links_folder = project.path("links");
    make_wheel(&links_folder, "tool-1.0-py3-none-any.whl", &["tool.py", "# first of all\n"]);
    // The build fails for the lack of a script, after the set was locked.
    assert_contains(&message_of(project.cargo(Profile::Dev)), &["no distribution", "`x`"]);
    let lock = fs_err::read_to_string(project.path("app.lock")).unwrap();
    let old = distribution::sha256(&links_folder.join("tool-1.0-py3-none-any.whl")).unwrap();
    project.write("app.lock", &lock.replace(&old, &"0".repeat(64))).unwrap();
    let message = message_of(project.cargo(Profile::Dev));
    assert_contains(
        &message,
        &["at line 3", "not the one that was locked", "DO NOT MATCH", "hint: "],
    );
}

#[test]
fn projects_scripts_and_requirements_files() {
    let config = format!(
        "{STDLIB}[[python_packages]]\ntype = \"pyproject\"\npath = \"project\"\ngroups = [\"more\"]\n\
         {LINKS}[[python_packages]]\ntype = \"script\"\npath = \"my_script.py\"\n{LINKS}\
         [[python_packages]]\ntype = \"pip-requirements-file\"\n\
         requirements_path = \"with blanks/requirements.txt\"\n\
         [python_run]\nmode = \"module\"\nmodule = \"my_script\"\n"
    );
    let pyproject = "[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n\
                     [project]\nname = \"demo\"\nversion = \"2.5\"\ndependencies = [\"helper\"]\n\
                     [project.scripts]\ndemo = \"demo:main\"\n[dependency-groups]\nmore = [\"grouped\"]\n";
    let script = "# /// script\n# dependencies = ['tool']\n# ///\n\
                  import demo, grouped, listed, tool\nfrom importlib import metadata, resources\n\
                  print(demo.WORD, grouped.WORD, listed.WORD, __name__)\n\
                  print(metadata.version('demo'), metadata.version('tool'))\n\
                  print((resources.files(tool) / 'data.txt').read_text())\n\
                  import sys; print(tool.__spec__.loader.get_data(sys.prefix + \
                  '/share/tool/notes.txt').decode())\n";
    let project = Project::new("pip-kinds", &config)
        .and_then(|p| p.with("project/pyproject.toml", pyproject))
        .and_then(|p| p.with("project/backend.py", include_str!("python/backend.py")))
        .and_then(|p| p.with("project/demo.py", "import helper\nWORD = 'demo ' + helper.WORD\n"))
        .and_then(|p| p.with("my_script.py", script))
        .and_then(|p| {
            p.with("with blanks/requirements.txt", "-r \"more of it.txt\"\nlisted==1.0\n")
        })
        .and_then(|p| p.with("with blanks/more of it.txt", "--no-index\n--find-links ../links\n"))
        .unwrap();
    links(&project);
    let folder = project.path("links");
    make_wheel(&folder, "grouped-1.0-py3-none-any.whl", &["grouped.py", "WORD = 'grouped'\n"]);
    make_wheel(&folder, "listed-1.0-py3-none-any.whl", &["listed.py", "WORD = 'listed'\n"]);
    let stdout = project.build().unwrap().succeed::<&str>([]).unwrap();
    assert_eq!(stdout, "demo one grouped listed __main__\n2.5 1.0\ndata\nshared\n");

    // A change of the project's source is built again; what was locked stays.
    let lock = fs_err::read_to_string(project.path("app.lock")).unwrap();
    project.write("project/demo.py", "WORD = 'changed'\n").unwrap();
    let stdout = project.build().unwrap().succeed::<&str>([]).unwrap();
    assert!(stdout.starts_with("changed grouped"), "{stdout}");
    assert_eq!(fs_err::read_to_string(project.path("app.lock")).unwrap(), lock);

    // What fails to build shows the end of its log, and where the whole is.
    project.write("project/FAIL", "").unwrap();
    project.write("project/demo.py", "WORD = 'never built'\n").unwrap();
    let message = message_of(project.cargo(Profile::Dev));
    assert_contains(&message, &["at line 3", "project", "missing.h: no such file", ".log"]);
}

#[test]
fn an_index_that_does_not_answer() {
    let config = tool_config("tool").replace(
        LINKS,
        "extra_args = [\"--index-url\", \"http://127.0.0.1:9/simple\", \"--retries\", \"1\"]\n",
    );
    let project = Project::new("pip-unreachable", &config).unwrap();
    let message = message_of(project.cargo(Profile::Dev));
    assert_contains(
        &message,
        &["at line 3", "index does not answer", "`tool`", "lock file", ".log"],
    );
}

#[test]
fn wheels_that_cannot_be_used() {
    let config = format!("{STDLIB}[[python_packages]]\ntype = \"wheel\"\npath = \"links\"\n");
    let project = Project::new("bad-wheels", &config).unwrap();
    let links = project.path("links");
    let refused = |file_name: &str, members: &[&str]| {
        let _ = fs_err::remove_dir_all(&links);
        make_wheel(&links, file_name, members);
        message_of(project.cargo(Profile::Dev))
    };
    let message = refused("tool-1.0-cp39-cp39-win_amd64.whl", &[]);
    assert_contains(&message, &["at line 3", "cp39-cp39-win_amd64", "CPython 3.13", "hint: "]);
    let message = refused("tool-1.0-py3-none-any.whl", &["../../evil.py", ""]);
    assert_contains(&message, &["at line 3", "`../../evil.py`", "leads out of the wheel"]);
    let message = refused("tool-1.0-py3-none-any.whl", &["Tool.py", "", "tool.py", ""]);
    assert_contains(&message, &["at line 3", "differ only in case", "hint: "]);
}

#[test]
fn of_two_versions_of_a_distribution_the_last_is_used_alone() {
    let entry = |path: &str| format!("[[python_packages]]\ntype = \"wheel\"\npath = \"{path}\"\n");
    let run = "[python_run]\nmode = \"eval\"\ncode = \"import tool, importlib.util as u; \
               print(tool.V, bool(u.find_spec('tool.only_old')))\"\n";
    let config = format!("{STDLIB}{}{}{run}", entry("new"), entry("old.whl"));
    let project = Project::new("two-versions", &config).unwrap();
    let old = "tool-1.0-py3-none-any.whl";
    let members = ["tool/__init__.py", "V = 1\n", "tool/only_old.py", ""];
    make_wheel(&project.path("old"), old, &members);
    make_wheel(&project.path("new"), "tool-2.0-py3-none-any.whl", &["tool/__init__.py", "V = 2\n"]);
    let config =
        |first: &str, second: &str| format!("{STDLIB}{}{}{run}", entry(first), entry(second));
    project.write("app.toml", &config("old", "new")).unwrap();
    let outcome = project.cargo(Profile::Dev).run().unwrap();
    assert_contains(&outcome.stderr, &["tool 2.0", "line 6", "not 1.0 of line 3", "order"]);
    assert_eq!(outcome.expect_application().unwrap().succeed::<&str>([]).unwrap(), "2 False\n");
    project.write("app.toml", &config("new", "old")).unwrap();
    assert_eq!(project.build().unwrap().succeed::<&str>([]).unwrap(), "1 True\n");
}

#[test]
fn an_environment_with_folders_that_path_files_add() {
    let config = format!(
        "{STDLIB}[[python_packages]]\ntype = \"virtualenv\"\npath = \"venv\"\n\
         [python_run]\nmode = \"eval\"\n\
         code = \"import added, flat.inner, importlib.metadata as m; print(added.W, flat.inner.W)\"\n"
    );
    let site = "venv/lib/python3.13/site-packages";
    let project = Project::new("path-files", &config)
        .and_then(|p| p.with("venv/pyvenv.cfg", "version = 3.13.5\n"))
        .and_then(|p| p.with("src/added.py", "W = 'added'\n"))
        .and_then(|p| p.with("src/.venv/lib/secret.py", "x"))
        .and_then(|p| p.with("flat/flat/__init__.py", ""))
        .and_then(|p| p.with("flat/flat/inner.py", "W = 'inner'\n"))
        .unwrap();
    let place = |path: &str| project.path(path).display().to_string();
    let finder = format!("MAPPING: dict[str, str] = {{'flat': '{}'}}\n", place("flat/flat"));
    let files = [
        ("added.pth", place("src") + "\n"),
        ("code.pth", "import os; os.putenv('A', 'b')\n".to_owned()),
        ("gone.pth", "/nowhere/at/all\n".to_owned()),
        (
            "__editable__.flat-1.pth",
            "import __editable___flat_1_finder; __editable___flat_1_finder.install()\n".to_owned(),
        ),
        ("__editable___flat_1_finder.py", finder),
    ];
    for (name, text) in &files {
        project.write(&format!("{site}/{name}"), text).unwrap();
    }
    let outcome = project.cargo(Profile::Dev).run().unwrap();
    assert_contains(&outcome.stderr, &["code.pth is not run", "os.putenv", "/nowhere/at/all"]);
    assert!(!outcome.stderr.contains("flat_1_finder"), "{}", outcome.stderr);
    let application = outcome.expect_application().unwrap();
    assert_eq!(application.succeed::<&str>([]).unwrap(), "added inner\n");
}

/// The log that a build wrote of an installer: names begin with the requirement, and go on with a digest.
fn log_of(package: &str, what: &str) -> Option<PathBuf> {
    let logs = pyrepackager::cache::Cache::from_env().unwrap().folder("logs").unwrap();
    let (start, end) = (package.replace(['=', ' '], "_") + "-", format!("-{what}.log"));
    let entries = fs_err::read_dir(logs).unwrap().map(|entry| entry.unwrap().path());
    entries.into_iter().find(|path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name.starts_with(&start) && name.ends_with(&end)
    })
}

#[test]
fn uv_is_asked_where_there_is_one_and_finds_the_same() {
    let folder = end_to_end::scratch_folder().join("environments/uv");
    let uv = environment(&folder, &["uv==0.13.9".to_owned()], &[]).with_file_name("uv");
    // Spelt differently, so that each has logs of its own.
    let cases = [("by-uv", "rich == 15.0.0", true), ("by-pip", "rich==15.0.0", false)];
    let [by_uv, by_pip] = cases.map(|(name, package, with_uv)| {
        for log in ["uv", "resolve"].iter().filter_map(|what| log_of(package, what)) {
            fs_err::remove_file(log).unwrap();
        }
        // Arguments for pip are for pip.
        let arguments = if with_uv { "" } else { "extra_args = [\"--no-color\"]\n" };
        let config = format!(
            "{STDLIB}[[python_packages]]\ntype = \"pip-install-simple\"\npackage = \"{package}\"\n{arguments}\
             [python_run]\nmode = \"eval\"\ncode = \"import rich\"\n"
        );
        let project = Project::new(name, &config).unwrap();
        let mut build = project.cargo(Profile::Dev);
        let path = std::env::var_os("PATH").unwrap();
        let path = std::env::split_paths(&path).filter(|folder| !folder.join("uv").is_file());
        let with = with_uv.then(|| uv.parent().unwrap().to_owned());
        build.command.env("PATH", std::env::join_paths(path.chain(with)).unwrap());
        build.run().unwrap().expect_application().unwrap().succeed::<&str>([]).unwrap();
        assert_eq!(
            ["uv", "resolve"].map(|what| log_of(package, what).is_some()),
            [with_uv, !with_uv]
        );
        let lock = fs_err::read_to_string(project.path("app.lock")).unwrap();
        lock.split_once("[[set.package]]").unwrap().1.to_owned()
    });
    assert_eq!(by_uv, by_pip);
}
