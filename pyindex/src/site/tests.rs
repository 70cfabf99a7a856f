//! Static sites.

use fs_err as fs;

use super::build;
use crate::testing::Folder;

const WHEEL: &str = "One-1.0-py3-none-any.whl";

#[test]
fn a_site_has_all_pages_and_files() {
    let folder = Folder::new();
    folder.wheel(WHEEL, "");
    folder.sdist("x/one-0.9.tar.gz", "");
    folder.write("broken.whl", "x");
    folder.write("two-1-py3-none-any.whl", "damaged");
    let scratch = Folder::new();
    let output = scratch.path("deep/site");
    for _ in 0..2 {
        let site = build(&folder.index(), &output, Some("https://example.org")).unwrap();
        assert_eq!((site.projects, site.files, site.left_out.len()), (2, 2, 2));
    }
    for page in [
        "index.html",
        "project/one/index.html",
        "simple/index.html",
        "simple/index.json",
        "simple/one/index.html",
        "simple/one/index.json",
        "simple/two/index.html",
    ] {
        assert!(output.join(page).is_file(), "{page}");
    }
    let read = |path: &str| fs::read(output.join("files/one").join(path)).unwrap();
    assert_eq!(read(WHEEL), fs::read(folder.path(WHEEL)).unwrap());
    assert!(read(&format!("{WHEEL}.metadata")).starts_with(b"Metadata-Version: 2.4\nName: One\n"));
    assert!(!output.join("files/one/one-0.9.tar.gz.metadata").exists());
    // Nothing else is left beside it.
    assert_eq!(fs::read_dir(scratch.path("deep")).unwrap().count(), 1);
}

#[test]
fn nothing_else_is_written_over() {
    let folder = Folder::new();
    folder.wheel(WHEEL, "");
    let scratch = Folder::new();
    scratch.write("site/precious", "x");
    let index = folder.index();
    let message = |path: std::path::PathBuf| build(&index, &path, None).unwrap_err().to_string();
    assert!(message(scratch.path("site")).contains("is not empty"));
    assert_eq!(fs::read(scratch.path("site/precious")).unwrap(), b"x");
    assert!(message(folder.path("site")).contains("lie in one another"));
    assert!(message(folder.0.path().parent().unwrap().to_owned()).contains("lie in one another"));
    assert_eq!(fs::read_dir(folder.0.path()).unwrap().count(), 1);
}
