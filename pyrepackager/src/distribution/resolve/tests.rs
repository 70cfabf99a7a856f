use fs_err as fs;

use super::super::fetch::tests::{Server, send};
use super::super::testing::{
    NAME, Notes, Scratch, TARGET, entries_of, published_json, sha256, tar, zstd,
};
use super::*;

const VERSION: PythonVersion = PythonVersion { major: 3, minor: 13 };

fn any_bitcode(target: &str) -> Purpose<'_> {
    Purpose { target, bitcode: BitcodeSupport::ANY }
}

fn good() -> Vec<u8> {
    zstd(&tar(&entries_of(&published_json())))
}

/// A server that has the good archive.
fn server() -> Server {
    let archive = good();
    Server::new(move |_, stream| send(stream, "200 OK", &archive, archive.len()))
}

fn url_of(server: &Server, digest: Sha256Digest) -> DistributionRequest {
    DistributionRequest::Url { url: server.url(&NAME.replace('+', "%2B")), sha256: digest }
}

#[test]
fn a_url_is_downloaded_once() {
    let (scratch, server) = (Scratch::new(), server());
    let digest = sha256(&good());
    let first = scratch.request(&url_of(&server, digest)).unwrap();
    let second = scratch.request(&url_of(&server, digest)).unwrap();
    assert_eq!((first.root, first.archive_sha256), (second.root, digest));
    assert_eq!(server.requests(), 1);
    assert!(scratch.cache.root().join(format!("archives/{digest}/{NAME}")).is_file());
    scratch.assert_usable();
}

#[test]
fn parallel_builds_download_once() {
    let (scratch, server) = (Scratch::new(), server());
    let request = url_of(&server, sha256(&good()));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| scratch.request(&request).unwrap());
        }
    });
    assert_eq!(server.requests(), 1);
}

#[test]
fn a_download_that_is_not_the_expected_one_leaves_nothing() {
    let (scratch, server) = (Scratch::new(), server());
    let expected = sha256(b"another");
    let error = scratch.request(&url_of(&server, expected)).unwrap_err();
    let url = server.url(&NAME.replace('+', "%2B"));
    let found = sha256(&good());
    assert_eq!(
        scratch.show(&error),
        format!(
            "`{url}` has the SHA-256 {found}, but {expected} is expected\nhint: if the URL is \
             right and trusted, give the SHA-256 of its file as `sha256`"
        )
    );
    assert!(scratch.unpacked().is_empty());
    scratch.request(&url_of(&server, found)).unwrap();
    scratch.assert_usable();
}

#[test]
fn a_downloaded_archive_that_was_damaged_is_downloaded_again() {
    let (scratch, server) = (Scratch::new(), server());
    let digest = sha256(&good());
    let request = url_of(&server, digest);
    scratch.request(&request).unwrap();
    fs::remove_dir_all(scratch.cache.root().join("distributions")).unwrap();
    fs::write(scratch.cache.root().join(format!("archives/{digest}/{NAME}")), "bad").unwrap();
    scratch.request(&request).unwrap();
    assert_eq!(server.requests(), 2);
    scratch.assert_usable();
}

#[test]
fn a_url_where_nobody_answers_leaves_a_usable_cache() {
    let scratch = Scratch::new();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{free}/archive.tar.zst");
    let request = DistributionRequest::Url { url: url.clone(), sha256: sha256(b"") };
    let shown = scratch.show(&scratch.request(&request).unwrap_err());
    assert!(shown.starts_with(&format!("`{url}` cannot be reached\ncause: ")), "{shown}");
    assert!(shown.contains("\nhint: look at the network"), "{shown}");
    scratch.assert_usable();
}

#[test]
fn a_version_is_taken_from_what_was_downloaded() {
    let (scratch, server) = (Scratch::new(), server());
    let downloaded = scratch.request(&url_of(&server, sha256(&good()))).unwrap();
    let notes = Notes::default();
    let request = DistributionRequest::Version(VERSION);
    let found = scratch.linked(&request, BitcodeSupport::ANY, &notes).unwrap();
    assert_eq!(found.root, downloaded.root);
    assert_eq!(notes.lines(), [""; 0], "no step was passed over");
}

#[test]
fn a_version_is_taken_from_what_a_person_put_there() {
    let scratch = Scratch::new();
    let folder = scratch.cache.folder("archives").unwrap();
    fs::write(folder.join(NAME), good()).unwrap();
    let found = scratch.request(&DistributionRequest::Version(VERSION)).unwrap();
    assert_eq!(found.archive_sha256, sha256(&good()));
}

