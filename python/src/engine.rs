//! The runtime of this process.
//!
//! A runtime does not survive `fork`: its threads are not there in the child, and what they had locked stays locked.
//! So it is kept with the process that made it, and another process makes its own. The old one is left as it is:
//! to end it would mean to wait for threads that do not exist.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use pyo3::PyResult;
use pyo3::exceptions::PyRuntimeError;
use tokio::runtime::{Builder, Runtime};

use crate::journal::Journal;

/// What runs a process's calls: one thread, made with the first call that has to wait.
pub(crate) struct Engine {
    process: u32,
    pub(crate) runtime: Runtime,
    pub(crate) journal: Journal,
}

impl Engine {
    /// The engine of this process. Takes no lock, which a `fork` could leave taken for ever.
    pub(crate) fn of_this_process() -> PyResult<Arc<Self>> {
        let current = ENGINE.load_full();
        if let Some(engine) = current.as_ref().filter(|engine| engine.process == std::process::id()) {
            return Ok(Arc::clone(engine));
        }
        let made = Arc::new(Self::new()?);
        let before = ENGINE.compare_and_swap(&current, Some(Arc::clone(&made)));
        let is_ours = match (&*before, &current) {
            (None, None) => true,
            (Some(before), Some(current)) => Arc::ptr_eq(before, current),
            _ => false,
        };
        if is_ours {
            // The engine of the parent must never be dropped here.
            std::mem::forget(current);
            return Ok(made);
        }
        // Another thread was quicker.
        drop(before);
        Self::of_this_process()
    }

    fn new() -> PyResult<Self> {
        let journal = Journal::default();
        let written = journal.clone();
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("carto-auth")
            .on_thread_start(move || written.listen_in_this_thread())
            .enable_all()
            .build()
            .map_err(|error| PyRuntimeError::new_err(format!("no thread can be started: {error}")))?;
        Ok(Self { process: std::process::id(), runtime, journal })
    }
}

static ENGINE: ArcSwapOption<Engine> = ArcSwapOption::const_empty();
