//! Runs pip and uv, with what they say in a log file.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::demand::Demand;
use super::error::RequirementsError;
use super::pip;
use crate::cache::Cache;
use crate::distribution::Distribution;
use crate::reporter::{Length, Reporter};
use crate::wheel;

/// The folder of the cache for what installers said.
const LOGS: &str = "logs";

/// The folder of the cache that says which wheel of uv it has.
const UV: &str = "uv";

/// What installers are run with and for.
pub struct Installer<'a> {
    /// The distribution that the packages are for.
    pub distribution: &'a Distribution,
    /// The folder of the TOML file: relative paths in requirements start there.
    pub folder: &'a Path,
    /// Where wheels go.
    pub cache: &'a Cache,
    /// Where progress goes.
    pub reporter: &'a dyn Reporter,
    /// The folder or the file that the distribution's interpreter runs as pip.
    pip: PathBuf,
    /// Whether an index may not be asked.
    pub offline: bool,
    /// uv, once it was looked for, where there is one.
    uv: OnceLock<Option<PathBuf>>,
}

/// A program that has ended.
#[derive(Debug)]
pub struct Ended {
    /// Whether it succeeded.
    pub success: bool,
    /// All that it wrote, to both of its streams.
    pub output: String,
    /// The file that holds the same.
    pub log: PathBuf,
}

impl<'a> Installer<'a> {
    /// Finds the installers.
    ///
    /// # Errors
    ///
    /// When the distribution has no pip.
    pub fn of(
        distribution: &'a Distribution,
        folder: &'a Path,
        offline: bool,
        cache: &'a Cache,
        reporter: &'a dyn Reporter,
    ) -> Result<Self, RequirementsError> {
        let pip = find_pip(distribution, cache, reporter)?;
        Ok(Self { distribution, folder, cache, reporter, pip, offline, uv: OnceLock::new() })
    }

    /// A command that is pip, run by the distribution's interpreter.
    pub fn pip(&self) -> Command {
        let mut command = Command::new(&self.distribution.python_exe);
        command.args(["-I", "-B"]).arg(&self.pip);
        command.current_dir(self.folder);
        // Settings of the person's own pip that would send packages elsewhere, or ask for an
        // environment; index, proxy and certificates stay.
        for variable in ["PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER"] {
            command.env_remove(variable);
        }
        command.env("PIP_REQUIRE_VIRTUALENV", "0");
        command.env("PIP_DISABLE_PIP_VERSION_CHECK", "1").env("PIP_NO_INPUT", "1");
        if self.offline {
            command.env("PIP_NO_INDEX", "1");
        }
        command
    }

    /// A command that is uv: that of the machine, else the cache's own, which is fetched when there is none.
    pub fn uv(&self) -> Option<Command> {
        let uv = self.uv.get_or_init(|| find_on_path("uv").or_else(|| self.own_uv()));
        let mut command = Command::new(uv.as_ref()?);
        command.current_dir(self.folder);
        Some(command)
    }

    /// The cache's own uv. Without one everything works, if slower, so that nothing of this is an error.
    fn own_uv(&self) -> Option<PathBuf> {
        let note = self.cache.folder(UV).ok()?.join("wheel");
        let kept = fs_err::read_to_string(&note).ok();
        let known = kept.as_ref().and_then(|text| text.trim().split_once(' '));
        let known = known.and_then(|(sha256, name)| Some((name, sha256.parse().ok()?)));
        let installed = known
            .and_then(|(name, sha256)| wheel::installed(name, sha256, self.cache).ok().flatten());
        let wheel = match installed {
            Some(wheel) => wheel,
            None if self.offline => return None,
            None => self.fetch_uv(&note)?,
        };
        let uv = wheel.prefix().join("bin/uv");
        uv.is_file().then_some(uv)
    }

