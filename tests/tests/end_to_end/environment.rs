//! What programs find on the machine: certificates, terminals, time zones, the locale.

use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use end_to_end::application::run_in_empty_folder;
use end_to_end::{Application, Finished, Project, distribution};

use crate::root::{enter_root, fill_root};

/// The application, with the package `environment` as its program.
static APPLICATION: LazyLock<Application> = LazyLock::new(|| {
    let config = "[[python_packages]]\ntype = \"stdlib\"\n\
                  [[python_packages]]\ntype = \"package-root\"\npath = \".\"\n\
                  packages = [\"environment\"]\n\
                  [python_run]\nmode = \"module\"\nmodule = \"environment\"\n";
    let project = Project::new("environment", config).unwrap();
    let project = project.with("environment.py", include_str!("python/environment.py")).unwrap();
    project.build().unwrap()
});

/// Runs the application in a root that has some files more: where each is, and of which it is a
/// copy on this machine.
fn run_in_root(argument: &str, files: &[(&str, &Path)], variables: &[(&str, &str)]) -> Finished {
    let root = tempfile::tempdir().unwrap();
    fill_root(root.path(), &APPLICATION.path);
    for (path, source) in files {
        let target = root.path().join(path.trim_start_matches('/'));
        fs_err::create_dir_all(target.parent().unwrap()).unwrap();
        fs_err::copy(source, &target).unwrap();
    }
    let mut command = enter_root(root.path()).unwrap();
    command.env_clear().envs(variables.iter().copied()).args(["/pyapp", argument]);
    run_in_empty_folder(&mut command, "").unwrap()
}

/// A certificate of an authority, made by the application's own Python needing none: the first of
/// those that this machine has.
fn certificate(folder: &Path) -> std::path::PathBuf {
    let bundle = fs_err::read_to_string("/etc/ssl/certs/ca-certificates.crt").unwrap();
    let end = "-----END CERTIFICATE-----\n";
    let first = bundle.split_inclusive(end).next().unwrap();
    let path = folder.join("one.pem");
    fs_err::write(&path, first).unwrap();
    path
}

#[test]
fn certificates_are_found_where_distributions_keep_them() {
    let folder = tempfile::tempdir().unwrap();
    let one = certificate(folder.path());
    let places = [
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/cert.pem",
    ];
    for place in places {
        let finished = run_in_root("certificates", &[(place, &one)], &[]);
        assert_eq!(finished.stdout, format!("1 {place}\n"), "{place}: {finished:?}");
    }
    let elsewhere = [("/elsewhere.pem", one.as_path())];
    let finished = run_in_root("certificates", &elsewhere, &[("SSL_CERT_FILE", "/elsewhere.pem")]);
    assert_eq!(finished.stdout, "1 /elsewhere.pem\n", "{finished:?}");
    let finished = run_in_root("certificates", &[], &[]);
    assert_eq!(finished.stdout, "0 None\n", "{finished:?}");
}

#[test]
fn terminals_are_found_where_distributions_keep_them() {
    let known = ["/lib/terminfo/x/xterm", "/usr/share/terminfo/x/xterm"];
    let source = known.iter().map(Path::new).find(|path| path.exists()).unwrap();
    for place in ["/etc/terminfo", "/lib/terminfo", "/usr/share/terminfo"] {
        let place = format!("{place}/x/xterm");
        let finished = run_in_root("terminal", &[(&place, source)], &[("TERM", "xterm")]);
        assert_eq!(finished.stdout, "8 True\n", "{place}: {finished:?}");
    }
}

#[test]
fn time_zones_are_found() {
    let path = "/usr/share/zoneinfo/Europe/Berlin";
    let finished = run_in_root("time_zone", &[(path, Path::new(path))], &[]);
    assert_eq!(finished.stdout, "CEST 2:00:00\n", "{finished:?}");
    let finished = run_in_root("time_zone", &[], &[]);
    assert_eq!(finished.stdout, "ZoneInfoNotFoundError\n", "{finished:?}");
}

/// What `python` and the executable say of the C library's locale, where the environment has these
/// variables.
#[test]
fn the_locale_of_c_code_is_that_of_python() {
    let script =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/end_to_end/python/environment.py");
    for variables in [
        &[][..],
        &[("LC_ALL", "C.UTF-8")],
        &[("LANG", "C")],
        &[("LC_ALL", "C")],
        &[("LC_ALL", "POSIX")],
        &[("LC_CTYPE", "C.UTF-8")],
        &[("LANG", "xx_XX.UTF-8")],
    ] {
        let mut packed: Command = APPLICATION.command(["c_locale"]);
        let packed = run_in_empty_folder(packed.envs(variables.iter().copied()), "").unwrap();
        let mut python = Command::new(distribution::python().unwrap());
        python.env_clear().envs(variables.iter().copied());
        python.args(["-s", "-X", "utf8"]).arg(&script).arg("c_locale");
        let expected = run_in_empty_folder(&mut python, "").unwrap();
        packed.expect_success().unwrap();
        assert_eq!(packed.stdout, expected.stdout, "{variables:?}");
    }
}

#[test]
fn the_locale_c_does_no_harm() {
    for variables in [&[][..], &[("LANG", "C")], &[("LC_ALL", "POSIX")], &[("LANG", "xx_XX")]] {
        let mut command: Command = APPLICATION.command(["locale", "Grüße"]);
        command.envs(variables.iter().copied());
        let finished = run_in_empty_folder(&mut command, "").unwrap();
        assert_eq!(
            finished.stdout, "utf-8 utf-8 utf-8 Grüße True\n",
            "{variables:?}: {finished:?}"
        );
    }
}
