//! The pages for people, in a browser.
//!
//! Pictures of them are left in `target/end-to-end/index`, to be looked at.

use end_to_end::browser::{Browser, View};
use end_to_end::scratch_folder;
use fs_err as fs;

use super::{Served, Shelf};

/// That nothing was complained about, and nothing but pages of the index was asked for.
fn check_calm(browser: &Browser, served: &Served) {
    assert!(browser.complaints().is_empty(), "{:?}", browser.complaints());
    let requests = browser.requests();
    let is_other = |url: &&&str| !url.starts_with(&served.url) && !url.starts_with("data:");
    assert!(!requests.iter().any(|url| is_other(&url)) && !requests.is_empty(), "{requests:?}");
}

fn picture(browser: &mut Browser, name: &str, width: u32) {
    let folder = scratch_folder().join("index");
    fs::create_dir_all(&folder).unwrap();
    let height = browser.evaluate("document.documentElement.scrollHeight").unwrap();
    fs::write(folder.join(name), browser.screenshot(width, height.as_u64().unwrap()).unwrap())
        .unwrap();
}

/// Names of the projects that are to be seen.
fn shown(browser: &mut Browser) -> Vec<String> {
    let rows = browser.evaluate(
        "[...document.querySelectorAll('#projects tbody tr')].filter((row) => row.checkVisibility()).map((row) => \
         row.querySelector('th').textContent)",
    );
    serde_json::from_value(rows.unwrap()).unwrap()
}

/// A shelf with some projects more.
fn shelf() -> Shelf {
    let shelf = Shelf::filled();
    let headers = "Summary: Reads <b>data</b>\nRequires-Python: >=3.9\nRequires-Dist: helper; extra == 'x'\n\
                   License-Expression: MIT\nProject-URL: Docs, https://example.org/\n";
    shelf.wheel("data_reader-1.0-py3-none-any.whl", headers);
    shelf
}

#[test]
fn projects_are_found_while_somebody_types() {
    let shelf = shelf();
    let served = shelf.serve(&[]);
    served.wait_for(&["all files were looked into"]);
    let mut browser = Browser::open_url(&served.url, View::light(1000, 800)).unwrap();
    assert_eq!(shown(&mut browser), ["broken", "data-reader", "helper", "the-tool"]);
    let text = browser.evaluate("document.body.innerText").unwrap();
    let text = text.as_str().unwrap();
    for part in [
        "4 projects, 6 files",
        "Reads <b>data</b>",
        "broken-1.0-py3-none-any.whl",
        "not a whole zip archive",
        &format!("pip install --index-url {}simple/ NAME", served.url),
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    picture(&mut browser, "front.png", 1000);
    // The search has the focus from the start.
    for (typed, expected) in
        [("The_T", &["the-tool"][..]), (" tool", &["the-tool"]), (" nothing", &[])]
    {
        browser.type_text(typed).unwrap();
        assert_eq!(shown(&mut browser), expected, "{typed}");
    }
    check_calm(&browser, &served);
}

#[test]
fn a_project_has_its_page() {
    let shelf = shelf();
    let served = shelf.serve(&[]);
    let url = format!("{}project/data-reader/", served.url);
    for (name, view) in [
        ("project.png", View::light(1000, 800)),
        ("project-dark.png", View { dark: true, ..View::light(1000, 800) }),
        ("project-narrow.png", View::light(380, 700)),
    ] {
        let mut browser = Browser::open_url(&url, view).unwrap();
        let text = browser.evaluate("document.body.innerText").unwrap();
        let text = text.as_str().unwrap();
        let install = format!("pip install --index-url {}simple/ data-reader", served.url);
        for part in [
            &install,
            "Reads <b>data</b>",
            "helper; extra == 'x'",
            "MIT",
            "Docs",
            "data_reader-1.0-py3-none-any.whl",
            &shelf.sha256("data_reader-1.0-py3-none-any.whl"),
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        let fits = "document.documentElement.scrollWidth <= document.documentElement.clientWidth";
        assert_eq!(browser.evaluate(fits).unwrap(), true, "{name}");
        picture(&mut browser, name, view.width);
        check_calm(&browser, &served);
    }
    let mut browser =
        Browser::open_url(&format!("{}project/helper/", served.url), View::light(900, 700))
            .unwrap();
    let text = browser.evaluate("document.body.innerText").unwrap();
    assert!(text.as_str().unwrap().contains("yanked: it breaks things"), "{text}");
    browser.evaluate("document.querySelector('header a').click()").unwrap();
}

#[test]
fn pages_can_be_read_without_scripts() {
    let shelf = shelf();
    let site = shelf.site();
    let view = View { scripts: false, ..View::light(1000, 800) };
    let mut browser = Browser::open_url(&site.url, view).unwrap();
    assert_eq!(shown(&mut browser), ["broken", "data-reader", "helper", "the-tool"]);
    let text = browser.evaluate("document.body.innerText").unwrap();
    assert!(text.as_str().unwrap().contains("https://ADDRESS-OF-THIS-SITE/simple/"), "{text}");
    let hidden = browser.evaluate("!document.querySelector('.search').checkVisibility()").unwrap();
    assert_eq!(hidden, true);
    browser.navigate(&format!("{}project/helper/", site.url)).unwrap();
    let text = browser.evaluate("document.body.innerText").unwrap();
    assert!(text.as_str().unwrap().contains("helper-1.0-py3-none-any.whl"), "{text}");
    check_calm(&browser, &site);
}
