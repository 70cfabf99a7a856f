//! What a person is told.

use super::*;

fn lacking(module: &str, line: usize, circumstance: Circumstance) -> Lacking {
    Lacking::new(module.to_owned(), line, circumstance)
}

fn importer(name: &str, entry: usize, reach: Reach, imports: &[Lacking]) -> Importer {
    Importer {
        name: name.to_owned(),
        entry: Some(entry),
        reach,
        standing: Standing::Other,
        imports: imports.to_vec(),
    }
}

fn sample() -> Missing {
    use Circumstance::{Deferred, Optional, Required};
    let app =
        [lacking("yaml", 3, Required), lacking("PIL", 9, Deferred), lacking("tomli", 12, Optional)];
    let importers = vec![
        importer("app", APPLICATION, Reach::Used, &app),
        importer("app.fast", APPLICATION, Reach::Optional, &[lacking("cython", 1, Required)]),
        importer("lib.speed", LIBRARIES, Reach::Optional, &[lacking("numba", 1, Required)]),
        importer(
            "lib.testing",
            LIBRARIES,
            Reach::Unreached,
            &[lacking("pytest", 4, Required), lacking("nose", 5, Optional)],
        ),
    ];
    Missing { importers, ..Missing::default() }
}

#[test]
fn what_is_needed_is_told_by_importer_and_the_rest_in_a_line_each() {
    insta::assert_snapshot!(sample().details().join("\n"), @r"
    app imports what nothing in the executable provides: yaml (line 3), PIL (line 9, on demand)
    optional imports that nothing provides: 3 (cython, numba, tomli)
    modules that the application does not import need what nothing provides: 1 (pytest)
    ");
    assert!(Missing::default().details().is_empty());
}

#[test]
fn what_will_probably_fail_is_told_at_once() {
    let mut missing = sample();
    missing.importers[0].standing = Standing::Own;
    missing.importers[2].standing = Standing::ImportedAtOnce;
    insta::assert_snapshot!(missing.notes().join("\n"), @r"
    app imports what nothing in the executable provides: yaml (line 3), PIL (line 9, on demand)
    lib.speed imports what nothing in the executable provides: numba (line 1)
    ");
    assert!(sample().notes().is_empty());
}

#[test]
fn the_code_of_the_configuration_is_an_importer() {
    let imports = [lacking("yaml", 1, Circumstance::Required)];
    let code = Importer { entry: None, ..importer("__main__", 0, Reach::Used, &imports) };
    insta::assert_snapshot!(Missing { importers: vec![code], ..Missing::default() }.details().join("\n"), @"the code of [python_run] imports what nothing in the executable provides: yaml (line 1)");
}

#[test]
fn long_lists_are_cut() {
    let names: Vec<Lacking> =
        (0..30).map(|n| lacking(&format!("m{n:02}"), n, Circumstance::Required)).collect();
    let mut importers: Vec<Importer> =
        (0..30).map(|n| importer(&format!("app{n:02}"), 4, Reach::Used, &names[..1])).collect();
    importers.push(importer("stray", 4, Reach::Unreached, &names));
    importers.insert(0, importer("app", 4, Reach::Used, &names));
    let notes = Missing { importers, ..Missing::default() }.details();
    assert_eq!(notes.len(), 22, "{notes:#?}");
    assert!(notes[0].ends_with("m09 (line 9) and 20 more"), "{}", notes[0]);
    assert!(notes[20].starts_with("11 more modules"), "{}", notes[20]);
    assert!(
        notes[21].ends_with(": 30 (m00, m01, m02, m03, m04, m05, m06, m07, m08, m09, …)"),
        "{}",
        notes[21]
    );
}

#[test]
fn strict_entries_end_the_build_and_others_do_not() {
    let refused = |lines: &[usize]| check(&sample(), &lines.iter().copied().collect());
    refused(&[]).unwrap();
    refused(&[999]).unwrap();
    let error = refused(&[APPLICATION]).unwrap_err();
    insta::assert_snapshot!(format!("{error}\n| {}", error.hint().unwrap()), @r#"
    [[python_packages]] at line 4: nothing in the executable provides what these modules import:
      app, line 3: yaml
      app, line 9: PIL
    | add the package that has "yaml", or leave out the importer, "app", with `excludes`
    "#);
    let error = refused(&[APPLICATION, LIBRARIES]).unwrap_err().to_string();
    assert!(error.ends_with("lib.testing, line 4: pytest"), "{error}");
}
