//! What is started when this process asks for a program.

use std::borrow::Cow;
use std::ffi::{CStr, CString, OsStr};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::OnceLock;

use pyresources::install;
use rustix::fs::stat;
use rustix::io::Errno;

use super::arguments::Copies;
use super::disk;
use super::meaning::{Meaning, Operand, Own, meaning};
use super::programs::{self, Program};
use super::restarts::Restarts;
use super::{is_python_script, path, shell};
use crate::calls::{self, Mark};
use crate::config::PythonRunMode;
use crate::start::Role;
use crate::{files, resources, sys};

/// Bytes at the beginning of a file that tell whether it is a script of Python's.
const FIRST_LINE: usize = 256;

/// This process, as far as it matters to those that it starts.
pub(super) struct Process {
    /// `sys.executable`.
    executable: CString,
    arguments: Vec<Vec<u8>>,
    script: Option<Vec<u8>>,
    module: Option<Vec<u8>>,
    role: Role,
    restarts: Option<Restarts>,
}

static PROCESS: OnceLock<Process> = OnceLock::new();

/// A program that is asked for. The arguments begin with its name.
pub(super) struct Request<'a> {
    pub(super) path: &'a CStr,
    pub(super) arguments: Vec<Cow<'a, [u8]>>,
    pub(super) environment: Vec<Cow<'a, [u8]>>,
    /// Whether it takes the place of this process.
    pub(super) in_place: bool,
}

/// What is started otherwise than was asked for; `None` for what stays.
#[derive(Default)]
pub(super) struct Change {
    pub(super) path: Option<Vec<u8>>,
    pub(super) arguments: Option<Vec<Vec<u8>>>,
    pub(super) environment: Option<Vec<Vec<u8>>>,
    /// The program itself, in the place of a path.
    pub(super) program: Option<OwnedFd>,
}

impl Process {
    /// Says what this process is; the first call counts.
    pub(super) fn set(executable: CString, role: Role, run: &PythonRunMode) {
        let (script, module) = match run {
            PythonRunMode::Script(path) => (Some(files::seeming_path(path)), None),
            PythonRunMode::Module(name) => (None, Some(name.as_bytes().to_vec())),
            _ => (None, None),
        };
        PROCESS.get_or_init(|| Self {
            executable,
            arguments: std::env::args_os().map(sys::os_bytes).collect(),
            script,
            module,
            role,
            restarts: calls::restarts(),
        });
    }

    /// Whether a path leads to this executable.
    fn is_own(&self, path: &CStr) -> bool {
        if path == self.executable.as_c_str() {
            return true;
        }
        // The process finds out itself that a link by the name of Python is Python.
        if sys::is_python_name(path.to_bytes()) {
            return false;
        }
        let identity = |path: &CStr| stat(path).map(|status| (status.st_dev, status.st_ino)).ok();
        identity(path).is_some_and(|other| identity(&self.executable) == Some(other))
    }

    /// What a process of this executable with these arguments has to be told. `is_repeated` says that this process has
    /// become the application again before, and does once more.
    fn mark(&self, arguments: &[&[u8]], is_repeated: bool) -> Option<Mark> {
        let own = Own {
            path: self.executable.to_bytes(),
            // Whoever becomes the same again means something else by it.
            arguments: if is_repeated { &[] } else { &self.arguments },
            script: self.script.as_deref(),
            module: self.module.as_deref(),
            is_python: self.role == Role::Python,
        };
        match meaning(arguments, &own, look) {
            // It would take itself for Python.
            Meaning::Application { superfluous: 0 } if !arguments.iter().any(is_module) => None,
            Meaning::Application { superfluous } => Some(Mark::Application { superfluous }),
            Meaning::Python => Some(Mark::Python),
            Meaning::PythonWithInput => Some(Mark::PythonWithInput { unless: sys::input() }),
        }
    }
}

/// Whether an argument is an option that has Python run a module.
fn is_module(argument: &&[u8]) -> bool {
    argument.starts_with(b"-m")
}

/// What Python could do with what is at a path.
fn look(path: &[u8]) -> Operand {
    let path = Path::new(OsStr::from_bytes(path));
    if path.is_dir() {
        let is_program = path.join("__main__.py").exists();
        return if is_program { Operand::Script } else { Operand::Other };
    }
    let Ok(mut file) = fs_err::File::open(path) else { return Operand::Absent };
    let mut start = [0; FIRST_LINE];
    let length = std::io::Read::read(&mut file, &mut start).unwrap_or(0);
    if is_python_script(&start[..length]) { Operand::Script } else { Operand::Other }
}

