use super::super::error::DistributionError;
use super::super::testing::{
    Entry, NAME, Notes, Scratch, TARGET, entries_of, names_in, published_json, sha256, tar, zstd,
};
use super::*;
use crate::config::resolved::DistributionRequest;
use crate::reporter::Silent;

const AGAIN: &str = "hint: fetch the archive again, and compare its SHA-256 with the publisher's";
const FULL: &str = "hint: give a full archive of python-build-standalone, whose name ends in \
                    `-full.tar.zst`";
const GENUINE: &str = "hint: do not use this archive: a genuine one has no such entry";

fn good() -> Vec<u8> {
    zstd(&tar(&entries_of(&published_json())))
}

/// What comes of a good archive with one more entry.
fn failure_with(entries: &[Entry]) -> String {
    let mut all = entries_of(&published_json());
    all.extend_from_slice(entries);
    let scratch = Scratch::new();
    let shown = scratch.failure(&zstd(&tar(&all)));
    assert!(!scratch.folder.path().join("evil").exists());
    shown
}

fn refused(entry: &str, problem: &str) -> String {
    format!("the archive `DIR/NAME` is refused: its entry `{entry}` {problem}\n{GENUINE}")
}

#[test]
fn what_is_in_the_archive_is_in_the_folder() {
    let scratch = Scratch::new();
    let root = scratch.resolve(&good()).unwrap().root;
    let read = |path: &str| fs::read_to_string(root.join(path)).unwrap();
    assert_eq!(read("install/lib/python3.13/os.py"), "name = 'posix'\n");
    assert_eq!(read("install/bin/python3"), "#!");
    assert_eq!(read("install/bin/hard"), "#!");
    let link = fs::read_link(root.join("install/bin/python3")).unwrap();
    assert_eq!(link, Path::new("python3.13"));
    let metadata = fs::metadata(root.join("install/lib/python3.13/os.py")).unwrap();
    let time = metadata.modified().unwrap().duration_since(std::time::UNIX_EPOCH).unwrap();
    assert_eq!(time.as_secs(), 1_700_000_000);
}

#[test]
fn a_date_beyond_all_clocks_is_refused() {
    assert_eq!(
        failure_with(&[Entry::dated("python/late", u64::MAX)]),
        refused("python/late", "has a date that no clock can show: 18446744073709551615 seconds")
    );
}

#[cfg(unix)]
#[test]
fn programs_can_be_run() {
    use std::os::unix::fs::PermissionsExt;
    let scratch = Scratch::new();
    let python = scratch.resolve(&good()).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o111;
    assert_ne!(mode(&python.python_exe), 0);
    assert_eq!(mode(&python.stdlib.join("os.py")), 0);
}

#[test]
fn an_archive_is_unpacked_once() {
    let scratch = Scratch::new();
    let root = scratch.resolve(&good()).unwrap().root;
    use std::os::unix::fs::MetadataExt;
    let inode = || fs::metadata(root.join("PYTHON.json")).unwrap().ino();
    let first = inode();
    assert_eq!(scratch.resolve(&good()).unwrap().root, root);
    assert_eq!(inode(), first);
    assert_eq!(scratch.unpacked(), [sha256(&good()).to_string()]);
}

#[test]
fn what_was_changed_in_the_cache_is_unpacked_again() {
    let scratch = Scratch::new();
    let stdlib = scratch.resolve(&good()).unwrap().stdlib;
    let original = fs::read(stdlib.join("os.py")).unwrap();
    fs::write(stdlib.join("os.py"), "print('changed')").unwrap();
    fs::write(stdlib.join("new.py"), "").unwrap();
    assert_eq!(scratch.resolve(&good()).unwrap().stdlib, stdlib);
    assert_eq!(fs::read(stdlib.join("os.py")).unwrap(), original);
    assert!(!stdlib.join("new.py").exists());
}

#[test]
fn parallel_users_share_one_unpacking() {
    let scratch = Scratch::new();
    let notes = Notes::default();
    let (path, sha256) = scratch.write(&good());
    let roots: Vec<PathBuf> = std::thread::scope(|scope| {
        let unpack = || unpack(&path, &sha256, &scratch.cache, &notes).unwrap();
        let users: Vec<_> = (0..6).map(|_| scope.spawn(unpack)).collect();
        users.into_iter().map(|user| user.join().unwrap()).collect()
    });
    assert!(roots.iter().all(|root| *root == roots[0] && root.join("PYTHON.json").is_file()));
    let unpackings = notes.lines().iter().filter(|line| line.contains("unpacking")).count();
    assert_eq!(unpackings, 1);
    scratch.assert_usable();
}

