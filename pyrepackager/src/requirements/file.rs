//! Requirements files: which lines count, which files they refer to, which options they hold.
//!
//! What a requirement means is pip's matter, which reads the files itself.

use std::path::{Path, PathBuf};

use super::error::RequirementsError;

/// Options that name another file of requirements or constraints.
const REFERRING: [&str; 4] = ["--requirement", "--constraint", "-r", "-c"];

/// Options that name a folder or a page with links to archives.
const LINKS: [&str; 2] = ["--find-links", "-f"];

/// The lines of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequirementsFile {
    /// The folder that paths in it start at.
    folder: PathBuf,
    /// Lines that say something, without comments, joined where they go on.
    pub lines: Vec<String>,
}

impl RequirementsFile {
    /// Reads the file at `path`, which the entry at `line` leads to.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn read(line: usize, path: &Path) -> Result<Self, RequirementsError> {
        let bytes = fs_err::read(path).map_err(|source| RequirementsError::Unreadable {
            line,
            path: path.to_owned(),
            source,
        })?;
        let text = String::from_utf8_lossy(&bytes);
        Ok(Self::parse(&text, path.parent().unwrap_or(path)))
    }

    /// Takes a text apart whose paths start at `folder`.
    pub fn parse(text: &str, folder: &Path) -> Self {
        let text = text.trim_start_matches('\u{feff}').replace("\\\r\n", " ").replace("\\\n", " ");
        let without_comment = |line: &str| {
            let line = if line.starts_with('#') { "" } else { line };
            line.split(" #").next().unwrap_or(line).trim().to_owned()
        };
        let lines = text.lines().map(str::trim).map(without_comment);
        Self { folder: folder.to_owned(), lines: lines.filter(|line| !line.is_empty()).collect() }
    }

    /// The files on this machine that it refers to. What stands at an address may change at any time;
    /// pip reads it whenever something else has changed.
    pub fn referred(&self) -> impl Iterator<Item = PathBuf> {
        let values = self.lines.iter().flat_map(|line| values(line, &REFERRING));
        values.filter(|value| !value.contains("://")).map(|value| self.folder.join(value))
    }

    /// Lines that hold nothing but options which also matter when archives are fetched by name and hash.
    pub fn options(&self) -> impl Iterator<Item = String> {
        let is_option = |line: &&String| line.starts_with('-');
        let other = |line: &&String| {
            let named = ["-e", "--editable", "--require-hashes"].iter().chain(&REFERRING);
            !named.into_iter().any(|option| line.starts_with(option))
        };
        self.lines.iter().filter(is_option).filter(other).map(|line| self.absolute(line))
    }

    /// A line with a path of links made absolute, which starts at the file's folder where it exists there.
    fn absolute(&self, line: &str) -> String {
        match values(line, &LINKS).next().map(|value| self.folder.join(value)) {
            // pip reads options as a shell reads words.
            Some(path) if path.exists() => {
                let path = path.display().to_string().replace('\\', "\\\\").replace('"', "\\\"");
                format!("--find-links \"{path}\"")
            }
            _ => line.to_owned(),
        }
    }
}

/// The values of some options in a line.
fn values<'l>(line: &'l str, options: &'l [&str]) -> impl Iterator<Item = String> + use<'l> {
    let words = words(line);
    let values: Vec<String> = words
        .iter()
        .enumerate()
        .filter_map(|(index, word)| {
            if options.contains(&word.as_str()) {
                return words.get(index + 1).cloned();
            }
            let glued = options.iter().find_map(|option| word.strip_prefix(option))?;
            // `-rFILE` and `--requirement=FILE`, but no other option with such a beginning.
            let value = glued.strip_prefix('=').or((!word.starts_with("--")).then_some(glued))?;
            (!value.is_empty()).then(|| value.to_owned())
        })
        .collect();
    values.into_iter()
}

/// The words of a line, in which quotes keep blanks.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    for character in line.chars() {
        match quote {
            Some(open) if character == open => quote = None,
            None if matches!(character, '"' | '\'') => quote = Some(character),
            None if character.is_whitespace() => words.extend(take(&mut word)),
            _ => word.push(character),
        }
    }
    words.extend(take(&mut word));
    words
}

fn take(word: &mut String) -> Option<String> {
    (!word.is_empty()).then(|| std::mem::take(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn referred(line: &str) -> Vec<PathBuf> {
        RequirementsFile::parse(line, Path::new("/f")).referred().collect()
    }

    #[test]
    fn files_that_are_referred_to() {
        let file = |name: &str| vec![PathBuf::from("/f").join(name)];
        assert_eq!(referred("-r base.txt  # more"), file("base.txt"));
        assert_eq!(referred("--constraint=c.txt"), file("c.txt"));
        assert_eq!(referred("-cc.txt"), file("c.txt"));
        assert_eq!(referred("-r \"a b.txt\""), file("a b.txt"));
        for line in
            ["requests", "# -r base.txt", "-r https://example.com/r.txt", "--require-hashes"]
        {
            assert!(referred(line).is_empty(), "{line}");
        }
    }

    #[test]
    fn lines_are_joined_and_comments_left_out() {
        let text = "\u{feff}# all\na \\\n  --hash=sha256:00  # x\n\n--pre\n-e ./lib\n-i https://i/\n-r b.txt\n";
        let file = RequirementsFile::parse(text, Path::new("/f"));
        let expected = ["a    --hash=sha256:00", "--pre", "-e ./lib", "-i https://i/", "-r b.txt"];
        assert_eq!(file.lines, expected);
        assert_eq!(file.options().collect::<Vec<_>>(), ["--pre", "-i https://i/"]);
    }

    #[test]
    fn links_start_at_the_folder_of_the_file() {
        let root = tempfile::tempdir().unwrap();
        fs_err::create_dir(root.path().join("links")).unwrap();
        let file = RequirementsFile::parse("--find-links links\n-f gone\n", root.path());
        let expected = format!("--find-links \"{}\"", root.path().join("links").display());
        assert_eq!(file.options().collect::<Vec<_>>(), [expected.as_str(), "-f gone"]);
    }
}
