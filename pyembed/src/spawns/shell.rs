//! Commands for a shell that start this executable.
//!
//! `os.system(f"{sys.executable} -c …")` hands a text to `/bin/sh`, which starts the process. What tells that process
//! that it is Python is put into the text, in front of the executable's path, so that it reaches nothing else that the
//! shell starts.
//!
//! The text is looked at word by word, with quotes and backslashes as in a POSIX shell; variables and substitutions
//! are not expanded, so a path in a variable is not seen.

use std::ops::Range;

/// A word of a command.
#[derive(Debug, PartialEq, Eq)]
struct Word {
    /// Where it begins and ends, with its quotes.
    start: usize,
    end: usize,
    /// Its text, without quotes.
    text: Vec<u8>,
    /// Whether a program's name is expected here.
    is_command: bool,
}

/// Words after which the shell expects a command's name once more.
const BEFORE_COMMANDS: [&[u8]; 9] =
    [b"!", b"{", b"do", b"elif", b"else", b"if", b"then", b"until", b"while"];

/// A part of a command up to what separates commands, such as `;` and `|`.
type Command = Vec<Word>;

/// What to put in front of the program for its arguments; `None` for nothing.
pub(super) type Marker<'a> = dyn FnMut(&[&[u8]]) -> Option<Vec<u8>> + 'a;

/// Puts what `mark` gives for the arguments of each command that starts the program `own` in front of that program.
/// `None` when there is nothing to put there.
pub(super) fn with_marks(text: &[u8], own: &[u8], mark: &mut Marker<'_>) -> Option<Vec<u8>> {
    if !contains(text, own) {
        return None;
    }
    changed(text, &mut |command| {
        let position = command.iter().position(|word| word.text == own)?;
        let word = &command[position];
        let program = command.iter().find(|word| word.is_command && !is_assignment(&word.text));
        let is_started = word.is_command || program.is_some_and(|word| is_wrapper(&word.text));
        let arguments: Vec<&[u8]> =
            command.iter().skip(position + 1).map(|word| word.text.as_slice()).collect();
        let mark = mark(&arguments).filter(|_| is_started)?;
        // Behind `nice`, `timeout 5` and their like, assignments are no words of the shell's.
        let env: &[u8] = if word.is_command { b"" } else { b"env " };
        Some((word.start..word.start, [env, &mark, b" "].concat()))
    })
}

/// Puts what `replace` gives for the name of a program in its place. `None` when there is nothing to replace.
///
/// Behind what may give the shell another `PATH`, such as `. env/bin/activate`, a name is the shell's to look for.
pub(super) fn with_programs(
    text: &[u8],
    replace: &mut dyn FnMut(&[u8]) -> Option<Vec<u8>>,
) -> Option<Vec<u8>> {
    let mut may_have_other_path = false;
    changed(text, &mut |command| {
        may_have_other_path |= command.iter().any(changes_path);
        if may_have_other_path {
            return None;
        }
        // Assignments and words of the shell's own may stand before it.
        let word = command.iter().rfind(|word| word.is_command)?;
        Some((word.start..word.end, replace(&word.text)?))
    })
}

/// Whether a word sets `PATH`, or has the shell read commands from a file.
fn changes_path(word: &Word) -> bool {
    let reads_file = word.is_command && matches!(&*word.text, b"." | b"source");
    reads_file || word.text.starts_with(b"PATH=")
}

/// A part of a text, and what takes its place.
type Change = (Range<usize>, Vec<u8>);

/// Changes a text by what `change` gives for each command in it. `None` when nothing changes.
fn changed(text: &[u8], change: &mut dyn FnMut(&Command) -> Option<Change>) -> Option<Vec<u8>> {
    let mut result = Vec::new();
    let mut done = 0;
    for command in commands(text) {
        let part = match position_of_command(&command) {
            // A command within the command, for another shell.
            Some(position) => {
                let Word { start, end, text, .. } = &command[position];
                changed(text, change).map(|inner| (*start..*end, quoted(&inner)))
            }
            None => change(&command),
        };
        if let Some((range, other)) = part {
            result.extend_from_slice(&text[done..range.start]);
            result.extend(other);
            done = range.end;
        }
    }
    if result.is_empty() {
        return None;
    }
    result.extend_from_slice(&text[done..]);
    Some(result)
}