#[test]
fn what_a_killed_process_left_does_not_count() {
    let scratch = Scratch::new();
    let digest = sha256(&good());
    let stale = scratch.cache.root().join(format!("distributions/.partial-{digest}/python"));
    fs::create_dir_all(&stale).unwrap();
    fs::write(stale.join("PYTHON.json"), "{").unwrap();
    scratch.resolve(&good()).unwrap();
    scratch.assert_usable();
}

#[test]
fn a_wrong_sha256_is_shown_beside_the_right_one() {
    let scratch = Scratch::new();
    let (path, found) = scratch.write(&good());
    let expected = sha256(b"another");
    let error =
        scratch.request(&DistributionRequest::LocalPath { path, sha256: expected }).unwrap_err();
    assert_eq!(
        scratch.show(&error),
        format!(
            "the archive `DIR/NAME` has the SHA-256 {found}, but {expected} is expected\nhint: \
             fetch the archive again if its download may have broken off; if it is the right one, \
             give its SHA-256 as `sha256`"
        )
    );
    assert!(scratch.unpacked().is_empty());
    scratch.assert_usable();
}

#[test]
fn an_archive_that_does_not_exist_is_named() {
    let scratch = Scratch::new();
    let path = scratch.folder.path().join(NAME);
    let request = DistributionRequest::LocalPath { path, sha256: sha256(b"") };
    let error = scratch.request(&request).unwrap_err();
    assert_eq!(
        scratch.show(&error),
        "the archive `DIR/NAME` cannot be read\ncause: failed to open file `DIR/NAME`: No such \
         file or directory (os error 2)\nhint: `local_path` names the archive"
    );
}

#[test]
fn a_truncated_archive_is_refused_wherever_it_is_cut() {
    // Bytes that do not compress, so that cuts fall into the content of entries.
    let mut state = 1_u32;
    let noise = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    });
    let mut entries = entries_of(&published_json());
    entries.push(Entry::file("python/noise", noise.take(300_000).collect::<Vec<_>>()));
    let whole = zstd(&tar(&entries));
    for length in [5, 100, 2_000, whole.len() / 2, whole.len() - 1] {
        let scratch = Scratch::new();
        let shown = scratch.failure(&whole[..length]);
        let lines: Vec<_> = shown.lines().collect();
        assert_eq!(lines[0], "the archive `DIR/NAME` is cut short", "{length}: {shown}");
        assert_eq!(lines.last(), Some(&AGAIN));
        assert_eq!(scratch.unpacked().len(), 1, "the good one alone");
    }
}

#[test]
fn a_tar_that_ends_within_an_entry_is_cut_short() {
    let mut entries = entries_of(&published_json());
    entries.push(Entry::file("python/last", vec![1; 5000]));
    let whole = tar(&entries);
    let cut = zstd(&whole[..whole.len() - 1024 - 3000]);
    let shown = Scratch::new().failure(&cut);
    assert!(shown.starts_with("the archive `DIR/NAME` is cut short\ncause: "), "{shown}");
}

#[test]
fn damaged_data_is_refused() {
    let mut data = good();
    let middle = data.len() / 2;
    data[middle..middle + 40].fill(0xff);
    let shown = Scratch::new().failure(&data);
    assert!(shown.starts_with("the archive `DIR/NAME` is damaged\ncause: "), "{shown}");
    assert!(shown.ends_with(AGAIN), "{shown}");
}

#[test]
fn what_is_not_zstandard_is_refused_by_its_name() {
    let page = b"<!DOCTYPE html><title>Not Found</title>".to_vec();
    for (data, found) in [
        (b"\x1f\x8b\x08\x00\x00".to_vec(), "gzip data"),
        (tar(&entries_of(&published_json())), "an uncompressed tar archive"),
        (page, "an HTML or XML page"),
        (b"PK\x03\x04".to_vec(), "a zip file"),
        (Vec::new(), "an empty file"),
        (b"hello".to_vec(), "something else"),
    ] {
        assert_eq!(
            Scratch::new().failure(&data),
            format!(
                "the archive `DIR/NAME` is not compressed with Zstandard: it is {found}\n{FULL}"
            )
        );
    }
}

