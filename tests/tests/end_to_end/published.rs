//! Archives as python-build-standalone publishes them, from a web server in the place of GitHub's.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use end_to_end::root::Root;
use end_to_end::server::{Answer, Request, Server};
use end_to_end::{Application, Profile, Project, distribution, scratch_folder};
use fs_err as fs;
use pyrepackager::cache::Cache;
use pyrepackager::distribution::build::BuildRequest;
use serde_json::{Value, json};

use crate::command::COMMAND;

/// Where GitHub has the files of a release, and where it sends those who ask for one.
const RELEASES: &str = "/astral-sh/python-build-standalone/releases/download/20261021/";
const STORAGE: &str =
    "/github-production-release-asset/162334160/5b0d?sp=r&sv=2018-11-09&sig=a%2Bb%2Fc%3D&file=";

/// Runs what the archives' libraries and core are for.
const SCRIPT: &str = "\
import sys
import binascii, ctypes, curses, curses.panel, decimal, hashlib, lzma, sqlite3, ssl, zlib
print('hello world', sys.version_info[:2], ssl.OPENSSL_VERSION.split()[0], hex(binascii.crc32(b'x')))
";
const SAYS: &str = "hello world (3, 13) OpenSSL 0x8cdc1683\n";

/// An archive of the published shape, and the one that it is made of.
struct Published {
    archive: PathBuf,
    sha256: String,
}

impl Published {
    fn of(archive: &Path, name: &str) -> Self {
        let folder = scratch_folder().join("published").join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder).unwrap();
        }
        fs::create_dir_all(&folder).unwrap();
        let archive = published::reshape(archive, &folder).unwrap().archive;
        let sha256 = distribution::sha256(&archive).unwrap();
        Self { archive, sha256 }
    }
}

/// The archive that the builder makes of this machine's Python.
static BUILT: LazyLock<PathBuf> = LazyLock::new(|| {
    distribution::distribution().unwrap();
    let cache = Cache::from_env().unwrap();
    let recipe = BuildRequest::plain(distribution::VERSION).recipe();
    let folder = cache.folder(&format!("archives/built/{recipe}")).unwrap();
    let mut files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.find(|path| path.extension().is_some_and(|end| end == "zst")).unwrap()
});

/// Machine code, links in the publisher's order, texts that are not there.
static NATIVE: LazyLock<Published> = LazyLock::new(|| Published::of(&BUILT, "native"));

/// As GitHub: a redirect to a signed URL on a storage server, which breaks off the first time.
fn like_github(archive: PathBuf) -> Server {
    Server::start(move |request: &Request, before| {
        if request.target.starts_with(RELEASES) {
            // A URL without a host leads to the same server.
            return Answer::Redirect(format!("{STORAGE}archive"));
        }
        let cut = (before == 1).then_some(3_000_000);
        Answer::File { path: archive.clone(), etag: "0x8DC", cut }
    })
    .unwrap()
}

/// A list with one archive.
fn list(folder: &Path, server: &Server, name: &str, format: &str, sha256: &str) -> PathBuf {
    let url = server.url(&format!("{RELEASES}{}", name.replace('+', "%2B")));
    let host = distribution::host();
    let path = folder.join("archives.tsv");
    fs::write(&path, format!("# A list.\n3.13\t{host}\t{format}\t{sha256}\t{url}\n")).unwrap();
    path
}

/// An empty cache, but for what Cargo has compiled, which is the same for every distribution.
fn empty_cache(folder: &Path) -> PathBuf {
    let cache = folder.join("cache");
    fs::create_dir_all(&cache).unwrap();
    let usual = Cache::from_env().unwrap().folder("runtimes-target").unwrap();
    fs_err::os::unix::fs::symlink(usual, cache.join("runtimes-target")).unwrap();
    cache
}