/// What to change about a request, `None` for nothing.
///
/// # Errors
///
/// Why a packed program cannot be started.
pub(super) fn change(request: &Request<'_>) -> Result<Option<Change>, Errno> {
    let Some(process) = PROCESS.get() else { return Ok(None) };
    if process.is_own(request.path) {
        return start_again(process, request);
    }
    match files::packed_path(request.path).filter(|path| !path.is_empty()) {
        Some(packed) => start_packed(process, request, &packed).map(Some),
        None => Ok(start_other(process, request, OwnPrograms::Hidden)),
    }
}

/// What to hand to a shell in the place of a command, `None` for the same.
pub(super) fn changed_command(command: &[u8]) -> Option<Vec<u8>> {
    changed_command_with(command, &path::of_process())
}

/// As [`changed_command`], for a shell whose `PATH` has that value.
fn changed_command_with(command: &[u8], path: &[u8]) -> Option<Vec<u8>> {
    let process = PROCESS.get()?;
    let own = process.executable.to_bytes();
    let mut mark =
        |arguments: &[&[u8]]| Some(process.mark(arguments, false)?.assignment().into_bytes());
    let marked = shell::with_marks(command, own, &mut mark);
    let mut program = |name: &[u8]| shell_words(own, &path::find(name, path, own)?);
    let named = shell::with_programs(marked.as_deref().unwrap_or(command), &mut program).or(marked);
    let mut copies = Copies::new(own, false);
    copies.replaced(named.as_deref().unwrap_or(command)).or(named)
}

/// How a shell starts a packed program. The path of one that is no Python script becomes that of its copy.
fn shell_words(own: &[u8], path: &str) -> Option<Vec<u8>> {
    let program = shell::quoted(&files::seeming_path(path));
    if !programs::is_script(resources::packed().ok()?, path).ok()? {
        // As `start_packed` has it.
        let folder = shell::quoted(&files::seeming_path(install::PROGRAMS));
        return Some([b"PATH=", &*folder, b":\"$PATH\" ", &program].concat());
    }
    let python = [Mark::Python.assignment().as_bytes(), b" ", &shell::quoted(own)].concat();
    Some(if disk::is_own_python(path) { python } else { [&*python, b" ", &program].concat() })
}

/// This executable once more.
///
/// # Errors
///
/// When it is to be Python, and the program would not be that.
fn start_again(process: &Process, request: &Request<'_>) -> Result<Option<Change>, Errno> {
    let arguments: Vec<&[u8]> = request.arguments.iter().skip(1).map(|text| &**text).collect();
    // What PyInstaller has programs say that want the application itself.
    let is_application = request.environment.iter().any(|text| calls::is_reset(text));
    let is_repeated = request.in_place && process.restarts.is_some();
    let mark = process.mark(&arguments, is_repeated).filter(|_| !is_application);
    let is_python = matches!(mark, Some(Mark::Python));
    if is_python && process.role == Role::Application && calls::refuses_python() {
        eprintln!("error: {}", calls::refusal());
        return Err(Errno::PERM);
    }
    let restarts = (request.in_place && !is_python)
        .then(|| format!("{}={}", Restarts::VARIABLE, Restarts::one_more(process.restarts)));
    let added: Vec<String> =
        mark.map(|mark| mark.assignment()).into_iter().chain(restarts).collect();
    let is_own = |text: &&Cow<'_, [u8]>| calls::is_own_variable(text);
    if added.is_empty() && !request.environment.iter().any(|text| is_own(&text)) {
        return Ok(None);
    }
    let kept = request.environment.iter().filter(|text| !is_own(text));
    let environment = kept.map(|text| text.to_vec()).chain(added.into_iter().map(Into::into));
    Ok(Some(Change { environment: Some(environment.collect()), ..Change::default() }))
}

/// A packed program.
fn start_packed(process: &Process, request: &Request<'_>, path: &str) -> Result<Change, Errno> {
    let resources = resources::packed().map_err(|_| Errno::IO)?;
    let program = programs::ready(resources, path)?;
    if let Program::Script = program {
        let executable = process.executable.to_bytes().to_vec();
        let script = (!disk::is_own_python(path)).then(|| files::seeming_path(path));
        let arguments = request.arguments.iter().skip(1).map(|text| text.to_vec());
        let arguments = [executable.clone()].into_iter().chain(script).chain(arguments);
        let environment = request.environment.iter().map(|text| text.to_vec());
        let environment = environment.chain([Mark::Python.assignment().into_bytes()]);
        return Ok(Change {
            path: Some(executable),
            arguments: Some(arguments.collect()),
            environment: Some(environment.collect()),
            program: None,
        });
    }
    let mut change = start_other(process, request, OwnPrograms::First).unwrap_or_default();
    match program {
        Program::Script => {}
        Program::Memory(program) => change.program = Some(program),
        Program::Disk(folder) => {
            let path = folder.join(path).as_os_str().as_bytes().to_vec();
            let mut arguments = change
                .arguments
                .unwrap_or_else(|| request.arguments.iter().map(|text| text.to_vec()).collect());
            // Programs look for their files by the name that they are given.
            if let Some(name) = arguments.first_mut()
                && request.arguments.first().is_some_and(|name| **name == *request.path.to_bytes())
            {
                name.clone_from(&path);
            }
            (change.path, change.arguments) = (Some(path), Some(arguments));
        }
    }
    Ok(change)
}

