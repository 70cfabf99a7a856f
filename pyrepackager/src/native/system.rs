//! Libraries that stay outside, and libraries of this machine.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Libraries that every system with glibc is expected to have: those that the manylinux policies of
/// PEP 599 and PEP 600 let wheels rely on, as `auditwheel` lists them up to `manylinux_2_34`.
const MANYLINUX: [&str; 24] = [
    "libGL.so.1",
    "libICE.so.6",
    "libSM.so.6",
    "libX11.so.6",
    "libXext.so.6",
    "libXrender.so.1",
    "libanl.so.1",
    "libatomic.so.1",
    "libc.so.6",
    "libdl.so.2",
    "libexpat.so.1",
    "libgcc_s.so.1",
    "libglib-2.0.so.0",
    "libgobject-2.0.so.0",
    "libgthread-2.0.so.0",
    "libm.so.6",
    "libmvec.so.1",
    "libnsl.so.1",
    "libpthread.so.0",
    "libresolv.so.2",
    "librt.so.1",
    "libstdc++.so.6",
    "libutil.so.1",
    "libz.so.1",
];

/// The same for systems with musl; its own library has the processor in its name.
const MUSLLINUX: [&str; 2] = ["libc.so", "libz.so.1"];

/// Libraries that a program with windows takes from the system, because they talk to its display or
/// read its configuration and fonts. A system that shows windows has them.
const DISPLAY: [&str; 19] = [
    "libX11-xcb.so.1",
    "libXau.so.6",
    "libXcomposite.so.1",
    "libXcursor.so.1",
    "libXdamage.so.1",
    "libXdmcp.so.6",
    "libXfixes.so.3",
    "libXft.so.2",
    "libXi.so.6",
    "libXinerama.so.1",
    "libXmu.so.6",
    "libXpm.so.4",
    "libXrandr.so.2",
    "libXss.so.1",
    "libXt.so.6",
    "libXtst.so.6",
    "libfontconfig.so.1",
    "libfreetype.so.6",
    "libxcb.so.1",
];

/// Libraries of which a process should have one: they keep state for the whole of it, such as the
/// tables by which exceptions are unwound.
const ONE_EACH: [&str; 2] = ["libgcc_s.so.1", "libstdc++.so.6"];

/// Libraries that are of one piece with the C library of the system, or are loaded before any packed one, by the
/// executable itself. Beside the system's a second one does harm.
const OF_THE_SYSTEM: [&str; 13] = [
    "libBrokenLocale.so.1",
    "libanl.so.1",
    "libc.so",
    "libc.so.6",
    "libdl.so.2",
    "libgcc_s.so.1",
    "libm.so.6",
    "libmvec.so.1",
    "libpthread.so.0",
    "libresolv.so.2",
    "librt.so.1",
    "libthread_db.so.1",
    "libutil.so.1",
];

/// Whether a library can only be the system's own.
pub(super) fn belongs_to_system(soname: &str) -> bool {
    OF_THE_SYSTEM.contains(&soname)
        || ["ld-linux", "ld-musl-", "libc.musl-"].iter().any(|start| soname.starts_with(start))
}

/// Whether a library is left to the system.
pub(super) fn is_left_outside(soname: &str, musl: bool) -> bool {
    if musl {
        return MUSLLINUX.contains(&soname)
            || soname.starts_with("libc.musl-")
            || soname.starts_with("ld-musl-");
    }
    MANYLINUX.contains(&soname) || soname.starts_with("ld-linux")
}

/// Whether a program with windows takes a library from the system.
pub(super) fn is_of_display(soname: &str) -> bool {
    DISPLAY.contains(&soname)
}

/// Whether a process should have but one library of this name.
pub(super) fn is_one_for_all(soname: &str) -> bool {
    ONE_EACH.contains(&soname)
}

/// The folders in which this machine's dynamic loader looks, in its order.
pub(super) fn folders() -> Vec<PathBuf> {
    let mut folders = Vec::new();
    let mut seen = BTreeSet::new();
    read_configuration(Path::new("/etc/ld.so.conf"), &mut seen, &mut folders);
    folders.extend(["/lib64", "/usr/lib64", "/lib", "/usr/lib"].map(PathBuf::from));
    folders
}

/// Adds the folders that a file names, and those of the files that it includes. What cannot be read names
/// none: `ldconfig` passes over it, too.
fn read_configuration(path: &Path, seen: &mut BTreeSet<PathBuf>, folders: &mut Vec<PathBuf>) {
    if !seen.insert(path.to_owned()) {
        return;
    }
    let Ok(text) = fs_err::read_to_string(path) else { return };
    for line in text.lines().map(|line| line.split('#').next().unwrap_or_default().trim()) {
        if let Some(pattern) = line.strip_prefix("include ") {
            let folder = path.parent().unwrap_or(Path::new("/"));
            let pattern = folder.join(pattern.trim());
            for file in glob::glob(&pattern.to_string_lossy()).into_iter().flatten().flatten() {
                read_configuration(&file, seen, folders);
            }
        } else if line.starts_with('/') {
            folders.push(PathBuf::from(line));
        }
    }
}
