//! What the documentation says of the machine, the tools and their versions.

use std::fmt::Write as _;

use super::environments::Kind;
use super::programs::Program;
use super::results::Results;
use super::tools::Tool;

/// The machine, the tools and their versions.
pub fn text(results: &Results) -> String {
    let it = &results.machine;
    let mut text = format!(
        ".. Written by `cargo xtask bench peers`.\n\n\
         {}, {} threads, {:.0} GB of memory, {}, Linux {}, {}. When the runs began, the load of the machine \
         (average over five minutes) was {:.1}. The distribution is CPython {}, optimisation ``{}``; the machine's \
         Python is {}. The command-line tool imports {} modules in our executable, and {} in a virtual environment \
         of the distribution.\n\n\
         .. list-table::\n   :header-rows: 1\n\n   * - tool\n     - version\n     - CPython\n     - builds\n",
        it.processor,
        it.threads,
        it.memory as f64 * 1024.0 / 1e9,
        it.system,
        it.kernel,
        it.compiler,
        it.load,
        it.distribution,
        it.optimizations,
        it.python,
        results.modules[0],
        results.modules[1],
    );
    for tool in Tool::ALL {
        let python = match tool.python() {
            Kind::Distribution => &it.distribution,
            Kind::System => &it.python,
        };
        let count = |program: &Program| {
            let mut builds = results.builds.iter();
            let build = builds.find(|build| build.tool == tool && build.program == *program)?;
            Some(build.cold.len().to_string())
        };
        let counts: Vec<String> = Program::ALL.iter().filter_map(count).collect();
        let _ = write!(
            text,
            "   * - {}\n     - {}\n     - {python}\n     - {}\n",
            tool.title(),
            it.version(tool),
            if counts.is_empty() { "\\-".to_owned() } else { counts.join(", ") },
        );
    }
    text
}
