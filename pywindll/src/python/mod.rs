//! The extension module `pywindll._native`: what of the package has to be fast, or close to the agent.
//!
//! The package's Python code makes ctypes' types and says how they are laid out; this calls. Threads
//! release the interpreter's lock while a routine runs, and take it for each callback.

mod callback;
mod errors;
mod logger;
mod marshal;
mod routine;
mod session;
mod types;

use pyo3::prelude::*;

/// The module.
#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    logger::install();
    module.add("OPTIONS", crate::options::Options::NAMES)?;
    module.add_class::<session::Session>()?;
    module.add_class::<session::Block>()?;
    module.add_class::<routine::Routine>()?;
    module.add_class::<callback::Callback>()?;
    module.add_class::<types::ByRef>()?;
    module.add_class::<types::TypeInfo>()?;
    module.add_function(wrap_pyfunction!(marshal::keeps, module)?)?;
    module.add_function(wrap_pyfunction!(session::check_wine, module)?)
}
