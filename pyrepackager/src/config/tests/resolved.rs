//! What valid files resolve to.

use super::{Folder, TARGET};
use crate::config::builtin;
use crate::config::resolved::{
    AllocatorBackend, AllocatorConfig, Compression, DistributionRequest, ExtensionAction,
    ExtensionChoice, ExtensionPolicy, InterpreterConfig, InterpreterMode, NativeLibrariesConfig,
    NativeLoad, OptimizeLevel, PackageSource, PackageSourceKind, PythonVersion, Requirements,
    RequirementsSource, RunMode, Sha256Digest, StdioEncoding,
};
use std::path::Path;

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
            filesystem_importer: true,
            sys_paths: vec![],
            interpreter_mode: InterpreterMode::Auto,
            write_modules_directory_env: None,
            rust_modules: Vec::new(),
            options: Vec::new(),
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
            strict_imports: false,
            line: 1,
        }]
    );
    assert_eq!(empty.run, RunMode::Repl);

    let mut default = builtin().unwrap();
    assert_eq!(default.path, None);
    default.path.clone_from(&empty.path);
    default.lock.clone_from(&empty.lock);
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
            rust_modules: Vec::new(),
            options: Vec::new(),
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
        strict_imports: false,
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
    let config = crate::config::parse("", "some/app.toml".as_ref(), TARGET).unwrap();
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
fn allocators() {
    let read =
        |keys: &str| Folder::new().parse(&format!("[allocator]\n{keys}\n")).unwrap().allocator;
    let default = AllocatorConfig {
        backend: AllocatorBackend::Default,
        raw: true,
        mem: false,
        obj: false,
        arenas: false,
        debug: false,
        line: 1,
    };
    assert_eq!(read(""), default);
    assert_eq!(read("debug = true"), AllocatorConfig { debug: true, ..default });
    for backend in AllocatorBackend::ALL {
        let config = read(&format!("backend = '{}'", backend.name()));
        assert_eq!(config, AllocatorConfig { backend, ..default });
    }
    let all = "backend = 'rust'\nraw = false\nmem = true\nobj = false\narenas = true\ndebug = true";
    let expected = AllocatorConfig {
        backend: AllocatorBackend::Rust,
        raw: false,
        mem: true,
        obj: false,
        arenas: true,
        debug: true,
        line: 1,
    };
    assert_eq!(read(all), expected);
}

