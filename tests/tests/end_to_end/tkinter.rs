//! `_tkinter`, which distributions have as a shared extension module, with Tcl and Tk.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use end_to_end::display::{Display, install};
use end_to_end::{Project, distribution, scratch_folder, strace};
use pyrepackager::cache::Cache;

/// A color that no part of a window has by itself.
const COLOR: [u8; 3] = [0xff, 0x00, 0xaa];

#[test]
fn tkinter_shows_a_window_with_tcl_and_tk_from_the_executable() {
    let path = archive();
    let sha256 = distribution::sha256(&path).unwrap();
    let config = format!(
        "[python_distribution]\nlocal_path = {path:?}\nsha256 = \"{sha256}\"\n\n\
         [[python_packages]]\ntype = \"stdlib\"\n\n\
         [[python_packages]]\ntype = \"package-root\"\npath = \".\"\npackages = [\"window\"]\n\n\
         [python_run]\nmode = \"module\"\nmodule = \"window\"\n"
    );
    let project = Project::new("tkinter", &config).unwrap();
    let project = project.with("window.py", include_str!("python/window.py")).unwrap();
    let build = project.cargo(end_to_end::Profile::Dev).run().unwrap();
    assert!(
        build.stderr.contains("libraries of the system where the executable runs: libX"),
        "{}",
        build.stderr
    );
    let application = build.expect_application().unwrap();

    let display = Display::start().unwrap();
    let environment = [("DISPLAY", OsStr::new(&display.name))];
    let watched = strace::watch_in(&application.path, &[], &environment).unwrap();
    watched.finished.expect_success().unwrap();
    let expected = "\
/lib/python3.13/lib-dynload/_tkinter.cpython-313-x86_64-linux-gnu.so
/lib/tcl8.6 /lib/tk8.6
msgcat and http found, themes: alt clam classic default
あ True
variables left: []
1970
viewable: 1 320 200
another interpreter: True True
";
    assert_eq!(watched.finished.stdout, expected);
    let of_tcl = |path: &&String| ["tcl", "tk8", "libtk"].iter().any(|part| path.contains(part));
    let own = application.path.to_str().unwrap();
    let outside: Vec<&String> =
        watched.opened.iter().filter(of_tcl).filter(|path| !path.starts_with(own)).collect();
    assert_eq!(outside, Vec::<&String>::new());

    // What is seen while the window is there, and once it is gone.
    let mut child = application
        .command(["wait"])
        .env("DISPLAY", &display.name)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().starts_with("viewable: 1")));
    let shown = display.pixels_of(COLOR).unwrap();
    child.stdin.take().unwrap().write_all(b"\n").unwrap();
    assert!(child.wait().unwrap().success());
    assert!(shown > 30_000, "{shown} pixels");
    assert_eq!(display.pixels_of(COLOR).unwrap(), 0);
}

/// An archive of the distribution that tests use, with `_tkinter`.
fn archive() -> PathBuf {
    install(&[("/usr/include/tcl8.6/tk.h", "tk8.6-dev"), ("gcc", "gcc")]).unwrap();
    let original = distribution::distribution().unwrap();
    let folder = scratch_folder().join("tkinter");
    let copy = folder.join("python");
    if folder.exists() {
        fs_err::remove_dir_all(&folder).unwrap();
    }
    fs_err::create_dir_all(&folder).unwrap();
    run(Command::new("cp").arg("-a").arg(&original.root).arg(&copy));
    let sources = Cache::from_env().unwrap().folder("sources/python3.13").unwrap();
    let name = format!("python3.13_{}.orig.tar.xz", original.full_version);
    run(Command::new(&original.python_exe)
        .args(["-I", "-c", include_str!("python/add_tkinter.py")])
        .arg(&copy)
        .arg(sources.join(name)));
    let archive = folder.join(format!(
        "cpython-{}-{}-noopt-full.tar.zst",
        original.full_version, original.target_triple
    ));
    // Without times: the cache has it unpacked as long as it stays the same.
    run(Command::new("tar")
        .args(["--zstd", "--sort=name", "--mtime=@1700000000", "--owner=0", "--group=0", "-C"])
        .arg(&folder)
        .arg("-cf")
        .arg(&archive)
        .arg("python"));
    archive
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
