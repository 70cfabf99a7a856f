//! Sessions for Python: memory from the start, an agent from the first use.

use std::sync::{Arc, Mutex, OnceLock};

use pyo3::exceptions::{PyOSError, PyTypeError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use super::errors::{OrRaise, exception};
use super::marshal;
use super::types::TypeInfo;
use crate::arena::{self, Arena};
use crate::error::Error;
use crate::options::Options;
use crate::session::{self, Symbol, lock};
use crate::wine::Wine;

/// A session. The agent is started when something first needs it.
#[pyclass(frozen, module = "pywindll._native")]
pub(super) struct Session {
    options: Options,
    arena: Arc<Arena>,
    running: OnceLock<session::Session>,
    starting: Mutex<bool>,
    /// `TypeInfo` by type, or `None` for types that are not ctypes'.
    types: Py<PyDict>,
    /// Makes a `TypeInfo` of a type that is not in `types`.
    describe: Py<PyAny>,
}

impl Session {
    pub(super) fn arena(&self) -> &Arc<Arena> {
        &self.arena
    }

    pub(super) fn pointer_size(&self) -> u32 {
        self.options.architecture.pointer_size()
    }

    /// The agent, started if it was not.
    pub(super) fn running(&self, py: Python<'_>) -> PyResult<&session::Session> {
        if let Some(running) = self.running.get() {
            return Ok(running);
        }
        // The lock is waited for without the interpreter's lock, whose holder may have it.
        let started = py.detach(|| {
            let closed = lock(&self.starting);
            if self.running.get().is_some() {
                return Ok(());
            }
            if *closed {
                return Err(Error::Closed);
            }
            let session = session::Session::start_in(Arc::clone(&self.arena), &self.options)?;
            let _ = self.running.set(session);
            Ok(())
        });
        started.or_raise(py)?;
        self.running.get().ok_or_else(|| exception(py, &Error::Closed))
    }

    /// What is known of an object's type, if it is one of ctypes'.
    pub(super) fn known_type<'py>(
        &self,
        object: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, TypeInfo>>> {
        let py = object.py();
        let types = self.types.bind(py);
        let class = object.get_type();
        let info = match types.get_item(&class)? {
            Some(info) => info,
            None => {
                let info = self.describe.bind(py).call1((&class,))?;
                types.set_item(&class, &info)?;
                info
            }
        };
        if info.is_none() { Ok(None) } else { Ok(Some(info.cast_into::<TypeInfo>()?)) }
    }
}

#[pymethods]
impl Session {
    /// `options` changes what the environment says; its values are texts. `describe` makes a
    /// `TypeInfo` of a type.
    #[new]
    fn new(py: Python<'_>, options: &Bound<'_, PyDict>, describe: Py<PyAny>) -> PyResult<Self> {
        let mut settings = Options::from_environment()?;
        for (name, value) in options {
            settings.set(&name.extract::<String>()?, &value.str()?.to_string())?;
        }
        let arena =
            Arena::new(settings.arena_size(), settings.architecture.pointer_size()).or_raise(py)?;
        Ok(Self {
            options: settings,
            arena,
            running: OnceLock::new(),
            starting: Mutex::new(false),
            types: PyDict::new(py).unbind(),
            describe,
        })
    }

    /// The types lead to classes that lead to the session again.
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.types)?;
        visit.call(&self.describe)
    }

    fn start(&self, py: Python<'_>) -> PyResult<()> {
        self.running(py).map(|_| ())
    }

    /// Ends the agent. What is in the arena stays.
    fn close(&self, py: Python<'_>) {
        py.detach(|| {
            *lock(&self.starting) = true;
            if let Some(session) = self.running.get() {
                session.close();
            }
        });
    }

    #[getter]
    fn is_started(&self) -> bool {
        self.running.get().is_some()
    }

    #[getter]
    fn is_open(&self) -> bool {
        self.running.get().map_or_else(|| !*lock(&self.starting), session::Session::is_open)
    }

    #[getter]
    fn pid(&self, py: Python<'_>) -> PyResult<i32> {
        Ok(self.running(py)?.pid())
    }

    #[getter(pointer_size)]
    fn py_pointer_size(&self) -> u32 {
        self.pointer_size()
    }

    #[getter]
    fn arch(&self) -> &'static str {
        self.options.architecture.name()
    }

    /// `(handle, 0)`, or `(0, error)`.
    fn load(&self, py: Python<'_>, name: &str, flags: u32) -> PyResult<(u64, u32)> {
        let session = self.running(py)?;
        let loaded =
            super::routine::released(py, || session.load_library(name, flags)).or_raise(py)?;
        Ok(loaded.map_or_else(|error| (0, error), |handle| (handle, 0)))
    }

    /// The address of a name or an ordinal, or 0.
    fn symbol(&self, py: Python<'_>, handle: u64, name: &Bound<'_, PyAny>) -> PyResult<u64> {
        let session = self.running(py)?;
        let found = if let Ok(ordinal) = name.extract::<u16>() {
            session.symbol(handle, &Symbol::Ordinal(ordinal))
        } else {
            session.symbol(handle, &Symbol::Name(&name.extract::<String>()?))
        };
        Ok(found.or_raise(py)?.unwrap_or(0))
    }

    /// Exactly `length` bytes of the DLLs' memory.
    fn read<'py>(
        &self,
        py: Python<'py>,
        address: u64,
        length: usize,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let session = self.running(py)?;
        PyBytes::new_with(py, length, |bytes| {
            let mut done = 0;
            while done < bytes.len() {
                done +=
                    session.read_memory(address + done as u64, &mut bytes[done..]).or_raise(py)?;
            }
            Ok(())
        })
    }

    /// The bytes before the end of a string of units of 1 or 2 bytes.
    pub(super) fn read_string<'py>(
        &self,
        py: Python<'py>,
        address: u64,
        unit: usize,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let text = self.running(py)?.read_string(address, unit).or_raise(py)?;
        Ok(PyBytes::new(py, &text))
    }

    fn write(&self, py: Python<'_>, address: u64, bytes: &[u8]) -> PyResult<()> {
        self.running(py)?.write_memory(address, bytes).or_raise(py)
    }

    /// Fills an object with the DLLs' memory at an address.
    fn load_object(&self, py: Python<'_>, object: &Bound<'_, PyAny>, address: u64) -> PyResult<()> {
        let length = match self.known_type(object)? {
            Some(info) => info.get().guest_size,
            None => return Err(PyTypeError::new_err("an object of ctypes expected")),
        };
        let bytes = self.read(py, address, length)?;
        marshal::load_object(self, object, bytes.as_bytes())
    }

    /// Writes an object to the DLLs' memory at an address.
    fn store_object(
        &self,
        py: Python<'_>,
        object: &Bound<'_, PyAny>,
        address: u64,
    ) -> PyResult<()> {
        let bytes = marshal::object_bytes(self, object)?;
        self.write(py, address, &bytes)
    }

    /// Memory that both sides see.
    fn allocate(&self, py: Python<'_>, length: u64) -> PyResult<Block> {
        let block = self.arena.allocate(length).or_raise(py)?;
        // SAFETY: the block is this long and nobody else's.
        unsafe { std::ptr::write_bytes(block.address() as *mut u8, 0, length as usize) };
        Ok(Block(block))
    }

    /// Whether memory is one that both sides see.
    fn holds(&self, address: u64, length: u64) -> bool {
        self.arena.holds(address, length)
    }

    #[getter]
    fn last_error(&self, py: Python<'_>) -> PyResult<u32> {
        Ok(self.running(py)?.thread().or_raise(py)?.last_error())
    }

    fn private_error(&self, py: Python<'_>) -> PyResult<u32> {
        Ok(self.running(py)?.thread().or_raise(py)?.private_error().get())
    }

    fn set_private_error(&self, py: Python<'_>, value: u32) -> PyResult<u32> {
        Ok(self.running(py)?.thread().or_raise(py)?.private_error().replace(value))
    }

    fn private_errno(&self, py: Python<'_>) -> PyResult<u32> {
        Ok(self.running(py)?.thread().or_raise(py)?.private_errno().get())
    }

    fn set_private_errno(&self, py: Python<'_>, value: u32) -> PyResult<u32> {
        Ok(self.running(py)?.thread().or_raise(py)?.private_errno().replace(value))
    }

    /// Calls an address with integers and addresses, for the package's own use.
    fn call(&self, py: Python<'_>, address: u64, arguments: Vec<u64>) -> PyResult<u64> {
        let session = self.running(py)?;
        let size = self.pointer_size();
        let outcome =
            super::routine::released(py, || session.thread()?.call(address, &arguments, size))
                .or_raise(py)?;
        Ok(outcome.result)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(session) = self.running.take() {
            // Ending takes milliseconds, and callbacks that still run need the interpreter.
            Python::attach(|py| py.detach(|| session.close()));
        }
    }
}