    /// Has pip fetch uv, and notes which wheel that is.
    fn fetch_uv(&self, note: &Path) -> Option<wheel::InstalledWheel> {
        let scratch = self.scratch().ok()?;
        let mut command = self.pip();
        command.args(["download", "--no-deps", "--only-binary", ":all:", "--dest"]);
        command.arg(scratch.path()).arg("uv");
        let ended =
            self.run(command, "Fetching uv, which resolves requirements faster", "uv").ok()?;
        let found = wheel::find(scratch.path()).ok().filter(|_| ended.success)?;
        let supported = wheel::tags::Supported::by(self.distribution);
        let wheel = wheel::unpack(found.first()?, &supported, self.cache, self.reporter).ok()?;
        fs_err::write(note, format!("{} {}", wheel.sha256, wheel.file_name)).ok()?;
        Some(wheel)
    }

    /// Runs a command to its end; `name` names its log.
    ///
    /// # Errors
    ///
    /// When it does not start, or the log cannot be written.
    pub fn run(
        &self,
        mut command: Command,
        label: &str,
        name: &str,
    ) -> Result<Ended, RequirementsError> {
        let program = PathBuf::from(command.get_program());
        let start = |source| RequirementsError::Start { program: program.clone(), source };
        let log = self.cache.folder(LOGS)?.join(format!("{name}.log"));
        let mut file = fs_err::File::create(&log).map_err(start)?;
        let step = self.reporter.start(label, Length::Unknown);
        let (reader, writer) = std::io::pipe().map_err(start)?;
        command.stdin(std::process::Stdio::null());
        command.stdout(writer.try_clone().map_err(start)?).stderr(writer);
        let mut child = command.spawn().map_err(start)?;
        // The command holds ends of the pipe, which must be closed here for it to end.
        drop(command);
        let mut output = String::new();
        let mut reader = BufReader::new(reader);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).map_err(start)? > 0 {
            file.write_all(&line).map_err(start)?;
            let text = String::from_utf8_lossy(&line);
            step.describe(text.trim_end());
            output += &text;
            line.clear();
        }
        let success = child.wait().map_err(start)?.success();
        Ok(Ended { success, output, log })
    }

    /// The error for a pip that failed.
    pub fn failure(&self, demand: &Demand, ended: Ended) -> RequirementsError {
        let (line, label) = (demand.line, &demand.label);
        match self.offline {
            true => RequirementsError::Offline { line, label: label.clone(), log: ended.log },
            false => pip::failure(line, label, ended),
        }
    }

    /// A new folder for files that an installer reads and writes; gone when dropped.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub fn scratch(&self) -> Result<tempfile::TempDir, RequirementsError> {
        let folder = self.cache.folder("builds")?;
        tempfile::TempDir::with_prefix_in("pip-", &folder)
            .map_err(|source| RequirementsError::Scratch { path: folder, source })
    }
}

/// What the distribution's interpreter runs as pip: the installed one, or the one that `ensurepip`
/// would install.
fn find_pip(
    distribution: &Distribution,
    cache: &Cache,
    reporter: &dyn Reporter,
) -> Result<PathBuf, RequirementsError> {
    let installed = distribution.stdlib.join("site-packages/pip");
    if installed.join("__main__.py").is_file() {
        return Ok(installed);
    }
    let bundled = distribution.stdlib.join("ensurepip/_bundled");
    let is_pip = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("pip-"))
    };
    let none = || RequirementsError::NoPip { python: distribution.python_exe.clone() };
    let found = wheel::find(&bundled).map_err(|_| none())?.into_iter().find(is_pip);
    let supported = wheel::tags::Supported::by(distribution);
    let wheel = wheel::unpack(&found.ok_or_else(none)?, &supported, cache, reporter)
        .map_err(|error| RequirementsError::Pip { error })?;
    Ok(wheel.lib().join("pip"))
}

/// The program `name` on the `PATH`.
fn find_on_path(name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(&file)).find(|path| path.is_file())
}
