//! What valid files resolve to.

use super::Folder;
use crate::config::builtin;
use crate::config::resolved::{
    Compression, DistributionRequest, ExtensionPolicy, InterpreterConfig, InterpreterMode,
    OptimizeLevel, PackageSource, PackageSourceKind, PythonVersion, RunMode, Sha256Digest,
    StdioEncoding,
};

const DIGEST: &str = "00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00FF";

fn python(minor: u8) -> PythonVersion {
    PythonVersion { major: 3, minor }
}

#[test]
fn an_empty_file_is_the_built_in_default() {
    let empty = Folder::new().parse("").unwrap();
    assert_eq!(empty.distribution, DistributionRequest::Version(python(13)));
    assert_eq!(
        empty.interpreter,
        InterpreterConfig {
            program_name: None,
            optimize_level: OptimizeLevel::Zero,
            dont_write_bytecode: true,
            ignore_environment: true,
            no_site: true,
            no_user_site_directory: true,
            unbuffered_stdio: false,
            stdio_encoding: None,
            filesystem_importer: false,
            sys_paths: vec![],
            interpreter_mode: InterpreterMode::Auto,
            write_modules_directory_env: None,
        }
    );
    assert_eq!(empty.extensions, ExtensionPolicy::All);
    assert_eq!(
        empty.packages,
        [PackageSource {
            kind: PackageSourceKind::Stdlib { exclude_test_modules: true },
            optimize_level: OptimizeLevel::Zero,
            include_source: true,
            excludes: vec![],
            line: 1,
        }]
    );
    assert_eq!(empty.run, RunMode::Repl);

    let mut default = builtin().unwrap();
    assert_eq!(default.path, None);
    default.path.clone_from(&empty.path);
    default.packages[0].line = 1;
    assert_eq!(default, empty);
}

#[test]
fn empty_sections_are_defaults_too() {
    let text = "[python_distribution]\n[python_config]\n[python_extensions]\n[python_run]\n";
    let folder = Folder::new();
    assert_eq!(folder.parse(text).unwrap(), folder.parse("").unwrap());
}

#[test]
fn distributions() {
    let folder = Folder::new().file("cpython.tar.zst", "");
    let read = |keys: &str| {
        folder.parse(&format!("[python_distribution]\n{keys}\n")).unwrap().distribution
    };
    let sha256: Sha256Digest = DIGEST.parse().unwrap();
    assert_eq!(sha256.to_string(), DIGEST.to_lowercase());
    assert_eq!(read("version = '3.10'"), DistributionRequest::Version(python(10)));
    assert_eq!(read("build = '3.15'"), DistributionRequest::Build(python(15)));
    assert_eq!(
        read(&format!("local_path = './cpython.tar.zst'\nsha256 = '{DIGEST}'")),
        DistributionRequest::LocalPath { path: folder.0.path().join("cpython.tar.zst"), sha256 }
    );
    let url = "https://example.com/a.tar.zst".to_owned();
    assert_eq!(
        read(&format!("url = '{url}'\nsha256 = '{DIGEST}'")),
        DistributionRequest::Url { url, sha256 }
    );
}

#[test]
fn every_interpreter_key_is_read() {
    let config = Folder::new()
        .parse(
            "[python_config]\nprogram_name = 'app'\noptimize_level = 0x2\n\
             dont_write_bytecode = false\nignore_environment = false\nno_site = false\n\
             no_user_site_directory = false\nunbuffered_stdio = true\n\
             stdio_encoding = 'utf-8:ignore'\nfilesystem_importer = true\n\
             sys_paths = ['$ORIGIN', '$ORIGIN/lib', 'x']\ninterpreter_mode = 'never'\n\
             write_modules_directory_env = 'APP_MODULES'\n",
        )
        .unwrap();
    assert_eq!(
        config.interpreter,
        InterpreterConfig {
            program_name: Some("app".into()),
            optimize_level: OptimizeLevel::Two,
            dont_write_bytecode: false,
            ignore_environment: false,
            no_site: false,
            no_user_site_directory: false,
            unbuffered_stdio: true,
            stdio_encoding: Some(StdioEncoding {
                encoding: "utf-8".into(),
                errors: "ignore".into()
            }),
            filesystem_importer: true,
            sys_paths: vec!["$ORIGIN".into(), "$ORIGIN/lib".into(), "x".into()],
            interpreter_mode: InterpreterMode::Never,
            write_modules_directory_env: Some("APP_MODULES".into()),
        }
    );
}

