//! Where a sign-in leaves what it has to tell and to ask.
//!
//! The library's thread never runs Python: it puts a note on the desk, and the thread that waits for the call takes
//! it. So a notebook's box for the code is opened by the one thread that may, and nothing waits for the interpreter
//! while it holds something.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use carto_auth::platform::{Input, Notice, Prompt, Terminal};
use tokio::sync::oneshot;

/// A note for the thread of the person.
#[derive(Debug)]
pub(crate) enum Note {
    /// Something is not as it should be, and the work goes on.
    Warning(String),
    /// A part of a sign-in, for the notebook's panel.
    Telling { kind: &'static str, text: String, link: Option<String> },
    /// A question; whoever asked it has gone when the sender is closed.
    Question { text: String, answer: oneshot::Sender<Option<String>> },
}

/// The notes of one handle, and the bell that says that something has changed.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    notes: Mutex<VecDeque<Note>>,
    bell: Condvar,
}

impl Desk {
    pub(crate) fn put(&self, note: Note) {
        self.notes().push_back(note);
        self.bell.notify_all();
    }

    /// Wakes everyone who waits, to look whether the call has ended.
    pub(crate) fn ring(&self) {
        drop(self.notes());
        self.bell.notify_all();
    }

    /// Waits a little for a note that `wants` likes, or until `ended`.
    pub(crate) fn wait(
        &self,
        time: Duration,
        wants: impl Fn(&Note) -> bool,
        ended: impl Fn() -> bool,
    ) -> Option<Note> {
        let pick = |notes: &mut VecDeque<Note>| {
            notes.iter().position(&wants).and_then(|position| notes.remove(position))
        };
        let mut notes = self.notes();
        if let Some(note) = pick(&mut notes) {
            return Some(note);
        }
        if ended() {
            return None;
        }
        let (mut notes, _) = self.bell.wait_timeout(notes, time).unwrap_or_else(PoisonError::into_inner);
        pick(&mut notes)
    }

    /// The warnings that are there.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let mut notes = self.notes();
        let (warnings, others) = notes.drain(..).partition(|note| matches!(note, Note::Warning(_)));
        *notes = others;
        let text = |note| match note {
            Note::Warning(text) => Some(text),
            _ => None,
        };
        VecDeque::into_iter(warnings).filter_map(text).collect()
    }

    fn notes(&self) -> MutexGuard<'_, VecDeque<Note>> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A person at a terminal, or nobody: what a script has.
#[derive(Debug)]
pub(crate) struct ScriptPrompt {
    pub(crate) desk: Arc<Desk>,
    pub(crate) terminal: Terminal,
}

#[async_trait]
impl Prompt for ScriptPrompt {
    fn input(&self) -> Input {
        self.terminal.input()
    }

    fn tell(&self, notice: &Notice<'_>) {
        match notice {
            Notice::Warning(text) => self.desk.put(Note::Warning((*text).to_owned())),
            other => self.terminal.tell(other),
        }
    }

    async fn read(&self, question: &str) -> io::Result<Option<String>> {
        self.terminal.read(question).await
    }
}

/// A person at a notebook.
#[derive(Debug)]
pub(crate) struct NotebookPrompt {
    pub(crate) desk: Arc<Desk>,
}

#[async_trait]
impl Prompt for NotebookPrompt {
    fn input(&self) -> Input {
        Input::Notebook
    }

    fn tell(&self, notice: &Notice<'_>) {
        let telling = |kind, text: &str, link: Option<&str>| {
            let (text, link) = (text.to_owned(), link.map(str::to_owned));
            self.desk.put(Note::Telling { kind, text, link });
        };
        match notice {
            Notice::Warning(text) => self.desk.put(Note::Warning((*text).to_owned())),
            Notice::Link(url) => telling("link", "Open this link to sign in to CARTO:", Some(url)),
            Notice::PasteLink(url) => telling(
                "paste_link",
                "Open this link, sign in to CARTO, and copy the access code it shows:",
                Some(url),
            ),
            Notice::Waiting { who, link } => {
                telling("waiting", &format!("{who} is signing in already."), *link);
            }
            Notice::BrowserOpened => telling("browser_opened", &notice.to_string(), None),
            Notice::BrowserFailed(_) => telling("browser_failed", &notice.to_string(), None),
            Notice::Fallback(_) => telling("fallback", &notice.to_string(), None),
            Notice::WrongPaste(_) => telling("wrong_paste", &notice.to_string(), None),
            Notice::Over => telling("over", "", None),
            other => telling("fallback", &other.to_string(), None),
        }
    }

    async fn read(&self, question: &str) -> io::Result<Option<String>> {
        let (answer, answered) = oneshot::channel();
        self.desk.put(Note::Question { text: question.to_owned(), answer });
        Ok(answered.await.unwrap_or(None))
    }
}
