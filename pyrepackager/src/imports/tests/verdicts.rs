//! What is provided, and how loudly the rest is told.

use super::*;

const APP: &str = "mode = \"module\"\nmodule = \"app\"";

#[test]
fn a_dotted_name_is_missing_from_where_nothing_provides_it() {
    let files = [
        (
            "app/app.py",
            "import os.path, pkg.sub.gone.deeper, gone.deeper, ext.anything, space.gone\n",
        ),
        ("lib/pkg/__init__.py", ""),
        ("lib/pkg/sub/__init__.py", ""),
        ("lib/space/module.py", ""),
    ];
    let missing = examine_with(APP, &files, &["ext"]);
    let expected = [
        "app:1 pkg.sub.gone Required Used",
        "app:1 gone Required Used",
        "app:1 space.gone Required Used",
    ];
    assert_eq!(lines(&missing), expected);
}

#[test]
fn modules_that_a_rust_application_adds_are_not_missing() {
    let run = format!("{APP}\n[python_config]\nrust_modules = ['engine', 'pkg.native']");
    let files = [
        ("app/app.py", "import engine, engines\nfrom pkg import native\nfrom engine import run\n"),
        ("lib/pkg/__init__.py", ""),
    ];
    assert_eq!(lines(&examine(&run, &files)), ["app:1 engines Required Used"]);
}

#[test]
fn names_of_a_package_are_missing_only_when_nothing_can_bind_them() {
    let bound = "import a as b, c.d\nfrom . import gone, other as renamed\ndef f(): global g\nclass C: pass\nfor i in []: pass\nmatch i:\n  case m: pass\n";
    let files = [
        (
            "app/app.py",
            "\
from pkg import b, renamed, c, f, C, i, m, sub, __name__, __file__, _native, gone
from space import module, gone
from lazy import anything
from star import anything
from finder import anything
import finder.sub
from plain import anything
",
        ),
        ("lib/pkg/__init__.py", bound),
        ("lib/pkg/sub.py", ""),
        ("lib/space/module.py", ""),
        ("lib/lazy/__init__.py", "def __getattr__(name): return 1\n"),
        ("lib/star/__init__.py", "from plain import *\n"),
        ("lib/finder/__init__.py", "import sys\nsys.modules['finder.sub'] = sys\n"),
        ("lib/plain.py", ""),
    ];
    let missing = examine_with(APP, &files, &["pkg._native"]);
    let found = lines(&missing);
    let of_app: Vec<&str> =
        found.iter().map(String::as_str).filter(|line| line.starts_with("app:")).collect();
    assert_eq!(of_app, ["app:1 pkg.gone Required Used", "app:2 space.gone Required Used"]);
    assert!(found.contains(&"pkg:2 pkg.gone Required Used".to_owned()), "{found:?}");
}

#[test]
fn relative_imports_start_at_the_importers_package() {
    let files = [
        ("app/app/__init__.py", "from .gone import a\nfrom . import known\n"),
        ("app/app/known.py", "from . import lost\nfrom .. import beyond\n"),
        ("app/app/deep/__init__.py", "from .. import known\nfrom ..gone import a\n"),
        ("app/app/deep/er.py", "from . import absent\nfrom ..known import a\n"),
    ];
    let expected = [
        "app:1 app.gone Required Used",
        "app.deep:2 app.gone Required Used",
        "app.deep.er:1 app.deep.absent Required Used",
        "app.known:1 app.lost Required Used",
    ];
    assert_eq!(lines(&examine(APP, &files)), expected);
}

#[test]
fn the_standard_library_counts_as_far_as_the_application_needs_it() {
    let files = [
        ("stdlib/ssl.py", "import _ssl\ntry: import _extra\nexcept ImportError: pass\n"),
        ("stdlib/http.py", "import ssl\ndef f(): import later\n"),
        ("stdlib/windows_events.py", "import _winapi\n"),
        ("stdlib/aio.py", "try: import windows_events\nexcept ImportError: pass\n"),
        ("app/app.py", "import http, aio\n"),
    ];
    assert_eq!(lines(&examine(APP, &files)), ["ssl:1 _ssl Required Used"]);
    assert!(lines(&examine_with(APP, &files, &["_ssl"])).is_empty());
    let unused: Vec<_> = files.into_iter().filter(|(path, _)| !path.starts_with("app/")).collect();
    assert!(lines(&examine("mode = \"repl\"", &unused)).is_empty());
}

#[test]
fn libraries_count_by_how_the_application_comes_to_them() {
    let files = [
        ("app/app.py", "import used\ntry: import speed\nexcept ImportError: pass\n"),
        (
            "lib/used.py",
            "def f(): import http2\ntry: import http2\nexcept ImportError: pass\nimport gone1\n",
        ),
        ("lib/http2.py", "import gone2\n"),
        ("lib/speed.py", "import gone3\n"),
        ("lib/stray.py", "import gone4\ntry: import aside\nexcept ImportError: pass\n"),
        ("lib/aside.py", "import gone5\n"),
    ];
    let expected = [
        "http2:1 gone2 Required Optional",
        "speed:1 gone3 Required Optional",
        "stray:1 gone4 Required Unreached",
        "used:4 gone1 Required Used",
    ];
    assert_eq!(lines(&examine(APP, &files)), expected);
}

