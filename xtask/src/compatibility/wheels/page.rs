//! The part of `docs/compatibility.rst` about wheels.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use anyhow::Result;
use end_to_end::compatibility::Comparison;

use super::Summary;
use super::facts::{Distribution, Facts, Subject};

/// The page.
///
/// # Errors
/// When nothing is known of a check.
pub fn page(summary: &Summary, facts: &Facts, comparisons: &[Comparison]) -> Result<String> {
    let mut text = introduction(summary, facts, comparisons);
    text += "\n.. list-table:: Packages\n   :header-rows: 1\n\n";
    let header = ["package", "wheel", "modules", "libraries", "glibc", "what is done", "result"];
    text += &row(&header.map(str::to_owned));
    let (of_packages, together): (Vec<_>, Vec<_>) =
        comparisons.iter().partition(|comparison| comparison.check.is_of_package);
    let rows = of_packages
        .into_iter()
        .map(|comparison| Ok(package(facts.of(&comparison.check.name)?, comparison)));
    let mut rows = rows.collect::<Result<Vec<_>>>()?;
    rows.sort_by_key(|cells| cells[0].to_lowercase());
    text.extend(rows.iter().map(|cells| row(cells)));
    text += "\n*Modules* are extension modules, *libraries* other shared objects in the wheel. *glibc* is the \
             oldest version that they ask for.\n";
    text += &format!("\n{}\n\n", heading("Together", '-'));
    text += "The same executable, in the same root:\n\n";
    for comparison in &together {
        let subject = facts.of(&comparison.check.name)?;
        let _ = writeln!(text, "* {}: {}", subject.does, result(comparison));
    }
    text += &failures(comparisons);
    Ok(text)
}

fn introduction(summary: &Summary, facts: &Facts, comparisons: &[Comparison]) -> String {
    let passing = comparisons.iter().filter(|comparison| comparison.verdict().is_ok()).count();
    let glibc = facts.subjects.iter().filter_map(|subject| subject.glibc.as_ref()).max();
    let glibc = glibc.map_or_else(|| "none".to_owned(), ToString::to_string);
    let mut text = format!(
        ".. Written by `cargo xtask compatibility wheels`.\n\n\
         Unmodified wheels of the package index in one executable of {:.0} MB, with CPython {}. It runs in a root \
         that holds the executable, the C library (glibc {}), its loader, and what the manylinux policies leave \
         to the system: ``libstdc++.so.6``, ``libgcc_s.so.1``, and ``libz.so.1`` for the wheels named below. \
         ``/proc``, ``/dev/null``, ``/dev/urandom`` and ``/dev/shm`` are there, as in a container; no file is left. \
         Each package is used, in a process of its own; it passes when it computes what the same wheels do \
         under ``python`` in a virtual environment.\n\n\
         Of {} checks, {passing} pass. All the wheels together ask for glibc {glibc}. \
         ``tests/compatibility`` has the checks and the lock file.\n",
        summary.size as f64 / 1e6,
        summary.python,
        summary.c_library,
        comparisons.len(),
    );
    let with_system = facts.subjects.iter().filter_map(|subject| {
        let others: BTreeSet<&str> = subject.system.iter().map(String::as_str).collect();
        let common = BTreeSet::from(["libstdc++.so.6", "libgcc_s.so.1"]);
        let others: Vec<String> = others.difference(&common).map(|name| code(name)).collect();
        let name = &subject.distributions.first()?.name;
        (!others.is_empty()).then(|| format!("{name} ({})", others.join(", ")))
    });
    let with_system: Vec<String> = with_system.collect();
    if !with_system.is_empty() {
        let _ = write!(
            text,
            "\nWheels that ask for more of the system than the C library, ``libstdc++.so.6`` and \
             ``libgcc_s.so.1``: {}.\n",
            with_system.join("; ")
        );
    }
    text
}

fn package(subject: &Subject, comparison: &Comparison) -> [String; 7] {
    let of_all = |of: fn(&Distribution) -> usize| {
        subject.distributions.iter().map(of).sum::<usize>().to_string()
    };
    let names: Vec<String> =
        subject.distributions.iter().map(|d| format!("{} {}", d.name, d.version)).collect();
    let binary =
        subject.distributions.iter().find(|d| !d.modules.is_empty() || !d.libraries.is_empty());
    let tags = binary.map(|distribution| tags(&distribution.tags)).unwrap_or_default();
    [
        names.join(", "),
        tags,
        of_all(|distribution| distribution.modules.len()),
        of_all(|distribution| distribution.libraries.len()),
        subject.glibc.as_ref().map(ToString::to_string).unwrap_or_default(),
        subject.does.clone(),
        result(comparison),
    ]
}

/// A wheel's tags as in the name of its file: the interpreters, the ABIs and the platforms, each once.
fn tags(tags: &[String]) -> String {
    let mut parts: [Vec<&str>; 3] = Default::default();
    for tag in tags {
        for (part, known) in tag.splitn(3, '-').zip(&mut parts) {
            if !known.contains(&part) {
                known.push(part);
            }
        }
    }
    if tags.is_empty() { String::new() } else { code(&parts.map(|part| part.join(".")).join("-")) }
}

fn result(comparison: &Comparison) -> String {
    if comparison.verdict().is_ok() { "passes".into() } else { "**fails**, see below".into() }
}

fn failures(comparisons: &[Comparison]) -> String {
    let mut text = String::new();
    for comparison in comparisons {
        let Err(error) = comparison.verdict() else { continue };
        if text.is_empty() {
            text = format!("\n{}\n", heading("What fails", '-'));
        }
        let _ = write!(text, "\n{}::\n\n", comparison.check.name);
        for line in error.to_string().lines() {
            let _ = writeln!(text, "   {line}");
        }
    }
    text
}

fn heading(title: &str, line: char) -> String {
    let line = line.to_string().repeat(title.chars().count());
    format!("{title}\n{line}")
}

fn row(cells: &[String]) -> String {
    let mut text = String::new();
    for (index, cell) in cells.iter().enumerate() {
        let mark = if index == 0 { '*' } else { ' ' };
        let _ = writeln!(text, "   {mark} - {cell}");
    }
    text
}

/// Literal text.
fn code(text: &str) -> String {
    format!("``{text}``")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_put_together_as_in_the_name_of_a_wheel() {
        let list = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>();
        let both = ["cp313-cp313-manylinux_2_17_x86_64", "cp313-cp313-manylinux2014_x86_64"];
        assert_eq!(
            tags(&list(&both)),
            "``cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64``"
        );
        assert_eq!(tags(&list(&["py2-none-any", "py3-none-any"])), "``py2.py3-none-any``");
        assert_eq!(tags(&[]), "");
    }
}
