//! Wheels made here, whole and damaged.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;

use super::tags::Supported;
use super::*;
use crate::cache::Cache;
use crate::collect::testing::distribution;
use crate::reporter::Silent;

const METADATA: &str = "Metadata-Version: 2.1\nName: my-pkg\nVersion: 1.0\n";
const WHEEL: &str = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n";

/// Writes a wheel with these members, the metadata and a `RECORD` of all of them.
fn wheel(folder: &Path, name: &str, members: &[(&str, &str)]) -> PathBuf {
    let mut all = members.to_vec();
    all.push(("my_pkg-1.0.dist-info/METADATA", METADATA));
    all.push(("my_pkg-1.0.dist-info/WHEEL", WHEEL));
    let row = |(name, text): &(&str, &str)| {
        let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(text));
        format!("\"{name}\",sha256={hash},{}\n", text.len())
    };
    let record: String = all.iter().map(row).collect();
    let record = record + "my_pkg-1.0.dist-info/RECORD,,\n";
    write_archive(folder, name, &all, Some(&record))
}

fn write_archive(
    folder: &Path,
    name: &str,
    members: &[(&str, &str)],
    record: Option<&str>,
) -> PathBuf {
    let path = folder.join(name);
    let mut archive = zip::ZipWriter::new(fs_err::File::create(&path).unwrap());
    let record = record.map(|record| ("my_pkg-1.0.dist-info/RECORD", record));
    for (name, text) in members.iter().copied().chain(record) {
        archive.start_file(name, SimpleFileOptions::default()).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap();
    path
}

const NAME: &str = "my_pkg-1.0-py3-none-any.whl";

struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn cache(&self) -> Cache {
        Cache::at(self.folder.path().join("cache"))
    }

    fn unpack(&self, path: &Path) -> Result<InstalledWheel, WheelError> {
        let supported = Supported::by(&distribution(self.folder.path()));
        unpack(path, &supported, &self.cache(), &Silent)
    }

    /// The error with its hint; nothing may be left in the cache.
    fn message(&self, path: &Path) -> String {
        let error = self.unpack(path).unwrap_err();
        if let Ok(entries) = fs_err::read_dir(self.folder.path().join("cache/wheels/2")) {
            assert_eq!(entries.count(), 0, "something stayed in the cache");
        }
        let text = format!("{error} | {}", error.hint().unwrap_or_default());
        text.replace(&self.folder.path().display().to_string(), "FOLDER")
    }
}

fn below(folder: &Path) -> Vec<String> {
    let files = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter();
    let files = files.map(Result::unwrap).filter(|entry| entry.file_type().is_file());
    files.map(|entry| entry.path().strip_prefix(folder).unwrap().display().to_string()).collect()
}

#[test]
fn a_wheel_is_laid_out_and_its_record_follows() {
    let bench = Bench::new();
    let members = [
        ("my_pkg/__init__.py", "x = 1\n"),
        ("my_pkg-1.0.data/scripts/tool", "#!python\n"),
        ("my_pkg-1.0.data/data/share/my, pkg.txt", "text"),
        ("my_pkg-1.0.data/headers/my.h", ""),
        ("my_pkg-1.0.data/platlib/my_pkg/more.py", ""),
    ];
    let wheel = bench.unpack(&wheel(bench.folder.path(), NAME, &members)).unwrap();
    assert_eq!(
        below(&wheel.lib()),
        [
            "my_pkg/__init__.py",
            "my_pkg/more.py",
            "my_pkg-1.0.dist-info/METADATA",
            "my_pkg-1.0.dist-info/RECORD",
            "my_pkg-1.0.dist-info/WHEEL"
        ]
    );
    assert_eq!(below(&wheel.prefix()), ["bin/tool", "include/my_pkg/my.h", "share/my, pkg.txt"]);
    let record = fs_err::read_to_string(wheel.lib().join("my_pkg-1.0.dist-info/RECORD")).unwrap();
    let names: Vec<&str> =
        record.lines().map(|line| line.split(",sha256").next().unwrap()).collect();
    assert!(
        names.contains(&"../../../bin/tool") && names.contains(&"\"../../../share/my, pkg.txt\""),
        "{record}"
    );
    assert!(names.contains(&"my_pkg-1.0.dist-info/RECORD,,"), "{record}");
}

