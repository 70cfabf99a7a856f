//! The machine that was measured on, and the versions of everything that took part.

use std::process::Command;

use anyhow::{Context as _, Result};
use end_to_end::distribution;
use fs_err as fs;
use serde::{Deserialize, Serialize};

use super::environments::{Kind, Pythons, pin};
use super::tools::Tool;

/// What the page says of the machine.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Machine {
    /// The processor's name.
    pub processor: String,
    /// How many of its threads there are.
    pub threads: usize,
    /// Memory in kilobytes.
    pub memory: u64,
    /// The operating system, with its version.
    pub system: String,
    /// The kernel's release, such as `6.1`.
    pub kernel: String,
    /// How many processes wanted to run when the runs began, as an average over five minutes.
    pub load: f64,
    /// The C compiler, which Nuitka calls.
    pub compiler: String,
    /// Version of the distribution's Python.
    pub distribution: String,
    /// How that was optimised, as the distribution says.
    pub optimizations: String,
    /// Version of the machine's Python.
    pub python: String,
    /// Version of each tool.
    pub versions: Vec<(Tool, String)>,
}

impl Machine {
    /// Looks.
    ///
    /// # Errors
    /// When the kernel, or a program, does not tell.
    pub fn look(pythons: &Pythons) -> Result<Self> {
        let memory = field(&fs::read_to_string("/proc/meminfo")?, "MemTotal")?;
        let release = fs::read_to_string("/proc/sys/kernel/osrelease")?;
        let compiler = Command::new("gcc").arg("-dumpfullversion").output();
        let compiler = compiler.context("Nuitka needs gcc, which does not start")?;
        let load = fs::read_to_string("/proc/loadavg")?;
        Ok(Self {
            processor: field(&fs::read_to_string("/proc/cpuinfo")?, "model name")?,
            threads: std::thread::available_parallelism()?.get(),
            memory: memory.trim_end_matches(" kB").parse()?,
            system: system(&fs::read_to_string("/etc/os-release")?)?,
            kernel: release.split('.').take(2).collect::<Vec<_>>().join("."),
            load: load.split(' ').nth(1).context("the kernel says nothing of its load")?.parse()?,
            compiler: format!("gcc {}", String::from_utf8_lossy(&compiler.stdout).trim()),
            distribution: pythons.get(Kind::Distribution).version.clone(),
            optimizations: optimizations()?,
            python: pythons.get(Kind::System).version.clone(),
            versions: Tool::ALL.into_iter().map(version).collect::<Result<_>>()?,
        })
    }

    /// The version of a tool.
    pub fn version(&self, tool: Tool) -> &str {
        let found = self.versions.iter().find(|(other, _)| *other == tool);
        found.map_or("", |(_, version)| version)
    }
}

fn version(tool: Tool) -> Result<(Tool, String)> {
    let version = match tool.packages().first() {
        Some(package) => pin(package)?.split("==").nth(1).unwrap_or_default().to_owned(),
        None => env!("CARGO_PKG_VERSION").to_owned(),
    };
    Ok((tool, version))
}

/// What stands behind a name and a colon.
fn field(text: &str, name: &str) -> Result<String> {
    let fields = text.lines().filter_map(|line| line.split_once(':'));
    let found = fields.map(|(key, value)| (key.trim(), value.trim())).find(|(key, _)| *key == name);
    Ok(found.with_context(|| format!("the kernel does not say `{name}`"))?.1.to_owned())
}

fn system(os_release: &str) -> Result<String> {
    let line = os_release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
    Ok(line.context("/etc/os-release names no system")?.trim_matches('"').to_owned())
}

/// What `PYTHON.json` of the distribution says under that name.
fn optimizations() -> Result<String> {
    #[derive(Deserialize)]
    struct Facts {
        optimizations: String,
    }
    let file = distribution::distribution()?.root.join("PYTHON.json");
    let facts: Facts = serde_json::from_slice(&fs::read(&file)?)
        .with_context(|| format!("`{}` does not say how it is optimised", file.display()))?;
    Ok(facts.optimizations)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_lists_are_read() {
        let text = "processor\t: 0\nmodel name\t: A: processor\n";
        assert_eq!(field(text, "model name").unwrap(), "A: processor");
        assert!(field(text, "flags").is_err());
        assert_eq!(system("ID=x\nPRETTY_NAME=\"Debian 12\"\n").unwrap(), "Debian 12");
    }
}