#[test]
fn the_command_makes_an_executable_of_a_published_archive() {
    let command = &*COMMAND;
    let published = Published::of(&distribution::bitcode_archive().unwrap(), "bitcode");
    let folder = tempfile::tempdir().unwrap();
    let server = like_github(published.archive.clone());
    let name = published.archive.file_name().unwrap().to_str().unwrap();
    let list = list(folder.path(), &server, name, "llvm-bitcode:14.0.6", &published.sha256);
    fs::write(folder.path().join("hello.py"), SCRIPT).unwrap();
    let mut build = Command::new(command);
    build.args(["build", "hello.py"]).current_dir(folder.path());
    build.env("PYOXIDIZER_CACHE", empty_cache(folder.path())).env("PYOXIDIZER_DISTRIBUTIONS", list);
    let output = build.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("breaks off after 3000000 bytes"), "{said}");
    let storage = server.requests().into_iter().filter(|r| r.target.starts_with(STORAGE));
    let parts: Vec<_> = storage.map(|request| request.from).collect();
    assert_eq!(parts, [None, Some(3_000_000)], "the download is resumed");
    let made = Application::at(folder.path().join("hello"));
    assert_eq!(made.succeed([""; 0]).unwrap(), SAYS);
    assert_eq!(Root::new(&made, &[]).unwrap().run(&[]).unwrap().stdout, SAYS);
}

#[test]
fn cargo_links_a_published_archive_with_every_linker() {
    let config = "[python_distribution]\nversion = \"3.13\"\n\n\
                  [[python_packages]]\ntype = \"stdlib\"\n\n\
                  [[python_packages]]\ntype = \"package-root\"\npath = \".\"\n\
                  packages = [\"hello\"]\n\n\
                  [python_run]\nmode = \"module\"\nmodule = \"hello\"\n";
    let project = Project::new("published", config).unwrap().with("hello.py", SCRIPT).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let server = like_github(NATIVE.archive.clone());
    let name = NATIVE.archive.file_name().unwrap().to_str().unwrap();
    let list = list(folder.path(), &server, name, "elf", &NATIVE.sha256);
    for linker in [&[][..], &["-Clinker-features=-lld"]] {
        let mut build = project.cargo(Profile::Dev).with_rustc_arguments(linker);
        build.command.env("PYOXIDIZER_CACHE", folder.path().join("cache"));
        build.command.env("PYOXIDIZER_DISTRIBUTIONS", &list);
        let application = build.run().unwrap().expect_application().unwrap();
        assert_eq!(application.succeed([""; 0]).unwrap(), SAYS, "{linker:?}");
    }
}

/// A change of what `PYTHON.json` says.
type Change = fn(&mut Value);

/// An archive of small files that has what a published one of 3.13 has, after a change of what its
/// `PYTHON.json` says, and without the files that `leaves_out` names.
fn small_archive(change: Change, leaves_out: &[&str]) -> Vec<u8> {
    let row = published::Row::new("3.13", &distribution::host()).unwrap();
    let mut json = published::python_json(row).unwrap();
    let mut files = published::named_files(&json);
    change(&mut json);
    for path in leaves_out {
        files.remove(*path);
    }
    files.insert("install/lib/python3.13/os.py".to_owned());
    files.insert("install/include/python3.13/Python.h".to_owned());
    let mut archive = tar::Builder::new(Vec::new());
    let mut add = |path: &str, content: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o755);
        archive.append_data(&mut header, format!("python/{path}"), content).unwrap();
    };
    if !leaves_out.contains(&"PYTHON.json") {
        add("PYTHON.json", &serde_json::to_vec(&json).unwrap());
    }
    files.iter().for_each(|path| add(path, path.as_bytes()));
    zstd::encode_all(archive.into_inner().unwrap().as_slice(), 1).unwrap()
}

/// What a server has in the place of an archive, and the words about it.
struct Spoilt {
    /// `None` where the server has nothing.
    content: Option<Vec<u8>>,
    /// Whether the list has the hash of what is there.
    is_listed: bool,
    /// Whether the server breaks off whenever it is asked.
    is_cut: bool,
    words: &'static str,
}

impl Spoilt {
    fn new(content: Vec<u8>, words: &'static str) -> Self {
        Self { content: Some(content), is_listed: true, is_cut: false, words }
    }
}