#[test]
fn what_is_not_a_tar_archive_is_refused() {
    for data in [vec![b'x'; 4096], b"short".to_vec()] {
        let shown = Scratch::new().failure(&zstd(&data));
        assert!(
            shown.starts_with("the archive `DIR/NAME` holds no tar archive\ncause: "),
            "{shown}"
        );
        assert!(shown.ends_with(FULL), "{shown}");
    }
    let empty = format!("the archive `DIR/NAME` holds no tar archive\n{FULL}");
    assert_eq!(Scratch::new().failure(&zstd(b"")), empty);
    assert_eq!(Scratch::new().failure(&zstd(&[0; 1024])), empty);
}

#[test]
fn a_damaged_header_is_refused_after_the_entry_before_it() {
    let mut data = tar(&[Entry::file("python/one", ""), Entry::file("python/two", "")]);
    data[512 + 148] = b'9';
    let shown = Scratch::new().failure(&zstd(&data));
    let start = "the archive `DIR/NAME` is damaged after the entry `python/one`\ncause: ";
    assert!(shown.starts_with(start), "{shown}");
}

#[test]
fn entries_that_leave_by_their_path_are_refused() {
    let file = |name: &str| failure_with(&[Entry::file(name, "")]);
    assert_eq!(file("/tmp/evil"), refused("/tmp/evil", "has an absolute path"));
    assert_eq!(file("../evil"), refused("../evil", "leaves its folder by `..`"));
    assert_eq!(
        file("python/../../../evil"),
        refused("python/../../../evil", "leaves its folder by `..`")
    );
    assert_eq!(file("evil"), refused("evil", "is not in the folder `python`"));
    let folder = Entry::new("python/../../evil/", tar::EntryType::Directory);
    assert_eq!(failure_with(&[folder]), refused("python/../../evil/", "leaves its folder by `..`"));
}

#[test]
fn symbolic_links_that_leave_are_refused() {
    for (name, target) in [
        ("python/link", "/etc/passwd"),
        ("python/link", ".."),
        ("python/install/link", "../../evil"),
        ("python/install/link", "bin/../../../evil"),
        // Inside by its letters alone; but the first link makes it lead out.
        ("python/link", "install/bin/up/../.."),
    ] {
        let shown = failure_with(&[
            Entry::symlink("python/install/bin/up", "../.."),
            Entry::symlink(name, target),
        ]);
        let problem = format!("is a symbolic link to `{target}`, which leaves its folder");
        assert_eq!(shown, refused(name, &problem));
    }
}

#[test]
fn symbolic_links_within_are_kept() {
    let mut entries = entries_of(&published_json());
    entries.push(Entry::symlink("python/install/lib/link", "../../build/Modules"));
    entries.push(Entry::symlink("python/top", "."));
    let root = Scratch::new().resolve(&zstd(&tar(&entries))).unwrap().root;
    assert!(root.ends_with("python"));
}

#[test]
fn entries_below_links_are_refused() {
    assert_eq!(
        failure_with(&[
            Entry::symlink("python/install/lib/link", "../../build"),
            Entry::file("python/install/lib/link/evil", ""),
        ]),
        refused("python/install/lib/link/evil", "goes through the symbolic link `link`")
    );
    assert_eq!(
        failure_with(&[Entry::file("python/PYTHON.json/evil", "")]),
        refused("python/PYTHON.json/evil", "lies below a file")
    );
}

#[test]
fn a_file_replaces_a_link_of_its_name_instead_of_following_it() {
    let mut entries = entries_of(&published_json());
    entries.push(Entry::symlink("python/link", "install/lib/python3.13/os.py"));
    entries.push(Entry::file("python/link", "new"));
    let scratch = Scratch::new();
    let root = scratch.resolve(&zstd(&tar(&entries))).unwrap().root;
    let read = |path: &str| fs::read_to_string(root.join(path)).unwrap();
    assert_eq!(read("link"), "new");
    assert_eq!(read("install/lib/python3.13/os.py"), "name = 'posix'\n");
}

#[test]
fn hard_links_that_leave_are_refused() {
    for (target, why) in [
        ("/etc/passwd", "has an absolute path"),
        ("../evil", "leaves its folder by `..`"),
        ("python/../../evil", "leaves its folder by `..`"),
        ("evil", "is not in the folder `python`"),
    ] {
        let shown = failure_with(&[Entry::hard_link("python/hard", target)]);
        let problem = format!("is a hard link to `{target}`, which {why}");
        assert_eq!(shown, refused("python/hard", &problem));
    }
    for target in ["python/later", "python/install", "python/link", "python/links/PYTHON.json"] {
        let shown = failure_with(&[
            Entry::symlink("python/link", "PYTHON.json"),
            Entry::symlink("python/links", "."),
            Entry::hard_link("python/hard", target),
        ]);
        let problem =
            format!("is a hard link to `{target}`, which is not an earlier file of the archive");
        assert_eq!(shown, refused("python/hard", &problem));
    }
}

