//! Python functions that DLLs call.

use std::sync::Arc;

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyFloat, PyTuple};

use super::errors::OrRaise;
use super::marshal::integer;
use super::routine::{released, value};
use super::session::Session;
use crate::callback::{self, Answer, Signature};
use crate::protocol::ResultKind;
use crate::words::{WordReader, fits_register};

/// One parameter of a callback.
struct Parameter {
    /// A simple type's letter, `X` for what `class` makes of a number, `S` for what it makes of the
    /// bytes of a structure.
    code: char,
    class: Option<Py<PyAny>>,
    /// Bytes of a structure.
    size: usize,
}

/// A Python function as a callback of DLLs, for as long as this exists.
#[pyclass(frozen, module = "pywindll._native")]
pub(super) struct Callback {
    callback: callback::Callback,
    called: Arc<Called>,
}

#[pymethods]
impl Callback {
    /// `parameters`: letter, what makes the argument, and a structure's size, each. `result`: the
    /// letter of its type, or `v`.
    #[new]
    fn new(
        py: Python<'_>,
        session: Py<Session>,
        stdcall: bool,
        parameters: Vec<(char, Option<Py<PyAny>>, usize)>,
        result: char,
        function: Py<PyAny>,
    ) -> PyResult<Self> {
        let narrow = session.get().pointer_size() == 4;
        let parameters: Vec<_> = parameters
            .into_iter()
            .map(|(code, class, size)| Parameter { code, class, size })
            .collect();
        let words = parameters.iter().map(|parameter| parameter.words(narrow)).sum();
        let floats = parameters.iter().take(4).enumerate();
        let floats = floats
            .filter(|(_, parameter)| matches!(parameter.code, 'f' | 'd'))
            .fold(0, |bits, (place, _)| bits | 1 << place);
        let kind = match result {
            'f' => ResultKind::Float,
            'd' => ResultKind::Double,
            _ => ResultKind::Integer,
        };
        let signature = Signature { words, stdcall, result: kind, floats };
        let running = session.get().running(py)?.clone();
        let called = Arc::new(Called { session, parameters, result, function });
        let runs = Arc::clone(&called);
        let made = released(py, || {
            running.add_callback(&signature, Arc::new(move |words| runs.run(words)))
        });
        Ok(Self { callback: made.or_raise(py)?, called })
    }

    #[getter]
    fn address(&self) -> u64 {
        self.callback.address()
    }

    /// A function may well refer to what refers to its callback.
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.called.session)?;
        visit.call(&self.called.function)?;
        for parameter in &self.called.parameters {
            visit.call(&parameter.class)?;
        }
        Ok(())
    }
}

impl Parameter {
    /// Machine words that it takes.
    fn words(&self, narrow: bool) -> u32 {
        match self.code {
            'd' | 'q' | 'Q' | 'l' | 'L' if narrow => 2,
            'S' if narrow => self.size.div_ceil(4) as u32,
            _ => 1,
        }
    }
}

/// What a callback runs.
struct Called {
    session: Py<Session>,
    parameters: Vec<Parameter>,
    result: char,
    function: Py<PyAny>,
}

impl Called {
    fn run(&self, words: WordReader<'_>) -> Answer {
        Python::attach(|py| {
            self.try_run(py, words).unwrap_or_else(|error| {
                // As ctypes does: there is nobody to raise it to.
                error.write_unraisable(py, Some(self.function.bind(py)));
                Answer::default()
            })
        })
    }

    fn try_run(&self, py: Python<'_>, mut words: WordReader<'_>) -> PyResult<Answer> {
        let session = self.session.get();
        let arguments = self.parameters.iter().map(|one| one.argument(py, session, &mut words));
        let arguments = PyTuple::new(py, arguments.collect::<PyResult<Vec<_>>>()?)?;
        let result = self.function.bind(py).call1(arguments)?;
        self.answer(&result)
    }

    fn answer(&self, result: &Bound<'_, PyAny>) -> PyResult<Answer> {
        if self.result == 'v' {
            return Ok(Answer::default());
        }
        // An object of ctypes stands for its value.
        let plain =
            result.is_none() || integer(result).is_some() || result.is_instance_of::<PyFloat>();
        let result = match plain {
            true => result.clone(),
            false => result.getattr("value").unwrap_or_else(|_| result.clone()),
        };
        let mut answer = Answer::default();
        match self.result {
            'f' => answer.float = u64::from((result.extract::<f64>()? as f32).to_bits()),
            'd' => answer.float = result.extract::<f64>()?.to_bits(),
            '?' => answer.result = u64::from(result.is_truthy()?),
            _ if result.is_none() => {}
            _ => {
                answer.result = match integer(&result) {
                    Some(value) => value,
                    None => result.call_method0("__index__")?.extract::<i64>()?.cast_unsigned(),
                };
            }
        }
        Ok(answer)
    }
}

impl Parameter {
    fn argument<'py>(
        &self,
        py: Python<'py>,
        session: &Session,
        words: &mut WordReader<'_>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let narrow = session.pointer_size() == 4;
        match (self.code, &self.class) {
            ('S', Some(class)) => {
                let bytes = if narrow {
                    let bytes: Vec<u8> = (0..self.size.div_ceil(4))
                        .flat_map(|_| (words.word() as u32).to_le_bytes())
                        .collect();
                    bytes[..self.size].to_vec()
                } else if fits_register(self.size) {
                    words.word().to_le_bytes()[..self.size].to_vec()
                } else {
                    let mut bytes = vec![0; self.size];
                    session.running(py)?.read_memory(words.word(), &mut bytes).or_raise(py)?;
                    bytes
                };
                class.bind(py).call1((PyBytes::new(py, &bytes),))
            }
            ('X', Some(class)) => class.bind(py).call1((words.word(),)),
            ('d' | 'q' | 'Q' | 'l' | 'L', _) => {
                let register = words.wide();
                value(py, session, self.code, register, register)
            }
            _ => {
                let register = words.word();
                value(py, session, self.code, register, register)
            }
        }
    }
}
