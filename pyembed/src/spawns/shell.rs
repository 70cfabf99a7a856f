//! Commands for a shell that start this executable.
//!
//! `os.system(f"{sys.executable} -c …")` hands a text to `/bin/sh`, which starts the process. What tells that process
//! that it is Python is put into the text, in front of the executable's path, so that it reaches nothing else that the
//! shell starts.
//!
//! The text is looked at word by word, with quotes and backslashes as in a POSIX shell; variables and substitutions
//! are not expanded, so a path in a variable is not seen.

/// A word of a command.
#[derive(Debug, PartialEq, Eq)]
struct Word {
    /// Where it begins, with its quotes.
    start: usize,
    /// Its text, without quotes.
    text: Vec<u8>,
    /// Whether a program's name is expected here.
    is_command: bool,
}

/// Words after which the shell expects a command's name once more.
const BEFORE_COMMANDS: [&[u8]; 11] =
    [b"!", b"{", b"do", b"elif", b"else", b"exec", b"if", b"then", b"time", b"until", b"while"];

/// A part of a command up to what separates commands, such as `;` and `|`.
type Command = Vec<Word>;

/// Puts what `mark` gives for the arguments of each command that starts the program `own` in front of that program.
/// `None` when there is nothing to put there.
pub(super) fn with_marks(
    text: &[u8],
    own: &[u8],
    mut mark: impl FnMut(&[&[u8]]) -> Option<Vec<u8>>,
) -> Option<Vec<u8>> {
    if !contains(text, own) {
        return None;
    }
    let mut marked = Vec::new();
    let mut done = 0;
    for command in commands(text) {
        let Some(position) = command.iter().position(|word| word.text == own) else { continue };
        let arguments: Vec<&[u8]> =
            command.iter().skip(position + 1).map(|word| word.text.as_slice()).collect();
        let Some(mark) = mark(&arguments) else { continue };
        let word = &command[position];
        marked.extend_from_slice(&text[done..word.start]);
        // Behind `nice`, `timeout 5` and their like, assignments are no words of the shell's.
        marked.extend_from_slice(if word.is_command { b"" } else { b"env " });
        marked.extend_from_slice(&mark);
        marked.push(b' ');
        done = word.start;
    }
    if marked.is_empty() {
        return None;
    }
    marked.extend_from_slice(&text[done..]);
    Some(marked)
}

pub(super) fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
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
                command.push(Word { start: position, text: word, is_command });
                position = end;
            }
        }
    }
    commands.push(command);
    commands
}

/// Whether a command's name may follow: behind some words of the shell's own, and behind assignments.
fn precedes_command(word: &Word) -> bool {
    let name = word.text.split(|byte| *byte == b'=').next().unwrap_or_default();
    let is_assignment = name.len() < word.text.len()
        && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        && !name.first().is_none_or(u8::is_ascii_digit);
    word.is_command && (is_assignment || BEFORE_COMMANDS.contains(&word.text.as_slice()))
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
        let mark =
            |arguments: &[&[u8]]| (arguments.first() == Some(&&b"-c"[..])).then(|| b"M=1".to_vec());
        with_marks(text.as_bytes(), b"/opt/app", mark)
            .map(|text| String::from_utf8_lossy(&text).into_owned())
    }

    #[test]
    fn the_mark_stands_in_front_of_the_program() {
        for (text, expected) in [
            ("/opt/app -c 'a b'", "M=1 /opt/app -c 'a b'"),
            ("'/opt/app' -c x > out 2>&1", "M=1 '/opt/app' -c x > out 2>&1"),
            ("cd /tmp && \"/opt/app\" -c x; env", "cd /tmp && M=1 \"/opt/app\" -c x; env"),
            ("A=b /opt/app -c x", "A=b M=1 /opt/app -c x"),
            ("exec /opt/app -c x", "exec M=1 /opt/app -c x"),
            ("if /opt/app -c x; then :; fi", "if M=1 /opt/app -c x; then :; fi"),
            ("nice -n 5 /opt/app -c x", "nice -n 5 env M=1 /opt/app -c x"),
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
    fn other_commands_stay_as_they_are() {
        for text in [
            "/opt/app worker",
            "/opt/app2 -c x",
            "echo '/opt/app -c x'",
            "cat /opt/app/x -c",
            "cat < /opt/app -c",
            "",
            "'",
            "\\",
        ] {
            assert_eq!(marked(text), None, "{text}");
        }
    }
}