#[test]
fn a_wheel_in_the_cache_is_not_read_again() {
    let bench = Bench::new();
    let path = wheel(bench.folder.path(), NAME, &[("my_pkg/__init__.py", "")]);
    let first = bench.unpack(&path).unwrap();
    let module = first.lib().join("my_pkg/__init__.py");
    let inode = || std::os::unix::fs::MetadataExt::ino(&fs_err::metadata(&module).unwrap());
    let before = inode();
    assert_eq!(bench.unpack(&path).unwrap(), first);
    assert_eq!(inode(), before);
    // What was changed since is not taken.
    fs_err::write(&module, "print('changed')").unwrap();
    assert_eq!(installed(NAME, first.sha256, &bench.cache()).unwrap(), None);
    assert_eq!(bench.unpack(&path).unwrap(), first);
    assert_eq!(fs_err::read_to_string(&module).unwrap(), "");
    assert_eq!(installed(NAME, first.sha256, &bench.cache()).unwrap(), Some(first));
}

#[test]
fn a_wheel_for_others_is_refused() {
    let bench = Bench::new();
    let path = wheel(bench.folder.path(), "my_pkg-1.0-cp312-cp312-musllinux_1_2_x86_64.whl", &[]);
    insta::assert_snapshot!(bench.message(&path), @"the wheel FOLDER/my_pkg-1.0-cp312-cp312-musllinux_1_2_x86_64.whl is for cp312-cp312-musllinux_1_2_x86_64; the distribution is CPython 3.13 for x86_64-unknown-linux-gnu, that is wheels of cp313, abi3 or py3 for this platform or any | take a wheel for this Python and platform; `pip download` with the distribution's own interpreter finds it");
}

#[test]
fn other_names_are_refused() {
    let bench = Bench::new();
    let path = wheel(bench.folder.path(), "my_pkg.whl", &[]);
    insta::assert_snapshot!(bench.message(&path), @"FOLDER/my_pkg.whl is not named as a wheel is | a wheel's name has the form NAME-VERSION-PYTHON-ABI-PLATFORM.whl: restore it");
    let error = find(&bench.folder.path().join("nothing.txt")).unwrap_err();
    assert!(matches!(error, WheelError::NoWheel { .. }));
}

#[test]
fn damage_is_refused() {
    let bench = Bench::new();
    let path = wheel(bench.folder.path(), NAME, &[("my_pkg/__init__.py", "x = 1\n")]);
    let whole = fs_err::read(&path).unwrap();
    fs_err::write(&path, &whole[..whole.len() / 2]).unwrap();
    insta::assert_snapshot!(bench.message(&path), @"the wheel FOLDER/my_pkg-1.0-py3-none-any.whl cannot be unpacked | the file is damaged or was cut short: fetch it anew");
    fs_err::write(&path, "").unwrap();
    assert!(bench.message(&path).contains("cannot be unpacked"));
}

