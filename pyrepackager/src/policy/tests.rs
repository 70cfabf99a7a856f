use std::path::PathBuf;

use super::*;
use crate::collect::testing::distribution;
use crate::config::resolved::{ExtensionAction, ExtensionChoice, ExtensionPolicy, PythonVersion};
use crate::distribution::{Distribution, Extension, ExtensionVariant, Library, ObjectFormat};

fn variant(name: &str, links: &[Library]) -> ExtensionVariant {
    ExtensionVariant {
        variant: "default".to_owned(),
        init_fn: Some(format!("PyInit_{name}")),
        objects: vec![PathBuf::from(format!("/d/build/Modules/{name}.o"))],
        links: links.to_vec(),
        ..ExtensionVariant::default()
    }
}

fn system(name: &str) -> Library {
    Library::System(name.to_owned())
}

fn bundled(name: &str) -> Library {
    Library::Static { name: name.to_owned(), path: format!("/d/build/lib/lib{name}.a").into() }
}

/// One extension of each kind that the policies tell apart.
fn sample() -> Distribution {
    let mut distribution = distribution(std::path::Path::new("/d"));
    let mut add = |name: &str, change: &dyn Fn(&mut ExtensionVariant), links: &[Library]| {
        let mut variant = variant(name, links);
        change(&mut variant);
        let extension = Extension { name: name.to_owned(), variants: vec![variant] };
        distribution.extensions.insert(name.to_owned(), extension);
    };
    let shared = Some(PathBuf::from("/d/install/lib/x.so"));
    add("builtins", &|v| (v.init_fn, v.objects) = (None, Vec::new()), &[]);
    add("marshal", &|v| (v.in_core, v.objects) = (true, Vec::new()), &[]);
    add("_special", &|v| v.required = true, &[]);
    add("_io", &|_| {}, &[]);
    add("_sre", &|_| {}, &[]);
    add("_datetime", &|_| {}, &[]);
    add("math", &|_| {}, &[system("m")]);
    add("_sha2", &|_| {}, &[bundled("Hacl_Hash_SHA2")]);
    add("_ssl", &|_| {}, &[bundled("ssl"), bundled("crypto")]);
    add("_crypt", &|v| v.shared_library = shared.clone(), &[system("crypt")]);
    add("_dbm", &|v| v.shared_library = shared.clone(), &[bundled("db")]);
    add("_tkinter", &|v| v.shared_library = shared.clone(), &[system("tcl9.0"), system("m")]);
    add("_nothing", &|v| v.objects = Vec::new(), &[]);
    add("_onlyso", &|v| (v.shared_library, v.objects) = (shared.clone(), Vec::new()), &[]);
    distribution
}

fn chosen(policy: &ExtensionPolicy) -> Vec<String> {
    let selection = select(policy, &[], &sample()).unwrap();
    selection.extensions.into_iter().map(|extension| extension.name).collect()
}

fn list(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

fn message(error: &PolicyError) -> String {
    format!("{error} | {}", error.hint().unwrap_or_default())
}

const NEEDED: [&str; 5] = ["_io", "_special", "_sre", "builtins", "marshal"];

#[test]
fn none_takes_what_the_interpreter_needs() {
    assert_eq!(chosen(&ExtensionPolicy::None), NEEDED);
}

#[test]
fn all_links_what_can_be_linked_and_packs_the_rest() {
    let selection = select(&ExtensionPolicy::All, &[], &sample()).unwrap();
    let names: Vec<&str> = selection.extensions.iter().map(|e| e.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "_datetime",
            "_dbm",
            "_io",
            "_sha2",
            "_special",
            "_sre",
            "_ssl",
            "builtins",
            "marshal",
            "math"
        ]
    );
    let packed: Vec<&str> = selection.shared.iter().map(|e| e.name.as_str()).collect();
    assert_eq!(packed, ["_crypt", "_onlyso", "_tkinter"]);
    let all: Vec<&str> = selection.all().map(|e| e.name.as_str()).collect();
    assert_eq!(all, [names, packed].concat());
    assert_eq!(
        selection.notes,
        ["extension modules left out, as the distribution lacks code of them: _nothing"]
    );
}

#[test]
fn extensions_of_windows_are_packed_unless_they_are_in_the_core() {
    let mut distribution = sample();
    distribution.object_format = ObjectFormat::Coff;
    let dll = Library::Dynamic { name: "libssl-3".to_owned(), path: "/d/libssl-3.dll".into() };
    for (name, links) in
        [("_socket", vec![system("ws2_32")]), ("_ssl", vec![dll]), ("zlib", vec![])]
    {
        let shared_library = Some(PathBuf::from(format!("/d/install/DLLs/{name}.pyd")));
        let variant = ExtensionVariant { shared_library, ..variant(name, &links) };
        let extension = Extension { name: name.to_owned(), variants: vec![variant] };
        distribution.extensions.insert(name.to_owned(), extension);
    }
    let selection = select(&ExtensionPolicy::All, &[], &distribution).unwrap();
    let packed: Vec<&str> = selection.shared.iter().map(|e| e.name.as_str()).collect();
    assert_eq!(packed, ["_crypt", "_dbm", "_onlyso", "_socket", "_ssl", "_tkinter", "zlib"]);
    assert!(selection.extensions.iter().any(|e| e.name == "marshal"));
    let none = select(&ExtensionPolicy::None, &[], &distribution).unwrap();
    assert!(none.shared.is_empty());
}

