//! Modules of the standard library that cannot be imported without an extension module.
//!
//! Where an extension module stays out, so do these: each of them fails on import then. Modules of
//! wide use are not listed, such as `random`, which needs `math`, or `socket`: an application that
//! imports one of those is told which extension module is missing, which helps more.

use std::collections::BTreeSet;

/// Extension modules of CPython 3.10 to 3.15 that a distribution may lack or a configuration may
/// leave out, each with the modules and packages that need it. Not every release has all of them.
pub const DEPENDENTS: &[(&str, &[&str])] = &[
    ("_bz2", &["bz2", "encodings.bz2_codec"]),
    ("_codecs_cn", &["encodings.gb18030", "encodings.gb2312", "encodings.gbk", "encodings.hz"]),
    ("_codecs_hk", &["encodings.big5hkscs"]),
    (
        "_codecs_iso2022",
        &[
            "encodings.iso2022_jp",
            "encodings.iso2022_jp_1",
            "encodings.iso2022_jp_2",
            "encodings.iso2022_jp_2004",
            "encodings.iso2022_jp_3",
            "encodings.iso2022_jp_ext",
            "encodings.iso2022_kr",
        ],
    ),
    (
        "_codecs_jp",
        &[
            "encodings.cp932",
            "encodings.euc_jis_2004",
            "encodings.euc_jisx0213",
            "encodings.euc_jp",
            "encodings.shift_jis",
            "encodings.shift_jis_2004",
            "encodings.shift_jisx0213",
        ],
    ),
    ("_codecs_kr", &["encodings.cp949", "encodings.euc_kr", "encodings.johab"]),
    ("_codecs_tw", &["encodings.big5", "encodings.cp950"]),
    ("_crypt", &["crypt"]),
    ("_csv", &["csv"]),
    ("_ctypes", &["ctypes", "multiprocessing.sharedctypes"]),
    ("_curses", &["curses"]),
    ("_curses_panel", &["curses.panel"]),
    ("_dbm", &["dbm.ndbm"]),
    ("_gdbm", &["dbm.gnu"]),
    ("_interpreters", &["concurrent.interpreters"]),
    ("_lsprof", &["cProfile"]),
    ("_lzma", &["lzma"]),
    ("_msi", &["msilib"]),
    ("_multiprocessing", &["multiprocessing.synchronize"]),
    ("_sqlite3", &["sqlite3", "dbm.sqlite3"]),
    ("_ssl", &["ssl"]),
    ("_tkinter", &["tkinter", "idlelib", "turtle", "turtledemo"]),
    ("_zstd", &["compression.zstd"]),
    ("mmap", &["multiprocessing.heap", "multiprocessing.shared_memory"]),
    ("pyexpat", &["plistlib", "xml.dom.expatbuilder", "xml.parsers.expat"]),
    ("termios", &["pty", "tty"]),
    ("unicodedata", &["encodings.idna", "stringprep"]),
    ("zlib", &["encodings.zlib_codec", "gzip"]),
];

/// Those rows of [`DEPENDENTS`] whose extension module is not among `provided`.
pub fn lost<'a>(
    provided: &'a BTreeSet<&str>,
) -> impl Iterator<Item = (&'static str, &'static [&'static str])> + 'a {
    DEPENDENTS.iter().filter(|(extension, _)| !provided.contains(extension)).copied()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    use super::*;

    /// Reads rows and prints, for each module that this Python's library has, whether importing it
    /// imports its extension module, directly or by way of others of the library.
    const CHECK: &str = include_str!("dependents_check.py");

    #[test]
    fn every_listed_module_of_a_real_library_needs_its_extension_module() {
        let mut child = Command::new("python3")
            .args(["-I", "-S", "-c", CHECK])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the tests need a python3 on the path");
        let rows: String =
            DEPENDENTS.iter().map(|(ext, list)| format!("{ext} {}\n", list.join(" "))).collect();
        child.stdin.take().unwrap().write_all(rows.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let (needing, others): (Vec<&str>, Vec<&str>) =
            text.lines().partition(|line| line.ends_with(" needs"));
        assert_eq!(others, Vec::<&str>::new());
        assert!(needing.len() > 25, "{text}");
    }

    #[test]
    fn rows_are_sorted_and_name_no_module_twice() {
        assert!(DEPENDENTS.is_sorted_by_key(|(extension, _)| extension));
        let all: Vec<&&str> = DEPENDENTS.iter().flat_map(|(_, modules)| *modules).collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
    }

    #[test]
    fn modules_are_lost_with_what_is_not_provided() {
        let all: Vec<&str> = DEPENDENTS.iter().map(|(extension, _)| *extension).collect();
        let provided = all.iter().copied().filter(|name| *name != "_dbm").collect();
        assert_eq!(lost(&provided).collect::<Vec<_>>(), [("_dbm", &["dbm.ndbm"][..])]);
    }
}
