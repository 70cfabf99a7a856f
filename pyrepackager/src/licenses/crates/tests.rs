use super::*;
use crate::collect::testing::write;

/// A workspace with a runtime, two members that depend on it, and one that does not.
fn workspace() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let manifest = |name: &str, license: &str, dependencies: &str| {
        format!(
            "[package]\nname = \"{name}\"\nversion = \"1.2.3\"\nedition = \"2024\"\n\
             license = \"{license}\"\n{dependencies}"
        )
    };
    let path = |name: &str| format!("{name} = {{ path = \"../{name}\" }}\n");
    let app = format!("[dependencies]\n{}{}", path("runtime"), path("linked"));
    let app = format!("{app}[dev-dependencies]\n{}", path("tester"));
    let app = format!("{app}[target.'cfg(windows)'.dependencies]\n{}", path("elsewhere"));
    let runtime = format!("[dependencies]\n{}{}", path("deep"), path("macros"));
    let runtime = format!("{runtime}[build-dependencies]\n{}", path("builder"));
    let macros = format!("[lib]\nproc-macro = true\n[dependencies]\n{}", path("only-macros"));
    let crates = [
        ("app", "MIT", app.as_str()),
        ("runtime", "MIT/Apache-2.0", &runtime),
        ("macros", "MIT", &macros),
        ("deep", "Mine", ""),
        ("linked", "ISC", ""),
        ("tester", "MIT", ""),
        ("builder", "MIT", ""),
        ("elsewhere", "MIT", ""),
        ("only-macros", "MIT", ""),
        ("unrelated", "MIT", ""),
    ];
    for (name, license, dependencies) in crates {
        write(
            &folder.path().join(name),
            &[("Cargo.toml", &manifest(name, license, dependencies)), ("src/lib.rs", "")],
        );
    }
    write(
        folder.path(),
        &[
            (
                "Cargo.toml",
                "[workspace]\nresolver = \"3\"\nmembers = [\"*\"]\nexclude = [\"other\"]\n",
            ),
            ("LICENSE-MIT", "of all"),
            ("deep/COPYING", "of deep"),
        ],
    );
    folder
}

fn query<'a>(folder: &'a Path, runtime: &'a Path) -> Query<'a> {
    let (cargo, rustc) = (Path::new(env!("CARGO")), Path::new("rustc"));
    Query { cargo, rustc, folder, runtime, features: &[], target: "x86_64-unknown-linux-gnu" }
}

#[test]
fn what_is_linked_is_listed_and_nothing_else() {
    let folder = workspace();
    let runtime = folder.path().join("runtime/Cargo.toml");
    let inside = folder.path().join("app/src");
    let found = linked(&query(&inside, &runtime)).unwrap();
    let shown: Vec<String> = found
        .components
        .iter()
        .filter(|component| component.name != "std")
        .map(|component| {
            let text = component.texts.first().map(|text| text.name.as_str());
            format!("{}: {}; {}", component.title(), component.license, text.unwrap_or("-"))
        })
        .collect();
    let mut shown = shown;
    shown.sort();
    assert_eq!(
        shown,
        [
            "app 1.2.3: MIT; LICENSE-MIT",
            "deep 1.2.3: Mine; COPYING",
            "linked 1.2.3: ISC; LICENSE-MIT",
            "runtime 1.2.3: MIT OR Apache-2.0; LICENSE-MIT",
        ]
    );
    assert_eq!(found.inputs, [folder.path().join("Cargo.lock")]);
    let std = &found.components[0];
    assert!(std.purl.as_deref().unwrap().starts_with("pkg:github/rust-lang/rust@1."));
}

#[test]
fn a_folder_of_another_workspace_does_not_mislead() {
    let folder = workspace();
    let other = folder.path().join("other");
    write(
        &other,
        &[("Cargo.toml", "[package]\nname = \"o\"\nedition = \"2024\"\n"), ("src/lib.rs", "")],
    );
    let runtime = folder.path().join("runtime/Cargo.toml");
    let found = linked(&query(&other, &runtime)).unwrap();
    assert!(found.components.iter().any(|component| component.name == "app"));
}

#[test]
fn cargo_s_own_words_are_in_the_error() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = folder.path().join("Cargo.toml");
    fs_err::write(&manifest, "[package]\nnome = 1\n").unwrap();
    let error = linked(&query(folder.path(), &manifest)).unwrap_err().to_string();
    assert!(error.contains("Cargo.toml") && error.contains("name"), "{error}");
}

#[test]
fn this_workspace_s_own_crates_have_checksums_and_urls() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let runtime = here.join("../pyembed/Cargo.toml");
    let found = linked(&query(here, &runtime)).unwrap();
    let of = |name: &str| found.components.iter().find(|component| component.name == name);
    let libc = of("libc").unwrap();
    assert!(libc.sha256.is_some());
    assert!(libc.purl.as_deref().unwrap().starts_with("pkg:cargo/libc@0."));
    assert!(!libc.texts.is_empty());
    assert!(of("pyapp").is_some() && of("pyembed").unwrap().purl.is_none());
    assert!(of("pyrepackager").is_none() && of("xtask").is_none());
}
