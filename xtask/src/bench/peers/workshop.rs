//! How each tool is called.
//!
//! Each gets what its documentation says for a script that is to become one file, and no further option unless
//! the page names it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::environments::{Pythons, pin};
use super::ours;
use super::place::{Place, empty};
use super::programs::Program;
use super::tools::Tool;

/// All that a build needs.
pub struct Workshop {
    /// The folders.
    pub place: Place,
    /// The interpreters.
    pub pythons: Pythons,
    /// The command `pyoxidizer`.
    pub command: PathBuf,
}

impl Workshop {
    /// The folder that a tool builds a program in, with the script.
    pub fn work(&self, tool: Tool, program: Program) -> PathBuf {
        self.place.at("work").join(tool.name()).join(program.name())
    }

    /// The script there.
    pub fn script(&self, tool: Tool, program: Program) -> PathBuf {
        self.work(tool, program).join("source").join(format!("{}.py", program.name()))
    }

    /// Installs a tool with what a program requires; returns the folder of its programs.
    ///
    /// # Errors
    /// When that fails.
    pub fn install(&self, tool: Tool, program: Program) -> Result<PathBuf> {
        let mut packages: Vec<String> =
            tool.packages().iter().map(|name| pin(name)).collect::<Result<_>>()?;
        let mut name = tool.name().to_owned();
        if !tool.fetches() {
            packages.extend(program.requirements()?);
            name = format!("{name}-{}", program.name());
        }
        let folder = self.place.at("environments").join(name);
        self.pythons.environment(tool.python(), &folder, &packages)
    }

    /// Empties the caches of a tool.
    ///
    /// # Errors
    /// When that fails.
    pub fn empty_caches(&self, tool: Tool) -> Result<()> {
        let caches = self.place.caches(tool.name());
        empty(&caches)?;
        if matches!(tool, Tool::PyOxidizer | Tool::Compressed) {
            ours::empty_cache(&caches.join("PYOXIDIZER_CACHE"))?;
        }
        Ok(())
    }

    /// The command with which a tool makes a program.
    ///
    /// # Errors
    /// When the tool cannot be installed, or there is no script in its folder.
    pub fn command(&self, tool: Tool, program: Program) -> Result<Command> {
        let work = self.work(tool, program);
        let script = self.script(tool, program);
        let product = tool.product(program, &work);
        let mut command = match tool {
            Tool::PyOxidizer | Tool::Compressed => {
                ours::build(&self.command, &script, &product, tool == Tool::Compressed)
            }
            _ => self.call(tool, program, &script, &product)?,
        };
        self.place.set_caches(&mut command, tool.name());
        command.env("PYOXIDIZER_CACHE", self.place.caches(tool.name()).join("PYOXIDIZER_CACHE"));
        command.current_dir(work);
        Ok(command)
    }

    /// A call of one of the other tools.
    fn call(&self, tool: Tool, program: Program, script: &Path, product: &Path) -> Result<Command> {
        let programs = self.install(tool, program)?;
        let python = &self.pythons.get(tool.python()).exe;
        let mut command = Command::new(programs.join("python"));
        // Nuitka and cx_Freeze look for programs beside their Python by way of the path.
        let path = std::env::var_os("PATH").unwrap_or_default();
        let paths = std::iter::once(programs).chain(std::env::split_paths(&path));
        command.env("PATH", std::env::join_paths(paths)?).arg("-m");
        match tool {
            Tool::PyOxidizer | Tool::Compressed => {}
            Tool::PyInstaller => {
                command.args(["PyInstaller", "--onefile", "--noconfirm", "--distpath", "out"]);
                command.arg(script);
            }
            Tool::Nuitka => {
                command.args(["nuitka", "--onefile", "--assume-yes-for-downloads"]);
                // It would ask the network.
                command.args(["--update-check=never", "--output-dir=out"]);
                command.arg(format!("--output-filename={}", program.name()));
                if program == Program::Many {
                    // Nuitka compresses with it, so it is there, and httpx would use it.
                    command.arg("--nofollow-import-to=zstandard");
                    // Half of the C files would be of these, none of which the program uses.
                    command.arg("--nofollow-import-to=pygments.lexers.[a-z]*");
                }
                command.arg(script);
            }
            Tool::CxFreeze => {
                command.args(["cx_Freeze", "build_exe", "--silent", "--script"]).arg(script);
                command.arg("--build-exe").arg(product);
            }
            Tool::Pex => {
                command.arg("pex").args(program.requirements()?).arg("--exe").arg(script);
                command.arg(option("--python-shebang=", python));
                command.arg("--output-file").arg(product);
            }
            Tool::Shiv => {
                let entry = format!("{}:main", program.name());
                command.args(["shiv", "--entry-point", &entry, "--site-packages", "source"]);
                command.arg("--output-file").arg(product).args(program.requirements()?);
            }
        }
        Ok(command)
    }
}

fn option(name: &str, value: &Path) -> OsString {
    let mut option = OsString::from(name);
    option.push(value);
    option
}
