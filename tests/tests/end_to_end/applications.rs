//! Real applications from the package index: each example of `config-examples/` that has a lock file, run
//! in a folder with an empty environment, does what the same versions do under `python`.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use end_to_end::application::run;
use end_to_end::environment::locked_requirements;
use end_to_end::project::CargoBuild;
use end_to_end::{Application, Profile, scratch_folder, workspace};
use fs_err as fs;

/// An application in both of its forms.
struct Both {
    /// The executable, by the name of the console script.
    packed: Application,
    /// The interpreter of an environment with the same versions.
    python: PathBuf,
    /// What that interpreter is given to run the application.
    arguments: Vec<String>,
}

/// Builds an example and installs what its lock file says; `script` is the console script's name.
fn both(example: &str, script: &str, pip: &[&str]) -> Both {
    let examples = workspace().join("config-examples");
    let mut build = CargoBuild::new(&format!("application-{example}"), Profile::Dev);
    build.command.current_dir(workspace()).env("PYOXIDIZER_LOCKED", "1");
    build.command.env("PYOXIDIZER_CONFIG", examples.join(format!("{example}.toml")));
    let built = build.run().unwrap().expect_application().unwrap();
    let packed = built.path.with_file_name(script);
    fs::rename(&built.path, &packed).unwrap();

    let requirements = locked_requirements(&examples.join(format!("{example}.lock"))).unwrap();
    let folder = scratch_folder().join("environments").join(example);
    let python = environment(&folder, &requirements, pip);
    let arguments = vec![python.with_file_name(script).display().to_string()];
    Both { packed: Application::at(packed), python, arguments }
}

/// An environment of the distribution's, made anew when something else is asked for.
pub fn environment(folder: &Path, requirements: &[String], pip: &[&str]) -> PathBuf {
    end_to_end::environment::environment(folder, requirements, pip).unwrap()
}

impl Both {
    /// Commands for the executable and for `python`, to run in `folder`, in this order.
    fn commands(&self, arguments: &[&str], folder: &Path) -> [Command; 2] {
        let mut python = Command::new(&self.python);
        python.env_clear().arg("-I").args(&self.arguments).args(arguments);
        let mut commands = [self.packed.command(arguments), python];
        for command in &mut commands {
            // Without a locale that says so, python does not write UTF-8, and ansible does not start.
            command.env("LC_ALL", "C.UTF-8").current_dir(folder);
        }
        commands
    }

    /// Runs both in folders of their own, filled by `prepare`, and requires that they write the same and
    /// end alike; returns the folders and standard output.
    fn same(
        &self,
        arguments: &[&str],
        prepare: &dyn Fn(&Path),
    ) -> ([tempfile::TempDir; 2], String) {
        let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let mut outputs = Vec::new();
        for (index, folder) in folders.iter().enumerate() {
            prepare(folder.path());
            let command = &mut self.commands(arguments, folder.path())[index];
            command.env("HOME", folder.path());
            let mut finished = run(command, "").unwrap();
            let home = folder.path().display().to_string();
            for text in [&mut finished.stdout, &mut finished.stderr] {
                *text = text.replace(&home, "HOME");
            }
            outputs.push(finished);
        }
        assert_eq!(outputs[0], outputs[1]);
        let stdout = outputs.remove(0).stdout;
        (folders, stdout)
    }
}

/// All files below a folder with their contents.
fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().display().to_string();
                files.push((name, fs::read(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

#[test]
fn black() {
    let black = both("black", "black", &[]);
    let prepare = |folder: &Path| {
        fs::write(folder.join("good.py"), "x = 1\n").unwrap();
        fs::write(folder.join("bad.py"), "x = {  'a':1 }\ndef f( ) : pass\n").unwrap();
        fs::write(folder.join("broken.py"), "def (\n").unwrap();
    };
    let (_, stdout) = black.same(&["--version"], &prepare);
    assert!(stdout.starts_with("black, 25.1.0"), "{stdout}");
    black.same(&["--help"], &prepare);
    // Of several files, whichever is ready first is reported first.
    for name in ["good.py", "bad.py", "broken.py"] {
        black.same(&["--check", name], &prepare);
    }
    let (folders, _) = black.same(&["bad.py"], &prepare);
    let text = fs::read_to_string(folders[0].path().join("bad.py")).unwrap();
    assert_eq!(text, "x = {\"a\": 1}\n\n\ndef f():\n    pass\n");
}

#[test]
fn httpx() {
    let httpx = both("httpx", "httpx", &[]);
    httpx.same(&["--help"], &|_| {});
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/data.json", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        for _ in 0..2 {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = BufReader::new(stream.try_clone().unwrap()).lines();
            while request.next().is_some_and(|line| !line.unwrap().is_empty()) {}
            let body = "{\"answer\": 42}";
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n";
            write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        }
    });
    let (_, stdout) = httpx.same(&[&url, "--verbose"], &|_| {});
    assert!(stdout.contains("200 OK") && stdout.contains("\"answer\": 42"), "{stdout}");
    server.join().unwrap();
    let (_, stdout) = httpx.same(&["http://127.0.0.1:9/"], &|_| {});
    assert!(stdout.contains("ConnectError"), "{stdout}");
}

