//! Calls: arguments by the types that ctypes' `argtypes` name, results by `restype`.

use std::borrow::Cow;

use pyo3::exceptions::{PyOSError, PyTypeError, PyValueError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyFloat, PyList, PyString, PyTuple};

use super::errors::OrRaise;
use super::marshal::{Marshaler, integer, load_object};
use super::session::Session;
use super::types::{ByRef, TypeInfo};
use crate::protocol::ResultKind;
use crate::thread::{Outcome, Routine as Target};
use crate::words::{Convention, Words, fits_register};

/// Runs something that does not use the interpreter while other threads may.
pub(super) fn released<T>(py: Python<'_>, run: impl FnOnce() -> T) -> T {
    /// Says that something may be used by another thread, as `Python::detach` asks.
    struct Here<T>(T);
    // SAFETY: `detach` runs the closure in this very thread; it asks for `Send` so that nothing of
    // the interpreter's gets into it, which is for the callers of this function to see to.
    unsafe impl<T> Send for Here<T> {}
    impl<F: FnOnce() -> T, T> Here<F> {
        fn run(self) -> Here<T> {
            Here((self.0)())
        }
    }
    let run = Here(run);
    py.detach(|| run.run()).0
}

/// The object behind what `byref` and `from_param` of ctypes itself give, which keep it to themselves.
pub(super) fn parameter_object<'py>(
    py: Python<'py>,
    object: &Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let found = py.import("pywindll.layout")?.getattr("parameter_object")?.call1((object,))?;
    Ok(if found.is_none() { None } else { Some(found) })
}

/// One parameter of a routine.
struct Parameter {
    /// A simple type's letter, or `p` for POINTER(T), `F` for callbacks, `S` for structures and
    /// unions, `A` for arrays, `O` for anything else with `from_param`.
    code: char,
    class: Py<PyAny>,
    /// What a pointer's type points to.
    target: Option<Py<PyAny>>,
}

/// The letter, the type, and what a pointer points to.
type ParameterTuple = (char, Py<PyAny>, Option<Py<PyAny>>);

/// What a routine's result is made into.
struct ResultType {
    /// A simple type's letter, `v` for nothing, `X` for what `class` makes of the register's number,
    /// `S` for a structure.
    code: char,
    class: Option<Py<PyAny>>,
}

/// A routine with its types.
#[pyclass(frozen, module = "pywindll._native")]
pub(super) struct Routine {
    session: Py<Session>,
    target: Target,
    convention: Convention,
    /// Whether more arguments than parameters may be passed.
    variadic: bool,
    parameters: Option<Vec<Parameter>>,
    result: ResultType,
}

#[pymethods]
impl Routine {
    /// `parameters`: letter, type and what that points to, each; `result`: letter and type.
    #[new]
    #[pyo3(signature = (session, address, convention, use_last_error, use_errno, parameters, result))]
    fn new(
        session: Py<Session>,
        address: u64,
        convention: &str,
        use_last_error: bool,
        use_errno: bool,
        parameters: Option<Vec<ParameterTuple>>,
        result: (char, Option<Py<PyAny>>),
    ) -> PyResult<Self> {
        let convention = match convention {
            "cdecl" => Convention::Cdecl,
            "stdcall" => Convention::Stdcall,
            "thiscall" => Convention::Thiscall,
            "fastcall" => Convention::Fastcall,
            _ => {
                return Err(PyValueError::new_err(format!(
                    "{convention:?} is no calling convention"
                )));
            }
        };
        let kind = match result.0 {
            'f' => ResultKind::Float,
            'd' => ResultKind::Double,
            _ => ResultKind::Integer,
        };
        let parameters = parameters.map(|list| {
            let one = |(code, class, target)| Parameter { code, class, target };
            list.into_iter().map(one).collect()
        });
        Ok(Self {
            session,
            target: Target { address, result: kind, use_last_error, use_errno },
            convention,
            variadic: convention == Convention::Cdecl,
            parameters,
            result: ResultType { code: result.0, class: result.1 },
        })
    }