#[test]
fn what_differs_from_the_record_is_refused() {
    let bench = Bench::new();
    let members = [
        ("my_pkg/__init__.py", "x = 1\n"),
        ("my_pkg-1.0.dist-info/WHEEL", WHEEL),
        ("my_pkg-1.0.dist-info/METADATA", METADATA),
    ];
    let refuse = |record: Option<&str>| {
        bench.message(&write_archive(bench.folder.path(), NAME, &members, record))
    };
    insta::assert_snapshot!(refuse(None), @"the wheel FOLDER/my_pkg-1.0-py3-none-any.whl lacks `my_pkg-1.0.dist-info/RECORD` | the file is damaged or was cut short: fetch it anew");
    insta::assert_snapshot!(refuse(Some("")), @"the wheel FOLDER/my_pkg-1.0-py3-none-any.whl: `my_pkg/__init__.py` has no hash in RECORD | the wheel was altered after it was made: fetch it anew, or build it anew with `python -m wheel pack`");
    insta::assert_snapshot!(refuse(Some("my_pkg/__init__.py,sha256=AAAA,6\n")), @"the wheel FOLDER/my_pkg-1.0-py3-none-any.whl: `my_pkg/__init__.py` has the hash nia_NpkRxFwkPGhBR7I_yeHc_PJX0pmhxjIBam_NM_Q, but RECORD says AAAA | the wheel was altered after it was made: fetch it anew, or build it anew with `python -m wheel pack`");
    insta::assert_snapshot!(refuse(Some("my_pkg/__init__.py,md5=AAAA,6\n")), @"the wheel FOLDER/my_pkg-1.0-py3-none-any.whl: `my_pkg/__init__.py` has a hash by `md5` in RECORD; wheels take sha256 or better | the wheel was altered after it was made: fetch it anew, or build it anew with `python -m wheel pack`");
    let hash = URL_SAFE_NO_PAD.encode(Sha256::digest("x = 1\n"));
    insta::assert_snapshot!(refuse(Some(&format!("my_pkg/__init__.py,sha256={hash},7\n"))), @"the wheel FOLDER/my_pkg-1.0-py3-none-any.whl: `my_pkg/__init__.py` has 6 bytes, but RECORD says 7 | the wheel was altered after it was made: fetch it anew, or build it anew with `python -m wheel pack`");
    let all = format!(
        "my_pkg/__init__.py,sha256={hash},6\nmy_pkg-1.0.dist-info/WHEEL,sha256={},\n\
         my_pkg-1.0.dist-info/METADATA,sha256={},\nmy_pkg/gone.py,sha256={hash},6\n",
        URL_SAFE_NO_PAD.encode(Sha256::digest(WHEEL)),
        URL_SAFE_NO_PAD.encode(Sha256::digest(METADATA)),
    );
    insta::assert_snapshot!(refuse(Some(&all)), @"the wheel FOLDER/my_pkg-1.0-py3-none-any.whl lacks `my_pkg/gone.py` | the file is damaged or was cut short: fetch it anew");
}

#[test]
fn paths_that_lead_out_are_refused() {
    let bench = Bench::new();
    let path = wheel(bench.folder.path(), NAME, &[("../evil.py", "")]);
    insta::assert_snapshot!(bench.message(&path), @"the wheel FOLDER/my_pkg-1.0-py3-none-any.whl holds `../evil.py`, which leads out of the wheel | no honest tool makes such a wheel: do not use it");
    let path = wheel(bench.folder.path(), NAME, &[("my_pkg-1.0.data/home/x", "")]);
    insta::assert_snapshot!(bench.message(&path), @"the wheel FOLDER/my_pkg-1.0-py3-none-any.whl holds `my_pkg-1.0.data/home/x`, for which there is no place | the schemes are purelib, platlib, scripts, headers and data");
}

#[test]
fn two_members_for_one_place_are_refused() {
    let bench = Bench::new();
    let members = [("a.py", ""), ("my_pkg-1.0.data/purelib/a.py", "")];
    insta::assert_snapshot!(bench.message(&wheel(bench.folder.path(), NAME, &members)), @"the wheel FOLDER/my_pkg-1.0-py3-none-any.whl holds `my_pkg-1.0.data/purelib/a.py`, for whose place it holds another file too | build the wheel anew with only one of them");
}

#[test]
fn of_a_folder_the_newest_that_fits_is_chosen() {
    let bench = Bench::new();
    let names = [
        "foo-1.10-py3-none-any.whl",
        "foo-1.9-py3-none-any.whl",
        "foo-2.0-cp312-cp312-win_amd64.whl",
        "bar-1.0-cp313-cp313-linux_x86_64.whl",
        "bar-1.0-py3-none-any.whl",
        "odd-1.0-cp39-cp39-win_amd64.whl",
    ];
    let supported = Supported::by(&distribution(bench.folder.path()));
    let (chosen, others) = choose(names.map(PathBuf::from).to_vec(), &supported);
    let expected = [names[3], names[0], names[5]].map(PathBuf::from);
    assert_eq!(chosen, expected);
    assert_eq!(others, ["bar-1.0-py3-none-any.whl", names[2], names[1]]);
}

#[test]
fn another_version_of_the_format_is_refused() {
    let bench = Bench::new();
    let members = [("my_pkg-1.0.dist-info/WHEEL", "Wheel-Version: 2.0\n")];
    let path = write_archive(bench.folder.path(), NAME, &members, Some(""));
    insta::assert_snapshot!(bench.message(&path), @"the wheel FOLDER/my_pkg-1.0-py3-none-any.whl: `my_pkg-1.0.dist-info/WHEEL` says that the wheel's format has version 2.0, not 1 | the file is damaged or was cut short: fetch it anew");
}
