//! What pages say.

use serde_json::Value;

use super::{Format, front, list, people_project, simple_project};
use crate::testing::Folder;

const WHEEL: &str = "My_Pkg-1.0+x-py3-none-any.whl";

fn folder() -> Folder {
    let folder = Folder::new();
    folder.wheel(
        WHEEL,
        "Requires-Python: >=3.9\nSummary: <b>bold</b>\nRequires-Dist: six; python_version < '4'\n",
    );
    folder.sdist("sub/my-pkg-0.9.tar.gz", "");
    folder.write("sub/my-pkg-0.9.tar.gz.yanked", "\"broken\" & more");
    folder.write("my_pkg-2.0-py3-none-any.whl", "damaged");
    folder.wheel("other-1.0-py3-none-any.whl", "");
    folder
}

#[test]
fn json_says_what_the_specification_wants() {
    let snapshot = folder().index().current().unwrap();
    let page: Value = serde_json::from_str(&list(&snapshot, Format::Json).unwrap()).unwrap();
    assert_eq!(page["meta"]["api-version"], "1.1");
    assert_eq!(page["projects"][0]["name"], "my-pkg");
    let folder = folder();
    let project = folder.index().project("my-pkg").unwrap().unwrap();
    let page: Value =
        serde_json::from_str(&simple_project(&project, Format::Json).unwrap()).unwrap();
    assert_eq!(page["name"], "my-pkg");
    assert_eq!(page["versions"], serde_json::json!(["0.9", "1.0+x"]));
    let [sdist, wheel] = page["files"].as_array().unwrap().as_slice() else { panic!("{page}") };
    assert_eq!(sdist["yanked"], "\"broken\" & more");
    assert_eq!(sdist["core-metadata"], false);
    assert_eq!(wheel["yanked"], false);
    assert_eq!(wheel["filename"], WHEEL);
    assert_eq!(wheel["url"], "../../files/my-pkg/My_Pkg-1.0%2Bx-py3-none-any.whl");
    assert_eq!(wheel["requires-python"], ">=3.9");
    assert_eq!(wheel["hashes"]["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(wheel["core-metadata"]["sha256"].as_str().unwrap().len(), 64);
    assert!(wheel["size"].is_u64() && wheel["upload-time"].as_str().unwrap().ends_with('Z'));
    assert!(wheel.get("dist-info-metadata").is_none());
}

#[test]
fn html_says_the_same() {
    let folder = folder();
    let project = folder.index().project("my-pkg").unwrap().unwrap();
    let page = simple_project(&project, Format::Html).unwrap();
    for part in [
        "<meta name=\"pypi:repository-version\" content=\"1.1\">",
        "<a href=\"../../files/my-pkg/My_Pkg-1.0%2Bx-py3-none-any.whl#sha256=",
        "data-requires-python=\"&#62;=3.9\"",
        "data-core-metadata=\"sha256=",
        "data-dist-info-metadata=\"sha256=",
        "data-yanked=\"&#34;broken&#34; &#38; more\">my-pkg-0.9.tar.gz</a>",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    assert!(!page.contains("my_pkg-2.0"));
    let page = list(&folder.index().current().unwrap(), Format::Html).unwrap();
    assert!(page.contains("<a href=\"my-pkg/\">my-pkg</a>"), "{page}");
}

#[test]
fn people_are_told_everything() {
    let folder = folder();
    let index = folder.index();
    let project = index.project("my-pkg").unwrap().unwrap();
    let page = people_project(&project, Some("https://example.org/x/")).unwrap();
    for part in [
        "--index-url <span data-simple=\"../../simple/\">https://example.org/x/simple/</span> my-pkg",
        "&#60;b&#62;bold&#60;/b&#62;",
        "<code>six; python_version &#60; &#39;4&#39;</code>",
        "yanked: &#34;broken&#34; &#38; more",
        "my_pkg-2.0-py3-none-any.whl: <span class=\"warn\">it is not a whole zip archive",
        "My_Pkg <small>1.0+x</small>",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    let page = front(&index.current().unwrap(), None).unwrap();
    for part in [
        "2 projects, 3 files",
        "<a href=\"project/my-pkg/\">my-pkg</a>",
        "https://ADDRESS-OF-THIS-SITE/simple/",
        "<th scope=\"row\">my_pkg-2.0-py3-none-any.whl</th>",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    let empty = Folder::new();
    let page = front(&empty.index().current().unwrap(), None).unwrap();
    assert!(page.contains("0 projects, 0 files") && page.contains("There is no wheel"));
}