#[test]
fn flask() {
    let mut flask = both("flask", "hello_web", &[]);
    let script = workspace().join("config-examples/flask-hello/hello_web.py");
    flask.arguments = vec![script.display().to_string()];
    let folder = tempfile::tempdir().unwrap();
    let replies = flask.commands(&["0"], folder.path()).map(|mut command| {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.strip_prefix("http://").unwrap().split('/').next().unwrap();
        let ask = |path: &str| {
            let mut stream = TcpStream::connect(address).unwrap();
            write!(stream, "GET {path} HTTP/1.0\r\n\r\n").unwrap();
            let mut reply = String::new();
            stream.read_to_string(&mut reply).unwrap();
            let lines = reply.lines().filter(|line| !line.starts_with("Date:"));
            lines.collect::<Vec<_>>().join("\n")
        };
        let replies = [ask("/hello/%3Cyou%3E"), ask("/nothing")];
        child.kill().unwrap();
        child.wait().unwrap();
        replies
    });
    assert!(replies[0][0].contains("Hello, &lt;you&gt;!"), "{}", replies[0][0]);
    assert!(replies[0][1].contains("404 NOT FOUND"), "{}", replies[0][1]);
    assert_eq!(replies[0], replies[1]);
}

#[test]
fn django() {
    let project = workspace().join("config-examples/django-notes");
    let mut notes = both("django", "notes", &[]);
    let code =
        "import sys; sys.path.insert(0, sys.argv.pop(1)); from notes.manage import main; main()";
    notes.arguments = ["-B", "-c", code, project.to_str().unwrap()].map(str::to_owned).to_vec();
    let (_, stdout) = notes.same(&["check"], &|_| {});
    assert!(stdout.contains("no issues"), "{stdout}");
    let (folders, stdout) = notes.same(&["migrate"], &|_| {});
    assert!(stdout.contains("Applying notes.0001_initial... OK"), "{stdout}");
    // The database is one: what is written is read again.
    let database = fs::read(folders[0].path().join("notes.sqlite3")).unwrap();
    let with_database = |folder: &Path| fs::write(folder.join("notes.sqlite3"), &database).unwrap();
    let code = "from notes.models import Note; Note.objects.create(text='one'); \
                print(Note.objects.count(), Note.objects.get().text)";
    let (_, stdout) = notes.same(&["shell", "--no-imports", "-c", code], &with_database);
    assert_eq!(stdout, "1 one\n");
    notes.same(&["showmigrations"], &with_database);
    notes.same(&["sqlmigrate", "notes", "0001"], &|_| {});
}

#[test]
fn sphinx() {
    let sphinx = both("sphinx", "sphinx-build", &[]);
    let prepare = |folder: &Path| {
        let write = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
        write(
            "conf.py",
            "project = 'small'\nlanguage = 'de'\nhtml_theme = 'alabaster'\n\
             extensions = ['sphinx.ext.autodoc', 'sphinx.ext.mathjax']\nhtml_last_updated_fmt = None\n",
        );
        write(
            "index.rst",
            "Title\n=====\n\n.. toctree::\n\n   more\n\n.. code-block:: python\n\n   x = 1\n",
        );
        write(
            "more.rst",
            "More\n====\n\n.. automodule:: textwrap\n   :members: dedent\n\n:math:`x^2`\n",
        );
    };
    let (folders, stdout) = sphinx.same(&["-q", "-E", ".", "out"], &prepare);
    assert_eq!(stdout, "");
    let (folders_verbose, stdout) = sphinx.same(&["-M", "html", ".", "out"], &prepare);
    assert!(stdout.contains("Die HTML-Seiten sind in") || stdout.contains("HTML"), "{stdout}");
    drop(folders_verbose);
    let [packed, expected] = folders.map(|folder| {
        let mut files = contents(&folder.path().join("out"));
        // Pickles hold paths and times.
        files.retain(|(name, _)| !name.contains(".doctrees"));
        files
    });
    let names = |files: &[(String, Vec<u8>)]| {
        files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&packed), names(&expected));
    assert!(packed.len() > 20, "{:?}", names(&packed));
    for ((name, packed), (_, expected)) in packed.iter().zip(&expected) {
        assert!(packed == expected, "{name} differs");
    }
}

#[test]
fn ansible() {
    let ansible = both("ansible", "ansible", &["--no-compile"]);
    let (_, stdout) = ansible.same(&["--help"], &|_| {});
    assert!(stdout.contains("usage: ansible"), "{stdout}");
    let message = ["localhost", "-m", "debug", "-a", "msg={{ 6 * 7 }}"];
    let (_, stdout) = ansible.same(&message, &|_| {});
    assert!(stdout.contains("\"msg\": \"42\""), "{stdout}");
    // Paths of the program itself are all that may differ.
    let folder = tempfile::tempdir().unwrap();
    let versions = ansible.commands(&["--version"], folder.path()).map(|mut command| {
        let finished = run(command.env("HOME", folder.path()), "").unwrap();
        assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""));
        let lines = finished.stdout.lines().filter(|line| {
            !["location = ", "python version", "libyaml"].iter().any(|part| line.contains(part))
        });
        lines.collect::<Vec<_>>().join("\n")
    });
    assert!(versions[0].starts_with("ansible [core 2.18."), "{}", versions[0]);
    assert_eq!(versions[0], versions[1]);
}