    #[pyo3(signature = (*arguments))]
    fn __call__<'py>(
        &self,
        py: Python<'py>,
        arguments: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let session = self.session.get();
        let running = session.running(py)?;
        let thread = running.thread().or_raise(py)?;
        let words = Words::new(session.pointer_size(), self.convention);
        let mut marshaler = Marshaler::new(py, session, &thread, words);
        let structure = self.begin_structure(py, session, &thread, &mut marshaler)?;
        self.convert(&mut marshaler, arguments)?;
        marshaler.settle()?;
        let outcome = released(py, || thread.call_words(&self.target, &marshaler.words));
        marshaler.finish();
        let outcome = outcome.or_raise(py)?;
        if let Some((info, address)) = structure {
            return self.structure(py, &info, address, outcome);
        }
        drop(marshaler);
        self.result(py, session, outcome)
    }

    /// Calls the routine once for each tuple of arguments, in one turn of the agent.
    fn batch<'py>(
        &self,
        py: Python<'py>,
        calls: Vec<Bound<'py, PyTuple>>,
    ) -> PyResult<Bound<'py, PyList>> {
        if self.result.code == 'S' {
            return Err(PyTypeError::new_err(
                "a routine whose result is a structure is not called in a batch",
            ));
        }
        let session = self.session.get();
        let running = session.running(py)?;
        let thread = running.thread().or_raise(py)?;
        let mut marshalers = Vec::with_capacity(calls.len());
        let mut prepared = Vec::with_capacity(calls.len());
        let converted = calls.iter().try_for_each(|arguments| {
            let words = Words::new(session.pointer_size(), self.convention);
            let mut marshaler = Marshaler::new(py, session, &thread, words);
            let converted =
                self.convert(&mut marshaler, arguments).and_then(|()| marshaler.settle());
            prepared.push((self.target, marshaler.words.clone()));
            marshalers.push(marshaler);
            converted
        });
        let outcomes =
            converted.and_then(|()| released(py, || thread.batch(&prepared)).or_raise(py));
        // Each gives back what it took after the one before.
        while let Some(marshaler) = marshalers.pop() {
            marshaler.finish();
        }
        let results = outcomes?.into_iter().map(|outcome| self.result(py, session, outcome));
        PyList::new(py, results.collect::<PyResult<Vec<_>>>()?)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.session)?;
        for parameter in self.parameters.iter().flatten() {
            visit.call(&parameter.class)?;
            visit.call(&parameter.target)?;
        }
        visit.call(&self.result.class)
    }

    #[getter]
    fn address(&self) -> u64 {
        self.target.address
    }
}

impl Routine {
    /// Where a structure that is the result goes: its type, and an address unless it is returned in
    /// registers, which is then the first argument.
    fn begin_structure<'py>(
        &self,
        py: Python<'py>,
        session: &Session,
        thread: &crate::thread::Thread,
        marshaler: &mut Marshaler<'py, '_>,
    ) -> PyResult<Option<(Bound<'py, TypeInfo>, u64)>> {
        let (true, Some(class)) = (self.result.code == 'S', &self.result.class) else {
            return Ok(None);
        };
        let sample = class.bind(py).call0()?;
        let info = session
            .known_type(&sample)?
            .ok_or_else(|| PyTypeError::new_err("the result's type is no structure"))?;
        let size = info.get().guest_size;
        if fits_register(size) {
            return Ok(Some((info, 0)));
        }
        let address = thread.scratch(size as u64).or_raise(py)?;
        marshaler.word(address)?;
        Ok(Some((info, address)))
    }

    /// A new structure with the result's bytes.
    fn structure<'py>(
        &self,
        py: Python<'py>,
        info: &Bound<'py, TypeInfo>,
        address: u64,
        outcome: Outcome,
    ) -> PyResult<Bound<'py, PyAny>> {
        let Some(class) = &self.result.class else { return Ok(py.None().into_bound(py)) };
        let made = class.bind(py).call0()?;
        let register = outcome.result;
        let from = if address == 0 { (&raw const register) as u64 } else { address };
        // SAFETY: the scratch memory, or the register, has the structure's bytes.
        let bytes = unsafe { std::slice::from_raw_parts(from as *const u8, info.get().guest_size) };
        load_object(self.session.get(), &made, bytes)?;
        Ok(made)
    }

    /// Converts all arguments, with ctypes' errors.
    fn convert<'py>(
        &self,
        marshaler: &mut Marshaler<'py, '_>,
        arguments: &Bound<'py, PyTuple>,
    ) -> PyResult<()> {
        let py = arguments.py();
        let known = self.parameters.as_ref().map_or(0, Vec::len);
        let given = arguments.len();
        if self.parameters.is_some() && (given < known || given > known && !self.variadic) {
            let least = if self.variadic { "at least " } else { "" };
            let plural = if known == 1 { "" } else { "s" };
            let message =
                format!("this function takes {least}{known} argument{plural} ({given} given)");
            return Err(PyTypeError::new_err(message));
        }
        for (place, argument) in arguments.iter_borrowed().enumerate() {
            let converted =
                match self.parameters.as_ref().and_then(|parameters| parameters.get(place)) {
                    Some(parameter) => parameter.convert(marshaler, &argument),
                    None => marshaler.any(&argument),
                };
            converted.map_err(|error| argument_error(py, place + 1, error))?;
        }
        Ok(())
    }

    fn result<'py>(
        &self,
        py: Python<'py>,
        session: &Session,
        outcome: Outcome,
    ) -> PyResult<Bound<'py, PyAny>> {
        let code = self.result.code;
        if code == 'X' {
            let Some(class) = &self.result.class else { return Ok(py.None().into_bound(py)) };
            let value = if session.pointer_size() == 4 {
                outcome.result & 0xffff_ffff
            } else {
                outcome.result
            };
            return class.bind(py).call1((value,));
        }
        value(py, session, code, outcome.result, outcome.float)
    }
}

