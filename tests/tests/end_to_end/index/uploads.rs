//! Programs that bring to the index.

use std::path::Path;
use std::process::Command;

use fs_err as fs;

use super::{Served, Shelf, fail, succeed, write_wheel};

const UPLOAD: &str = "an-upload-token-of-tests";
const READ: &str = "a-read-token-of-tests";

/// A shelf whose server asks for tokens, and wheels to bring.
fn guarded() -> (Shelf, Served, tempfile::TempDir) {
    let shelf = Shelf::new();
    let upload = shelf.write("upload-tokens", &format!("# of tests\n{UPLOAD}\n"));
    let read = shelf.write("read-tokens", READ);
    let (upload, read) = (upload.to_str().unwrap(), read.to_str().unwrap());
    let served = shelf.serve(&["--upload-token-file", upload, "--read-token-file", read]);
    (shelf, served, tempfile::tempdir().unwrap())
}

fn twine(shelf: &Shelf, served: &Served, token: &str, wheel: &Path) -> Command {
    let mut twine = shelf.client("twine");
    twine.args(["upload", "--non-interactive", "--disable-progress-bar", "--verbose"]);
    twine.args(["-u", "__token__", "-p", token, "--repository-url", &served.url]).arg(wheel);
    twine
}

fn publish(shelf: &Shelf, served: &Served, token: &str, wheel: &Path) -> Command {
    let mut uv = shelf.client("uv");
    uv.args(["publish", "--trusted-publishing", "never", "--token", token, "--publish-url"]);
    uv.arg(format!("{}legacy/", served.url)).arg(wheel);
    uv
}

/// pip, with a token in the address.
fn install(shelf: &Shelf, served: &Served, token: &str, requirement: &str) -> Command {
    let mut pip = shelf.client("pip");
    let url = served.simple().replace("http://", &format!("http://x:{token}@"));
    pip.args(["install", "--target", "target", "--upgrade", "--index-url", &url, requirement]);
    pip
}

#[test]
fn twine_and_uv_upload_and_pip_installs_at_once() {
    let (shelf, served, scratch) = guarded();
    let one = write_wheel(scratch.path(), "New_One-1.0-py3-none-any.whl", "Summary: 新しい\n");
    let two =
        write_wheel(scratch.path(), "new_two-1.0-py3-none-any.whl", "Requires-Dist: new-one\n");
    succeed(&mut twine(&shelf, &served, UPLOAD, &one));
    succeed(&mut publish(&shelf, &served, UPLOAD, &two));
    assert_eq!(
        fs::read(shelf.path("new-one/New_One-1.0-py3-none-any.whl")).unwrap(),
        fs::read(&one).unwrap()
    );
    succeed(&mut install(&shelf, &served, READ, "new-two"));
    assert!(shelf.home.path().join("target/new_one.py").is_file());
    // A token from a netrc file, as a bearer of none.
    let address = served.url.trim_start_matches("http://").split(':').next().unwrap();
    let netrc = shelf.write("netrc", &format!("machine {address} login x password {READ}\n"));
    let mut uv = shelf.client("uv");
    uv.env("NETRC", netrc).args(["pip", "install", "--target", "other", "--default-index"]);
    succeed(uv.arg(served.simple()).arg("new-two"));
}

#[test]
fn source_distributions_are_uploaded_and_built() {
    let (shelf, served, scratch) = guarded();
    // A backend without requirements, so that nothing is asked of any other index.
    fs::create_dir_all(scratch.path().join("src")).unwrap();
    let write =
        |name: &str, text: &str| fs::write(scratch.path().join("src").join(name), text).unwrap();
    let system =
        "[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n";
    write(
        "pyproject.toml",
        &format!("[project]\nname = \"from_source\"\nversion = \"1.0\"\n{system}"),
    );
    write(
        "PKG-INFO",
        "Metadata-Version: 2.2\nName: from-source\nVersion: 1.0\nRequires-Python: >=3.9\n",
    );
    write("backend.py", include_str!("../python/backend.py"));
    write("from_source.py", "VERSION = '1.0'\n");
    let sdist = scratch.path().join("from_source-1.0.tar.gz");
    let mut tar = Command::new("tar");
    tar.args(["-czf"]).arg(&sdist).arg("-C").arg(scratch.path());
    succeed(tar.args(["--transform", "s,^src,from_source-1.0,", "src"]));
    succeed(&mut twine(&shelf, &served, UPLOAD, &sdist));
    succeed(&mut install(&shelf, &served, READ, "from-source"));
    let module = fs::read_to_string(shelf.home.path().join("target/from_source.py")).unwrap();
    assert_eq!(module, "VERSION = '1.0'\n");
}

