//! The stop button of a notebook, and Ctrl-C under `asyncio.run`, heard while a call waits (`carto_auth/_stop.py`).

use pyo3::prelude::*;

use crate::modules::{is_shutting_down, loaded};

/// What the stop button did before, to be given back.
pub(crate) struct StopButton(Option<Py<PyAny>>);

impl StopButton {
    /// Lets it end the call. Where there is neither a kernel nor asyncio, Ctrl-C does so by itself.
    pub(crate) fn hear(py: Python<'_>) -> PyResult<Self> {
        let modules = loaded(py)?;
        let is_there = modules.contains("ipykernel")? || modules.contains("asyncio.runners")?;
        if is_shutting_down(py) || !is_there {
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