/// Programs that start the program that their arguments name.
const WRAPPERS: [&[u8]; 18] = [
    b"builtin",
    b"chrt",
    b"command",
    b"env",
    b"exec",
    b"flock",
    b"ionice",
    b"nice",
    b"nohup",
    b"prlimit",
    b"setsid",
    b"stdbuf",
    b"strace",
    b"sudo",
    b"taskset",
    b"time",
    b"timeout",
    b"xvfb-run",
];

/// Names of shells that take a command behind `-c`.
const SHELLS: [&[u8]; 6] = [b"sh", b"ash", b"bash", b"dash", b"ksh", b"zsh"];

fn name(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| *byte == b'/').next().unwrap_or_default()
}

/// Whether the program at a path starts the program that its arguments name.
pub(super) fn is_wrapper(path: &[u8]) -> bool {
    WRAPPERS.contains(&name(path))
}

/// Whether the program at a path is a shell.
pub(super) fn is_shell(path: &[u8]) -> bool {
    SHELLS.contains(&name(path))
}

/// Whether an argument tells a shell that the next one is a command.
pub(super) fn announces_command(argument: &[u8]) -> bool {
    argument.starts_with(b"-") && !argument.starts_with(b"--") && argument.contains(&b'c')
}

/// Which word of a command is a command for another shell.
fn position_of_command(command: &[Word]) -> Option<usize> {
    let is_of_shell =
        |words: &[Word]| is_shell(&words[0].text) && announces_command(&words[1].text);
    let is_eval = |words: &[Word]| words[0].is_command && words[0].text == b"eval";
    let of_shell = command.windows(3).position(is_of_shell).map(|position| position + 2);
    of_shell.or_else(|| command.windows(2).position(is_eval).map(|position| position + 1))
}

/// A text as one word.
pub(super) fn quoted(text: &[u8]) -> Vec<u8> {
    let mut quoted = vec![b'\''];
    for byte in text {
        match byte {
            b'\'' => quoted.extend_from_slice(b"'\\''"),
            byte => quoted.push(*byte),
        }
    }
    quoted.push(b'\'');
    quoted
}

pub(super) fn contains(text: &[u8], part: &[u8]) -> bool {
    find(text, part, 0).is_some()
}

/// Where `part` first occurs in `text`, from `start` on.
pub(super) fn find(text: &[u8], part: &[u8], start: usize) -> Option<usize> {
    let rest = text.get(start..)?;
    rest.windows(part.len()).position(|window| window == part).map(|position| start + position)
}

fn commands(text: &[u8]) -> Vec<Command> {
    let mut commands = Vec::new();
    let mut command = Command::new();
    let mut position = 0;
    while let Some(byte) = text.get(position) {
        match byte {
            b' ' | b'\t' => position += 1,
            b';' | b'&' | b'|' | b'(' | b')' | b'\n' | b'`' => {
                commands.push(std::mem::take(&mut command));
                position += 1;
            }
            b'<' | b'>' => position = behind_redirection(text, position),
            _ => {
                let (end, word) = word(text, position);
                let is_stream = word.iter().all(u8::is_ascii_digit)
                    && matches!(text.get(end), Some(b'<' | b'>'));
                if is_stream {
                    position = end;
                    continue;
                }
                let is_command = command.last().is_none_or(precedes_command);
                command.push(Word { start: position, end, text: word, is_command });
                position = end;
            }
        }
    }
    commands.push(command);
    commands
}

/// Whether a command's name may follow: behind some words of the shell's own, and behind assignments.
fn precedes_command(word: &Word) -> bool {
    word.is_command
        && (is_assignment(&word.text) || BEFORE_COMMANDS.contains(&word.text.as_slice()))
}

fn is_assignment(text: &[u8]) -> bool {
    let name = text.split(|byte| *byte == b'=').next().unwrap_or_default();
    name.len() < text.len()
        && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        && !name.first().is_none_or(u8::is_ascii_digit)
}

/// The end of a redirection, such as `2>&1` and `> "a file"`, and of the word that it is to.
fn behind_redirection(text: &[u8], start: usize) -> usize {
    let skip = |position: usize, what: &[u8]| {
        let rest = text.get(position..).unwrap_or_default();
        position + rest.iter().take_while(|byte| what.contains(byte)).count()
    };
    let target = skip(skip(start, b"<>&|"), b" \t");
    word(text, target).0
}

