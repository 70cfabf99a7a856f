//! Imports as text.

use std::fmt::Write as _;

use pyrepackager::profile::{Import, ImportKind, Process, Trace};

/// How many of the slowest are named.
const NAMED: usize = 10;

/// An import with its own time.
struct Timed<'a> {
    import: &'a Import,
    own: u64,
}

/// All imports in the order in which they began; what an import has imported is indented below it.
pub fn text(trace: &Trace) -> String {
    let mut text = format!("{}\n", trace.command.join(" "));
    for process in &trace.processes {
        let role = if process.parent.is_none() { "" } else { ", started by the application" };
        let Process { process: number, arguments, .. } = process;
        let _ = write!(
            text,
            "\nprocess {number}, {}{role}: {}\n\n{:>9} {:>9}  module\n",
            process.role,
            arguments.join(" "),
            "self ms",
            "total ms",
        );
        let own = process.self_ns();
        for (index, import) in process.imports.iter().enumerate() {
            let depth = process.stack(index).len() - 1;
            let _ = writeln!(
                text,
                "{} {}  {}{}{}",
                milliseconds(own[index], 9),
                milliseconds(import.total_ns(), 9),
                "  ".repeat(depth),
                import.module,
                remark(import),
            );
        }
    }
    text
}

/// What there is to say of an import that is not one of packed bytecode.
fn remark(import: &Import) -> String {
    let detail = import.detail.as_deref().map(|detail| format!(": {detail}")).unwrap_or_default();
    let kind = match import.kind {
        ImportKind::Packed => return String::new(),
        ImportKind::Extension => "extension module",
        ImportKind::Namespace => "namespace package",
        ImportKind::BuiltIn => "built-in",
        ImportKind::Frozen => "frozen",
        ImportKind::File => "file",
        ImportKind::Unknown => "unknown",
        ImportKind::Failed => "failed",
        ImportKind::Unfinished => "unfinished",
    };
    format!("  ({kind}{detail})")
}

/// A few lines for a terminal.
pub fn summary(trace: &Trace) -> String {
    let mut timed: Vec<Timed<'_>> = Vec::new();
    for process in &trace.processes {
        let own = process.self_ns();
        timed.extend(process.imports.iter().zip(own).map(|(import, own)| Timed { import, own }));
    }
    let loaded = timed.iter().filter(|timed| timed.import.kind.is_loaded()).count();
    let total: u64 = timed.iter().map(|timed| timed.own).sum();
    let mut text = format!("{loaded} modules imported in {} ms", milliseconds(total, 0));
    if trace.processes.len() > 1 {
        let _ = write!(text, " by {} processes", trace.processes.len());
    }
    let _ = writeln!(text, "; the slowest, without what they import:");
    timed.sort_by_key(|timed| std::cmp::Reverse(timed.own));
    for Timed { import, own } in timed.iter().take(NAMED) {
        let _ = writeln!(text, "{} ms  {}{}", milliseconds(*own, 9), import.module, remark(import));
    }
    text
}

fn milliseconds(nanoseconds: u64, width: usize) -> String {
    format!("{:width$.3}", nanoseconds as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A process that imports `a`, which imports `b`, and fails to import `c`.
    fn trace() -> Trace {
        let import = |module: &str, kind, parent, start_ns, end_ns| Import {
            module: module.to_owned(),
            kind,
            detail: (kind == ImportKind::Failed).then(|| "ImportError".to_owned()),
            thread: 0,
            parent,
            start_ns,
            end_ns,
        };
        let imports = vec![
            import("a", ImportKind::Packed, None, 1_000_000, 5_000_000),
            import("b", ImportKind::Extension, Some(0), 2_000_000, 4_500_000),
            import("c", ImportKind::Failed, None, 6_000_000, 6_250_000),
        ];
        let process = Process {
            process: 7,
            parent: None,
            role: "application".to_owned(),
            arguments: vec!["./app".to_owned(), "-v".to_owned()],
            start_ns: 0,
            finished: true,
            imports,
            uses: Vec::new(),
        };
        Trace {
            format: pyrepackager::profile::FORMAT.to_owned(),
            version: pyrepackager::profile::VERSION,
            python: "3.13.5".to_owned(),
            command: vec!["app".to_owned(), "-v".to_owned()],
            exit_code: Some(0),
            processes: vec![process],
        }
    }

    #[test]
    fn the_list_is_in_the_order_of_beginnings() {
        let expected = "app -v\n\n\
            process 7, application: ./app -v\n\n  \
              self ms  total ms  module\n    \
                1.500     4.000  a\n    \
                2.500     2.500    b  (extension module)\n    \
                0.250     0.250  c  (failed: ImportError)\n";
        assert_eq!(text(&trace()), expected);
    }

    #[test]
    fn the_summary_names_the_slowest_first() {
        let expected = "2 modules imported in 4.250 ms; the slowest, without what they import:\n    \
                2.500 ms  b  (extension module)\n    \
                1.500 ms  a\n    \
                0.250 ms  c  (failed: ImportError)\n";
        assert_eq!(summary(&trace()), expected);
    }

    #[test]
    fn the_graph_has_the_names() {
        let svg = String::from_utf8(super::super::flame::graph(&trace()).unwrap()).unwrap();
        assert!(svg.starts_with("<?xml"), "{svg}");
        for name in ["a (4,000 µs, 94.12%)", "b (2,500 µs, 58.82%)", "c (250 µs, 5.88%)"] {
            assert!(svg.contains(name), "{name}: {svg}");
        }
    }
}
