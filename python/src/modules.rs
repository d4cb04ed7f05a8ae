//! The modules that Python has loaded, for those who must not import.
//!
//! While Python shuts down it imports nothing, not even `sys`, and a `__del__` may still ask for a token.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;

/// What `sys.modules` is; empty at the very end.
pub(crate) fn loaded(py: Python<'_>) -> PyResult<&Bound<'_, PyDict>> {
    let modules = LOADED.get_or_try_init(py, || {
        let modules = py.import("sys")?.getattr("modules")?;
        Ok::<_, PyErr>(modules.cast_into::<PyDict>()?.unbind())
    });
    modules.map(|modules| modules.bind(py))
}

/// Says whether nothing can be imported any more.
pub(crate) fn is_shutting_down(py: Python<'_>) -> bool {
    let sys = loaded(py).ok().and_then(|modules| modules.get_item("sys").ok().flatten());
    let meta_path = sys.and_then(|sys| sys.getattr("meta_path").ok());
    meta_path.is_none_or(|meta_path| meta_path.is_none())
}

static LOADED: PyOnceLock<Py<PyDict>> = PyOnceLock::new();
