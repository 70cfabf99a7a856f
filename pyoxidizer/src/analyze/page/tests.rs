use super::*;
use crate::analyze::testing::{MARKUP, analysis};

#[test]
fn names_are_escaped() {
    let mut analysis = analysis();
    analysis.name = MARKUP.to_owned();
    analysis.missing[0].module = MARKUP.to_owned();
    analysis.components[0].license = Some(MARKUP.to_owned());
    let page = page(&analysis).unwrap();
    assert!(!page.contains("alert('"), "{page}");
    assert_eq!(page.matches("<script").count(), 1);
    assert_eq!(page.matches("</script").count(), 1);
    assert!(page.matches("&#60;/script&#62;&#60;script&#62;alert(").count() >= 4, "{page}");
}

/// The policy of the page lets that script run, and no other.
#[test]
fn the_script_is_the_one_that_the_policy_names() {
    let page = page(&analysis()).unwrap();
    let script = page.split("<script>").nth(1).unwrap().split("</script>").next().unwrap();
    let digest = STANDARD.encode(Sha256::digest(script));
    assert!(page.contains(&format!("script-src 'sha256-{digest}'")), "{digest}");
    for address in ["http:", "https:", "url(", "@import", "src="] {
        assert!(!page.contains(address), "{address}");
    }
}

#[test]
fn rows_lead_the_script_to_their_places() {
    let rows = rows(&analysis().tree);
    let found: Vec<_> =
        rows.iter().map(|row| (row.kind, row.name.as_str(), row.what.as_str())).collect();
    let markup = format!("thing/{MARKUP}");
    assert_eq!(
        found,
        [
            ("section", "functions", "machine code"),
            ("file", "thing/_x.so", "library"),
            ("module", "os", "bytecode"),
            ("package", "thing", "bytecode"),
            ("file", markup.as_str(), "file"),
        ]
    );
}

#[test]
fn owners_have_colours_and_licences() {
    let analysis = analysis();
    let owners = owners(&analysis);
    let found: Vec<_> =
        owners.iter().map(|owner| (owner.class.as_str(), owner.license.as_str())).collect();
    assert_eq!(found, [("c-code", ""), ("c-d0", "MIT"), ("c-stdlib", "Python-2.0")]);
    assert_eq!(owners[0].bar, "100.00");
}
