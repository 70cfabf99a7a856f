//! Builds the agent, once for each architecture, with the C compiler of the machine, and writes the
//! declarations that it shares with the crate.
//!
//! No Windows compiler is asked for: the agent needs no headers and no C runtime, so that any C
//! compiler for x86_64 Linux makes its code, and a linker script lays it out as a PE file. See
//! `agent/agent.c`.

use std::path::Path;
use std::process::Command;

#[allow(dead_code, missing_docs)]
#[path = "src/protocol.rs"]
mod protocol;

/// One agent: the name of its file, what the compiler is told, where it is loaded.
struct Target {
    file: &'static str,
    flags: &'static [&'static str],
    trampoline: &'static str,
    image_base: &'static str,
}

const TARGETS: [Target; 2] = [
    Target {
        file: "agent64.exe",
        // Position-independent, as the image lies above 2 GB. Wine delivers exceptions on the
        // thread's own stack, which leaves no red zone.
        flags: &["-m64", "-fpie", "-mno-red-zone"],
        trampoline: "agent/trampoline_x86_64.S",
        image_base: "0x140000000",
    },
    Target {
        file: "agent32.exe",
        flags: &["-m32", "-march=i686", "-fno-pie", "-mno-sse"],
        trampoline: "agent/trampoline_x86.S",
        image_base: "0x400000",
    },
];

/// What both are compiled with. The stack protector and the shadow stack are Linux's.
const FLAGS: [&str; 13] = [
    "-std=gnu11",
    "-Os",
    "-Wall",
    "-Wextra",
    "-Wno-unused-parameter",
    "-ffreestanding",
    "-fno-builtin",
    "-fno-stack-protector",
    "-fcf-protection=none",
    "-fno-asynchronous-unwind-tables",
    "-fno-jump-tables",
    "-fvisibility=hidden",
    "-nostdlib",
];

fn main() {
    println!("cargo:rerun-if-changed=agent");
    println!("cargo:rerun-if-changed=src/protocol.rs");
    println!("cargo:rerun-if-changed=build.rs");
    let target = std::env::var("TARGET").unwrap_or_default();
    if !target.starts_with("x86_64-") || !target.contains("-linux-") {
        fail(&format!(
            "pywindll is for x86_64 Linux, where Wine runs DLLs for x86; the target is {target}"
        ));
    }
    let Some(out) = std::env::var_os("OUT_DIR") else { fail("OUT_DIR is not set") };
    let out = Path::new(&out);
    if let Err(error) = fs_write(&out.join("protocol.h"), protocol::c_header().as_bytes()) {
        fail(&error);
    }
    let compiler = cc::Build::new().cargo_warnings(false).get_compiler();
    for target in &TARGETS {
        if let Err(error) = build(compiler.path(), target, out) {
            fail(&error);
        }
    }
}

/// Compiles and links one agent.
fn build(compiler: &Path, target: &Target, out: &Path) -> Result<(), String> {
    let mut command = Command::new(compiler);
    command.args(FLAGS).args(target.flags).arg("-static");
    command.args(["-I", "agent", "-I"]).arg(out);
    command
        .args(["agent/agent.c", target.trampoline, "agent/pe.S", "-o"])
        .arg(out.join(target.file));
    command.args(["-Wl,--oformat=binary", "-Wl,--build-id=none", "-Wl,-T,agent/pe.ld"]);
    command.arg(format!("-Wl,--defsym=image_base={}", target.image_base));
    let output = command.output().map_err(|error| format!("{}: {error}", compiler.display()))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!(
        "{command:?}\nended with {}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    ))
}

#[allow(clippy::disallowed_methods, reason = "fs_err is not worth a dependency of the build")]
fn fs_write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    std::fs::write(path, bytes).map_err(|error| format!("{}: {error}", path.display()))
}

fn fail(message: &str) -> ! {
    println!("cargo::error={}", message.replace('\n', "\ncargo::error="));
    std::process::exit(1)
}
