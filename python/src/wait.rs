//! How a call waits: without the interpreter's lock, and awake for Ctrl-C and for what the person is to be told.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use carto_auth::store::locks_given_back;
use carto_auth::{Claims, Result, TokenSet, stop_requests};
use pyo3::exceptions::{PyKeyboardInterrupt, PyRuntimeError};
use pyo3::prelude::*;
use tokio::time::timeout;

use crate::desk::{Desk, Note};
use crate::engine::Engine;
use crate::modules::is_shutting_down;
use crate::panel::Panel;
use crate::stop_button::StopButton;

/// Waits for a future that runs on the engine's thread; its result is told by the caller.
///
/// Ctrl-C, or a warning that a filter turns into an error, drops the future, which frees its port and its locks.
pub(crate) fn wait<T: Send + 'static>(
    py: Python<'_>,
    desk: &Arc<Desk>,
    future: impl Future<Output = Result<T>> + Send + 'static,
) -> PyResult<Result<T>> {
    run(py, desk, None, future)
}

/// Waits for a sign-in, shows its links and asks for its codes.
pub(crate) fn ask(
    py: Python<'_>,
    desk: &Arc<Desk>,
    sign_in: impl Future<Output = Result<Arc<TokenSet>>> + Send + 'static,
) -> PyResult<Result<Arc<TokenSet>>> {
    let mut panel = Panel::default();
    let done = run(py, desk, Some(&mut panel), sign_in);
    let token = done.as_ref().ok().and_then(|result| result.as_ref().ok());
    let text = match token.map(|token| Claims::read(token.access_token.expose())) {
        Some(claims) => match claims.as_ref().and_then(Claims::email) {
            Some(person) => format!("Signed in to CARTO as {person}."),
            None => "Signed in to CARTO.".to_owned(),
        },
        None => "The sign-in to CARTO has not succeeded.".to_owned(),
    };
    panel.finish(py, &text, token.is_some());
    done
}

fn run<T: Send + 'static>(
    py: Python<'_>,
    desk: &Arc<Desk>,
    panel: Option<&mut Panel>,
    future: impl Future<Output = Result<T>> + Send + 'static,
) -> PyResult<Result<T>> {
    let engine = Engine::of_this_process()?;
    let call = Arc::new(Call { desk: Arc::clone(desk), state: Mutex::default() });
    let end = End(Arc::clone(&call));
    let stop_button = StopButton::hear(py)?;
    let task = engine.runtime.spawn(async move {
        let result = future.await;
        end.0.state().result = Some(result);
    });
    let served = serve(py, &call, panel);
    if served.is_err() {
        task.abort();
        py.detach(|| {
            call.wait_for_end();
            // Whoever pressed Ctrl-C may end the interpreter next, and the engine with it.
            engine.runtime.block_on(async {
                stop_requests().await;
                let _ = timeout(FAREWELL, locks_given_back()).await;
            });
        });
    }
    let given_back = stop_button.give_back(py);
    let result = call.state().result.take();
    served.and(given_back)?;
    tell_warnings(py, desk)?;
    engine.journal.tell(py)?;
    result.ok_or_else(|| PyRuntimeError::new_err("the call ended without a result"))
}

/// Tells what is not as it should be, in the way of `warnings`.
pub(crate) fn tell_warnings(py: Python<'_>, desk: &Desk) -> PyResult<()> {
    desk.warnings().iter().try_for_each(|text| warn(py, text))
}

/// Serves the notes of a call until it has ended.
fn serve<T: Send>(py: Python<'_>, call: &Call<T>, panel: Option<&mut Panel>) -> PyResult<()> {
    let is_the_persons = panel.is_some();
    let wants = |note: &Note| is_the_persons || matches!(note, Note::Warning(_));
    let mut nobody = Panel::default();
    let panel = panel.unwrap_or(&mut nobody);
    loop {
        match py.detach(|| call.desk.wait(TICK, wants, || call.has_ended())) {
            Some(Note::Warning(text)) => warn(py, &text)?,
            Some(Note::Telling { kind, text, link }) => panel.tell(py, kind, &text, link.as_deref())?,
            Some(Note::Question { text, answer }) => {
                let _ = answer.send(call.ask(py, panel, &text)?);
            }
            None if call.has_ended() => return Ok(()),
            None => py.check_signals()?,
        }
    }
}

/// Warns at the line of the caller's own code; nobody, while Python shuts down.
pub(crate) fn warn(py: Python<'_>, text: &str) -> PyResult<()> {
    if !is_shutting_down(py) {
        py.import("carto_auth.errors")?.call_method1("_warn", (text,))?;
    }
    Ok(())
}

/// A call that runs, and the question that it may wait for.
struct Call<T> {
    desk: Arc<Desk>,
    state: Mutex<State<T>>,
}

struct State<T> {
    result: Option<Result<T>>,
    has_ended: bool,
    question: Question,
}

/// Whether the person's thread waits for an answer. Only a signal gets it out of there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Question {
    None,
    Open,
    Interrupted,
}

impl<T> Default for State<T> {
    fn default() -> Self {
        Self { result: None, has_ended: false, question: Question::None }
    }
}

impl<T: Send> Call<T> {
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has_ended(&self) -> bool {
        self.state().has_ended
    }

    /// A future that is dropped ends soon.
    fn wait_for_end(&self) {
        let until = Instant::now() + PATIENCE;
        while !self.has_ended() && Instant::now() < until {
            self.desk.wait(TICK, |_| false, || self.has_ended());
        }
    }

    /// Asks the person. When the call ends meanwhile (its time is up), the question ends with it.
    fn ask(&self, py: Python<'_>, panel: &mut Panel, question: &str) -> PyResult<Option<String>> {
        {
            let mut state = self.state();
            if state.has_ended {
                return Ok(None);
            }
            state.question = Question::Open;
        }
        let answer = panel.ask(py, question);
        let before = std::mem::replace(&mut self.state().question, Question::None);
        if before != Question::Interrupted {
            return answer;
        }
        match answer {
            Err(error) if error.is_instance_of::<PyKeyboardInterrupt>(py) => Ok(None),
            // The interrupt came too late for the question and must not hit what comes next.
            answer => match py.check_signals() {
                Err(error) if !error.is_instance_of::<PyKeyboardInterrupt>(py) => Err(error),
                _ => answer,
            },
        }
    }
}

/// Marks a call as ended when its future is gone, whether it was finished or dropped.
struct End<T: Send>(Arc<Call<T>>);

impl<T: Send> Drop for End<T> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.has_ended = true;
        if state.question == Question::Open {
            state.question = Question::Interrupted;
            interrupt_the_main_thread();
        }
        drop(state);
        self.0.desk.ring();
    }
}

/// Raises `KeyboardInterrupt` in the thread of the person, as the stop button does.
#[expect(unsafe_code, reason = "PyO3 has no safe name for it")]
fn interrupt_the_main_thread() {
    // SAFETY: it sets a flag, and may be called from any thread at any time, attached or not.
    unsafe { pyo3::ffi::PyErr_SetInterrupt() };
}

/// How often Ctrl-C is looked for.
const TICK: Duration = Duration::from_millis(50);

/// How long the end of a dropped future is waited for.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long somebody waits at most for what a Redis is to be told.
const FAREWELL: Duration = Duration::from_millis(150);
