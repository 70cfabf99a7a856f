//! What an index knows of a folder that changes.

use std::sync::Arc;
use std::time::SystemTime;

use crate::folder::Index;
use crate::testing::{Folder, wheel};

const ONE: &str = "one-1.0-py3-none-any.whl";

fn names(index: &Index) -> Vec<String> {
    let snapshot = index.current().unwrap();
    snapshot.files().map(|file| file.name.text.clone()).collect()
}

/// Has a folder be so old that its time tells of every change.
fn age(folder: &Folder, name: &str) {
    let path = folder.path(name);
    let old = SystemTime::now() - std::time::Duration::from_secs(100);
    std::process::Command::new("touch").arg("-d").arg("@1000000000").arg(&path).status().unwrap();
    assert!(fs_err::metadata(path).unwrap().modified().unwrap() < old);
}

#[test]
fn any_layout_will_do() {
    let folder = Folder::new();
    folder.wheel(ONE, "");
    folder.wheel("a/b/Two_X-2.0b1-py3-none-any.whl", "");
    folder.sdist("a/two.x-1.0.tar.gz", "");
    folder.write("a/readme.txt", "x");
    folder.write("a/.hidden/three-1.0.tar.gz", "x");
    folder.write("a/.four-1.0.tar.gz", "x");
    folder.write("broken.whl", "x");
    let index = folder.index();
    let snapshot = index.current().unwrap();
    assert_eq!(snapshot.projects.keys().collect::<Vec<_>>(), ["one", "two-x"]);
    let two = &snapshot.projects["two-x"];
    let versions: Vec<_> = two.files.iter().map(|file| file.name.version.to_string()).collect();
    assert_eq!(versions, ["1.0", "2.0b1"]);
    assert_eq!(snapshot.left_out.len(), 1);
    assert_eq!(snapshot.left_out[0].place, "broken.whl");
}

#[test]
fn what_comes_and_goes_is_seen_at_once() {
    let folder = Folder::new();
    let index = folder.index();
    assert!(names(&index).is_empty());
    folder.wheel(ONE, "");
    assert_eq!(names(&index), [ONE]);
    folder.wheel("deep/er/two-1.0-py3-none-any.whl", "");
    assert_eq!(names(&index), [ONE, "two-1.0-py3-none-any.whl"]);
    fs_err::remove_dir_all(folder.path("deep")).unwrap();
    assert_eq!(names(&index), [ONE]);
    fs_err::remove_file(folder.path(ONE)).unwrap();
    assert!(names(&index).is_empty());
    drop(folder);
    index.current().unwrap_err();
}

#[test]
fn what_has_not_changed_is_kept() {
    let folder = Folder::new();
    folder.wheel("one/one-1.0-py3-none-any.whl", "");
    folder.wheel("two/two-1.0-py3-none-any.whl", "");
    let index = folder.index();
    let first = index.current().unwrap();
    assert!(first.files().all(|file| file.contents().is_ok()));
    assert!(Arc::ptr_eq(&first, &index.current().unwrap()));
    folder.wheel("two/two-2.0-py3-none-any.whl", "");
    let second = index.current().unwrap();
    assert!(Arc::ptr_eq(&first.projects["one"], &second.projects["one"]));
    let two = &second.projects["two"];
    assert!(Arc::ptr_eq(&first.projects["two"].files[0], &two.files[0]));
    assert!(two.files[1].known_contents().is_none());
}

#[test]
fn folders_are_read_again_only_where_their_time_has_changed() {
    let folder = Folder::new();
    folder.wheel("one/one-1.0-py3-none-any.whl", "");
    folder.wheel("two/two-1.0-py3-none-any.whl", "");
    for name in ["one", "two", ""] {
        age(&folder, name);
    }
    let index = folder.index();
    index.current().unwrap();
    let looked_at = |name: &str| {
        let state = index.state.lock().unwrap();
        state.listings[&index.root().join(name)].looked_at
    };
    let (one, two) = (looked_at("one"), looked_at("two"));
    folder.wheel("two/two-2.0-py3-none-any.whl", "");
    assert_eq!(names(&index).len(), 3);
    assert!(looked_at("one") == one && looked_at("two") > two);
}

