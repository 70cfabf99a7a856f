//! A display without a screen: Xvfb, whose picture can be looked at.
//!
//! Where there is no Xvfb, the package of the operating system is installed, which takes root.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};
use fs_err as fs;

/// A display that is there as long as this is.
#[derive(Debug)]
pub struct Display {
    server: Child,
    /// What `DISPLAY` is set to.
    pub name: String,
    folder: tempfile::TempDir,
}

impl Display {
    /// Starts one, under a name that is free.
    ///
    /// # Errors
    /// When there is no Xvfb and it cannot be installed, or it does not start.
    pub fn start() -> Result<Self> {
        install(&[("Xvfb", "xvfb")])?;
        let folder = tempfile::tempdir()?;
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "640x480x24", "-nolisten", "tcp", "-fbdir"])
            .arg(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("Xvfb does not start")?;
        let mut number = String::new();
        if let Some(stdout) = server.stdout.take() {
            BufReader::new(stdout).read_line(&mut number)?;
        }
        ensure!(!number.trim().is_empty(), "Xvfb has ended");
        Ok(Self { server, name: format!(":{}", number.trim()), folder })
    }

    /// How many pixels of the picture have a color, which is red, green and blue.
    ///
    /// # Errors
    /// When the picture cannot be read.
    pub fn pixels_of(&self, [red, green, blue]: [u8; 3]) -> Result<usize> {
        // A window dump: a header that begins with its size, a table of colors, then four bytes a pixel.
        let picture = fs::read(self.folder.path().join("Xvfb_screen0"))?;
        let number = |index: usize| -> Option<usize> {
            let bytes = picture.get(index * 4..index * 4 + 4)?.try_into().ok()?;
            usize::try_from(u32::from_be_bytes(bytes)).ok()
        };
        let header = number(0).context("the picture has no header")?;
        let colors = number(19).context("the picture has no table of colors")?;
        let pixels = picture.get(header + colors * 12..).context("the picture has no pixels")?;
        Ok(pixels.chunks_exact(4).filter(|pixel| pixel[..3] == [blue, green, red]).count())
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Installs the packages of the operating system whose programs or files are missing: pairs of a program's name or
/// the path of a file, and a package.
///
/// # Errors
/// When a package cannot be installed.
pub fn install(wanted: &[(&str, &str)]) -> Result<()> {
    let is_there = |name: &str| {
        let folders = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&folders).any(|folder| folder.join(name).exists())
    };
    let missing: Vec<&str> =
        wanted.iter().filter(|(name, _)| !is_there(name)).map(|(_, package)| *package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let install = ["install", "--yes", "--no-install-recommends"];
    for arguments in [&["update"][..], &[&install[..], &missing].concat()] {
        let output = Command::new("apt-get").args(arguments).output().context("no apt-get")?;
        ensure!(
            output.status.success(),
            "cannot install {}: {}",
            missing.join(", "),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(())
}