#[test]
fn uploads_are_refused_with_a_reason() {
    let (shelf, served, scratch) = guarded();
    let wheel = write_wheel(scratch.path(), "new-1.0-py3-none-any.whl", "");
    for refused in [
        fail(&mut twine(&shelf, &served, READ, &wheel)),
        fail(&mut publish(&shelf, &served, READ, &wheel)),
    ] {
        assert!(refused.contains("401") || refused.contains("token is needed"), "{refused}");
    }
    succeed(&mut twine(&shelf, &served, UPLOAD, &wheel));
    let first = fs::read(shelf.path("new/new-1.0-py3-none-any.whl")).unwrap();
    // The same file again is no harm, another one of its name is.
    succeed(&mut twine(&shelf, &served, UPLOAD, &wheel));
    succeed(&mut publish(&shelf, &served, UPLOAD, &wheel));
    let wheel = write_wheel(scratch.path(), "new-1.0-py3-none-any.whl", "Summary: other\n");
    for refused in [
        fail(&mut twine(&shelf, &served, UPLOAD, &wheel)),
        fail(&mut publish(&shelf, &served, UPLOAD, &wheel)),
    ] {
        assert!(refused.contains("already exists"), "{refused}");
    }
    assert_eq!(fs::read(shelf.path("new/new-1.0-py3-none-any.whl")).unwrap(), first);

    fs::write(&wheel, "no wheel").unwrap();
    fail(&mut twine(&shelf, &served, UPLOAD, &wheel));
    // And reading takes a token as well.
    let said = fail(&mut install(&shelf, &served, "wrong-token-of-tests", "new"));
    assert!(said.contains("No matching distribution") || said.contains("401"), "{said}");
}

#[test]
fn uploads_over_the_limit_or_without_a_place_are_refused() {
    let shelf = Shelf::new();
    let token = shelf.write("tokens", UPLOAD);
    let scratch = tempfile::tempdir().unwrap();
    let large = write_wheel(
        scratch.path(),
        "large-1.0-py3-none-any.whl",
        &format!("Summary: {}\n", "x".repeat(30_000)),
    );
    let served =
        shelf.serve(&["--upload-token-file", token.to_str().unwrap(), "--upload-limit", "20kB"]);
    let said = fail(&mut twine(&shelf, &served, UPLOAD, &large));
    assert!(said.contains("413") && said.contains("20000 bytes"), "{said}");
    assert!(!shelf.path("large").exists());
    drop(served);
    let served = shelf.serve(&[]);
    let said = fail(&mut twine(&shelf, &served, UPLOAD, &large));
    assert!(said.contains("403") && said.contains("--upload-token-file"), "{said}");
}

/// A file system of a megabyte, where the user may mount one.
#[test]
fn a_full_disk_is_said() {
    let shelf = Shelf::new();
    let small = shelf.home.path().join("small");
    fs::create_dir(&small).unwrap();
    let mut mount = Command::new("mount");
    mount.args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"]).arg(&small);
    if !mount.output().is_ok_and(|output| output.status.success()) {
        return;
    }
    let token = shelf.write("tokens", UPLOAD);
    let served = Served::start(&small, &["--upload-token-file", token.to_str().unwrap()]);
    let scratch = tempfile::tempdir().unwrap();
    let large = write_wheel(scratch.path(), "large-1.0-py3-none-any.whl", "");
    // Behind what makes it a wheel, and before, is room for anything.
    let mut bytes = vec![0; 3 << 20];
    bytes.extend(fs::read(&large).unwrap());
    fs::write(&large, bytes).unwrap();
    let said = fail(&mut twine(&shelf, &served, UPLOAD, &large));
    let left = fs::read_dir(small.join(".pyoxidizer-uploads")).unwrap().count();
    drop(served);
    succeed(Command::new("umount").arg(&small));
    assert!(said.contains("507") && said.contains("no room"), "{said}");
    assert_eq!(left, 0);
}