/// A number or text from the registers, by a simple type's letter.
pub(super) fn value<'py>(
    py: Python<'py>,
    session: &Session,
    code: char,
    register: u64,
    float: u64,
) -> PyResult<Bound<'py, PyAny>> {
    let pointer = if session.pointer_size() == 4 { register & 0xffff_ffff } else { register };
    Ok(match code {
        'v' => py.None().into_bound(py),
        'i' => (register as i32).into_pyobject(py)?.into_any(),
        'I' => (register as u32).into_pyobject(py)?.into_any(),
        'h' => (register as i16).into_pyobject(py)?.into_any(),
        'H' => (register as u16).into_pyobject(py)?.into_any(),
        'b' => (register as i8).into_pyobject(py)?.into_any(),
        'B' => (register as u8).into_pyobject(py)?.into_any(),
        'q' | 'l' => register.cast_signed().into_pyobject(py)?.into_any(),
        'Q' | 'L' => register.into_pyobject(py)?.into_any(),
        '?' => (register as u8 != 0).into_pyobject(py)?.to_owned().into_any(),
        'c' => PyBytes::new(py, &[register as u8]).into_any(),
        'u' => utf16_text(py, &(register as u16).to_le_bytes())?,
        'f' => PyFloat::new(py, f64::from(f32::from_bits(float as u32))).into_any(),
        'd' => PyFloat::new(py, f64::from_bits(float)).into_any(),
        'P' if pointer == 0 => py.None().into_bound(py),
        'P' => pointer.into_pyobject(py)?.into_any(),
        'z' | 'Z' if pointer == 0 => py.None().into_bound(py),
        'z' => session.read_string(py, pointer, 1)?.into_any(),
        'Z' => utf16_text(py, session.read_string(py, pointer, 2)?.as_bytes())?,
        _ => return Err(PyValueError::new_err(format!("{code:?}: no letter of a result"))),
    })
}

fn utf16_text<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    PyBytes::new(py, bytes).call_method1("decode", ("utf-16-le", "surrogatepass"))
}

/// ctypes' `ArgumentError`, around what was wrong with one argument. What is wrong with the session
/// is no fault of the argument's, and stays what it is.
fn argument_error(py: Python<'_>, place: usize, error: PyErr) -> PyErr {
    if error.is_instance_of::<PyOSError>(py) {
        return error;
    }
    let name =
        error.get_type(py).name().map_or_else(|_| "Exception".to_owned(), |name| name.to_string());
    let text = error.value(py).to_string();
    let number: Cow<'_, str> =
        if text.ends_with("convert parameter") { format!(" {place}").into() } else { "".into() };
    let message = format!("argument {place}: {name}: {text}{number}");
    match py
        .import("_ctypes")
        .and_then(|module| module.getattr("ArgumentError"))
        .and_then(|class| class.call1((message,)))
    {
        Ok(instance) => PyErr::from_value(instance),
        Err(other) => other,
    }
}

