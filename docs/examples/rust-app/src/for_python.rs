//! A module for Python, written in Rust.

/// Counts letters.
#[pyo3::pymodule]
pub mod engine {
    use std::collections::BTreeSet;

    use pyo3::exceptions::PyValueError;
    use pyo3::prelude::*;

    /// The number of letters of a word.
    #[pyfunction]
    fn letters(word: &str) -> usize {
        word.chars().filter(|c| c.is_alphabetic()).count()
    }

    /// Counts letters one by one.
    #[pyclass]
    #[derive(Default)]
    struct Counter {
        /// How many there were.
        #[pyo3(get)]
        total: usize,
        seen: BTreeSet<char>,
    }

    #[pymethods]
    impl Counter {
        #[new]
        fn new() -> Self {
            Self::default()
        }

        /// Counts a letter; anything else is a `ValueError`.
        fn add(&mut self, letter: char) -> PyResult<()> {
            if !letter.is_alphabetic() {
                return Err(PyValueError::new_err(format!("{letter:?} is no letter")));
            }
            self.total += 1;
            self.seen.insert(letter);
            Ok(())
        }

        /// How many different letters there were.
        fn distinct(&self) -> usize {
            self.seen.len()
        }
    }
}
