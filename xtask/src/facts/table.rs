//! The table of published archives in `docs/distributions.rst`.
//!
//! What each row was used for stands in `tests/published/facts/evidence.tsv`, which people write.

use std::fmt::Write as _;

use anyhow::{Context, Result, ensure};
use end_to_end::workspace;
use fs_err as fs;
use published::{Row, facts, rows};

/// Columns of the table after that of the row, and what they are called in the evidence.
const COLUMNS: [&str; 4] = ["read", "linked", "run", "evidence"];

const HEAD: &str = "\
.. Written by `cargo xtask facts` from tests/published/facts/evidence.tsv.

.. list-table::
   :header-rows: 1

   * - Archive
     - Read
     - Linked
     - Run
     - Evidence
";

/// Writes the table into the documentation.
pub fn write() -> Result<()> {
    let evidence = fs::read_to_string(workspace().join("tests/published/facts/evidence.tsv"))?;
    let out = workspace().join("docs/measured/distributions.inc");
    fs::write(&out, table(&evidence)?)?;
    eprintln!("wrote {}", out.display());
    Ok(())
}

fn table(evidence: &str) -> Result<String> {
    let mut text = HEAD.to_owned();
    for row in rows() {
        let cells = cells(evidence, row)?;
        writeln!(text, "   * - {} {}", row.release(), row.target())?;
        for cell in cells {
            writeln!(text, "     - {cell}")?;
        }
    }
    Ok(text)
}

fn cells(evidence: &str, row: Row) -> Result<[String; 4]> {
    let mut cells: [Vec<&str>; 4] = Default::default();
    for (column, text) in facts::lines(evidence, row)? {
        let index = COLUMNS.iter().position(|known| *known == column);
        let index = index.with_context(|| format!("the evidence has no column `{column}`"))?;
        ensure!(!text.is_empty(), "the evidence says nothing in column `{column}`");
        cells[index].push(text);
    }
    Ok(cells.map(|texts| if texts.is_empty() { "no".to_owned() } else { texts.join("; ") }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_shows_what_is_said_of_it() {
        let evidence = "# Comment\nread\t3.10-3.15 all\tyes\nrun\t3.13 linux\tas bitcode\n\
                        run\t3.13 linux-x86_64\tas ELF\n";
        let table = table(evidence).unwrap();
        assert_eq!(table.matches("   * - 3.").count(), 30);
        let row = "   * - 3.13 x86_64-unknown-linux-gnu\n     - yes\n     - no\n     - as \
                   bitcode; as ELF\n     - no\n";
        assert!(table.contains(row), "{table}");
    }

    #[test]
    fn unknown_columns_are_refused() {
        let error = table("flown\t3.13 linux\tyes\n").unwrap_err();
        assert_eq!(error.to_string(), "the evidence has no column `flown`");
    }
}