impl Parameter {
    /// Passes an argument for this parameter.
    fn convert<'py>(
        &self,
        marshaler: &mut Marshaler<'py, '_>,
        argument: &Bound<'py, PyAny>,
    ) -> PyResult<()> {
        let py = argument.py();
        match self.code {
            'i' | 'I' | 'h' | 'H' | 'b' | 'B' => {
                if let Some(value) = integer(argument) {
                    return marshaler.word(value);
                }
            }
            'q' | 'Q' | 'l' | 'L' => {
                if let Some(value) = integer(argument) {
                    return marshaler.words.wide(value).or_raise(py);
                }
            }
            'f' | 'd'
                if argument.is_exact_instance_of::<PyFloat>() || integer(argument).is_some() =>
            {
                let number: f64 = argument.extract()?;
                return match self.code {
                    'f' => marshaler.words.float(number as f32),
                    _ => marshaler.words.double(number),
                }
                .or_raise(py);
            }
            'p' => {
                if let Some(address) = self.pointer(marshaler, argument)? {
                    return marshaler.word(address);
                }
            }
            'P' => {
                if let Some(address) = marshaler.pointer(argument)? {
                    return marshaler.word(address);
                }
            }
            'z' if argument.is_instance_of::<PyString>() => {
                return Err(PyTypeError::new_err(
                    "bytes or integer address expected instead of str instance",
                ));
            }
            'Z' if argument.is_instance_of::<PyBytes>() => {
                return Err(PyTypeError::new_err(
                    "unicode string or integer address expected instead of bytes instance",
                ));
            }
            'z' | 'Z' => {
                if !argument.is_instance_of::<PyFloat>()
                    && let Some(address) = marshaler.pointer(argument)?
                {
                    return marshaler.word(address);
                }
            }
            'F' if argument.is_none() => return marshaler.word(0),
            'S' | 'A' | 'F' if argument.is_instance(self.class.bind(py))? => {
                return marshaler.any(argument);
            }
            _ => {}
        }
        self.by_from_param(marshaler, argument)
    }

    /// An argument for a parameter that is a pointer: what ctypes takes for it, and memory of any kind.
    fn pointer<'py>(
        &self,
        marshaler: &mut Marshaler<'py, '_>,
        argument: &Bound<'py, PyAny>,
    ) -> PyResult<Option<u64>> {
        let py = argument.py();
        let class = self.class.bind(py);
        let target = self.target.as_ref().map(|target| target.bind(py));
        let fits = |object: &Bound<'py, PyAny>| match target {
            Some(target) => {
                object.get_type().is(target) || object.is_instance(target).unwrap_or(false)
            }
            None => true,
        };
        let accepted = if let Ok(reference) = argument.cast_exact::<ByRef>() {
            fits(reference.get().object.bind(py))
        } else if argument.get_type().is(class) || fits(argument) || argument.is_instance(class)? {
            true
        } else if let Ok(element) = argument.get_type().getattr("_type_") {
            // An array of such, or a pointer of another class to such.
            target.is_some_and(|target| element.is(target))
        } else {
            // Not an object of ctypes: memory, or nothing that this can pass.
            !argument.is_instance_of::<PyString>()
                && integer(argument).is_none()
                && argument.getattr("_as_parameter_").is_err()
        };
        if accepted { marshaler.pointer(argument) } else { Ok(None) }
    }

    /// What the parameter's type makes of an argument, or its error.
    fn by_from_param<'py>(
        &self,
        marshaler: &mut Marshaler<'py, '_>,
        argument: &Bound<'py, PyAny>,
    ) -> PyResult<()> {
        let py = argument.py();
        let class = self.class.bind(py);
        if self.code != 'O' && self.code != '?' && argument.is_instance(class)? {
            return marshaler.any(argument);
        }
        let made = class.call_method1("from_param", (argument,))?;
        let simple = !matches!(self.code, 'O' | 'p' | 'P' | 'z' | 'Z' | 'F' | 'S' | 'A');
        if simple && made.get_type().name()? == "CArgObject" {
            let value = if argument.hasattr("_as_parameter_")? {
                argument.getattr("_as_parameter_")?
            } else {
                argument.clone()
            };
            return marshaler.any(&class.call1((value,))?);
        }
        marshaler.any(&made)
    }
}
