//! What is found in distributions.

use super::inspect;
use crate::file_name::FileName;
use crate::testing::{Folder, sdist, wheel};

const WHEEL: &str = "My_Pkg-1.0-py3-none-any.whl";

fn looked_into(name: &str, bytes: &[u8]) -> Result<super::Contents, String> {
    let folder = Folder::new();
    folder.write(name, bytes);
    let file_name = FileName::parse(name).unwrap();
    inspect(&folder.path(name), &file_name, bytes.len() as u64).map_err(|error| error.to_string())
}

#[test]
fn metadata_of_wheels_and_source_distributions_is_read() {
    let headers = "Summary: One  line\nRequires-Python: >=3.9, <4\nRequires-Dist: six>=1\n\
                   Requires-Dist: x; extra == 'y'\nLicense-Expression: MIT\nHome-page: https://example.org\n\
                   Project-URL: Docs, https://example.org/docs\nProject-URL: Bad, javascript:alert(1)\n";
    let found = looked_into(WHEEL, &wheel(WHEEL, headers)).unwrap();
    assert_eq!(found.metadata.name.as_deref(), Some("My_Pkg"));
    assert_eq!(found.metadata.summary.as_deref(), Some("One line"));
    assert_eq!(found.metadata.requires_python.as_deref(), Some(">=3.9, <4"));
    assert_eq!(found.metadata.requires_dist, ["six>=1", "x; extra == 'y'"]);
    assert_eq!(found.metadata.license.as_deref(), Some("MIT"));
    let urls: Vec<_> = found.metadata.urls.iter().map(|(label, _)| label.as_str()).collect();
    assert_eq!(urls, ["Home page", "Docs"]);
    assert_eq!(found.metadata_sha256.unwrap().len(), 64);

    let name = "my.pkg-1.0.tar.gz";
    let found = looked_into(name, &sdist(name, headers)).unwrap();
    assert_eq!(found.metadata.requires_python.as_deref(), Some(">=3.9, <4"));
    // Only a wheel's metadata is certain to be what an installation has.
    assert_eq!(found.metadata_sha256, None);
}

#[test]
fn damaged_files_are_refused() {
    let whole = wheel(WHEEL, "");
    for (bytes, said) in [
        (&b""[..], "it is not a whole zip archive"),
        (b"no archive", "it is not a whole zip archive"),
        (&whole[..whole.len() - 30], "it is not a whole zip archive"),
    ] {
        let message = looked_into(WHEEL, bytes).unwrap_err();
        assert!(message.starts_with(said), "{message}");
    }
    let message = looked_into("a-1.tar.gz", b"no archive").unwrap_err();
    assert!(message.starts_with("it is not a whole compressed tar archive"), "{message}");
    let name = FileName::parse(WHEEL).unwrap();
    let folder = Folder::new();
    folder.write(WHEEL, &whole);
    let error = inspect(&folder.path(WHEEL), &name, 1).unwrap_err();
    assert_eq!(error.to_string(), "it has changed while it was read");
}

#[test]
fn metadata_has_to_agree_with_the_name() {
    for (name, said) in [
        ("my_pkg-1.1-py3-none-any.whl", "its metadata says Version: 1.0, its name 1.1"),
        ("other-1.0-py3-none-any.whl", "its metadata says Name: My_Pkg, its name other"),
    ] {
        assert_eq!(looked_into(name, &wheel(WHEEL, "")).unwrap_err(), said);
    }
    // Other spellings of the same are the same.
    looked_into("MY.PKG-1-py3-none-any.whl", &wheel(WHEEL, "")).unwrap();
}

#[test]
fn wheels_without_metadata_are_refused() {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.start_file("x/y.dist-info/METADATA", zip::write::SimpleFileOptions::default()).unwrap();
    let bytes = archive.finish().unwrap().into_inner();
    assert_eq!(looked_into(WHEEL, &bytes).unwrap_err(), "it lacks NAME-VERSION.dist-info/METADATA");
}
