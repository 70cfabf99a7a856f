//! What a program means that starts `sys.executable`: Python, or the application itself.
//!
//! `docs/python_inside.rst` has the table of idioms.

/// Python's own options without an argument; letters may stand together behind one hyphen.
/// From `SHORT_OPTS` of CPython's `Python/getopt.c`, as are the next two.
const FLAGS: &[u8] = b"bBdEhiIJOPqRsStuvVx?";
/// Python's options with an argument, in the same word or the next one.
const WITH_ARGUMENT: &[u8] = b"WX";
/// Python's long options, and whether an argument follows.
const LONG: [(&[u8], bool); 6] = [
    (b"--check-hash-based-pycs", true),
    (b"--help", false),
    (b"--help-all", false),
    (b"--help-env", false),
    (b"--help-xoptions", false),
    (b"--version", false),
];

/// Endings of files that only Python runs.
const SCRIPTS: [&[u8]; 5] = [b".py", b".pyw", b".pyc", b".pyz", b".zip"];

/// What the started process is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The application. So many arguments in front are not its own: options of Python's, its own name once more.
    Application { superfluous: usize },
    /// Python.
    Python,
    /// Python when it is given code to read, through a pipe or from a file; else the application.
    PythonWithInput,
}

/// What the rule needs to know of the process that starts another one.
#[derive(Debug)]
pub(super) struct Own<'a> {
    /// `sys.executable`.
    pub(super) path: &'a [u8],
    /// The program's name and arguments, as this process was started.
    pub(super) arguments: &'a [Vec<u8>],
    /// The path that the packed script seems to have, where a script is what runs.
    pub(super) script: Option<&'a [u8]>,
    /// The module that runs, where that is what the application is.
    pub(super) module: Option<&'a [u8]>,
    /// Whether this process itself was started to be Python.
    pub(super) is_python: bool,
}

/// What a file on a command line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operand {
    /// Python runs it: a folder with a `__main__.py`, a file whose first line names Python.
    Script,
    /// A file or folder of another kind.
    Other,
    Absent,
}

const APPLICATION: Meaning = Meaning::Application { superfluous: 0 };

/// What `arguments` mean, those behind the name of the program, which is this executable.
pub(super) fn meaning(
    arguments: &[&[u8]],
    own: &Own<'_>,
    look: impl Fn(&[u8]) -> Operand,
) -> Meaning {
    if own.is_python {
        return Meaning::Python;
    }
    if !arguments.is_empty() && arguments.iter().eq(own.arguments.iter().skip(1)) {
        return APPLICATION;
    }
    let mut rest = arguments.iter().copied();
    let mut is_interactive = false;
    while let Some(argument) = rest.next() {
        let position = arguments.len() - rest.len();
        if argument == b"-" {
            return Meaning::Python;
        }
        if let Some((_, has_argument)) = LONG.iter().find(|(name, _)| *name == argument) {
            match argument {
                b"--version" => return Meaning::Python,
                _ if *has_argument => drop(rest.next()),
                _ => return APPLICATION,
            }
            continue;
        }
        let letters = argument.strip_prefix(b"-").filter(|rest| !rest.starts_with(b"-"));
        let Some(letters) = letters else {
            return operand(argument, position, own, look);
        };
        for (index, letter) in letters.iter().enumerate() {
            let follows = letters.get(index + 1..).unwrap_or_default();
            match letter {
                b'c' | b'V' => return Meaning::Python,
                b'm' => {
                    let name = if follows.is_empty() { rest.next() } else { Some(follows) };
                    let position = arguments.len() - rest.len();
                    return module(name, position, rest, own);
                }
                b'h' | b'?' => return APPLICATION,
                letter if WITH_ARGUMENT.contains(letter) => {
                    if follows.is_empty() {
                        rest.next();
                    }
                    break;
                }
                letter if FLAGS.contains(letter) => is_interactive |= *letter == b'i',
                // No option of Python's.
                _ => return APPLICATION,
            }
        }
    }
    if is_interactive { Meaning::Python } else { Meaning::PythonWithInput }
}

/// `-m NAME ARGUMENTS`: the application once more where that is what this process runs, else Python. `NAME` is the
/// argument before `position`.
fn module<'a>(
    name: Option<&[u8]>,
    position: usize,
    arguments: impl Iterator<Item = &'a [u8]>,
    own: &Own<'_>,
) -> Meaning {
    let Some(name) = name else { return APPLICATION };
    let name = name.strip_suffix(b".__main__").unwrap_or(name);
    if own.module == Some(name) && arguments.eq(own.arguments.iter().skip(1)) {
        return Meaning::Application { superfluous: position };
    }
    Meaning::Python
}

