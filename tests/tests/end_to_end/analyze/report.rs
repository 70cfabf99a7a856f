//! The page of `pyoxidizer analyze --html`, in a browser.
//!
//! Pictures of it are left in `target/end-to-end/report`, to be looked at.

use std::path::PathBuf;
use std::sync::LazyLock;

use end_to_end::browser::{Browser, View};
use end_to_end::scratch_folder;
use fs_err as fs;
use serde_json::json;

use super::{APPLICATION, succeed};

/// Numbers of keys, as browsers count them.
const ENTER: u32 = 13;
const ESCAPE: u32 = 27;
const RIGHT: u32 = 39;

static PAGE: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = scratch_folder().join("report");
    fs::create_dir_all(&folder).unwrap();
    let page = folder.join("report.html");
    let table = succeed("analyze", &[&APPLICATION, "--html".as_ref(), &page]);
    assert!(table.contains("Size"), "{table}");
    page
});

fn open(view: View) -> Browser {
    Browser::open(&PAGE, view).unwrap()
}

/// That nothing was complained about, and nothing but the page itself was asked for.
fn check_calm(browser: &Browser) {
    assert!(browser.complaints().is_empty(), "{:?}", browser.complaints());
    let requests = browser.requests();
    let others: Vec<_> = requests
        .iter()
        .filter(|url| **url != format!("file://{}", PAGE.display()) && !url.starts_with("data:"))
        .collect();
    assert!(others.is_empty() && !requests.is_empty(), "{requests:?}");
}

/// Leaves a picture of the whole page.
fn picture(browser: &mut Browser, name: &str, width: u32) {
    let height = browser.evaluate("document.documentElement.scrollHeight").unwrap();
    let png = browser.screenshot(width, height.as_u64().unwrap()).unwrap();
    assert!(png.starts_with(b"\x89PNG"));
    fs::write(PAGE.with_file_name(name), png).unwrap();
}

/// Tiles by name, with areas in relation to the map.
fn tiles(browser: &mut Browser) -> Vec<(String, f64)> {
    let tiles = browser.evaluate(
        "(() => { const map = document.getElementById('tiles').getBoundingClientRect();
        return [...document.querySelectorAll('.tile')].map((tile) => {
            const box = tile.getBoundingClientRect();
            const inside = box.x >= map.x - 0.5 && box.y >= map.y - 0.5
                && box.right <= map.right + 0.5 && box.bottom <= map.bottom + 0.5;
            return [tile.getAttribute('aria-label'), inside
                ? box.width * box.height / (map.width * map.height) : NaN];
        }); })()",
    );
    serde_json::from_value(tiles.unwrap()).unwrap()
}

#[test]
fn the_areas_of_the_map_are_shares_of_the_file() {
    let mut browser = open(View::light(1200, 900));
    let tiles = tiles(&mut browser);
    let sum: f64 = tiles.iter().map(|(_, area)| area).sum();
    assert!((sum - 1.0).abs() < 0.01, "{sum} {tiles:?}");
    let analysis = super::analysis(&APPLICATION);
    let size = analysis["size"].as_f64().unwrap();
    for owner in analysis["tree"]["children"].as_array().unwrap() {
        let (name, stored) = (owner["name"].as_str().unwrap(), owner["stored"].as_f64().unwrap());
        let (_, area) = tiles.iter().find(|(label, _)| label.starts_with(name)).unwrap();
        assert!((area - stored / size).abs() < 0.002, "{name}: {area} {}", stored / size);
    }
    check_calm(&browser);
    picture(&mut browser, "light-1200.png", 1200);
}

#[test]
fn nothing_overflows_in_narrow_windows_and_dark_is_dark() {
    for (width, dark) in [(400, false), (400, true), (1200, true), (320, false)] {
        let mut browser = open(View { dark, ..View::light(width, 900) });
        let overflow = browser.evaluate(
            "[document.scrollingElement.scrollWidth, [...document.querySelectorAll('body *')]
            .filter((one) => one.checkVisibility() && !one.closest('#tiles, .unseen, .scroll')
            && one.getBoundingClientRect().right > innerWidth).map((one) => one.outerHTML)]",
        );
        assert_eq!(overflow.unwrap(), json!([width, []]), "at {width} px");
        let scrolled = browser.evaluate(
            "[...document.querySelectorAll('.scroll')].filter((one) => one.scrollWidth > one.clientWidth)
            .map((one) => [one.ariaLabel, one.scrollWidth, one.clientWidth])",
        );
        // Tables may be scrolled where it is narrower still.
        assert!(width < 400 || scrolled.unwrap() == json!([]), "at {width} px");
        let light = browser.evaluate(
            "((color) => color.match(/\\d+/g).slice(0, 3).reduce((a, b) => a + Number(b), 0) / 3)
            (getComputedStyle(document.body).backgroundColor)",
        );
        let light = light.unwrap().as_f64().unwrap();
        assert!(if dark { light < 60.0 } else { light > 200.0 }, "{light}");
        check_calm(&browser);
        let scheme = if dark { "dark" } else { "light" };
        picture(&mut browser, &format!("{scheme}-{width}.png"), width);
    }
}