#[test]
fn devices_and_pipes_are_refused() {
    for (kind, letter) in
        [(tar::EntryType::Char, '3'), (tar::EntryType::Block, '4'), (tar::EntryType::Fifo, '6')]
    {
        let problem = format!("is neither file, folder nor link (type `{letter}`)");
        assert_eq!(failure_with(&[Entry::new("python/d", kind)]), refused("python/d", &problem));
    }
}

#[test]
fn an_archive_without_python_json_is_refused() {
    let shown = Scratch::new().failure(&zstd(&tar(&[Entry::file("python/README", "")])));
    assert_eq!(shown, format!("the archive `DIR/NAME` has no `python/PYTHON.json`\n{FULL}"));
    let installed = [Entry::executable("python/bin/python3.13")];
    assert_eq!(
        Scratch::new().failure(&zstd(&tar(&installed))),
        "the archive `DIR/NAME` has no `python/PYTHON.json`\nhint: this looks like an \
         `install_only` archive, which has no object files; give a full archive of \
         python-build-standalone, whose name ends in `-full.tar.zst`"
    );
}

#[test]
fn another_target_is_refused() {
    let mut json = published_json();
    json["target_triple"] = "aarch64-apple-darwin".into();
    let scratch = Scratch::new();
    let error = scratch.resolve(&zstd(&tar(&entries_of(&json)))).unwrap_err();
    assert!(matches!(error, DistributionError::WrongTarget { .. }));
    assert_eq!(
        scratch.show(&error),
        format!(
            "the distribution in `DIR/NAME` is for aarch64-apple-darwin, the build is for \
             {TARGET}\nhint: choose the archive whose name has `{TARGET}` in it"
        )
    );
    scratch.assert_usable();
}

#[test]
fn a_cache_that_cannot_be_written_to_is_named() {
    let scratch = Scratch::new();
    fs::write(scratch.folder.path().join("cache"), "a file").unwrap();
    let error = scratch.resolve(&good()).unwrap_err();
    let shown = scratch.show(&error);
    assert!(shown.starts_with("the cache folder `DIR/cache/locks` cannot be used\n"), "{shown}");
    assert!(shown.contains("PYOXIDIZER_CACHE"), "{shown}");
    assert_eq!(names_in(scratch.folder.path()).len(), 2);
}

#[test]
fn hashing_and_unpacking_show_their_progress() {
    let scratch = Scratch::new();
    let notes = Notes::default();
    let (path, sha256) = scratch.write(&good());
    unpack(&path, &sha256, &scratch.cache, &notes).unwrap();
    let short = short_name(&path);
    assert_eq!(notes.lines(), [format!("[checking {short}]"), format!("[unpacking {short}]")]);
    unpack(&path, &sha256, &scratch.cache, &Silent).unwrap();
}

#[test]
fn an_install_only_archive_is_told_what_it_lacks_and_which_one_has_it() {
    let hint = |name: &str, found: &'static str| {
        ArchiveError::NotZstd { path: PathBuf::from(name), found }.hint().unwrap()
    };
    insta::assert_snapshot!(hint("/a/cpython-3.13.17+20261021-x86_64-unknown-linux-gnu-install_only.tar.gz", "gzip data"), @"an `install_only` archive holds no object files and libraries to link; give the full one of the same release, `cpython-3.13.17+20261021-x86_64-unknown-linux-gnu-pgo+lto-full.tar.zst`");
    insta::assert_snapshot!(hint("cpython-3.13.17+20261021-x86_64-pc-windows-msvc-install_only_stripped.tar.gz", "gzip data"), @"an `install_only` archive holds no object files and libraries to link; give the full one of the same release, `cpython-3.13.17+20261021-x86_64-pc-windows-msvc-pgo-full.tar.zst`");
    insta::assert_snapshot!(hint("python.tar.gz", "gzip data"), @"give a full archive of python-build-standalone, whose name ends in `-full.tar.zst`");
    let path =
        PathBuf::from("cpython-3.13.17+20261021-x86_64-unknown-linux-musl-install_only.tar.zst");
    let error = ArchiveError::NoPythonJson { path, install_only: true };
    insta::assert_snapshot!(error.hint().unwrap(), @"this looks like an `install_only` archive, which has no object files; give a full archive of python-build-standalone, whose name ends in `-full.tar.zst`");
}
