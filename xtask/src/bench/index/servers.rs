//! The servers that are compared.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use end_to_end::target_folder;
use fs_err as fs;

use super::{load, until};
use crate::tools::{cargo, run, virtualenv};

/// The other servers, and what makes them fast: `pypiserver` keeps its lists with watchdog, and its server `auto` is waitress, which has threads.
const OTHERS: &str = "pypiserver[cache]==2.4.2\nwaitress==3.0.2\nsetuptools==80.9.0\n";

/// How long a server may take for its first list.
const PATIENCE: Duration = Duration::from_secs(120);

/// What is started.
pub struct Program {
    /// For the table.
    pub name: String,
    kind: Kind,
    path: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Ours,
    Pypiserver,
    HttpServer,
}

/// All of them, compiled and installed.
pub fn all() -> Result<Vec<Program>> {
    run(&mut cargo(["build", "--release", "--quiet", "--package", "pyoxidizer"]))?;
    let programs = virtualenv(&target_folder().join("xtask/index-servers"), OTHERS)?;
    let program = |name: &str, kind, path| Program { name: name.to_owned(), kind, path };
    Ok(vec![
        program(
            "``pyoxidizer index serve``",
            Kind::Ours,
            target_folder().join("release/pyoxidizer"),
        ),
        program("pypiserver 2.4.2 with waitress", Kind::Pypiserver, programs.join("python")),
        program("``python -m http.server``", Kind::HttpServer, programs.join("python")),
    ])
}

impl Program {
    /// The path of a project's page.
    pub fn page(&self, project: &str) -> String {
        match self.kind {
            Kind::Ours | Kind::Pypiserver => format!("/simple/{project}/"),
            Kind::HttpServer => format!("/{project}/"),
        }
    }

    /// The path of a file.
    pub fn file(&self, project: &str, file: &str) -> String {
        match self.kind {
            Kind::Ours => format!("/files/{project}/{file}"),
            Kind::Pypiserver => format!("/packages/{project}/{file}"),
            Kind::HttpServer => format!("/{project}/{file}"),
        }
    }

    fn list(&self) -> &'static str {
        if self.kind == Kind::HttpServer { "/" } else { "/simple/" }
    }

    fn command(&self, folder: &Path, port: u16) -> Command {
        let port = port.to_string();
        let mut command = Command::new(&self.path);
        match self.kind {
            Kind::Ours => {
                command.args(["index", "serve", "--listen", &format!("127.0.0.1:{port}")]);
                command.arg(folder);
            }
            Kind::Pypiserver => {
                command.args([
                    "-m",
                    "pypiserver",
                    "run",
                    "--server",
                    "waitress",
                    "-i",
                    "127.0.0.1",
                ]);
                command.args(["-p", &port, "-P", ".", "-a", "."]).arg(folder);
            }
            Kind::HttpServer => {
                command.args(["-m", "http.server", &port, "--bind", "127.0.0.1"]);
                command.args(["--protocol", "HTTP/1.1", "--directory"]).arg(folder);
            }
        }
        command
    }
}

/// A server that runs, with its log going nowhere.
pub struct Running<'a> {
    program: &'a Program,
    child: Child,
    address: SocketAddr,
    begin: Instant,
}

impl<'a> Running<'a> {
    /// Starts it on a port that was free just before.
    pub fn start(program: &'a Program, folder: &Path) -> Result<Self> {
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let mut command = program.command(folder, address.port());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let begin = Instant::now();
        let child = command.spawn().context("it does not start")?;
        Ok(Self { program, child, address, begin })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits for the list of projects, and says how long that took from the start.
    pub fn wait_for_list(&self) -> Result<Duration> {
        let list = || {
            let (status, _) = load::once(self.address, self.program.list())?;
            ensure!(status == 200, "the list is answered by {status}");
            Ok(())
        };
        Ok(until(self.begin, PATIENCE, list)?.1)
    }

    /// The largest size in memory so far, in bytes.
    pub fn memory(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let number = line.and_then(|line| line.trim().strip_suffix(" kB")).context("no VmHWM")?;
        Ok(number.trim().parse::<u64>()? * 1024)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        // What has ended by itself is nothing to worry about.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
