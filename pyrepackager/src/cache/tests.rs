use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use super::*;
use crate::reporter::{Length, Silent, Step};

/// Keeps what it is told.
#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

impl Reporter for Notes {
    fn note(&self, line: &str) {
        self.0.lock().unwrap().push(line.to_owned());
    }
    fn start(&self, _label: &str, _length: Length) -> Box<dyn Step> {
        Box::new(Silent)
    }
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn a_folder_below_a_file_is_refused_with_path_and_hint() {
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("file");
    fs::write(&file, "").unwrap();
    let error = Cache::at(&file).folder("archives").unwrap_err();
    let path = file.join("archives");
    assert_eq!(error.to_string(), format!("the cache folder `{}` cannot be used", path.display()));
    assert!(error.hint().unwrap().contains("PYOXIDIZER_CACHE"));
}

#[test]
fn a_relative_name_starts_at_the_base() {
    let scratch = tempfile::tempdir().unwrap();
    let named = |base: &Path, folder| Cache::absolute(base.join(folder)).unwrap().root;
    assert_eq!(named(scratch.path(), "my/cache"), scratch.path().join("my/cache"));
    let absolute = scratch.path().join("elsewhere");
    assert_eq!(named(Path::new("/base"), absolute.to_str().unwrap()), absolute);
    let here = std::env::current_dir().unwrap();
    assert_eq!(named(Path::new(""), "my/cache"), here.join("my/cache"));
}

#[test]
fn a_file_shows_up_when_it_is_finished() {
    let scratch = tempfile::tempdir().unwrap();
    let cache = Cache::at(scratch.path().join("cache"));
    let folder = cache.folder("archives").unwrap();
    let lock = cache.lock("one", &Silent).unwrap();
    let path = folder.join("one");
    let mut file = lock.partial_file(&path).unwrap();
    file.write_all(b"half").unwrap();
    assert!(!path.exists());
    file.write_all(b" and half").unwrap();
    file.finish().unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "half and half");
    assert_eq!(names_in(&folder), ["one"]);
}

#[test]
fn what_is_dropped_unfinished_leaves_nothing() {
    let scratch = tempfile::tempdir().unwrap();
    let cache = Cache::at(scratch.path());
    let lock = cache.lock("one", &Silent).unwrap();
    let folder = cache.folder("distributions").unwrap();
    drop(lock.partial_file(&folder.join("file")).unwrap());
    let partial = lock.partial_folder(&folder.join("folder")).unwrap();
    fs::write(partial.path().join("content"), "").unwrap();
    drop(partial);
    assert!(names_in(&folder).is_empty());
}

#[test]
fn what_a_dead_writer_left_is_replaced() {
    let scratch = tempfile::tempdir().unwrap();
    let cache = Cache::at(scratch.path());
    let lock = cache.lock("one", &Silent).unwrap();
    let folder = cache.folder("distributions").unwrap();
    let path = folder.join("one");
    std::mem::forget(lock.partial_folder(&path).unwrap());
    fs::write(folder.join(".partial-one/stale"), "").unwrap();
    let partial = lock.partial_folder(&path).unwrap();
    fs::write(partial.path().join("fresh"), "").unwrap();
    partial.finish().unwrap();
    assert_eq!(names_in(&folder), ["one"]);
    let mut names = names_in(&path);
    names.sort();
    assert_eq!(names, [".sealed", "fresh"]);
}

#[test]
fn one_at_a_time_holds_a_lock() {
    let scratch = tempfile::tempdir().unwrap();
    let cache = Cache::at(scratch.path());
    let inside = AtomicU32::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..50 {
                    let lock = cache.lock("shared", &Silent).unwrap();
                    assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                    std::thread::yield_now();
                    inside.fetch_sub(1, Ordering::SeqCst);
                    drop(lock);
                }
            });
        }
    });
}

#[test]
fn waiting_is_said() {
    let scratch = tempfile::tempdir().unwrap();
    let cache = Cache::at(scratch.path());
    let notes = Notes::default();
    let held = cache.lock("other", &notes).unwrap();
    drop(cache.lock("unrelated", &notes).unwrap());
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| drop(cache.lock("other", &notes).unwrap()));
        while notes.0.lock().unwrap().is_empty() {
            std::thread::yield_now();
        }
        drop(held);
        waiting.join().unwrap();
    });
    assert_eq!(*notes.0.lock().unwrap(), ["waiting for another build to finish with other"]);
}