#[test]
fn test_modules_go_in_only_by_name() {
    let mut distribution = sample();
    for name in ["_testinternalcapi", "xxsubtype"] {
        let extension = Extension { name: name.to_owned(), variants: vec![variant(name, &[])] };
        distribution.extensions.insert(name.to_owned(), extension);
    }
    let chosen = |policy, choices: &[ExtensionChoice]| -> Vec<String> {
        let selection = select(&policy, choices, &distribution).unwrap();
        let names = selection.all().map(|extension| extension.name.clone());
        names.filter(|name| is_test_module(name)).collect()
    };
    for policy in [
        ExtensionPolicy::All,
        ExtensionPolicy::NoLibraries,
        ExtensionPolicy::NoCopyleft,
        ExtensionPolicy::ExplicitExcludes(list(&["_ssl"])),
    ] {
        assert_eq!(chosen(policy, &[]), list(&[]));
    }
    let included = ExtensionPolicy::ExplicitIncludes(list(&["xxsubtype"]));
    assert_eq!(chosen(included, &[]), ["xxsubtype"]);
    let choices = [include("_testinternalcapi", None)];
    assert_eq!(chosen(ExtensionPolicy::All, &choices), ["_testinternalcapi"]);
}

#[test]
fn no_libraries_takes_what_links_nothing_but_the_c_library() {
    let mut expected = list(&NEEDED);
    expected.extend(list(&["_datetime", "_sha2", "math"]));
    expected.sort();
    assert_eq!(chosen(&ExtensionPolicy::NoLibraries), expected);
}

#[test]
fn no_libraries_takes_the_first_variant_that_links_nothing() {
    let mut distribution = sample();
    let free = ExtensionVariant { variant: "free".to_owned(), ..variant("_ssl", &[]) };
    distribution.extensions.get_mut("_ssl").unwrap().variants.push(free);
    let selection = select(&ExtensionPolicy::NoLibraries, &[], &distribution).unwrap();
    let ssl = selection.extensions.iter().find(|e| e.name == "_ssl").unwrap();
    assert_eq!(ssl.variant.variant, "free");
}

#[test]
fn includes_add_to_what_is_needed() {
    let policy = ExtensionPolicy::ExplicitIncludes(list(&["_ssl", "_tkinter"]));
    let mut expected = list(&NEEDED);
    expected.push("_ssl".to_owned());
    expected.sort();
    assert_eq!(chosen(&policy), expected);
    let selection = select(&policy, &[], &sample()).unwrap();
    let packed: Vec<&str> = selection.shared.iter().map(|e| e.name.as_str()).collect();
    assert_eq!(packed, ["_tkinter"]);
}

#[test]
fn excludes_remove_whatever_some_program_can_do_without() {
    let policy = ExtensionPolicy::ExplicitExcludes(list(&["_ssl", "_sre"]));
    let names = chosen(&policy);
    assert!(!names.contains(&"_ssl".to_owned()) && !names.contains(&"_sre".to_owned()));
    assert!(names.contains(&"math".to_owned()) && names.contains(&"_io".to_owned()));
}