#[test]
fn files_that_are_written_over_in_place_are_noticed() {
    let folder = Folder::new();
    folder.wheel(ONE, "");
    age(&folder, "");
    let index = folder.index();
    let sha256 = || {
        let project = index.project("one").unwrap().unwrap();
        project.files[0].contents().unwrap().sha256.clone()
    };
    let first = sha256();
    // As `cp` does it.
    let mut file =
        fs_err::OpenOptions::new().write(true).truncate(true).open(folder.path(ONE)).unwrap();
    std::io::Write::write_all(&mut file, &wheel(ONE, "Summary: another\n")).unwrap();
    drop(file);
    assert_ne!(sha256(), first);
    let file = index.file("one", ONE).unwrap().unwrap();
    assert_eq!(file.contents().unwrap().metadata.summary.as_deref(), Some("another"));
    assert!(index.file("one", "two").unwrap().is_none() && index.project("x").unwrap().is_none());
}

#[test]
fn files_are_yanked_by_a_file_beside_them() {
    let folder = Folder::new();
    folder.wheel(ONE, "");
    let index = folder.index();
    let reason = || {
        let project = index.project("one").unwrap().unwrap();
        project.files[0].yanked.as_ref().map(|yanked| yanked.reason.clone())
    };
    index.project("one").unwrap().unwrap().files[0].contents().unwrap();
    assert_eq!(reason(), None);
    let marker = format!("{ONE}.yanked");
    folder.write(&marker, " it does not work \nnot at all\n");
    assert_eq!(reason().as_deref(), Some("it does not work"));
    // The file was not read again for that.
    assert!(index.current().unwrap().projects["one"].files[0].known_contents().is_some());
    folder.write(&marker, "");
    assert_eq!(reason().as_deref(), Some(""));
    fs_err::remove_file(folder.path(&marker)).unwrap();
    assert_eq!(reason(), None);
}

#[test]
fn one_name_is_one_file() {
    let folder = Folder::new();
    folder.wheel(&format!("a/{ONE}"), "");
    folder.wheel(&format!("b/{ONE}"), "Summary: another\n");
    let snapshot = folder.index().current().unwrap();
    assert_eq!(snapshot.files().count(), 1);
    assert_eq!(snapshot.left_out[0].place, format!("b/{ONE}"));
    assert_eq!(snapshot.left_out[0].why, format!("a/{ONE} has the same name"));
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_lead_to_no_endless_walk() {
    let folder = Folder::new();
    let other = Folder::new();
    other.wheel(ONE, "");
    std::os::unix::fs::symlink(other.0.path(), folder.path("other")).unwrap();
    std::os::unix::fs::symlink(".", folder.path("loop")).unwrap();
    std::os::unix::fs::symlink("nowhere", folder.path("two-1.0.tar.gz")).unwrap();
    let index = folder.index();
    assert_eq!(names(&index), [ONE]);
    assert_eq!(names(&index), [ONE]);
}

#[test]
fn what_is_no_folder_is_an_error() {
    let folder = Folder::new();
    folder.write("file", "x");
    let message = |name: &str| Index::open(&folder.path(name)).unwrap_err().to_string();
    assert!(message("file").ends_with("file is not a folder"));
    assert_eq!(message("none"), "cannot read the folder of the index");
}

#[test]
fn many_ask_at_the_same_time() {
    let folder = Folder::new();
    folder.wheel(ONE, "");
    let index = folder.index();
    std::thread::scope(|scope| {
        for number in 0..8 {
            let (index, folder) = (&index, &folder);
            scope.spawn(move || {
                let name = format!("p{number}-1.0-py3-none-any.whl");
                folder.wheel(&name, "");
                // Each sees at once what it has written itself.
                assert!(index.project(&format!("p{number}")).unwrap().is_some());
            });
        }
    });
    assert_eq!(names(&index).len(), 9);
}