/// The end of the word at a position, and what it is without quotes.
fn word(text: &[u8], start: usize) -> (usize, Vec<u8>) {
    let mut word = Vec::new();
    let mut quote = None;
    let mut position = start;
    while let Some(byte) = text.get(position).copied() {
        match (quote, byte) {
            (Some(open), byte) if byte == open => quote = None,
            (None, b'"' | b'\'') => quote = Some(byte),
            (None | Some(b'"'), b'\\') => {
                position += 1;
                word.extend(text.get(position));
            }
            (None, byte) if b" \t\n;&|()<>`".contains(&byte) => break,
            (_, byte) => word.push(byte),
        }
        position += 1;
    }
    (position.min(text.len()), word)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The command with a mark for those that have `-c` as their first argument.
    fn marked(text: &str) -> Option<String> {
        let mut mark =
            |arguments: &[&[u8]]| (arguments.first() == Some(&&b"-c"[..])).then(|| b"M=1".to_vec());
        with_marks(text.as_bytes(), b"/opt/app", &mut mark)
            .map(|text| String::from_utf8_lossy(&text).into_owned())
    }

    #[test]
    fn the_mark_stands_in_front_of_the_program() {
        for (text, expected) in [
            ("/opt/app -c 'a b'", "M=1 /opt/app -c 'a b'"),
            ("'/opt/app' -c x > out 2>&1", "M=1 '/opt/app' -c x > out 2>&1"),
            ("cd /tmp && \"/opt/app\" -c x; env", "cd /tmp && M=1 \"/opt/app\" -c x; env"),
            ("A=b /opt/app -c x", "A=b M=1 /opt/app -c x"),
            ("exec /opt/app -c x", "exec env M=1 /opt/app -c x"),
            ("if /opt/app -c x; then :; fi", "if M=1 /opt/app -c x; then :; fi"),
            ("nice -n 5 /opt/app -c x", "nice -n 5 env M=1 /opt/app -c x"),
            ("/bin/sh -c '/opt/app -c x'", "/bin/sh -c 'M=1 /opt/app -c x'"),
            (
                r#"sudo bash -lc "cd / && /opt/app -c 'x'" > out"#,
                r#"sudo bash -lc 'cd / && M=1 /opt/app -c '\''x'\''' > out"#,
            ),
            ("eval '/opt/app -c x'", "eval 'M=1 /opt/app -c x'"),
            ("echo 1 | /opt/app -c x", "echo 1 | M=1 /opt/app -c x"),
            ("echo $(/opt/app -c x)", "echo $(M=1 /opt/app -c x)"),
            (
                "/opt/app -c x; /opt/app y; /opt/app -c z",
                "M=1 /opt/app -c x; /opt/app y; M=1 /opt/app -c z",
            ),
        ] {
            assert_eq!(marked(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn names_of_programs_are_replaced() {
        let mut replace = |name: &[u8]| (name == b"tool").then(|| b"/opt/tool".to_vec());
        for (text, expected) in [
            ("tool", "/opt/tool"),
            ("A=b tool -x tool > tool", "A=b /opt/tool -x tool > tool"),
            ("cd x && 'tool' y | tool", "cd x && /opt/tool y | /opt/tool"),
            ("if tool; then tool x; fi", "if /opt/tool; then /opt/tool x; fi"),
            ("bash -c 'tool x'", "bash -c '/opt/tool x'"),
            ("echo $(tool)", "echo $(/opt/tool)"),
        ] {
            let changed = with_programs(text.as_bytes(), &mut replace).unwrap_or_default();
            assert_eq!(String::from_utf8_lossy(&changed), expected);
        }
        for text in [
            "",
            "echo tool",
            "./tool",
            "tool=1",
            "toolbox",
            "\\",
            ". env/bin/activate && tool",
            "bash -c 'source env/bin/activate; tool'",
            "export PATH=\"$PWD/bin:$PATH\"; tool",
            "PATH=bin tool",
            "env PATH=bin tool",
        ] {
            assert_eq!(with_programs(text.as_bytes(), &mut replace), None, "{text}");
        }
    }

    #[test]
    fn other_commands_stay_as_they_are() {
        for text in [
            "/opt/app worker",
            "/opt/app2 -c x",
            "echo '/opt/app -c x'",
            "cat /opt/app/x -c",
            "cp /opt/app -c",
            "sh -c 'echo /opt/app -c'",
            "cat < /opt/app -c",
            "",
            "'",
            "\\",
        ] {
            assert_eq!(marked(text), None, "{text}");
        }
    }
}