#[test]
fn a_cached_archive_of_no_use_is_passed_over_with_the_reason() {
    let scratch = Scratch::new();
    let folder = scratch.cache.folder("archives").unwrap();
    let newer = NAME.replace("3.13.17", "3.13.18");
    fs::write(folder.join(&newer), "rubbish").unwrap();
    fs::write(folder.join(NAME), good()).unwrap();
    let notes = Notes::default();
    let request = DistributionRequest::Version(VERSION);
    scratch.linked(&request, BitcodeSupport::ANY, &notes).unwrap();
    assert_eq!(
        notes.lines().iter().find(|line| !line.starts_with('[')).unwrap(),
        &format!(
            "CPython 3.13 for {TARGET}: the archive `{}` is not compressed with Zstandard: it is \
             something else",
            folder.join(newer).display()
        )
    );
}

#[test]
fn a_cached_archive_with_another_python_than_its_name_says_is_passed_over() {
    let scratch = Scratch::new();
    let folder = scratch.cache.folder("archives").unwrap();
    let wrong = folder.join(NAME.replace("3.13.17", "3.13.18"));
    let mut json = published_json();
    json["python_version"] = "3.12.1".into();
    json["python_major_minor_version"] = "3.12".into();
    fs::write(&wrong, zstd(&tar(&entries_of(&json)))).unwrap();
    fs::write(folder.join(NAME), good()).unwrap();
    let notes = Notes::default();
    let request = DistributionRequest::Version(VERSION);
    let found = scratch.linked(&request, BitcodeSupport::ANY, &notes).unwrap();
    assert_eq!(found.full_version, "3.13.17");
    let line =
        format!("CPython 3.13 for {TARGET}: `{}` holds CPython 3.12.1, not 3.13", wrong.display());
    assert!(notes.lines().contains(&line));
}

#[cfg(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64"))]
#[test]
fn a_build_is_taken_from_an_earlier_one() {
    let scratch = Scratch::new();
    let recipe = BuildRequest::plain(VERSION).recipe();
    let folder = scratch.cache.folder(&format!("archives/built/{recipe}")).unwrap();
    fs::write(folder.join(format!("cpython-3.13.17-{TARGET}-noopt-full.tar.zst")), good()).unwrap();
    let found = scratch.request(&DistributionRequest::Build(VERSION)).unwrap();
    assert_eq!(found.archive_sha256, sha256(&good()));
}

#[test]
fn a_build_is_never_taken_from_a_download() {
    let scratch = Scratch::new();
    let target = "riscv64gc-unknown-linux-gnu";
    let mut json = published_json();
    json["target_triple"] = target.into();
    let folder = scratch.cache.folder("archives").unwrap();
    let archive = zstd(&tar(&entries_of(&json)));
    fs::write(folder.join(NAME.replace(TARGET, target)), archive).unwrap();
    let notes = Notes::default();
    let resolve = |request| resolve(&request, any_bitcode(target), &scratch.cache, &notes);
    resolve(DistributionRequest::Version(VERSION)).unwrap();
    let error = resolve(DistributionRequest::Build(VERSION)).unwrap_err();
    assert!(matches!(error, DistributionError::ForeignTarget { .. }), "{error}");
}

#[test]
fn what_is_neither_published_nor_of_this_machine_is_refused_with_reasons() {
    let scratch = Scratch::new();
    let notes = Notes::default();
    let version = PythonVersion { major: 3, minor: 99 };
    let target = "riscv64gc-unknown-none-elf";
    let request = DistributionRequest::Version(version);
    let error = resolve(&request, any_bitcode(target), &scratch.cache, &notes).unwrap_err();
    assert_eq!(
        scratch.show(&error),
        format!(
            "no distribution of CPython 3.99 for {target} can be used:\n  no published archive of it is \
             known\n  CPython 3.99 for {target} cannot be built on this machine\nhint: give \
             `local_path` or `url` of a full python-build-standalone archive for {target}"
        )
    );
    let note = format!("CPython 3.99 for {target}: no published archive of it is known");
    assert_eq!(notes.lines(), [note]);
}

#[test]
fn what_the_caller_finds_unusable_counts_as_not_there() {
    let scratch = Scratch::new();
    let folder = scratch.cache.folder("archives").unwrap();
    let newer = folder.join(NAME.replace("3.13.17", "3.13.18"));
    let mut json = published_json();
    json["python_version"] = "3.13.18".into();
    fs::write(&newer, zstd(&tar(&entries_of(&json)))).unwrap();
    fs::write(folder.join(NAME), good()).unwrap();
    let request = DistributionRequest::Version(VERSION);
    let run = |reject: fn(DistributionError) -> Rejection<DistributionError>| {
        let notes = Notes::default();
        let accept = |found: &Distribution| match found.full_version.as_str() {
            "3.13.18" => {
                Err(reject(DistributionError::FreeThreaded { archive: "example".to_owned() }))
            }
            version => Ok(version.to_owned()),
        };
        let cache = &scratch.cache;
        let found = resolve_with(&request, any_bitcode(TARGET), cache, &notes, accept);
        (found.map(|(_, accepted)| accepted), notes.lines())
    };
    let (accepted, lines) = run(Rejection::Unusable);
    assert_eq!(accepted.unwrap(), "3.13.17");
    let note = format!(
        "CPython 3.13 for {TARGET}: `{}`: the distribution in `example` is a free-threaded one, which is \
         not supported yet",
        newer.display()
    );
    assert!(lines.contains(&note), "{lines:?}");
    let (accepted, _) = run(Rejection::Final);
    assert!(matches!(accepted, Err(DistributionError::FreeThreaded { .. })));
}

