//! Small distribution archives for tests.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use fs_err as fs;
use published::Row;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::error::DistributionError;
use super::model::Distribution;
use super::resolve::{Purpose, resolve};
use crate::cache::Cache;
use crate::config::resolved::{DistributionRequest, Sha256Digest};
use crate::link::BitcodeSupport;
use crate::reporter::{Length, Reporter, Silent, Step};

/// Target of the archives.
pub(super) const TARGET: &str = "x86_64-unknown-linux-gnu";

/// Name of the archives.
pub(super) const NAME: &str =
    "cpython-3.13.17+20261021-x86_64-unknown-linux-gnu-pgo+lto-full.tar.zst";

/// One entry of a tar archive, well formed or not.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    name: String,
    kind: tar::EntryType,
    link: String,
    mode: u32,
    time: u64,
    content: Vec<u8>,
}

impl Entry {
    pub(super) fn file(name: &str, content: impl Into<Vec<u8>>) -> Self {
        Self { content: content.into(), ..Self::new(name, tar::EntryType::Regular) }
    }

    pub(super) fn executable(name: &str) -> Self {
        Self { mode: 0o755, ..Self::file(name, "#!") }
    }

    pub(super) fn dated(name: &str, time: u64) -> Self {
        Self { time, ..Self::file(name, "") }
    }

    pub(super) fn symlink(name: &str, target: &str) -> Self {
        Self { link: target.to_owned(), ..Self::new(name, tar::EntryType::Symlink) }
    }

    pub(super) fn hard_link(name: &str, target: &str) -> Self {
        Self { link: target.to_owned(), ..Self::new(name, tar::EntryType::Link) }
    }

    pub(super) fn new(name: &str, kind: tar::EntryType) -> Self {
        let (link, content) = (String::new(), Vec::new());
        let time = 1_700_000_000;
        Self { name: name.to_owned(), kind, link, mode: 0o644, time, content }
    }

    /// Whether it is the file `path` of the distribution, or a link to it.
    pub(super) fn concerns(&self, path: &str) -> bool {
        self.name == format!("python/{path}") || self.link == format!("python/{path}")
    }

    /// Names are put in as they are: the writer of the crate would refuse the bad ones.
    fn append(&self, archive: &mut tar::Builder<Vec<u8>>) {
        let mut header = tar::Header::new_gnu();
        let fields = header.as_gnu_mut().unwrap();
        fields.name[..self.name.len()].copy_from_slice(self.name.as_bytes());
        fields.linkname[..self.link.len()].copy_from_slice(self.link.as_bytes());
        header.set_entry_type(self.kind);
        header.set_mode(self.mode);
        header.set_mtime(self.time);
        header.set_size(self.content.len() as u64);
        header.set_cksum();
        archive.append(&header, self.content.as_slice()).unwrap();
    }
}

pub(super) fn tar(entries: &[Entry]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    entries.iter().for_each(|entry| entry.append(&mut archive));
    archive.into_inner().unwrap()
}

pub(super) fn zstd(data: &[u8]) -> Vec<u8> {
    zstd::encode_all(data, 3).unwrap()
}

pub(super) fn sha256(data: &[u8]) -> Sha256Digest {
    Sha256Digest(Sha256::digest(data).into())
}

/// The row of the pinned table that most tests are about.
pub(super) fn published_row() -> Row {
    Row::new("3.13", TARGET).unwrap()
}

/// What that row's archive has for a `PYTHON.json`, with a few of its extensions and objects: most
/// tests need no more, and each file takes its time.
pub(super) fn published_json() -> Value {
    const EXTENSIONS: [&str; 11] = [
        "_abc",
        "_codecs",
        "_imp",
        "_sqlite3",
        "_ssl",
        "_testcapi",
        "binascii",
        "readline",
        "sys",
        "xxsubtype",
        "zlib",
    ];
    const OBJECTS: [&str; 9] = [
        "build/Objects/abstract.o",
        "build/Parser/parser.o",
        "build/Python/ceval.o",
        "build/Python/frozen.o",
        "build/Modules/config.o",
        "build/Modules/gcmodule.o",
        "build/Modules/getpath.o",
        "build/Modules/getpath_noop.o",
        "build/Modules/main.o",
    ];
    let mut json = published::python_json(published_row()).unwrap();
    let info = &mut json["build_info"];
    let extensions = info["extensions"].as_object_mut().unwrap();
    extensions.retain(|name, _| EXTENSIONS.contains(&name.as_str()));
    assert_eq!(extensions.len(), EXTENSIONS.len());
    let objects = info["core"]["objs"].as_array_mut().unwrap();
    objects.retain(|path| OBJECTS.contains(&path.as_str().unwrap()));
    assert_eq!(objects.len(), OBJECTS.len());
    json
}

