//! How long a build works on Python modules, with an empty cache and with a full one.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use end_to_end::{distribution, workspace};
use pyrepackager::bytecode::{self, CompileRequest};
use pyrepackager::cache::Cache;
use pyrepackager::collect::{self, Collected};
use pyrepackager::config::{self, resolved::Config};
use pyrepackager::distribution::Distribution;
use pyrepackager::imports;
use pyrepackager::policy;
use pyrepackager::reporter::Silent;
use pyrepackager::requirements::{self, Limits};

use super::{Rounds, publish};
use crate::console::step;

/// The figures, which `docs/performance.rst` includes.
const FIGURES: &str = "docs/measured/build.inc";

/// The application: one of the largest examples.
const EXAMPLE: &str = "config-examples/ansible.toml";

/// What a build does with Python modules, each with its time.
#[derive(Clone, Copy, Default)]
struct Times {
    collect: Duration,
    compile: Duration,
    scan: Duration,
}

/// Measures.
pub fn run(args: &Rounds) -> Result<()> {
    let python = step("a Python distribution", distribution::distribution)?;
    let target = distribution::host();
    let config = config::load(&workspace().join(EXAMPLE), &target)?;
    // Wheels come from the usual cache; what is measured goes into one of its own.
    let usual = Cache::from_env()?;
    let provided = requirements::provide(&config, &python, Limits::default(), &usual, &Silent)?;
    let selection = policy::select(&config.extensions, &config.extension_modules, &python)?;
    let folder = tempfile::tempdir()?;
    let once = |cache: &Cache| -> Result<(Times, usize)> {
        let start = Instant::now();
        let collected = collect::collect(&config.packages, &provided.wheels, &python, &selection)?;
        let collect = start.elapsed();
        let (compile, scan) = work(&config, &collected, &python, cache)?;
        Ok((Times { collect, compile, scan }, collected.modules.len()))
    };
    let (cold, modules) = step("an empty cache", || once(&cache_in(folder.path())))?;
    let warm = step("a full cache", || {
        let all: Result<Vec<_>> =
            (0..args.rounds).map(|_| Ok(once(&cache_in(folder.path()))?.0)).collect();
        Ok::<_, anyhow::Error>(medians(&all?))
    })?;
    publish(&figures(&cold, &warm, modules, args.rounds), FIGURES, args)
}

fn cache_in(folder: &Path) -> Cache {
    Cache::at(folder.join("cache"))
}

/// Compiles and scans, as a build does.
fn work(
    config: &Config,
    collected: &Collected,
    python: &Distribution,
    cache: &Cache,
) -> Result<(Duration, Duration)> {
    let start = Instant::now();
    let modules = collected.modules.values();
    let requests: Vec<_> = modules
        .filter_map(|module| CompileRequest::of(module).transpose())
        .collect::<Result<_, _>>()?;
    bytecode::compile(python, &requests, cache, &Silent)?;
    let compile = start.elapsed();
    let start = Instant::now();
    imports::scan(config, collected, python, cache, &Silent)?;
    Ok((compile, start.elapsed()))
}

fn medians(all: &[Times]) -> Times {
    let of = |choose: fn(&Times) -> Duration| {
        let mut times: Vec<_> = all.iter().map(choose).collect();
        times.sort();
        times.get(times.len() / 2).copied().unwrap_or_default()
    };
    Times { collect: of(|t| t.collect), compile: of(|t| t.compile), scan: of(|t| t.scan) }
}

/// The table, in reStructuredText.
fn figures(cold: &Times, warm: &Times, modules: usize, rounds: usize) -> String {
    let mut text = format!(
        ".. Written by `cargo xtask bench build`.\n\n\
         ``ansible.toml``, {modules} modules; one run with an empty cache, median of {rounds} with a full \
         one:\n\n\
         .. list-table::\n   :header-rows: 1\n\n\
         \x20  * - step\n     - empty cache\n     - full cache\n"
    );
    let rows = [
        ("finding modules and files", cold.collect, warm.collect),
        ("bytecode", cold.compile, warm.compile),
        ("imports that nothing provides", cold.scan, warm.scan),
    ];
    for (name, cold, warm) in rows {
        let [cold, warm] = [cold, warm].map(|time| time.as_secs_f64());
        text += &format!("   * - {name}\n     - {cold:.2} s\n     - {warm:.2} s\n");
    }
    text
}