#[test]
fn extension_policies() {
    let read = |keys: &str| {
        Folder::new().parse(&format!("[python_extensions]\n{keys}\n")).unwrap().extensions
    };
    assert_eq!(read("policy = 'all'"), ExtensionPolicy::All);
    assert_eq!(read("policy = 'none'"), ExtensionPolicy::None);
    assert_eq!(read("policy = 'no-libraries'"), ExtensionPolicy::NoLibraries);
    assert_eq!(
        read("policy = 'explicit-includes'\nincludes = ['_ssl', 'math']"),
        ExtensionPolicy::ExplicitIncludes(vec!["_ssl".into(), "math".into()])
    );
    assert_eq!(
        read("excludes = ['_ssl']\npolicy = 'explicit-excludes'"),
        ExtensionPolicy::ExplicitExcludes(vec!["_ssl".into()])
    );
}

#[test]
fn packages_keep_their_order_and_lines() {
    let folder = Folder::new().file("lib/hello.py", "").file("venv/pyvenv.cfg", "");
    let text = "[[python_packages]]\ntype = 'stdlib'\nexclude_test_modules = false\n\
                include_source = false\n[python_run]\n[[python_packages]]\ntype = 'package-root'\n\
                path = 'lib'\npackages = ['hello', 'other']\noptimize_level = 1\n\
                [[python_packages]]\ntype = 'virtualenv'\npath = 'venv'\nexcludes = ['pip', 'a.b']\n";
    let entry = |kind, line| PackageSource {
        kind,
        optimize_level: OptimizeLevel::Zero,
        include_source: true,
        excludes: vec![],
        line,
    };
    let root = folder.0.path();
    let stdlib = PackageSourceKind::Stdlib { exclude_test_modules: false };
    let package_root = PackageSourceKind::PackageRoot {
        path: root.join("lib"),
        packages: vec!["hello".into(), "other".into()],
    };
    let virtualenv = PackageSourceKind::Virtualenv { path: root.join("venv") };
    assert_eq!(
        folder.parse(text).unwrap().packages,
        [
            PackageSource { include_source: false, ..entry(stdlib, 1) },
            PackageSource { optimize_level: OptimizeLevel::One, ..entry(package_root, 6) },
            PackageSource { excludes: vec!["pip".into(), "a.b".into()], ..entry(virtualenv, 11) },
        ]
    );
}

#[test]
fn run_modes() {
    let read = |keys: &str| Folder::new().parse(&format!("[python_run]\n{keys}\n")).unwrap().run;
    assert_eq!(read("mode = 'repl'"), RunMode::Repl);
    assert_eq!(read("mode = 'noop'"), RunMode::Noop);
    assert_eq!(read("mode = 'module'\nmodule = 'a.b-c'"), RunMode::Module("a.b-c".into()));
    assert_eq!(read("mode = 'eval'\ncode = 'print(1)'"), RunMode::Eval("print(1)".into()));
    // The path is for the machine on which the application runs, so it need not exist here.
    assert_eq!(read("mode = 'file'\npath = 'x/y.py'"), RunMode::File("x/y.py".into()));
}

#[test]
fn dotted_keys_and_a_byte_order_mark_are_toml() {
    let config = Folder::new().parse("\u{feff}python_run.mode = 'noop'\r\n").unwrap();
    assert_eq!(config.run, RunMode::Noop);
}

#[test]
fn relative_files_are_made_absolute() {
    let config = crate::config::parse("", "some/app.toml".as_ref()).unwrap();
    assert_eq!(config.path.as_deref(), Some(&*std::path::absolute("some/app.toml").unwrap()));
}

#[test]
fn compression() {
    let read = |text: &str| Folder::new().parse(text).unwrap().resources.compression;
    assert_eq!(read(""), Compression::None);
    assert_eq!(read("[python_resources]\ncompression = 'none'\n"), Compression::None);
    assert_eq!(read("[python_resources]\ncompression = 'zstd'\n"), Compression::Zstd);
}

#[test]
fn a_filter_keeps_its_place() {
    let folder = Folder::new().file("modules.txt", "os\n");
    let text = "[[python_packages]]\ntype = 'stdlib'\n\
                [[python_packages]]\ntype = 'filter-file-include'\npath = 'modules.txt'\n";
    let path = folder.0.path().join("modules.txt");
    let packages = folder.parse(text).unwrap().packages;
    assert_eq!(packages[1].kind, PackageSourceKind::FilterFileInclude { path });
    assert_eq!(packages[1].line, 3);
}
