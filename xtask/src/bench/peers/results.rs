//! What was measured. It is kept as JSON, too, so that the page can be written anew without measuring again.

use std::time::Duration;

use end_to_end::measure::median;
use serde::{Deserialize, Serialize};

use super::machine::Machine;
use super::programs::Program;
use super::tools::Tool;

/// Everything.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Results {
    /// Where and with what.
    pub machine: Machine,
    /// How often each program was run.
    pub rounds: usize,
    /// The builds.
    pub builds: Vec<Build>,
    /// The runs.
    pub runs: Vec<Run>,
    /// How many modules the command-line tool imports in our executable and in a virtual environment.
    pub modules: [usize; 2],
}

/// The builds of one program with one tool.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Build {
    /// The tool.
    pub tool: Tool,
    /// The program.
    pub program: Program,
    /// With empty caches.
    pub cold: Vec<Duration>,
    /// Once more after a change.
    pub warm: Vec<Duration>,
    /// Bytes of what is shipped.
    pub size: u64,
    /// The same, compressed.
    pub packed: u64,
}

/// The runs of one program made in one way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Run {
    /// How it was made.
    pub how: How,
    /// The program.
    pub program: Program,
    /// Median time from start to end.
    pub time: Duration,
    /// Median largest size in memory of the tree of processes, in kilobytes.
    pub memory: u64,
    /// Files and folders that were opened.
    pub opened: usize,
    /// Bytes that were written into files.
    pub written: u64,
    /// Median time in which ten of them that start together all end.
    pub parallel: Duration,
}

/// How a program that runs was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum How {
    /// By a tool.
    Made(Tool),
    /// By a tool, and the folder that it unpacks itself into is empty.
    First(Tool),
    /// Not at all: `python` in a virtual environment, of the distribution.
    Distribution,
    /// The same, of the machine's own Python.
    System,
}

impl How {
    /// All of them, in the order of the tables.
    pub fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for tool in Tool::ALL {
            if tool.unpacks_once() {
                all.push(Self::First(tool));
            }
            all.push(Self::Made(tool));
        }
        all.extend([Self::Distribution, Self::System]);
        all
    }

    /// The tool that made it, if one did.
    pub fn tool(self) -> Option<Tool> {
        match self {
            Self::Made(tool) | Self::First(tool) => Some(tool),
            Self::Distribution | Self::System => None,
        }
    }

    /// What tables and charts call it.
    pub fn title(self) -> String {
        match self {
            Self::Made(tool) if tool.unpacks_once() => format!("{}, later runs", tool.title()),
            Self::Made(tool) => tool.title().to_owned(),
            Self::First(tool) => format!("{}, first run", tool.title()),
            Self::Distribution => "python, same distribution".to_owned(),
            Self::System => "python, the machine's".to_owned(),
        }
    }
}

impl Build {
    /// Nothing measured yet.
    pub fn new(tool: Tool, program: Program) -> Self {
        Self { tool, program, cold: Vec::new(), warm: Vec::new(), size: 0, packed: 0 }
    }

    /// The longest of its times.
    pub fn longest(&self) -> Duration {
        self.cold.iter().chain(&self.warm).max().copied().unwrap_or_default()
    }

    /// The median of the builds with empty caches.
    pub fn cold(&self) -> Duration {
        median(self.cold.clone())
    }

    /// The median of the builds after a change.
    pub fn warm(&self) -> Duration {
        median(self.warm.clone())
    }
}