#[test]
fn a_library_that_asks_elsewhere_whether_a_module_is_there_may_import_it_on_demand() {
    let files = [
        ("app/app.py", "import one, two\ndef f(): import trio\n"),
        ("lib/one.py", "try: import trio\nexcept ImportError: pass\n"),
        ("lib/two.py", "def f(): import trio, other\n"),
    ];
    let expected = [
        "app:2 trio Deferred Used",
        "one:1 trio Optional Used",
        "two:1 trio Optional Used",
        "two:1 other Deferred Used",
    ];
    assert_eq!(lines(&examine(APP, &files)), expected);
}

#[test]
fn without_an_application_whoever_imports_a_library_is_the_application() {
    let files = [
        ("lib/one.py", "import gone1\n"),
        ("lib/two/__init__.py", "import gone2\n"),
        ("lib/two/inner.py", "import gone4\n"),
        ("lib/space/outer.py", "import gone5\n"),
    ];
    let expected = [
        "one:1 gone1 Required Used",
        "space.outer:1 gone5 Required Used",
        "two:1 gone2 Required Used",
        "two.inner:1 gone4 Required Unreached",
    ];
    assert_eq!(lines(&examine("mode = \"repl\"", &files)), expected);
    let expected = [
        "__main__:1 gone3 Required Used",
        "one:1 gone1 Required Used",
        "space.outer:1 gone5 Required Unreached",
        "two:1 gone2 Required Unreached",
        "two.inner:1 gone4 Required Unreached",
    ];
    let code = "mode = \"eval\"\ncode = \"import one, gone3\"";
    assert_eq!(lines(&examine(code, &files)), expected);
}

#[test]
fn what_a_package_brings_along_and_puts_on_the_path_is_there() {
    let tools = |first: &'static str| {
        [
            ("app/app.py", "import tools.use\n"),
            ("lib/tools/__init__.py", first),
            ("lib/tools/use.py", "import jaraco.text\n"),
            ("lib/tools/_vendor/jaraco/text.py", ""),
        ]
    };
    assert!(lines(&examine(APP, &tools("import sys\nsys.path.append('x')\n"))).is_empty());
    assert_eq!(lines(&examine(APP, &tools("")))[0], "tools.use:1 jaraco Required Used");
}

#[test]
fn setuptools_stands_in_for_distutils() {
    let files = [
        ("app/app.py", "import setuptools.command, distutils\n"),
        ("app/other.py", "import distutils.core\n"),
        ("lib/setuptools/__init__.py", ""),
        ("lib/setuptools/command.py", "import distutils.core\n"),
        ("lib/_distutils_hack/__init__.py", ""),
    ];
    assert_eq!(lines(&examine(APP, &files)), [""; 0]);
    let without: Vec<_> =
        files.into_iter().filter(|(path, _)| !path.starts_with("lib/_")).collect();
    assert_eq!(lines(&examine(APP, &without)).len(), 3);
}

#[test]
fn a_module_that_does_not_parse_imports_nothing() {
    let files = [("app/app.py", "import other\n"), ("app/other.py", "import gone\nx = (\n")];
    assert!(lines(&examine(APP, &files)).is_empty());
}

#[test]
fn behind_a_filter_imports_on_demand_are_optional() {
    let folder = tempfile::tempdir().unwrap();
    let app = "import kept, gone\ndef f(): import left_out\n";
    let files =
        [("stdlib/os.py", ""), ("app/app.py", app), ("app/kept.py", ""), ("app/left_out.py", "")];
    write(folder.path(), &files);
    write(folder.path(), &[("modules.txt", "app\nkept\nos\n")]);
    let text = "[[python_packages]]\ntype = \"stdlib\"\n[[python_packages]]\n\
                type = \"package-root\"\npath = \"app\"\n\
                packages = [\"app\", \"kept\", \"left_out\"]\n\
                [[python_packages]]\ntype = \"filter-file-include\"\npath = \"modules.txt\"\n";
    let expected = ["app:1 gone Required Used", "app:2 left_out Optional Used"];
    assert_eq!(lines(&examine_config(text, folder.path(), &[])), expected);
}

#[test]
fn what_is_kept_needs_no_interpreter() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &[("os.py", ""), ("app/app.py", "import gone, lost\n")]);
    let text = "[[python_packages]]\ntype = \"stdlib\"\n[[python_packages]]\n\
                type = \"package-root\"\npath = \"app\"\npackages = [\"app\"]\n";
    let config =
        config::parse(text, &folder.path().join("app.toml"), "x86_64-unknown-linux-gnu").unwrap();
    let mut distribution = distribution(folder.path());
    let cache = Cache::at(folder.path().join("cache"));
    let mut examine = |python: &str| {
        distribution.python_exe = python.into();
        let collected = collect_all(&config, &distribution);
        let scans = scan(&config, &collected, &distribution, &cache, &Silent)?;
        Ok::<_, ImportsError>(lines(&missing(&config, None, &scans, &collected, [])))
    };
    let first = examine("python3").unwrap();
    assert_eq!(first.len(), 2);
    assert_eq!(examine("/gone/python").unwrap(), first);
    write(folder.path(), &[("app/app.py", "import gone\n")]);
    assert!(matches!(examine("/gone/python").unwrap_err(), ImportsError::Workers(_)));
    assert_eq!(examine("python3").unwrap().len(), 1);
}