/// The names in the breadcrumb.
fn place(browser: &mut Browser) -> Vec<String> {
    let names = browser.evaluate(
        "[...document.querySelectorAll('#crumbs button, #crumbs b')].map((one) => one.textContent)",
    );
    serde_json::from_value(names.unwrap()).unwrap()
}

#[test]
fn the_map_is_walked_with_mouse_and_keys() {
    let mut browser = open(View::light(1200, 900));
    let middle = |browser: &mut Browser, name: &str| -> (f64, f64) {
        let expression = format!(
            "((box) => [box.x + box.width / 2, box.y + box.height / 2])([...document
            .querySelectorAll('.tile')].find((tile) => tile.ariaLabel.startsWith({name:?}))
            .getBoundingClientRect())"
        );
        serde_json::from_value(browser.evaluate(&expression).unwrap()).unwrap()
    };
    let (x, y) = middle(&mut browser, "Python standard library");
    browser.click(x, y).unwrap();
    let names = place(&mut browser);
    assert!(names.len() == 2 && names[1].starts_with("Python standard library"), "{names:?}");
    let tip = browser.evaluate("document.getElementById('tip').hidden").unwrap();
    assert_eq!(tip, true, "the tip of what is gone is gone");
    let sum: f64 = tiles(&mut browser).iter().map(|(_, area)| area).sum();
    assert!((sum - 1.0).abs() < 0.01, "{sum}");
    let (x, y) = middle(&mut browser, "asyncio");
    browser.click(x, y).unwrap();
    assert_eq!(place(&mut browser).len(), 3);

    let focus = "document.activeElement.getAttribute('aria-label')";
    let first = browser.evaluate(focus).unwrap();
    browser.press("ArrowRight", RIGHT).unwrap();
    let second = browser.evaluate(focus).unwrap();
    assert!(second.is_string() && first != second, "{first} {second}");
    assert_eq!(browser.evaluate("document.getElementById('tip').hidden").unwrap(), false);
    browser.press("Escape", ESCAPE).unwrap();
    assert_eq!(place(&mut browser).len(), 2);
    let label = browser.evaluate(focus).unwrap();
    assert!(label.as_str().unwrap().starts_with("asyncio"), "the focus is where it was: {label}");
    browser.press("Enter", ENTER).unwrap();
    assert_eq!(place(&mut browser).len(), 3);
    browser.press("Enter", ENTER).unwrap();
    let found = browser.evaluate("document.querySelector('#filter input').value").unwrap();
    assert!(found.as_str().unwrap().starts_with("asyncio."), "{found}");
    check_calm(&browser);
}

#[test]
fn the_table_is_filtered_and_sorted() {
    let mut browser = open(View::light(1200, 900));
    browser.evaluate("document.querySelector('#filter input').focus()").unwrap();
    browser.type_text("GREETING own").unwrap();
    let shown = "[...document.querySelectorAll('#all tbody tr')].filter((row) => !row.hidden)
        .map((row) => row.cells[0].textContent)";
    assert_eq!(browser.evaluate(shown).unwrap(), json!(["own.greeting"]));
    let said = browser.evaluate("document.querySelector('#filter output').textContent").unwrap();
    assert!(said.as_str().unwrap().starts_with("1 of "), "{said}");

    let sorted = "(() => { document.querySelector('#all thead th:first-child button').click();
        return [...document.querySelectorAll('#all tbody tr')].map((row) => row.cells[0].textContent)
        .every((name, index, all) => !index || all[index - 1] <= name); })()";
    assert_eq!(browser.evaluate(sorted).unwrap(), true);
    let by_size = "(() => { document.querySelector('#all thead th:nth-child(4) button').click();
        return [...document.querySelectorAll('#all tbody tr')].map((row) => Number(row.dataset.s))
        .every((size, index, all) => !index || all[index - 1] >= size); })()";
    assert_eq!(browser.evaluate(by_size).unwrap(), true);
    check_calm(&browser);
}

#[test]
fn names_are_text_whatever_they_look_like() {
    let mut browser = open(View::light(1200, 900));
    assert_eq!(browser.evaluate("document.title").unwrap(), "application: what is in it");
    let name = format!(
        "[...document.querySelectorAll('#all tbody th')].some((one) => one.textContent === {:?})",
        super::MARKUP
    );
    assert_eq!(browser.evaluate(&name).unwrap(), true);
    assert_eq!(browser.evaluate("document.scripts.length").unwrap(), 1);
    check_calm(&browser);
}

#[test]
fn without_scripts_the_tables_say_it() {
    let mut browser = open(View { scripts: false, ..View::light(400, 900) });
    let text = browser.evaluate("document.body.innerText").unwrap();
    let text = text.as_str().unwrap();
    for part in ["Python standard library", "own.greeting", "nowhere_to_be_found", "PIL._imaging"] {
        assert!(text.contains(part), "{part}");
    }
    assert!(!text.contains("Click a tile"), "the map is hidden");
    let scripted = "document.querySelectorAll('.tile, #all button, #filter:not([hidden])').length";
    assert_eq!(browser.evaluate(scripted).unwrap(), 0);
}