#[test]
fn names_that_cannot_be_had_are_errors() {
    let error = |policy| message(&select(&policy, &[], &sample()).unwrap_err());
    let includes = |name| error(ExtensionPolicy::ExplicitIncludes(list(&[name])));
    let excludes = |name| error(ExtensionPolicy::ExplicitExcludes(list(&[name])));
    insta::assert_snapshot!(includes("_tkintr"), @r#"[python_extensions] includes: the distribution has no extension module "_tkintr" | did you mean "_tkinter"?"#);
    insta::assert_snapshot!(includes("_nothing"), @r#"[python_extensions] includes: "_nothing" cannot go in: the distribution has neither objects nor a shared library of it | take "_nothing" out of `includes`, or use a distribution that has it"#);
    insta::assert_snapshot!(excludes("_sll"), @r#"[python_extensions] excludes: the distribution has no extension module "_sll" | did you mean "_ssl"?"#);
    insta::assert_snapshot!(excludes("_io"), @r#"[python_extensions] excludes: "_io" cannot be left out: the interpreter does not start without it | take "_io" out of `excludes`"#);
    insta::assert_snapshot!(excludes("marshal"), @r#"[python_extensions] excludes: "marshal" cannot be left out: it is part of the interpreter's core | take "marshal" out of `excludes`"#);
}

#[test]
fn the_core_refers_to_datetime_since_3_14() {
    let need =
        |minor| need("_datetime", &variant("_datetime", &[]), PythonVersion { major: 3, minor });
    assert_eq!(need(13), None);
    assert_eq!(need(14), Some(Need::Linked));
}

fn choice(name: &str, action: ExtensionAction) -> ExtensionChoice {
    ExtensionChoice { name: name.to_owned(), action, line: 9 }
}

fn include(name: &str, variant: Option<&str>) -> ExtensionChoice {
    choice(name, ExtensionAction::Include { variant: variant.map(str::to_owned) })
}

#[test]
fn a_choice_goes_before_the_policy_and_the_last_choice_counts() {
    let mut distribution = sample();
    let free = ExtensionVariant { variant: "free".to_owned(), ..variant("_ssl", &[]) };
    distribution.extensions.get_mut("_ssl").unwrap().variants.push(free);
    let exclude = |name| choice(name, ExtensionAction::Exclude);
    let choices =
        [exclude("math"), exclude("_ssl"), include("_ssl", Some("free")), exclude("_sre")];
    let selection = select(&ExtensionPolicy::All, &choices, &distribution).unwrap();
    let chosen = |name: &str| selection.extensions.iter().find(|e| e.name == name);
    assert!(chosen("math").is_none() && chosen("_sre").is_none() && chosen("_io").is_some());
    assert_eq!(chosen("_ssl").unwrap().variant.variant, "free");
    let none = select(&ExtensionPolicy::None, &[include("math", None)], &distribution).unwrap();
    assert!(none.extensions.iter().any(|e| e.name == "math"));
}

#[test]
fn choices_that_cannot_be_had_are_errors() {
    let error = |choice| message(&select(&ExtensionPolicy::All, &[choice], &sample()).unwrap_err());
    insta::assert_snapshot!(error(include("_sll", None)), @r#"[[extension_modules]] at line 9: the distribution has no extension module "_sll" | did you mean "_ssl"?"#);
    insta::assert_snapshot!(error(include("_ssl", Some("free"))), @r#"[[extension_modules]] at line 9: "_ssl" has no variant "free" | it has "default""#);
    insta::assert_snapshot!(error(include("_nothing", None)), @r#"[[extension_modules]] at line 9: "_nothing" cannot go in: the distribution has neither objects nor a shared library of it | remove the entry, or use a distribution that has it"#);
    insta::assert_snapshot!(error(choice("_io", ExtensionAction::Exclude)), @r#"[[extension_modules]] at line 9: "_io" cannot be left out: the interpreter does not start without it | remove the entry"#);
}

#[test]
fn no_copyleft_goes_by_the_licences_that_are_stated() {
    let mut distribution = sample();
    let mut add = |name: &str, licenses: Option<&[&str]>, links: &[Library], public: bool| {
        let licenses = licenses.map(list);
        let variant = ExtensionVariant { licenses, public_domain: public, ..variant(name, links) };
        let extension = Extension { name: name.to_owned(), variants: vec![variant] };
        distribution.extensions.insert(name.to_owned(), extension);
    };
    add("gpl", Some(&["GPL-3.0-or-later"]), &[bundled("g")], false);
    add("choice", Some(&["GPL-2.0-only OR MIT"]), &[bundled("c")], false);
    add("free", Some(&["BSD-3-Clause", "MIT"]), &[bundled("f")], false);
    add("mixed", Some(&["MIT", "LGPL-2.1-only"]), &[bundled("m")], false);
    add("unknown", None, &[bundled("u")], false);
    add("own", None, &[], false);
    add("public", None, &[bundled("p")], true);
    let libedit = ExtensionVariant {
        variant: "libedit".to_owned(),
        licenses: Some(list(&["BSD-3-Clause"])),
        ..variant("gpl", &[bundled("edit")])
    };
    let selection = select(&ExtensionPolicy::NoCopyleft, &[], &distribution).unwrap();
    let chosen = |name: &str| selection.extensions.iter().any(|e| e.name == name);
    let all = ["gpl", "choice", "free", "mixed", "unknown", "own", "public"];
    let expected = [false, true, true, false, false, true, true];
    assert_eq!(all.map(chosen), expected);
    // Of several ways to provide an extension, the first free one is taken.
    distribution.extensions.get_mut("gpl").unwrap().variants.push(libedit);
    let selection = select(&ExtensionPolicy::NoCopyleft, &[], &distribution).unwrap();
    let gpl = selection.extensions.iter().find(|e| e.name == "gpl").unwrap();
    assert_eq!(gpl.variant.variant, "libedit");
}
