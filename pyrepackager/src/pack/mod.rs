//! Fills the packed resources: what was collected and compiled becomes one blob.
//!
//! * `modules`: bytecode and source, and the parts of the import system.
//! * `libraries`: shared objects.
//! * `programs`: which files can be run, and what each needs for it.
//! * `distributions`: which distributions there are, by their metadata folders.
//! * `settings`: what the interpreter is told when it starts.
//! * `packages`: packages alone, for programs that add them at run time.
//! * `compress`: `[python_resources] compression`.
//!
//! How the blob is laid out is the business of `pyresources`.

use pyresources::install::{self, Folder};
use pyresources::{Kind, Role, Writer, report, setting};

use crate::cache::Cache;
use crate::collect::Collected;
use crate::config::resolved::{Compression, Config, InterpreterMode};
use crate::distribution::Distribution;
use crate::native::Library;
use crate::profile::Profile;
use crate::reporter::Reporter;

mod compress;
mod distributions;
mod error;
mod libraries;
mod modules;
mod packages;
mod programs;
mod settings;
#[cfg(test)]
mod tests;

pub use error::PackError;
pub use packages::packages;
pub use settings::Run;

/// What is packed.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The distribution, whose interpreter compiles.
    pub distribution: &'a Distribution,
    /// Modules and files.
    pub collected: &'a Collected,
    /// Extension modules' files and other shared objects.
    pub libraries: &'a [Library],
    /// What the executable runs, with names made out.
    pub run: &'a Run,
    /// The parts of the import system: their names as [`Kind::Bootstrap`], their Python source.
    pub bootstrap: &'a [(&'a str, &'a str)],
    /// Further files, by virtual path. They are seldom read, and compressed whatever the
    /// configuration says of the others.
    pub compressed_files: &'a [(String, Vec<u8>)],
    /// What is known to be used, and when.
    pub profile: Option<&'a Profile>,
    /// Names of modules that were left out because they are not.
    pub pruned: &'a [String],
    /// What the build says of itself; see [`crate::inspect`].
    pub report: &'a [u8],
}

/// A byte string on its way into the blob.
struct Content {
    kind: Kind,
    name: String,
    role: Role,
    bytes: Vec<u8>,
}

/// The level that the standard library's source is compressed with, whatever the configuration says of the rest: it is
/// read for tracebacks alone, and each build compresses it anew. Measured on 10.6 MB: level 3 takes 0.05 s, and gives
/// a tenth more than level 15 in 1 s.
const SOURCE_LEVEL: i32 = 3;

/// Makes the blob.
///
/// # Errors
///
/// A module cannot be compiled, a file cannot be read, or the format has no room for all of it.
pub fn pack(
    input: &Input<'_>,
    cache: &Cache,
    reporter: &dyn Reporter,
) -> Result<Vec<u8>, PackError> {
    let Input { config, distribution, collected, libraries, run, bootstrap, .. } = *input;
    let mut writer = Writer::new();
    for (kind, name) in input.profile.iter().flat_map(|profile| profile.order()) {
        writer.read_next(kind, name);
    }
    if !input.pruned.is_empty() {
        writer.setting(setting::PRUNED, input.pruned.join("\n"));
    }
    let contents = modules::pack(&mut writer, distribution, collected, cache, reporter)?;
    let (source, mut contents): (Vec<Content>, Vec<Content>) =
        contents.into_iter().partition(is_source_of_stdlib);
    let files = files(collected)?;
    for note in distributions::pack(&mut writer, collected, &files) {
        reporter.note(&note);
    }
    contents.extend(files);
    programs::pack(&mut writer, collected, contents.iter().chain(&source));
    if config.interpreter.interpreter_mode == InterpreterMode::Auto {
        contents.extend(programs::pack_pythons(&mut writer, distribution, collected));
    }
    modules::pack_extensions(&mut writer, collected);
    contents.extend(libraries::pack(&mut writer, libraries, config.native_libraries.load)?);
    let level = match config.resources.compression {
        Compression::None => None,
        Compression::Zstd => Some(compress::LEVEL),
    };
    compress::pack(&mut writer, contents, level, reporter)?;
    compress::pack(&mut writer, source, level.or(Some(SOURCE_LEVEL)), reporter)?;
    compress::pack(&mut writer, seldom_read(input), Some(compress::LEVEL), reporter)?;
    modules::pack_bootstrap(&mut writer, distribution, bootstrap, cache, reporter)?;
    settings::pack(&mut writer, config, distribution.version, run);
    Ok(writer.finish()?)
}

/// Names or paths of modules, files and shared objects, and the bytes that each takes before compression.
///
/// # Errors
///
/// As [`pack`].
pub fn sizes(
    distribution: &Distribution,
    collected: &Collected,
    cache: &Cache,
    reporter: &dyn Reporter,
) -> Result<Vec<(String, u64)>, PackError> {
    let contents = modules::contents(distribution, collected, cache, reporter)?;
    let mut sizes: Vec<(String, u64)> =
        contents.into_iter().map(|content| (content.name, content.bytes.len() as u64)).collect();
    let files = collected.files.values().map(|file| (&file.virtual_path, &file.source));
    let libraries = collected.libraries.values().map(|l| (&l.virtual_path, &l.source));
    for (path, source) in files.chain(libraries) {
        sizes.push((path.clone(), fs_err::metadata(source)?.len()));
    }
    Ok(sizes)
}

fn is_source_of_stdlib(content: &Content) -> bool {
    content.role == Role::Source && install::split(&content.name).0 == Folder::Stdlib
}

/// What is compressed whatever the configuration says.
fn seldom_read(input: &Input<'_>) -> Vec<Content> {
    let content = |kind, name: &str, bytes: &[u8]| {
        let (name, bytes) = (name.to_owned(), bytes.to_vec());
        Content { kind, name, role: Role::Contents, bytes }
    };
    let files = input.compressed_files.iter();
    let files = files.map(|(path, bytes)| content(Kind::File, path, bytes));
    files.chain([content(Kind::Report, report::BUILD, input.report)]).collect()
}

/// The collected files, in the order of their paths.
fn files(collected: &Collected) -> Result<Vec<Content>, PackError> {
    let files = collected.files.values().map(|file| {
        let bytes = fs_err::read(&file.source)?;
        let name = file.virtual_path.clone();
        Ok(Content { kind: Kind::File, name, role: Role::Contents, bytes })
    });
    files.collect()
}