#[test]
fn cached_bitcode_is_passed_over_by_a_linker_that_cannot_take_it() {
    let scratch = Scratch::new();
    let folder = scratch.cache.folder("archives").unwrap();
    fs::write(folder.join(NAME), good()).unwrap();
    // What it is made of counts, not only what it is called.
    let misnamed = NAME.replace("pgo+lto", "pgo");
    fs::write(folder.join(&misnamed), good()).unwrap();
    let native = NAME.replace("pgo+lto", "noopt");
    let mut json = published_json();
    json["build_info"]["object_file_format"] = "elf".into();
    let archive = zstd(&tar(&entries_of(&json)));
    fs::write(folder.join(&native), &archive).unwrap();
    let request = DistributionRequest::Version(VERSION);
    let older = BitcodeSupport::UpTo("21.1.8".parse().unwrap());
    for (support, reason) in [
        (BitcodeSupport::No, "are LLVM bitcode, and there is no linker that reads it"),
        (older, "are bitcode of LLVM 22.1.3, the linker has LLVM 21.1.8"),
    ] {
        let notes = Notes::default();
        let found = scratch.linked(&request, support, &notes).unwrap();
        assert_eq!(found.archive_sha256, sha256(&archive));
        let lines = notes.lines();
        let unpacked = |line: &String| line.starts_with('[');
        let expected = [NAME, &misnamed].map(|name| {
            let path = folder.join(name);
            format!("CPython 3.13 for {TARGET}: the objects in `{}` {reason}", path.display())
        });
        let lines: Vec<_> = lines.into_iter().filter(|line| !unpacked(line)).collect();
        assert_eq!(lines.len(), 2);
        assert!(
            lines.iter().zip(&expected).all(|(line, start)| line.starts_with(start)),
            "{lines:?}"
        );
    }
    let newer = BitcodeSupport::UpTo("22.0.0".parse().unwrap());
    let found = scratch.linked(&request, newer, &Notes::default()).unwrap();
    assert_eq!(found.archive_sha256, sha256(&good()), "the best one is taken where it links");
}

#[test]
fn published_bitcode_is_not_downloaded_for_a_linker_that_reads_none() {
    let scratch = Scratch::new();
    let notes = Notes::default();
    // Not this machine, so that nothing is built either.
    let target = ["aarch64-unknown-linux-gnu", TARGET]
        .into_iter()
        .find(|target| !is_this_machine(target))
        .unwrap();
    let request = DistributionRequest::Version(VERSION);
    let purpose = Purpose { target, bitcode: BitcodeSupport::No };
    let error = resolve(&request, purpose, &scratch.cache, &notes).unwrap_err();
    assert!(matches!(error, DistributionError::NoneUsable { .. }), "{error}");
    let url = pinned::pinned(VERSION, target).unwrap().unwrap().url;
    let lines = notes.lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    let reason = format!(
        "CPython 3.13 for {target}: the objects in `{url}` are LLVM bitcode, and there is no linker \
         that reads it (hint: install Rust with rustup"
    );
    assert!(lines[0].starts_with(&reason), "{lines:?}");
}

#[test]
fn an_archive_that_is_named_is_refused_by_a_linker_that_cannot_take_it() {
    let scratch = Scratch::new();
    let (path, sha256) = scratch.write(&good());
    let request = DistributionRequest::LocalPath { path, sha256 };
    let error = scratch.linked(&request, BitcodeSupport::No, &Notes::default()).unwrap_err();
    assert!(matches!(error, DistributionError::NoBitcodeLinker { .. }), "{error}");
    scratch.assert_usable();
}

#[test]
fn the_machine_that_runs_this_is_known() {
    if cfg!(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64")) {
        assert!(is_this_machine(TARGET));
    }
    assert!(!is_this_machine("x86_64-unknown-none"));
    assert!(!is_this_machine("x86_64-unknown-linux-musl"));
}

/// A feature that the table names and the macro does not know would be missing everywhere.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
fn the_features_of_this_processor_are_known() {
    let flags = fs::read_to_string("/proc/cpuinfo").unwrap();
    let has = |flag: &str| flags.split_whitespace().any(|word| word == flag);
    // The kernel's names: pni is sse3, cx16 cmpxchg16b, abm lzcnt.
    let levels = [
        (X86Level::V2, &["cx16", "popcnt", "pni", "sse4_1", "sse4_2", "ssse3"][..]),
        (X86Level::V3, &["avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe"][..]),
        (X86Level::V4, &["avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"][..]),
    ];
    let mut all = true;
    for (level, flags) in levels {
        all &= flags.iter().all(|flag| has(flag));
        assert_eq!(missing_features(level).is_empty(), all, "{level}");
    }
}