/// Memory that both sides see, free again when nothing refers to it.
#[pyclass(frozen, module = "pywindll._native")]
pub(super) struct Block(arena::Block);

#[pymethods]
impl Block {
    #[getter]
    fn address(&self) -> u64 {
        self.0.address()
    }

    #[getter]
    fn length(&self) -> u64 {
        self.0.length()
    }
}

/// What Wine there is: command, version, and for each architecture its folder or why there is none.
#[pyfunction]
pub(super) fn check_wine<'py>(
    py: Python<'py>,
    options: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyDict>> {
    use crate::options::Architecture;
    let mut settings = Options::from_environment()?;
    for (name, value) in options {
        settings.set(&name.extract::<String>()?, &value.str()?.to_string())?;
    }
    let wine = Wine::find(&settings).or_raise(py)?;
    let found = PyDict::new(py);
    found.set_item("command", wine.command().display().to_string())?;
    found.set_item("version", wine.version().or_raise(py)?)?;
    for architecture in [Architecture::Win64, Architecture::Win32] {
        match wine.libraries(architecture) {
            Ok(folder) => found.set_item(architecture.name(), folder.display().to_string())?,
            Err(error) => {
                found.set_item(architecture.name(), PyOSError::new_err(error.to_string()))?
            }
        }
    }
    if found.is_empty() {
        return Err(PyTypeError::new_err("nothing found"));
    }
    Ok(found)
}
