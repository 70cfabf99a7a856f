//! Turns LLVM bitcode into native objects, which every linker reads.
//!
//! LLVM's linker does that: it optimizes across all of the bitcode and writes the result. That takes a
//! minute or more, so that the result is kept in the cache. What is linked does not change by it: no
//! symbol is removed, and each function stays in a section of its own.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use fs_err as fs;

use super::toolchain::{Flavor, Lld};
use super::{LinkError, relative};
use crate::cache::Cache;
use crate::config::resolved::Sha256Digest;
use crate::digest::Hasher;
use crate::reporter::{Length, Reporter};

/// The folder of the cache that holds the results.
const FOLDER: &str = "native-objects";

/// Counts changes of what is done here: it is a part of the results' names.
const VERSION: u32 = 1;

/// Name of the file beside the objects that says what was taken for which symbol.
const EXTRACTED: &str = "extracted.tsv";

/// A linker script that drops debugging information, which would make up nine tenths of the result.
const NO_DEBUG: &str = "SECTIONS { /DISCARD/ : { *(.debug_*) } }\n";

/// What is turned into native objects. All paths are in the folder `root`.
pub(super) struct Bitcode<'a> {
    /// The folder of the distribution.
    pub root: &'a Path,
    /// SHA-256 of the distribution's archive.
    pub archive: &'a Sha256Digest,
    /// Rust's name of the target.
    pub target: &'a str,
    /// Objects that are linked, native ones among them.
    pub objects: &'a [PathBuf],
    /// Static libraries that are linked, with bitcode in them.
    pub libraries: &'a [PathBuf],
    /// Objects that are linked where something else lacks their symbols.
    pub spares: &'a [PathBuf],
    /// Static libraries likewise.
    pub spare_libraries: &'a [PathBuf],
    /// Symbols that native libraries need.
    pub wanted: &'a BTreeSet<String>,
}

/// The result.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Converted {
    /// Native objects, in which all that was given and needed is.
    pub objects: Vec<PathBuf>,
    /// Spare objects, and libraries, of which something was taken.
    pub extracted: Vec<Extracted>,
}

/// Something that was taken for a symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Extracted {
    /// The spare object or the library.
    pub path: PathBuf,
    /// The symbol.
    pub symbol: String,
    /// What needs it.
    pub needed_by: String,
}

