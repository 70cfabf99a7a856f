//! Where a member of the archive belongs.

use std::path::PathBuf;

use super::name::normalise;

/// The sub-folder for what belongs on `sys.path`.
pub const LIB: &str = "lib";

/// The sub-folder for what belongs below `sys.prefix`.
pub const PREFIX: &str = "prefix";

/// The folder of scripts, below the prefix.
const SCRIPTS: &str = "bin/";

/// Where a member belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// [`LIB`] or [`PREFIX`].
    pub part: &'static str,
    /// The path below it, with `/`.
    pub path: String,
}

impl Place {
    /// The place of a script; `None` for a name that no file in a folder can have.
    pub fn script(name: &str) -> Option<Self> {
        let is_name = !name.contains(['/', '\\', '\0']) && !matches!(name, "" | "." | "..");
        is_name.then(|| Self { part: PREFIX, path: format!("{SCRIPTS}{name}") })
    }

    /// Whether it is that of a script.
    pub fn is_script(&self) -> bool {
        self.part == PREFIX && self.path.starts_with(SCRIPTS)
    }

    /// The path in the `RECORD` of the installed wheel, which starts at the folder of packages:
    /// `lib/pythonX.Y/site-packages` below the prefix.
    pub fn recorded(&self) -> String {
        if self.part == PREFIX { format!("../../../{}", self.path) } else { self.path.clone() }
    }

    /// The path below the folder of the wheel.
    pub fn relative(&self) -> PathBuf {
        [self.part].into_iter().chain(self.path.split('/')).collect()
    }
}

/// A member that belongs nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misplaced {
    /// The name leads out of the folder, or is not a relative path with `/`.
    Escape,
    /// A sub-folder of `.data` that the specification does not know.
    Scheme,
}

/// The place of the member `name`, where `stem` begins the names of the wheel's own two folders:
/// `NAME-VERSION`.
pub fn place(name: &str, stem: &str) -> Result<Place, Misplaced> {
    let is_part = |part: &str| !part.is_empty() && part != "." && part != "..";
    // Elsewhere a backslash separates, and a letter with a colon names a drive.
    let is_drive = name.as_bytes().get(1) == Some(&b':');
    if name.contains(['\\', '\0']) || is_drive || !name.split('/').all(is_part) {
        return Err(Misplaced::Escape);
    }
    let (top, below) = name.split_once('/').unwrap_or((name, ""));
    let is_data = top.strip_suffix(".data").is_some_and(|own| normalise(own) == normalise(stem));
    let Some(below) = Some(below).filter(|_| is_data) else {
        return Ok(Place { part: LIB, path: name.to_owned() });
    };
    let (scheme, path) = below.split_once('/').ok_or(Misplaced::Scheme)?;
    let (part, path) = match scheme {
        "purelib" | "platlib" => (LIB, path.to_owned()),
        "data" => (PREFIX, path.to_owned()),
        "scripts" => (PREFIX, format!("{SCRIPTS}{path}")),
        "headers" => {
            let distribution = stem.split('-').next().unwrap_or(stem);
            (PREFIX, format!("include/{distribution}/{path}"))
        }
        _ => return Err(Misplaced::Scheme),
    };
    Ok(Place { part, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(name: &str) -> Result<(&'static str, String), Misplaced> {
        place(name, "my_pkg-1.0").map(|place| (place.part, place.path))
    }

    #[test]
    fn members_go_where_their_scheme_says() {
        let found = |part, path: &str| Ok((part, path.to_owned()));
        assert_eq!(at("my_pkg/a.py"), found(LIB, "my_pkg/a.py"));
        assert_eq!(
            at("my_pkg-1.0.dist-info/METADATA"),
            found(LIB, "my_pkg-1.0.dist-info/METADATA")
        );
        assert_eq!(at("my_pkg-1.0.data/purelib/a/b.py"), found(LIB, "a/b.py"));
        assert_eq!(at("my_pkg-1.0.data/platlib/a/c.so"), found(LIB, "a/c.so"));
        assert_eq!(at("my_pkg-1.0.data/scripts/tool"), found(PREFIX, "bin/tool"));
        assert_eq!(at("my_pkg-1.0.data/data/share/x"), found(PREFIX, "share/x"));
        assert_eq!(at("my_pkg-1.0.data/headers/x.h"), found(PREFIX, "include/my_pkg/x.h"));
        assert_eq!(at("My.Pkg-1.0.data/data/x"), found(PREFIX, "x"));
        assert_eq!(at("my_pkg/a:b.txt"), found(LIB, "my_pkg/a:b.txt"));
        assert_eq!(at("my_pkg-1.0.data/home/x"), Err(Misplaced::Scheme));
    }

    #[test]
    fn nothing_leads_out() {
        for name in
            ["../a", "/a", "a/../b", "a//b", "a\\b", "C:/a", "./a", "my_pkg-1.0.data/data/../../x"]
        {
            assert_eq!(at(name), Err(Misplaced::Escape), "{name}");
        }
    }
}