/// The entries of an archive that has every file that `json` names, but for the license texts that
/// the published one lacks.
pub(super) fn entries_of(json: &Value) -> Vec<Entry> {
    let mut files = published::named_files(json);
    let key = |key: &str| json[key].as_str().unwrap_or_default();
    let row = Row::new(key("python_major_minor_version"), key("target_triple"));
    for absent in published::absent_files(row.unwrap_or_else(published_row)).unwrap() {
        if absent.starts_with("licenses/") {
            files.remove(absent);
        }
    }
    let text = serde_json::to_vec_pretty(json).unwrap();
    let stdlib = json["python_paths"]["stdlib"].as_str().unwrap();
    let include = json["python_paths"]["include"].as_str().unwrap();
    let exe = key("python_exe");
    files.remove(exe);
    let (folder, program) = exe.rsplit_once('/').unwrap();
    let mut entries = vec![
        Entry::file("python/PYTHON.json", text),
        Entry::new("python/install/", tar::EntryType::Directory),
        Entry::executable(&format!("python/{exe}")),
        Entry::file(&format!("python/{stdlib}/os.py"), "name = 'posix'\n"),
        Entry::file(&format!("python/{include}/Python.h"), "#define Py_PYTHON_H\n"),
        Entry::symlink(&format!("python/{folder}/python3"), program),
        Entry::symlink("python/install/share/man", "../lib/./python3.13"),
        Entry::hard_link(&format!("python/{folder}/hard"), &format!("python/{exe}")),
    ];
    entries.extend(files.iter().map(|file| Entry::file(&format!("python/{file}"), file.as_str())));
    entries
}

/// A scratch folder with a cache and archives in it.
pub(super) struct Scratch {
    pub folder: TempDir,
    pub cache: Cache,
}

impl Scratch {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path().join("cache"));
        Self { folder, cache }
    }

    /// Writes an archive file.
    pub(super) fn write(&self, data: &[u8]) -> (PathBuf, Sha256Digest) {
        let path = self.folder.path().join(NAME);
        fs::write(&path, data).unwrap();
        (path, sha256(data))
    }

    /// Resolves a local archive that consists of `data`.
    pub(super) fn resolve(&self, data: &[u8]) -> Result<Distribution, DistributionError> {
        let (path, sha256) = self.write(data);
        self.request(&DistributionRequest::LocalPath { path, sha256 })
    }

    pub(super) fn request(
        &self,
        request: &DistributionRequest,
    ) -> Result<Distribution, DistributionError> {
        self.linked(request, BitcodeSupport::ANY, &Silent)
    }

    /// Resolves for a linker.
    pub(super) fn linked(
        &self,
        request: &DistributionRequest,
        bitcode: BitcodeSupport,
        reporter: &dyn Reporter,
    ) -> Result<Distribution, DistributionError> {
        resolve(request, Purpose { target: TARGET, bitcode }, &self.cache, reporter)
    }

    /// Resolves something that fails and shows the error, its causes and its hint, with the
    /// scratch folder as `DIR`; then checks that the cache is clean and can be used.
    pub(super) fn failure(&self, data: &[u8]) -> String {
        let shown = self.show(&self.resolve(data).unwrap_err());
        self.assert_usable();
        shown
    }

    pub(super) fn show(&self, error: &DistributionError) -> String {
        let mut lines = vec![error.to_string()];
        let mut cause = std::error::Error::source(error);
        while let Some(error) = cause {
            lines.push(format!("cause: {error}"));
            cause = error.source();
        }
        lines.extend(error.hint().map(|hint| format!("hint: {hint}")));
        lines.join("\n").replace(self.folder.path().to_str().unwrap(), "DIR").replace(NAME, "NAME")
    }

    /// Nothing half-written is in the cache, and a good archive can be had.
    pub(super) fn assert_usable(&self) {
        assert_eq!(self.partial(), Vec::<PathBuf>::new());
        let (path, sha256) = self.write(&zstd(&tar(&entries_of(&published_json()))));
        let good = self.request(&DistributionRequest::LocalPath { path, sha256 }).unwrap();
        assert_eq!(good.full_version, "3.13.17");
    }

    /// Names of unpacked archives.
    pub(super) fn unpacked(&self) -> Vec<String> {
        names_in(&self.cache.root().join("distributions"))
    }

    fn partial(&self) -> Vec<PathBuf> {
        let entries = walkdir::WalkDir::new(self.folder.path()).into_iter();
        let paths = entries.map(|entry| entry.unwrap().into_path());
        paths.filter(|path| path.to_string_lossy().contains("partial")).collect()
    }
}

/// Names in a folder; none when there is no folder.
pub(super) fn names_in(folder: &Path) -> Vec<String> {
    match fs::read_dir(folder) {
        Ok(entries) => {
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => panic!("{error}"),
    }
}

/// Keeps what it is told.
#[derive(Default)]
pub(super) struct Notes(Mutex<Vec<String>>);

impl Notes {
    pub(super) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl Reporter for Notes {
    fn note(&self, line: &str) {
        self.0.lock().unwrap().push(line.to_owned());
    }

    fn start(&self, label: &str, _length: Length) -> Box<dyn Step> {
        self.0.lock().unwrap().push(format!("[{label}]"));
        Box::new(Silent)
    }
}
