//! Links everything of an executable but its Rust code, to see what it asks of the C library.
//!
//! Which versions of the C library's symbols an executable asks for is settled when it is linked: they are those of
//! the machine's own C library. Cargo tells nobody when that is done. So the build links twice, here without the
//! packed resources and without Rust.

use std::path::Path;

use super::error::LinkError;
use super::plan::{Compiler, LinkLibrary, LinkPlan};
use crate::native::{Glibc, elf};

/// Stands for the Rust code: starts the interpreter, and needs the unwinder as Rust does.
const PROGRAM: &str = "\
extern int Py_BytesMain(int, char **);
extern int _Unwind_RaiseException(void *), _Unwind_Resume(void *), _Unwind_Backtrace(void *);
int main(int argc, char **argv) {
    if (argc > 99) return _Unwind_RaiseException(argv) + _Unwind_Resume(argv) + _Unwind_Backtrace(argv);
    return Py_BytesMain(argc, argv);
}
";

/// The oldest glibc that the executable itself will run on: that of `plan` and the library `shim`, linked
/// for trial, or of Rust's standard library, which the running program must have too. `None` on targets
/// without glibc, and where the target is not this machine.
///
/// # Errors
///
/// There is no compiler, or its linker does not find a library.
pub fn trial(
    plan: &LinkPlan,
    shim: &str,
    compiler: &Compiler,
    out_dir: &Path,
) -> Result<Option<Glibc>, LinkError> {
    if !compiler.target.contains("-linux-gnu") || compiler.target != compiler.host {
        return Ok(None);
    }
    let program = out_dir.join("trial");
    link(plan, shim, compiler, &program)?;
    let mut newest = None;
    for path in [program.clone(), std::env::current_exe()?] {
        let glibc = elf::glibc(&fs_err::read(&path)?);
        newest = newest.max(glibc.map_err(|error| failure(&path, &error))?);
    }
    fs_err::remove_file(program)?;
    Ok(newest)
}

fn failure(path: &Path, message: &dyn std::fmt::Display) -> LinkError {
    LinkError::Trial { path: path.to_owned(), message: message.to_string() }
}

/// Links a `program` that does not run: what the Rust code would provide is missing.
fn link(plan: &LinkPlan, shim: &str, compiler: &Compiler, program: &Path) -> Result<(), LinkError> {
    let source = program.with_extension("c");
    fs_err::write(&source, PROGRAM)?;
    let tool = compiler.build().try_get_compiler().map_err(|cause| failure(&source, &cause))?;
    let mut command = tool.to_command();
    command.arg("-o").arg(program).arg(&source);
    command.args(arguments(plan, shim)).args(&plan.arguments).args(&plan.executable_arguments);
    let output = command.output().map_err(|cause| failure(&source, &cause))?;
    if output.status.success() {
        Ok(())
    } else {
        // The first error of what may be hundreds of lines says what is wrong.
        let said = String::from_utf8_lossy(&output.stderr);
        let mut lines = said.lines().filter(|line| !line.contains("warning: "));
        Err(failure(program, &lines.next().unwrap_or("the linker says nothing")))
    }
}

/// Libraries and where they are. Each is looked through as often as necessary, as here nothing says in which
/// order the Rust code would need them.
fn arguments(plan: &LinkPlan, shim: &str) -> Vec<String> {
    let mut arguments: Vec<String> =
        plan.search_paths.iter().map(|path| format!("-L{}", path.display())).collect();
    let unresolved = "-Wl,--gc-sections,--unresolved-symbols=ignore-all,--start-group";
    arguments.extend([unresolved.to_owned(), format!("-l{shim}")]);
    for library in &plan.libraries {
        match library {
            LinkLibrary::WholeArchive(name) => arguments.extend([
                "-Wl,--whole-archive".to_owned(),
                format!("-l{name}"),
                "-Wl,--no-whole-archive".to_owned(),
            ]),
            LinkLibrary::Static(name) => arguments.push(format!("-l:lib{name}.a")),
            LinkLibrary::Dynamic(name) => arguments.push(format!("-l{name}")),
            LinkLibrary::Framework(_) => {}
        }
    }
    arguments.push("-Wl,--end-group".to_owned());
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compiler() -> Compiler {
        let triple = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
        Compiler { target: triple.clone(), host: triple }
    }

    #[test]
    fn what_is_linked_asks_for_a_version_and_nothing_stays() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("shim.c");
        fs_err::write(
            &source,
            "int puts(const char *); int Py_BytesMain(void) { return puts(\"\"); }",
        )
        .unwrap();
        cc::Build::new()
            .cargo_metadata(false)
            .target(&compiler().target)
            .host(&compiler().host)
            .opt_level(0)
            .out_dir(folder.path())
            .file(&source)
            .compile("shim");
        let plan = LinkPlan {
            search_paths: vec![folder.path().to_owned()],
            libraries: vec![LinkLibrary::Dynamic("m".to_owned())],
            arguments: Vec::new(),
            executable_arguments: vec!["-no-pie".to_owned()],
            shared_arguments: Vec::new(),
        };
        assert!(trial(&plan, "shim", &compiler(), folder.path()).unwrap().is_some());
        assert!(!folder.path().join("trial").exists());

        let error = trial(&plan, "no_such_shim", &compiler(), folder.path()).unwrap_err();
        let text = error.to_string();
        assert!(
            text.starts_with("cannot link for trial: ") && text.contains("no_such_shim"),
            "{text}"
        );
        assert_eq!(text.lines().count(), 1);

        let foreign = Compiler { host: "other".to_owned(), ..compiler() };
        assert_eq!(trial(&plan, "no_such_shim", &foreign, folder.path()).unwrap(), None);
    }
}
