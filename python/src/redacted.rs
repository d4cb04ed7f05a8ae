//! A secret on its way from the call to the library.

use pyo3::prelude::*;

/// An argument that is not shown, whoever looks at the variables of a frame: a traceback that tells them all,
/// IPython's `%xmode Verbose`, a service that collects errors.
#[pyclass(frozen, module = "carto_auth._native")]
pub(crate) struct Redacted(Py<PyAny>);

#[pymethods]
impl Redacted {
    #[new]
    fn new(value: Py<PyAny>) -> Self {
        Self(value)
    }

    fn __bool__(&self, py: Python<'_>) -> PyResult<bool> {
        self.0.bind(py).is_truthy()
    }

    fn __repr__(&self) -> &'static str {
        "[redacted]"
    }

    /// The argument as it was given.
    fn expose<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        self.plain(py)
    }
}

impl Redacted {
    pub(crate) fn plain<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        self.0.bind(py).clone()
    }
}
