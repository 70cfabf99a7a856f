use super::*;
use crate::analyze::testing::analysis;

#[test]
fn a_table_of_eighty_columns() {
    assert_eq!(
        table(&analysis(), 80),
        "\
app  11.2 MB
Python: 3.13.5 for x86_64-unknown-linux-gnu
Runs: the console script thing:main
glibc: 2.34 or newer, for _x.so; the executable itself needs 2.17
Made by: pyrepackager 0.1.0

Size
  9.0 MB 80.6 %  ████████████████████  machine code
  2.0 MB 18.3 %  █████                 Some-Thing 2.0  1 module, 1 library, 1 f…
  123 kB  1.1 %                        Python standard library  1 module

Largest packages and modules
  2.0 MB 18.3 %  ████████████████████  thing  1 module, 1 library, 1 file
  123 kB  1.1 %  █                     os

Native libraries
  2.5 MB  thing._x

Licences
  MIT: Some-Thing
  Python-2.0: CPython
  and 1 Rust crate, in the page of --html

Imports that nothing provides
  absent  required, by thing:7
  later  on demand, by thing:7
  extra  optional, by thing.tests:7, thing:7
  pytest  in unused modules, by thing.tests:7
"
    );
}

#[test]
fn lines_fit_whatever_the_terminal() {
    for columns in [24, 40, 59, 60, 80, 120] {
        for line in table(&analysis(), columns).lines() {
            assert!(measure_text_width(line) <= columns, "{columns}: {line}");
        }
    }
    assert!(!table(&analysis(), 59).contains('█'), "narrow ones have no bars");
}
