//! `pyoxidizer index`: a package index, used by the programs that people use with one.
//!
//! * `clients`: pip, uv and poetry take from the served and from the static index.
//! * `uploads`: twine and uv bring.
//! * `serving`: what a server does beside: folders that change, bad input, ends, slow clients.
//! * `page`: the pages for people, in a browser.

mod clients;
mod page;
mod serving;
mod uploads;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use end_to_end::{command, scratch_folder};
use fs_err as fs;
use serde_json::Value;
use tempfile::TempDir;

use crate::requirements::make_wheel;

/// The command, with the server in it.
static COMMAND: LazyLock<PathBuf> = LazyLock::new(|| command::complete().unwrap());

/// Programs that take from indexes, and bring.
const CLIENTS: [&str; 4] = ["pip==26.3", "uv==0.13.9", "twine==7.0.0", "poetry==2.5.1"];

/// An interpreter with them.
static CLIENTS_PYTHON: LazyLock<PathBuf> = LazyLock::new(|| {
    let requirements = CLIENTS.map(str::to_owned);
    let folder = scratch_folder().join("index-clients");
    end_to_end::environment::environment(&folder, &requirements, &[]).unwrap()
});

/// A program of that environment, in an environment of its own: no settings and caches of the user's.
fn client(program: &str, home: &Path) -> Command {
    let mut command = Command::new(CLIENTS_PYTHON.with_file_name(program));
    command.env_clear().env("HOME", home).env("PATH", "/usr/bin:/bin").current_dir(home);
    command.env("PIP_DISABLE_PIP_VERSION_CHECK", "1").env("PIP_NO_INPUT", "1");
    command
        .env("PIP_NO_CACHE_DIR", "1")
        .env("UV_NO_CACHE", "1")
        .env("UV_PYTHON_DOWNLOADS", "never");
    command.env("UV_PYTHON", &*CLIENTS_PYTHON).stdin(Stdio::null());
    command
}

/// All that a program has said.
fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).into_owned()
}

/// Runs a program that has to succeed, and returns what it said.
fn succeed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}\n{}", said(&output));
    said(&output)
}

/// Runs a program that has to fail, and returns what it said.
fn fail(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(!output.status.success(), "{command:?}\n{}", said(&output));
    said(&output)
}

/// A folder of distributions, and one for all else.
struct Shelf {
    folder: TempDir,
    home: TempDir,
}

impl Shelf {
    fn new() -> Self {
        Self { folder: TempDir::new().unwrap(), home: TempDir::new().unwrap() }
    }

    /// Writes a wheel with a module that says its version, and further headers.
    fn wheel(&self, file_name: &str, headers: &str) -> PathBuf {
        write_wheel(self.folder.path(), file_name, headers)
    }

    /// Several projects: versions, requirements, a yanked file, another Python.
    fn filled() -> Self {
        let shelf = Self::new();
        shelf.wheel("The_Tool-1.0-py3-none-any.whl", "Requires-Dist: helper>=1\nSummary: A tool\n");
        shelf.wheel("The_Tool-2.0b1-py3-none-any.whl", "");
        shelf.wheel("helper-1.0-py3-none-any.whl", "Summary: Helps others\n");
        shelf.wheel("helper-1.1-py3-none-any.whl", "");
        shelf.wheel("helper-9.0-py3-none-any.whl", "Requires-Python: >=4\n");
        let marker = shelf.folder.path().join("helper-1.1-py3-none-any.whl.yanked");
        fs::write(marker, "it breaks things").unwrap();
        fs::write(shelf.folder.path().join("broken-1.0-py3-none-any.whl"), "no wheel").unwrap();
        shelf
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn sha256(&self, name: &str) -> String {
        end_to_end::distribution::sha256(&self.path(name)).unwrap()
    }

    /// Writes a file that is no distribution, and returns its path.
    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.home.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn client(&self, program: &str) -> Command {
        client(program, self.home.path())
    }

    fn serve(&self, arguments: &[&str]) -> Served {
        Served::start(self.folder.path(), arguments)
    }

    /// The static index, on a web server that knows nothing of indexes.
    fn site(&self) -> Served {
        let site = self.home.path().join("site");
        let mut build = Command::new(&*COMMAND);
        succeed(build.args(["index", "build"]).arg(self.folder.path()).arg("--output").arg(&site));
        Served::files(&site)
    }
}

fn write_wheel(folder: &Path, path: &str, headers: &str) -> PathBuf {
    let path = folder.join(path);
    let folder = path.parent().unwrap();
    let file_name = path.file_name().unwrap().to_str().unwrap();
    let mut parts = file_name.split('-');
    let (name, version) = (parts.next().unwrap(), parts.next().unwrap());
    let module = format!("{}.py", name.to_lowercase());
    let text = format!("VERSION = '{version}'\n");
    make_wheel(folder, file_name, &[&module, &text, "requires", headers]);
    path
}

/// A server that runs.
struct Served {
    child: Child,
    /// With a slash at the end.
    url: String,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Served {
    fn start(folder: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new(&*COMMAND);
        command.args(["--json", "index", "serve"]).arg(folder).args(["--listen", "127.0.0.1:0"]);
        let mut child = command.args(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let mut reader = BufReader::new(child.stdout.take().unwrap());
        let mut url = None;
        let mut line = String::new();
        while url.is_none() && reader.read_line(&mut line).unwrap() > 0 {
            let event: Value = serde_json::from_str(&line).unwrap();
            url = event["url"].as_str().map(str::to_owned);
            line.clear();
        }
        Self::of(child, url.unwrap(), reader)
    }

    /// Python's web server over a folder.
    fn files(folder: &Path) -> Self {
        let mut command = Command::new(&*CLIENTS_PYTHON);
        command.args(["-u", "-m", "http.server", "0", "--bind", "127.0.0.1"]).current_dir(folder);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let mut reader = BufReader::new(child.stdout.take().unwrap());
        reader.read_line(&mut line).unwrap();
        let url = line.split(['(', ')']).nth(1).unwrap().to_owned();
        let log = BufReader::new(child.stderr.take().unwrap());
        Self::of(child, url, log)
    }

    fn of(child: Child, url: String, log: impl std::io::BufRead + Send + 'static) -> Self {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&lines);
        std::thread::spawn(move || {
            for line in log.lines().map_while(Result::ok) {
                kept.lock().unwrap().push(line);
            }
        });
        Self { child, url, lines }
    }

    /// The address for installers.
    fn simple(&self) -> String {
        format!("{}simple/", self.url)
    }

    /// Whether the log has a line with all of these.
    fn has_logged(&self, parts: &[&str]) -> bool {
        let lines = self.lines.lock().unwrap();
        lines.iter().any(|line| parts.iter().all(|part| line.contains(part)))
    }

    /// Waits for such a line.
    fn wait_for(&self, parts: &[&str]) {
        let begin = Instant::now();
        while !self.has_logged(parts) {
            assert!(begin.elapsed() < Duration::from_secs(60), "{parts:?} {:?}", self.lines);
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// A connection on which a request was begun.
    fn connect(&self, text: &str) -> TcpStream {
        let address = self.url.trim_start_matches("http://").trim_end_matches('/');
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        stream
    }

    /// The whole answer to a request.
    fn ask(&self, text: &str) -> String {
        let mut answer = Vec::new();
        self.connect(text).read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// The answer to a plain request for a path.
    fn get(&self, path: &str) -> String {
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
    }

    /// Sends it a signal.
    fn signal(&self, name: &str) {
        succeed(Command::new("kill").args(["-s", name, &self.child.id().to_string()]));
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // What has ended by itself is nothing to worry about.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
