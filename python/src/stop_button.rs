//! The stop button of a notebook, heard while a call waits (`carto_auth/_stop.py`).

use pyo3::prelude::*;

/// What the stop button did before, to be given back.
pub(crate) struct StopButton(Option<Py<PyAny>>);

impl StopButton {
    /// Lets it end the call. Where there is no kernel, Ctrl-C does so by itself.
    pub(crate) fn hear(py: Python<'_>) -> PyResult<Self> {
        if !py.import("sys")?.getattr("modules")?.contains("ipykernel")? {
            return Ok(Self(None));
        }
        Ok(Self(Some(py.import("carto_auth._stop")?.call_method0("hear")?.unbind())))
    }

    pub(crate) fn give_back(self, py: Python<'_>) -> PyResult<()> {
        if let Some(handler) = self.0 {
            py.import("carto_auth._stop")?.call_method1("give_back", (handler,))?;
        }
        Ok(())
    }
}