#[test]
fn a_spoilt_archive_is_no_reason_to_fail() {
    let nothing: Change = |_| {};
    let good = || small_archive(nothing, &[]);
    let cases = [
        Spoilt { content: None, ..Spoilt::new(Vec::new(), "the server answers with status 404") },
        Spoilt { is_cut: true, ..Spoilt::new(good(), "breaks off after") },
        Spoilt { is_listed: false, ..Spoilt::new(good(), "is expected") },
        Spoilt::new(b"<html>Sign in</html>".to_vec(), "it is an HTML or XML page"),
        Spoilt::new(b"\x1f\x8b\x08 and so on".to_vec(), "it is gzip data"),
        Spoilt::new(good()[..5000].to_vec(), "is cut short"),
        Spoilt::new(small_archive(nothing, &["PYTHON.json"]), "has no `python/PYTHON.json`"),
        Spoilt::new(small_archive(|json| json["version"] = json!("9"), &[]), "format 9"),
        Spoilt::new(
            small_archive(nothing, &["build/Python/ceval.o"]),
            "names `build/Python/ceval.o`, which the distribution lacks",
        ),
        Spoilt::new(
            small_archive(|json| json["python_abi_tag"] = json!("t"), &[]),
            "is a free-threaded one",
        ),
        Spoilt::new(
            small_archive(|json| json["target_triple"] = json!("armv7-unknown-linux-gnueabi"), &[]),
            "is for armv7-unknown-linux-gnueabi",
        ),
        Spoilt::new(
            small_archive(
                |json| json["build_info"]["object_file_format"] = json!("llvm-bitcode:99.0.0"),
                &[],
            ),
            "bitcode of LLVM 99.0.0",
        ),
    ];
    for (number, case) in cases.iter().enumerate() {
        falls_back(number, case);
    }
}

/// That `pyoxidizer dist get` says what is wrong, and takes the next way: building. Nothing is built
/// here, as another process has done that while this one was downloading.
fn falls_back(number: usize, case: &Spoilt) {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cache");
    let recipe = BuildRequest::plain(distribution::VERSION).recipe();
    let built = Cache::at(&cache).folder(&format!("archives/built/{recipe}")).unwrap();
    let file = folder.path().join("spoilt");
    fs::write(&file, case.content.as_deref().unwrap_or_default()).unwrap();
    let sha256 = if case.is_listed { distribution::sha256(&file).unwrap() } else { "0".repeat(64) };
    let (is_there, is_cut) = (case.content.is_some(), case.is_cut);
    let server = Server::start(move |_, _| {
        let destination = built.join(BUILT.file_name().unwrap());
        if !destination.exists() {
            fs::copy(&*BUILT, destination).unwrap();
        }
        match is_there {
            true => Answer::File { path: file.clone(), etag: "1", cut: is_cut.then_some(10) },
            false => Answer::Status(404),
        }
    })
    .unwrap();
    let name = "cpython-3.13.17+20261021-spoilt-full.tar.zst";
    let list = list(folder.path(), &server, name, "elf", &sha256);
    let mut get = Command::new(&*COMMAND);
    get.args(["dist", "get"]).env("PYOXIDIZER_CACHE", cache).env("PYOXIDIZER_DISTRIBUTIONS", list);
    let output = get.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{number}: {said}");
    // On a slow machine, what takes long is shown, too.
    let is_reason = |line: &&str| line.starts_with("note: ") && !line.contains("trying again");
    let reasons: Vec<&str> = said.lines().filter(is_reason).collect();
    assert_eq!(reasons.len(), 1, "{number}: one line says why: {said}");
    assert!(reasons[0].contains(case.words), "{number}: {said}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("CPython 3.13.5"), "{number}");
}

#[test]
fn a_list_that_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("archives.tsv");
    fs::write(&list, "3.13\tx\n").unwrap();
    let said = |list: &str| {
        let mut get = Command::new(&*COMMAND);
        get.args(["dist", "get"]).env("PYOXIDIZER_CACHE", folder.path().join("cache"));
        let output = get.env("PYOXIDIZER_DISTRIBUTIONS", list).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let error = said(list.to_str().unwrap());
    assert!(error.contains("archives.tsv`, line 1: it has 2 columns"), "{error}");
    assert!(error.contains("separated by tabs"), "{error}");
    let error = said("archives.tsv");
    assert!(error.contains("not an absolute path"), "{error}");
}
