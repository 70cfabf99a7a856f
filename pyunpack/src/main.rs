//! Unpacks the executable that was added to this one into memory, and becomes it.
//!
//! Nothing is written to a disk: the memory has a file descriptor, by which the kernel starts it, also where `/proc` is
//! not mounted. The unpacked executable is told where the file is that it came from.

use std::error::Error;
use std::process::ExitCode;

#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod system;

#[cfg(not(target_os = "linux"))]
mod system {
    pub fn start(
        _: &[pyunpack::Part<'_>],
    ) -> Result<std::convert::Infallible, Box<dyn std::error::Error>> {
        Err("programs in memory are started on Linux only".into())
    }
}

fn main() -> ExitCode {
    let Err(error) = run();
    eprintln!("error: cannot start: {error}");
    ExitCode::FAILURE
}

fn run() -> Result<std::convert::Infallible, Box<dyn Error>> {
    let added = pyslot::added()?.ok_or("there is nothing to unpack in this program")?;
    system::start(&pyunpack::read(added)?)
}
