//! What a notebook shows, which is written in Python (`carto_auth/_panel.py`).

use pyo3::prelude::*;

/// What a notebook shows of a sign-in: `carto_auth._panel.Panel`, made when there is something to show.
#[derive(Default)]
pub(crate) struct Panel(Option<Py<PyAny>>);

impl Panel {
    fn get<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        if self.0.is_none() {
            self.0 = Some(py.import("carto_auth._panel")?.getattr("Panel")?.call0()?.unbind());
        }
        self.0
            .as_ref()
            .map(|panel| panel.bind(py).clone())
            .ok_or_else(|| pyo3::exceptions::PyRuntimeError::new_err("there is no panel"))
    }

    pub(crate) fn tell(
        &mut self,
        py: Python<'_>,
        kind: &str,
        text: &str,
        link: Option<&str>,
    ) -> PyResult<()> {
        if kind != "over" || self.0.is_some() {
            self.get(py)?.call_method1("tell", (kind, text, link))?;
        }
        Ok(())
    }

    pub(crate) fn ask(&mut self, py: Python<'_>, question: &str) -> PyResult<Option<String>> {
        self.get(py)?.call_method1("ask", (question,))?.extract()
    }

    /// Takes the link away, whatever happened. That it cannot be taken away is no reason to fail.
    pub(crate) fn finish(self, py: Python<'_>, text: &str, succeeded: bool) {
        let Some(panel) = self.0 else { return };
        if let Err(error) = panel.bind(py).call_method1("finish", (text, succeeded)) {
            error.write_unraisable(py, Some(panel.bind(py)));
        }
    }
}
