//! Which packed path a path stands for.
//!
//! Components `.` and `..` and doubled slashes are resolved by the letters of the path alone: there
//! are no symbolic links among packed files, and the executable's own path has none.

use std::borrow::Cow;

use rustix::process::getcwd;

/// A path that leads to the executable or below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The packed path: relative to the executable, with `/`, empty for the executable itself.
    pub(super) path: String,
    /// Whether only a folder may be here, as the path ends in a slash or the like.
    pub(super) must_be_folder: bool,
}

impl Place {
    /// Where `path` leads, `None` when it leads elsewhere. A relative one starts at the working
    /// folder.
    pub(super) fn of(path: &[u8], executable: &[u8]) -> Option<Self> {
        let must_be_folder =
            path.ends_with(b"/") || path.ends_with(b"/.") || path.ends_with(b"/..");
        let absolute = if path.starts_with(b"/") {
            Cow::Borrowed(path)
        } else {
            let mut joined = getcwd(Vec::new()).ok()?.into_bytes();
            joined.push(b'/');
            joined.extend_from_slice(path);
            Cow::Owned(joined)
        };
        let path = normalise(&absolute);
        let below = path.strip_prefix(executable)?;
        let below = match below.split_first() {
            None => below,
            Some((b'/', below)) => below,
            Some(_) => return None,
        };
        // Names in the executable are UTF-8; what is none is there no more than `\u{fffd}` is.
        let path = String::from_utf8_lossy(below).into_owned();
        Some(Self { path, must_be_folder })
    }
}

/// An absolute path without `.`, `..` and needless slashes.
fn normalise(path: &[u8]) -> Vec<u8> {
    let mut normal = Vec::with_capacity(path.len());
    for component in path.split(|byte| *byte == b'/') {
        match component {
            b"" | b"." => {}
            b".." => {
                let parent = normal.iter().rposition(|byte| *byte == b'/');
                normal.truncate(parent.unwrap_or(0));
            }
            name => {
                normal.push(b'/');
                normal.extend_from_slice(name);
            }
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(path: &str) -> Option<String> {
        Place::of(path.as_bytes(), b"/opt/hello").map(|place| place.path)
    }

    #[test]
    fn paths_below_the_executable_are_ours() {
        for (path, expected) in [
            ("/opt/hello/pkg/data.txt", "pkg/data.txt"),
            ("/opt/hello//pkg/./sub/../data.txt", "pkg/data.txt"),
            ("//opt/other/../hello/pkg/", "pkg"),
            ("/opt/hello/pkg/..", ""),
            ("/opt/hello", ""),
        ] {
            assert_eq!(packed(path).as_deref(), Some(expected), "{path}");
        }
    }

    #[test]
    fn other_paths_are_not() {
        for path in ["/opt", "/opt/hello2/pkg", "/opt/hello/../x", "/opt/hello/pkg/../../x", "/"] {
            assert_eq!(packed(path), None, "{path}");
        }
    }

    #[test]
    fn a_relative_path_starts_at_the_working_folder() {
        let folder = std::env::current_dir().unwrap();
        let executable = folder.join("hello");
        let executable = executable.as_os_str().as_encoded_bytes();
        let place = Place::of(b"./hello/pkg/data.txt", executable);
        assert_eq!(place.map(|place| place.path).as_deref(), Some("pkg/data.txt"));
        assert_eq!(Place::of(b"hello2/pkg", executable), None);
    }

    #[test]
    fn a_slash_at_the_end_asks_for_a_folder() {
        for (path, expected) in [("/opt/hello/a/", true), ("/opt/hello/a/.", true)] {
            let place = Place::of(path.as_bytes(), b"/opt/hello");
            assert_eq!(place.map(|place| place.must_be_folder), Some(expected), "{path}");
        }
        let place = Place::of(b"/opt/hello/a", b"/opt/hello");
        assert_eq!(place.map(|place| place.must_be_folder), Some(false));
    }

    #[test]
    fn what_is_no_utf_8_has_a_place_and_is_not_there() {
        let place = Place::of(b"/opt/hello/\xff", b"/opt/hello");
        assert_eq!(place.map(|place| place.path).as_deref(), Some("\u{fffd}"));
    }
}