/// Where another program finds the packed programs on its `PATH`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OwnPrograms {
    Hidden,
    First,
}

/// Any other program.
fn start_other(
    process: &Process,
    request: &Request<'_>,
    own_programs: OwnPrograms,
) -> Option<Change> {
    let own = process.executable.to_bytes();
    let mentions =
        |list: &[Cow<'_, [u8]>]| list.iter().skip(1).any(|text| shell::contains(text, own));
    let mut change = Change::default();
    let mut copies = Copies::new(own, sys::is_python_name(request.path.to_bytes()));
    let command = position_of_command(request);
    if command.is_some() || mentions(&request.arguments) {
        let text = |(index, text): (usize, &Cow<'_, [u8]>)| {
            let changed = match index {
                0 => None,
                index if Some(index) == command => {
                    changed_command_with(text, path::of(&request.environment))
                }
                _ => copies.replaced(text),
            };
            changed.unwrap_or_else(|| text.to_vec())
        };
        let mut arguments: Vec<Vec<u8>> = request.arguments.iter().enumerate().map(text).collect();
        mark_behind_wrapper(process, request, &mut arguments);
        for index in 1..arguments.len() {
            let (before, rest) = arguments.split_at_mut(index);
            let option = before.last().map(Vec::as_slice).unwrap_or_default();
            name_python(own, option, &mut rest[0]);
        }
        change.arguments = Some(arguments);
    }
    if request.environment.iter().any(|text| shell::contains(text, own)) {
        let text = |text: &Cow<'_, [u8]>| {
            let text = match own_programs {
                OwnPrograms::Hidden => path::without_own(text, own),
                OwnPrograms::First => path::own_first(text, own),
            }
            .map_or_else(|| text.clone(), Cow::Owned);
            copies.replaced_in_variable(&text).unwrap_or_else(|| text.into_owned())
        };
        let mut environment: Vec<Vec<u8>> = request.environment.iter().map(text).collect();
        environment.iter_mut().for_each(|variable| name_python(own, b"", variable));
        change.environment = Some(environment);
    }
    let is_changed = change.arguments.is_some() || change.environment.is_some();
    is_changed.then_some(change)
}

/// Names a link that is Python in the place of this executable, where another program is told which Python to use: by
/// an option (`--python EXE`, `-DPython_EXECUTABLE=EXE`) or a variable (`UV_PYTHON`, `PYSPARK_PYTHON`).
fn name_python(own: &[u8], option: &[u8], text: &mut Vec<u8>) {
    let key = match text.strip_suffix(own) {
        Some([]) if option.starts_with(b"-") => option,
        Some(key) if key.ends_with(b"=") => key,
        _ => return,
    };
    if !shell::contains(&key.to_ascii_lowercase(), b"python") {
        return;
    }
    if let Ok(link) = disk::python().inspect_err(programs::log) {
        text.truncate(text.len() - own.len());
        text.extend_from_slice(link.as_os_str().as_bytes());
    }
}

/// Tells this executable what it is where another program is to start it, such as `timeout`.
fn mark_behind_wrapper(process: &Process, request: &Request<'_>, arguments: &mut Vec<Vec<u8>>) {
    if !shell::is_wrapper(request.path.to_bytes()) {
        return;
    }
    let own = process.executable.to_bytes();
    let Some(position) = arguments.iter().skip(1).position(|argument| argument == own) else {
        return;
    };
    let position = position + 1;
    let own_arguments: Vec<&[u8]> = arguments[position + 1..].iter().map(Vec::as_slice).collect();
    if let Some(mark) = process.mark(&own_arguments, false) {
        let words = [b"env".to_vec(), mark.assignment().into_bytes()];
        arguments.splice(position..position, words);
    }
}

/// Which of the arguments is a command, where the program is a shell.
fn position_of_command(request: &Request<'_>) -> Option<usize> {
    let option = request.arguments.get(1)?;
    let takes_command = shell::is_shell(request.path.to_bytes())
        && shell::announces_command(option)
        && request.arguments.len() > 2;
    takes_command.then_some(2)
}