impl Bitcode<'_> {
    /// Turns it into native objects, or finds those of an earlier time in the cache.
    pub(super) fn convert(
        &self,
        lld: &Lld,
        cache: &Cache,
        reporter: &dyn Reporter,
    ) -> Result<Converted, LinkError> {
        let key = self.key(lld);
        let folder = cache.folder(FOLDER)?.join(&key);
        let lock = cache.lock(&format!("{FOLDER}-{key}"), reporter)?;
        if !folder.is_dir() {
            let _step = reporter.start("compiling bitcode", Length::Unknown);
            let partial = lock.partial_folder(&folder)?;
            if self.target.contains("-apple-") {
                self.convert_mach_o(lld, partial.path())?;
            } else {
                self.convert_elf(lld, partial.path())?;
            }
            partial.finish()?;
        }
        self.read(&folder)
    }

    /// Names the result by all that it depends on.
    fn key(&self, lld: &Lld) -> String {
        let mut hasher = Hasher::default();
        hasher.add(&VERSION.to_le_bytes());
        hasher.add_block(self.archive.to_string());
        hasher.add_block(lld.version.to_string());
        hasher.add_block(self.target);
        for paths in [self.objects, self.libraries, self.spares, self.spare_libraries] {
            paths.iter().for_each(|path| hasher.add_block(relative(path, self.root)));
            hasher.add_block("");
        }
        self.wanted.iter().for_each(|symbol| hasher.add_block(symbol));
        hasher.finish().to_string()
    }

    /// `ld -r` links objects to one that can be linked again.
    fn convert_elf(&self, lld: &Lld, folder: &Path) -> Result<(), LinkError> {
        let mut arguments = vec!["-r".to_owned(), "-o".to_owned(), text(&folder.join("objects.o"))];
        let script = folder.join("no-debug.ld");
        fs::write(&script, NO_DEBUG)?;
        arguments.extend(["-T".to_owned(), text(&script)]);
        arguments.push(format!("--why-extract={}", folder.join(EXTRACTED).display()));
        arguments.extend(self.wanted.iter().map(|symbol| format!("--undefined={symbol}")));
        arguments.extend(self.inputs());
        self.run(lld, Flavor::Gnu, &arguments, folder)?;
        Ok(fs::remove_file(script)?)
    }

    /// The linker for Mach-O has no such mode, but keeps the native objects that it makes of bitcode for a
    /// shared library. That exports all that it defines and expects the rest at run time, so that nothing
    /// is left out and nothing more is asked for.
    fn convert_mach_o(&self, lld: &Lld, folder: &Path) -> Result<(), LinkError> {
        let architecture = if self.target.starts_with("aarch64") { "arm64" } else { "x86_64" };
        let library = folder.join("library");
        // Rust's own minimum; the objects say which system they are for themselves.
        let system = ["-platform_version", "macos", "11.0", "11.0", "-arch", architecture];
        let mut arguments: Vec<String> = system.map(str::to_owned).into();
        arguments
            .extend(["-dylib", "-undefined", "dynamic_lookup", "-why_load"].map(str::to_owned));
        arguments.extend(["-object_path_lto".to_owned(), text(folder)]);
        arguments.extend(["-o".to_owned(), text(&library)]);
        arguments.extend(self.wanted.iter().flat_map(|name| ["-u".to_owned(), name.clone()]));
        arguments.extend(self.inputs());
        let loaded = self.run(lld, Flavor::Darwin, &arguments, folder)?;
        fs::remove_file(library)?;
        let lines = loaded.lines().filter_map(|line| line.split_once(" forced load of "));
        let lines = lines.map(|(symbol, file)| format!("\t{file}\t{symbol}\n"));
        Ok(fs::write(folder.join(EXTRACTED), format!("header\n{}", lines.collect::<String>()))?)
    }

    /// The first that defines a symbol is taken: what is selected stands before what is spare.
    fn inputs(&self) -> Vec<String> {
        let relative = |paths: &[PathBuf]| -> Vec<String> {
            paths.iter().map(|path| relative(path, self.root)).collect()
        };
        let mut inputs = relative(self.objects);
        inputs.extend(relative(self.libraries));
        if !self.spares.is_empty() {
            inputs.push("--start-lib".to_owned());
            inputs.extend(relative(self.spares));
            inputs.push("--end-lib".to_owned());
        }
        inputs.extend(relative(self.spare_libraries));
        inputs
    }

    /// Runs the linker and returns what it prints. The arguments go through a file in `folder`, as they
    /// are longer than some systems permit.
    fn run(
        &self,
        lld: &Lld,
        flavor: Flavor,
        arguments: &[String],
        folder: &Path,
    ) -> Result<String, LinkError> {
        let response = folder.join("arguments");
        fs::write(&response, arguments.iter().map(|a| quoted(a)).collect::<String>())?;
        let mut command: Command = lld.command(flavor);
        command.current_dir(self.root).arg(format!("@{}", response.display()));
        let failed = |message: String| LinkError::Bitcode { linker: lld.name(), message };
        let output = command.output().map_err(|error| failed(error.to_string()))?;
        if !output.status.success() {
            // The first of what may be hundreds of lines says what is wrong.
            let said = String::from_utf8_lossy(&output.stderr);
            let mut lines = said.lines();
            let line = lines.clone().find(|line| line.contains("error:")).or_else(|| lines.next());
            let line = line.map_or_else(|| output.status.to_string(), str::to_owned);
            return Err(failed(line));
        }
        fs::remove_file(response)?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Reads the result in its folder.
    fn read(&self, folder: &Path) -> Result<Converted, LinkError> {
        let mut objects = Vec::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "o") {
                objects.push(path);
            }
        }
        objects.sort();
        let mut extracted: Vec<Extracted> = Vec::new();
        let text = fs::read_to_string(folder.join(EXTRACTED))?;
        for line in text.lines().skip(1) {
            let mut fields = line.split('\t');
            let (Some(needed_by), Some(file), Some(symbol)) =
                (fields.next(), fields.next(), fields.next())
            else {
                continue;
            };
            // A member of a library stands in parentheses.
            let path = self.root.join(file.split('(').next().unwrap_or(file));
            if !extracted.iter().any(|known| known.path == path) {
                let (symbol, needed_by) = (symbol.to_owned(), needed_by.to_owned());
                extracted.push(Extracted { path, symbol, needed_by });
            }
        }
        Ok(Converted { objects, extracted })
    }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// An argument as a line of a file of arguments.
fn quoted(argument: &str) -> String {
    format!("\"{}\"\n", argument.replace('\\', "\\\\").replace('"', "\\\""))
}