#[test]
fn native_libraries() {
    let read = |text: &str| Folder::new().parse(text).unwrap().native_libraries;
    assert_eq!(read(""), NativeLibrariesConfig::default());
    let given = read(
        "[native_libraries]\nload = 'cache'\ncache_dir = '/x'\ninclude_system = ['libq.so.5']\n",
    );
    let (cache_dir, include_system) = (Some("/x".to_owned()), vec!["libq.so.5".to_owned()]);
    let expected = NativeLibrariesConfig { load: NativeLoad::Cache, cache_dir, include_system };
    assert_eq!(given, expected);
    assert_eq!(read("[native_libraries]\nload = 'files'\n").load, NativeLoad::Files);
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

#[test]
fn every_kind_of_source_is_read() {
    let folder = Folder::new()
        .file("wheels/a.whl", "")
        .file("r.txt", "")
        .file("project/pyproject.toml", "")
        .file("my-tool.py", "");
    let root = folder.0.path();
    let read = |keys: &str| {
        let text = format!("[[python_packages]]\ntype = 'stdlib'\n[[python_packages]]\n{keys}\n");
        folder.parse(&text).unwrap().packages[1].clone()
    };
    let asked = |from| {
        PackageSourceKind::Requirements(Requirements { from, extra_args: vec!["--pre".into()] })
    };
    let wheel = read("type = 'wheel'\npath = 'wheels'\nstrict_imports = true");
    assert_eq!(wheel.kind, PackageSourceKind::Wheel { path: root.join("wheels") });
    assert!(wheel.strict_imports);
    assert_eq!(
        read("type = 'pip-install-simple'\npackage = 'black==25.1.0'\nextra_args = ['--pre']").kind,
        asked(RequirementsSource::Package { requirement: "black==25.1.0".into() })
    );
    assert_eq!(
        read("type = 'pip-requirements-file'\nrequirements_path = 'r.txt'\nextra_args = ['--pre']")
            .kind,
        asked(RequirementsSource::File { path: root.join("r.txt") })
    );
    for path in ["project", "project/pyproject.toml"] {
        let keys = "extras = ['cli']\ngroups = ['dev']\nextra_args = ['--pre']";
        assert_eq!(
            read(&format!("type = 'pyproject'\npath = '{path}'\n{keys}")).kind,
            asked(RequirementsSource::Project {
                path: root.join("project"),
                extras: vec!["cli".into()],
                groups: vec!["dev".into()]
            })
        );
    }
    assert_eq!(
        read("type = 'script'\npath = 'my-tool.py'\nextra_args = ['--pre']").kind,
        asked(RequirementsSource::Script { path: root.join("my-tool.py") })
    );
    assert_eq!(
        read("type = 'filter-files-include'\nglob = 'lists/*.txt'").kind,
        PackageSourceKind::FilterFilesInclude { glob: format!("{}/lists/*.txt", root.display()) }
    );
}

#[test]
fn single_extensions_and_licences() {
    let text = "[python_extensions]\npolicy = 'no-copyleft'\n[[extension_modules]]\nname = '_ssl'\n\
                action = 'exclude'\n[[extension_modules]]\nname = 'readline'\nvariant = 'libedit'\n\
                [licenses]\nallow = ['MIT']\nclarify = [' a = MIT OR X11 ']\nembed = true\n\
                [python_run]\nmode = 'entry-point'\nname = 'black'\n";
    let config = Folder::new().parse(text).unwrap();
    assert_eq!(config.extensions, ExtensionPolicy::NoCopyleft);
    let variant = Some("libedit".to_owned());
    assert_eq!(
        config.extension_modules,
        [
            ExtensionChoice { name: "_ssl".into(), action: ExtensionAction::Exclude, line: 3 },
            ExtensionChoice {
                name: "readline".into(),
                action: ExtensionAction::Include { variant },
                line: 6
            },
        ]
    );
    assert_eq!(config.licenses.allow, ["MIT"]);
    assert_eq!(config.licenses.clarify, [("a".to_owned(), "MIT OR X11".to_owned())]);
    assert!(config.licenses.embed);
    assert_eq!(config.run, RunMode::EntryPoint("black".into()));
}

#[test]
fn sections_count_for_their_target() {
    let text = "[[python_run]]\nmode = 'eval'\ncode = '1'\n[[python_run]]\nmode = 'noop'\n\
                target = 'aarch64-apple-darwin'\n[[python_packages]]\ntype = 'stdlib'\n\
                [[python_packages]]\ntype = 'package-root'\npath = 'nowhere'\npackages = ['x']\n\
                target = 'aarch64-apple-darwin'\n";
    let path = Path::new("/folder/app.toml");
    let own = crate::config::parse(text, path, TARGET).unwrap();
    assert_eq!(own.run, RunMode::Eval("1".into()));
    assert_eq!(own.packages.len(), 1);
    let other = crate::config::parse(text, path, "aarch64-apple-darwin").unwrap_err().to_string();
    assert!(other.contains("nowhere does not exist"), "{other}");
}

#[test]
fn options_of_the_interpreter() {
    let folder = Folder::new();
    let text = "[python_config]\ndev_mode = true\ntracemalloc = 0x10\nwarn_options = ['error', 'i::UserWarning']\n\
                hash_seed = 'random'\nx_options = ['importtime', 'frozen_modules=off']\nimport_time = 2\n";
    assert!(folder.parse(text).is_err());
    let text = text.replace("'importtime', ", "");
    let options = folder.parse(&text).unwrap().interpreter.options;
    let lines: Vec<String> = options.iter().flat_map(|given| given.lines()).collect();
    let expected = [
        "x_options=frozen_modules=off",
        "warn_options=error",
        "warn_options=i::UserWarning",
        "dev_mode=1",
        "tracemalloc=16",
        "import_time=2",
        "hash_seed=random",
    ];
    assert_eq!(lines, expected);
    let checked = |minor| {
        let release = PythonVersion { major: 3, minor };
        options.iter().try_for_each(|given| given.check_release(release))
    };
    assert_eq!(checked(14), Ok(()));
    insta::assert_snapshot!(checked(13).unwrap_err(), @"[python_config] at line 7: `import_time = 2` needs CPython 3.14 or later; the distribution is CPython 3.13");
    let options = folder.parse("[python_config]\ncpu_count = 3\n").unwrap().interpreter.options;
    let error = options[0].check_release(PythonVersion { major: 3, minor: 12 }).unwrap_err();
    insta::assert_snapshot!(error, @"[python_config] at line 2: `cpu_count` needs CPython 3.13 or later; the distribution is CPython 3.12");
    insta::assert_snapshot!(error.hint(), @r#"remove it, or write `version = "3.13"` below [python_distribution]"#);
}