/// The first argument that is no option, before `position`: the application's own name, or what Python can run, or a
/// word that only the application understands.
fn operand(
    path: &[u8],
    position: usize,
    own: &Own<'_>,
    look: impl Fn(&[u8]) -> Operand,
) -> Meaning {
    let own_name = own.arguments.first().map(Vec::as_slice);
    if path == own.path || Some(path) == own_name || Some(path) == own.script {
        return Meaning::Application { superfluous: position };
    }
    match look(path) {
        Operand::Script => Meaning::Python,
        Operand::Other if SCRIPTS.iter().any(|ending| path.ends_with(ending)) => Meaning::Python,
        Operand::Other | Operand::Absent => APPLICATION,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PYTHON: Meaning = Meaning::Python;
    const INPUT: Meaning = Meaning::PythonWithInput;

    fn superfluous(superfluous: usize) -> Meaning {
        Meaning::Application { superfluous }
    }

    /// What the arguments mean to an application that was started as `app serve --port 80`.
    fn meant(arguments: &[&str]) -> Meaning {
        let own = ["app", "serve", "--port", "80"].map(|word| word.as_bytes().to_vec());
        let own = Own {
            path: b"/opt/app",
            arguments: &own,
            script: Some(b"/opt/app/app.py"),
            module: Some(b"pkg"),
            is_python: false,
        };
        let arguments: Vec<&[u8]> = arguments.iter().map(|word| word.as_bytes()).collect();
        meaning(&arguments, &own, |path| match path {
            b"run.py" | b"data.txt" => Operand::Other,
            b"folder" | b"tool" => Operand::Script,
            _ => Operand::Absent,
        })
    }

    #[test]
    fn code_modules_and_scripts_are_for_python() {
        for arguments in [
            &["-c", "print(1)"][..],
            &["-cprint(1)"],
            &["-Ic", "print(1)"],
            &["-E", "-s", "-u", "-c", "print(1)"],
            &["-X", "utf8", "-m", "json.tool"],
            &["-Xfrozen_modules=off", "-W", "error", "-mpip"],
            &["--check-hash-based-pycs", "always", "-m", "x"],
            &["-m", "pkg", "other", "arguments"],
            &["-"],
            &["-u", "-"],
            &["-V"],
            &["-VV"],
            &["--version"],
            &["-i"],
            &["run.py", "x"],
            &["-u", "run.py"],
            &["folder"],
            &["tool", "x"],
        ] {
            assert_eq!(meant(arguments), PYTHON, "{arguments:?}");
        }
    }

    #[test]
    fn words_and_options_of_its_own_are_for_the_application() {
        for arguments in [
            &["worker"][..],
            &["worker", "-c", "x"],
            &["--worker"],
            &["--multiprocessing-fork", "tracker_fd=6"],
            &["-n", "3"],
            &["--help"],
            &["-h"],
            &["data.txt"],
            &["absent.py"],
            &["serve", "--port", "80"],
            &["serve"],
        ] {
            assert_eq!(meant(arguments), APPLICATION, "{arguments:?}");
        }
    }

    #[test]
    fn what_is_in_front_of_its_own_arguments_is_left_out() {
        for (arguments, count) in [
            (&["app", "serve"][..], 1),
            (&["/opt/app", "serve"], 1),
            (&["/opt/app/app.py", "x"], 1),
            (&["-W", "ignore", "-Xdev", "app", "serve"], 4),
            (&["-m", "pkg", "serve", "--port", "80"], 2),
            (&["-mpkg.__main__", "serve", "--port", "80"], 1),
        ] {
            assert_eq!(meant(arguments), superfluous(count), "{arguments:?}");
        }
    }

    #[test]
    fn without_an_argument_the_input_decides() {
        for arguments in [&[][..], &["-u"], &["-s", "-E"], &["-X", "dev"]] {
            assert_eq!(meant(arguments), INPUT, "{arguments:?}");
        }
    }

    #[test]
    fn a_python_starts_pythons() {
        let own = Own {
            path: b"/opt/app",
            arguments: &[b"/opt/app".to_vec()],
            script: None,
            module: None,
            is_python: true,
        };
        assert_eq!(meaning(&[b"worker"], &own, |_| Operand::Absent), PYTHON);
    }
}
