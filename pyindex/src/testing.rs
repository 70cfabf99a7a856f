//! Folders of distributions for tests.

use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::folder::Index;

/// A folder; removed when dropped.
pub struct Folder(pub tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, bytes).unwrap();
    }

    /// Writes a wheel by its path, with further headers.
    pub fn wheel(&self, path: &str, headers: &str) {
        self.write(path, wheel(file_name(path), headers));
    }

    /// Writes a source distribution.
    pub fn sdist(&self, path: &str, headers: &str) {
        self.write(path, sdist(file_name(path), headers));
    }

    pub fn index(&self) -> Index {
        Index::open(self.0.path()).unwrap()
    }
}

fn file_name(path: &str) -> &str {
    Path::new(path).file_name().unwrap().to_str().unwrap()
}

fn metadata(name: &str, version: &str, headers: &str) -> String {
    format!(
        "Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n{headers}\nThe description.\n"
    )
}

/// A wheel of that file name.
pub fn wheel(file_name: &str, headers: &str) -> Vec<u8> {
    let mut parts = file_name.split('-');
    let (name, version) = (parts.next().unwrap(), parts.next().unwrap());
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (member, text) in [
        (format!("{name}.py"), "x = 1\n".to_owned()),
        (format!("{name}-{version}.dist-info/METADATA"), metadata(name, version, headers)),
        (format!("{name}-{version}.dist-info/WHEEL"), "Wheel-Version: 1.0\n".to_owned()),
    ] {
        archive.start_file(member, SimpleFileOptions::default()).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// A source distribution of that file name.
pub fn sdist(file_name: &str, headers: &str) -> Vec<u8> {
    let stem = file_name.strip_suffix(".tar.gz").unwrap();
    let (name, version) = stem.rsplit_once('-').unwrap();
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
    let text = metadata(name, version, headers);
    for (member, text) in
        [("src/x.egg-info/PKG-INFO", "Name: other\n"), ("PKG-INFO", text.as_str())]
    {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, format!("{stem}/{member}"), text.as_bytes()).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap()
}
