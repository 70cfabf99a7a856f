//! [`super::objects()`] over small distributions, and what a linker says to the result.

mod bad_input;
mod bitcode;
mod symbols;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use super::testing::{archive, compile, compiler, toolchain};
use super::{LinkError, LinkLibrary, LinkPlan, Objects, ObjectsRequest, Toolchain, objects, plan};
use crate::cache::Cache;
use crate::collect::testing::distribution;
use crate::config::resolved::ExtensionPolicy;
use crate::distribution::{Distribution, Extension, ExtensionVariant, Library, ObjectFormat};
use crate::policy::SelectedExtension;
use crate::reporter::{Length, Reporter, Silent, Step};

/// A program's core, which needs the table of built-in modules.
const CORE: &str = "extern int _PyImport_Inittab[];\n\
                    int Py_BytesMain(void) { return _PyImport_Inittab != 0; }\n";

/// A distribution with a core, in a folder of its own.
struct Scene {
    folder: tempfile::TempDir,
    distribution: Distribution,
    toolchain: Toolchain,
    policy: ExtensionPolicy,
    details: Details,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("python");
        let mut distribution = distribution(&root);
        distribution.core.objects.push(compile(&root, "build/core", CORE));
        let header = "#include <stddef.h>\ntypedef struct PyObject PyObject;\n\
                      struct _inittab { const char *name; PyObject *(*initfunc)(void); };\n";
        fs_err::write(root.join("Python.h"), header).unwrap();
        let policy = ExtensionPolicy::All;
        let details = Details::default();
        Self { folder, distribution, toolchain: toolchain(), policy, details }
    }

    fn root(&self) -> &Path {
        &self.distribution.root
    }

    /// Makes the distribution one of bitcode.
    fn of_bitcode(mut self) -> Self {
        self.distribution.object_format = ObjectFormat::LlvmBitcode("22.1.2".parse().unwrap());
        self
    }

    /// Adds an extension module with this object and these libraries.
    fn extension(&mut self, name: &str, object: PathBuf, links: &[Library]) -> &mut Extension {
        let variant = ExtensionVariant {
            variant: "default".to_owned(),
            init_fn: Some(format!("PyInit_{name}")),
            objects: vec![object],
            links: links.to_vec(),
            ..ExtensionVariant::default()
        };
        let extension = Extension { name: name.to_owned(), variants: vec![variant] };
        self.distribution.extensions.entry(name.to_owned()).or_insert(extension)
    }

    /// As [`extension`](Self::extension), from C.
    fn c_extension(&mut self, name: &str, source: &str, links: &[Library]) -> &mut Extension {
        let object = compile(self.root(), &format!("build/Modules/{name}"), source);
        self.extension(name, object, links)
    }

    /// Makes a static library of one object.
    fn library(&self, name: &str, source: &str) -> Library {
        let folder = self.root().join("build/lib");
        let object = compile(&self.folder.path().join("objects"), name, source);
        Library::Static { name: name.to_owned(), path: archive(&folder, name, &[object]) }
    }

    fn selected(&self, names: &[&str]) -> Vec<SelectedExtension> {
        let select = |name: &&str| SelectedExtension {
            name: (*name).to_owned(),
            variant: self.distribution.extensions[*name].variants[0].clone(),
        };
        names.iter().map(select).collect()
    }

    fn cache(&self) -> Cache {
        Cache::at(self.folder.path().join("cache"))
    }

    fn objects(&self, names: &[&str]) -> Result<Objects, LinkError> {
        let request = ObjectsRequest {
            distribution: &self.distribution,
            extensions: &self.selected(names),
            policy: &self.policy,
            compiler: &compiler(),
            toolchain: &self.toolchain,
            shared: false,
        };
        objects(&request, &self.cache(), &self.details)
    }

    /// An error and its hint, with the distribution's folder as `DIR`.
    fn failure(&self, names: &[&str]) -> String {
        let error = self.objects(names).unwrap_err();
        let hint = error.hint().unwrap_or_default();
        let text = format!("{error}\nhint: {hint}");
        text.replace(self.root().to_str().unwrap(), "DIR")
    }

    /// Names of the results of conversions in the cache, half-made ones among them.
    fn converted(&self) -> Vec<PathBuf> {
        match fs_err::read_dir(self.cache().root().join("native-objects")) {
            Ok(entries) => entries.map(|entry| entry.unwrap().path()).collect(),
            Err(_) => Vec::new(),
        }
    }

    /// Links a program with C's compiler and this choice of a linker, and returns its exit status.
    fn link(&self, names: &[&str], linker: &[&str]) -> Result<i32, String> {
        let out_dir = self.folder.path().join("out");
        fs_err::create_dir_all(&out_dir).unwrap();
        let objects = self.objects(names).unwrap();
        let selected = self.selected(names);
        let blob = b"resources".to_vec();
        let plan =
            plan(&self.distribution, &selected, &objects, blob, &compiler(), &out_dir).unwrap();
        let main = compile(
            &out_dir,
            "main",
            "int Py_BytesMain(void); int main(void) { return !Py_BytesMain(); }",
        );
        let program = out_dir.join("program");
        let mut command = Command::new("cc");
        command.args(linker).arg("-o").arg(&program).arg(main).args(arguments(&plan));
        let output =
            command.args(&plan.arguments).args(&plan.executable_arguments).output().unwrap();
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        Ok(Command::new(program).status().unwrap().code().unwrap())
    }
}

/// What rustc gives the linker.
fn arguments(plan: &LinkPlan) -> Vec<String> {
    let folders = plan.search_paths.iter().map(|path| format!("-L{}", path.display()));
    let libraries = plan.libraries.iter().map(|library| match library {
        LinkLibrary::WholeArchive(name) => {
            format!("-Wl,--whole-archive,-l{name},--no-whole-archive")
        }
        LinkLibrary::Static(name) => format!("-Wl,-Bstatic,-l{name},-Bdynamic"),
        LinkLibrary::Dynamic(name) => format!("-l{name}"),
        LinkLibrary::Framework(_) => String::new(),
    });
    folders.chain(libraries).collect()
}

/// The arguments that have C's compiler link with rustc's own linker.
fn rust_lld() -> [String; 2] {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).args(["--print", "sysroot"]).output().unwrap();
    let sysroot = String::from_utf8(output.stdout).unwrap();
    let host = compiler().host;
    let folder = format!("{}/lib/rustlib/{host}/bin/gcc-ld", sysroot.trim());
    [format!("-B{folder}"), "-fuse-ld=lld".to_owned()]
}

fn file_names(paths: &[PathBuf]) -> Vec<String> {
    paths.iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
}

/// Keeps details.
#[derive(Default)]
struct Details(Mutex<Vec<String>>);

impl Details {
    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl Reporter for Details {
    fn note(&self, line: &str) {
        panic!("{line}");
    }

    fn detail(&self, line: &str) {
        self.0.lock().unwrap().push(line.to_owned());
    }

    fn start(&self, label: &str, length: Length) -> Box<dyn Step> {
        Silent.start(label, length)
    }
}
