//! `pyoxidizer extract`.

use std::path::{Path, PathBuf};

use clap::Args;
use pyrepackager::inspect::Executable;
use pyrepackager::inspect::extract::{self, Extracted};

use crate::analyze::{say, size};
use crate::failure::Failure;

/// The arguments.
#[derive(Args)]
pub struct ExtractArgs {
    /// The executable
    #[arg(value_name = "EXE")]
    pub executable: PathBuf,
    /// The folder to fill, new or empty; without it, NAME-extracted in this folder
    #[arg(short, long, value_name = "FOLDER")]
    pub output: Option<PathBuf>,
}

/// Writes what is packed as files, and says what that was.
pub fn run(args: &ExtractArgs) -> Result<(), Failure> {
    let executable = Executable::read(&args.executable)?;
    let folder = args.output.clone().unwrap_or_else(|| default_folder(&args.executable));
    let extracted = extract::extract(&executable, &folder)?;
    say(&summary(&extracted))
}

/// In this folder, named for the executable.
fn default_folder(executable: &Path) -> PathBuf {
    let stem = executable.file_stem().unwrap_or("application".as_ref()).to_string_lossy();
    PathBuf::from(format!("{stem}-extracted"))
}

fn summary(extracted: &Extracted) -> String {
    let Extracted { folder, modules, sources, files, libraries, beside, bytes } = extracted;
    let with_source = match sources {
        0 => String::new(),
        all if all == modules => ", all with source".to_owned(),
        some => format!(", {some} with source"),
    };
    let mut text = format!("{} ({})\n", folder.display(), size(*bytes));
    text += &format!("  {}{with_source}\n", counted(*modules, "module"));
    text += &format!("  {}\n", counted(*files, "file"));
    text += &format!(
        "  {}\n",
        match libraries {
            1 => "1 shared library".to_owned(),
            many => format!("{many} shared libraries"),
        }
    );
    if *beside > 0 {
        let folder = pyrepackager::inspect::NATIVE_FOLDER;
        text +=
            &format!("  {beside} more shared libraries are in the executable's folder {folder}\n");
    }
    text
}

fn counted(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_counts() {
        let extracted = Extracted {
            folder: "x".into(),
            modules: 3,
            sources: 1,
            files: 1,
            libraries: 2,
            beside: 4,
            bytes: 1_234_567,
        };
        let text = summary(&extracted);
        assert_eq!(
            text,
            "x (1.2 MB)\n  3 modules, 1 with source\n  1 file\n  2 shared libraries\n  \
             4 more shared libraries are in the executable's folder native_libraries\n"
        );
        assert_eq!(default_folder(Path::new("/a/app.bin")), PathBuf::from("app-extracted"));
    }
}
