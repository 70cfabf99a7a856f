//! How long each tool works on each program, and how large what it makes is.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use fs_err as fs;

use super::place::{empty, run_logged};
use super::programs::Program;
use super::results::Build;
use super::tools::Tool;
use super::workshop::Workshop;
use crate::console::{duration, megabytes};

/// A build that takes longer is not repeated.
const LONG: Duration = Duration::from_secs(60);

/// The level at which all products are compressed to be compared.
const LEVEL: i32 = 19;

/// Has tools make programs, in turn, `rounds` times. What is known of each is handed to `keep` as soon as it is.
///
/// # Errors
/// When a tool fails, or something cannot be kept.
pub fn measure(
    workshop: &Workshop,
    programs: &[Program],
    tools: &[Tool],
    rounds: usize,
    keep: impl Fn(&Build) -> Result<()>,
) -> Result<()> {
    let mut builds = Vec::new();
    for program in programs {
        for tool in tools {
            if !matches!(tool, Tool::PyOxidizer | Tool::Compressed) {
                workshop.install(*tool, *program)?;
            }
            builds.push(Build::new(*tool, *program));
        }
    }
    for round in 0..rounds {
        for build in builds.iter_mut().filter(|build| build.longest() < LONG) {
            one_round(workshop, build, round)?;
            keep(build)?;
        }
    }
    Ok(())
}

/// Builds with empty caches, and once more with full ones after a change of the script.
fn one_round(workshop: &Workshop, build: &mut Build, round: usize) -> Result<()> {
    let (tool, program) = (build.tool, build.program);
    let work = workshop.work(tool, program);
    workshop.empty_caches(tool)?;
    empty(&work)?;
    let script = workshop.script(tool, program);
    fs::create_dir_all(script.parent().context("a script is in a folder")?)?;
    // A module's time of change is what many caches go by.
    fs::copy(program.script(), &script)?;
    let cold = time(workshop, tool, program)?;
    let mut text = fs::read_to_string(&script)?;
    text += &format!("\nCHANGED = {round}\n");
    fs::write(&script, text)?;
    let warm = time(workshop, tool, program)?;
    let [first, second] = [cold, warm].map(duration);
    eprintln!("{}, {}: {first} cold, {second} warm", program.title(), tool.title());
    build.cold.push(cold);
    build.warm.push(warm);
    if round == 0 {
        (build.size, build.packed) = sizes(&tool.product(program, &work))?;
        let [size, packed] = [build.size, build.packed].map(megabytes);
        eprintln!("{}, {}: {size}, {packed} packed", program.title(), tool.title());
    }
    Ok(())
}

fn time(workshop: &Workshop, tool: Tool, program: Program) -> Result<Duration> {
    let work = workshop.work(tool, program);
    let product = tool.product(program, &work);
    if let Some(folder) = product.parent() {
        fs::create_dir_all(folder)?;
    }
    let made = tool.start(program, &work);
    let before = changed(&made);
    let mut command = workshop.command(tool, program)?;
    let name = format!("logs/{}-{}.txt", tool.name(), program.name());
    let start = Instant::now();
    run_logged(&mut command, &workshop.place.at(name))?;
    let elapsed = start.elapsed();
    ensure!(made.is_file(), "{} has not made {}", tool.title(), made.display());
    if before.is_some() && before == changed(&made) {
        bail!("{} has not made {} anew", tool.title(), made.display());
    }
    Ok(elapsed)
}

/// When a file was last written, in seconds and nanoseconds, whatever time it was given afterwards.
fn changed(path: &Path) -> Option<(i64, i64)> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.ctime(), metadata.ctime_nsec()))
}

/// The size of a file, or of all files in a folder, plain and as zstandard compresses it.
fn sizes(product: &Path) -> Result<(u64, u64)> {
    if product.is_file() {
        let size = fs::metadata(product)?.len();
        return Ok((size, packed(&mut fs::File::open(product)?)?));
    }
    let mut archive = tempfile::tempfile()?;
    let mut builder = tar::Builder::new(&mut archive);
    builder.follow_symlinks(false);
    builder.append_dir_all("", product)?;
    builder.finish()?;
    drop(builder);
    std::io::Seek::rewind(&mut archive)?;
    Ok((folder_size(product)?, packed(&mut archive)?))
}

fn folder_size(folder: &Path) -> Result<u64> {
    let mut sum = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        sum += if metadata.is_dir() { folder_size(&entry.path())? } else { metadata.len() };
    }
    Ok(sum)
}

fn packed(input: &mut impl std::io::Read) -> Result<u64> {
    let mut count = Counter(0);
    let mut encoder = zstd::Encoder::new(&mut count, LEVEL)?;
    encoder.multithread(2)?;
    std::io::copy(input, &mut encoder)?;
    encoder.finish()?;
    Ok(count.0)
}

/// Counts what is written into it.
struct Counter(u64);

impl std::io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_as_large_as_its_files() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("lib")).unwrap();
        fs::write(folder.path().join("lib/a"), vec![7; 100_000]).unwrap();
        fs::write(folder.path().join("b"), "1234").unwrap();
        let (size, packed) = sizes(folder.path()).unwrap();
        assert_eq!(size, 100_004);
        assert!((50..2_000).contains(&packed), "{packed}");
    }

    #[test]
    fn a_file_is_compressed() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), vec![7; 100_000]).unwrap();
        let (size, packed) = sizes(file.path()).unwrap();
        assert_eq!(size, 100_000);
        assert!((10..1_000).contains(&packed), "{packed}");
    }
}
