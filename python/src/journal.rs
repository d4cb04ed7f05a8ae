//! What the library notes, for Python's `logging`.
//!
//! Events are written down in the library's threads, which never wait for the interpreter, and told to the logger
//! `carto_auth` by the thread that waits for the call. A program that has not imported `logging` is told nothing.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use tracing::field::{Field, Visit};
use tracing::subscriber::NoSubscriber;
use tracing::{Dispatch, Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

use crate::modules::loaded;

/// Events that were not told yet; of too many, the oldest are lost.
#[derive(Clone, Default)]
pub(crate) struct Journal(Arc<Mutex<VecDeque<Entry>>>);

struct Entry {
    level: Level,
    text: String,
}

impl Journal {
    /// Writes down what happens in this thread from now on.
    pub(crate) fn listen_in_this_thread(&self) {
        let subscriber = tracing_subscriber::registry().with(Listener(self.clone()));
        // With one subscriber alone, `tracing` asks the thread that first comes to an event whether anybody listens
        // (`tracing_core::callsite`, `Rebuilder::JustOne`), and a no of the caller's thread would hold for this one.
        std::mem::forget(Dispatch::new(NoSubscriber::default()));
        // The thread is the library's own and ends with it.
        std::mem::forget(tracing::subscriber::set_default(subscriber));
    }

    /// Tells Python's logger what was written down.
    pub(crate) fn tell(&self, py: Python<'_>) -> PyResult<()> {
        if self.entries().is_empty() {
            return Ok(());
        }
        let logging = loaded(py)?.get_item("logging")?;
        // Another thread may be in the middle of importing it: then they wait for the next call.
        if logging.as_ref().is_some_and(is_half_loaded) {
            return Ok(());
        }
        let entries = std::mem::take(&mut *self.entries());
        // A `None` there keeps anybody from importing it.
        let Some(logging) = logging.filter(|module| !module.is_none()) else { return Ok(()) };
        let logger = logging.call_method1("getLogger", ("carto_auth",))?;
        if logger.getattr("handlers")?.len()? == 0 {
            // Without one, what is a warning or worse would go to the error output by itself.
            logger.call_method1("addHandler", (logging.call_method0("NullHandler")?,))?;
        }
        for entry in entries {
            let level = match entry.level {
                Level::ERROR => 40,
                Level::WARN => 30,
                Level::INFO => 20,
                _ => 10,
            };
            logger.call_method1("log", (level, "%s", entry.text))?;
        }
        Ok(())
    }

    fn entries(&self) -> MutexGuard<'_, VecDeque<Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// As the import of Python itself finds out (`_PyModuleSpec_IsInitializing`).
fn is_half_loaded(module: &Bound<'_, PyAny>) -> bool {
    let initializing = module.getattr("__spec__").and_then(|spec| spec.getattr("_initializing"));
    initializing.and_then(|initializing| initializing.is_truthy()).unwrap_or(false)
}

struct Listener(Journal);

impl<S: Subscriber> Layer<S> for Listener {
    fn enabled(&self, metadata: &Metadata<'_>, _context: Context<'_, S>) -> bool {
        metadata.target().starts_with("carto_auth") && *metadata.level() <= Level::DEBUG
    }

    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let mut text = Text::default();
        event.record(&mut text);
        let mut entries = self.0.entries();
        if entries.len() == LIMIT {
            entries.pop_front();
        }
        entries.push_back(Entry { level: *event.metadata().level(), text: text.message + &text.fields });
    }
}

#[derive(Default)]
struct Text {
    message: String,
    fields: String,
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }
}

/// How many events wait to be told.
const LIMIT: usize = 1_000;
