//! One attempt at a time.
//!
//! Whoever comes while an attempt is under way waits for it, looks again, and otherwise gets the error of
//! the attempt it waited for: fifty callers make one request, or open one browser tab, and all know why it
//! failed.

use std::sync::{Mutex, PoisonError};

use crate::error::{Error, Result};

/// How far an attempt may go to get a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Effort {
    /// It renews, and asks a person at most through a browser that opens by itself.
    Renewal,
    /// It asks a person in any way there is, once no token lives any more.
    Use,
    /// It asks a person in any way there is.
    SignIn,
    /// It asks a person even if somebody is signed in.
    AnotherPerson,
}

/// Lets one attempt run at a time.
#[derive(Debug, Default)]
pub(super) struct Flight {
    gate: tokio::sync::Mutex<()>,
    ended: Mutex<Ended>,
}

/// What is known of attempts that have ended.
#[derive(Debug, Default)]
struct Ended {
    count: u64,
    failure: Option<(Effort, Error)>,
}

impl Flight {
    /// Waits for whoever is under way, looks, and goes if there is still a need to. Whoever has something that will
    /// do `meanwhile` does not wait.
    pub(super) async fn attempt<T, F: Future<Output = Result<T>>>(
        &self,
        effort: Effort,
        meanwhile: impl Fn() -> Option<T>,
        look: impl Fn() -> Option<T>,
        go: impl FnOnce() -> F,
    ) -> Result<T> {
        let before = self.ended().count;
        let _turn = match self.gate.try_lock() {
            Ok(turn) => turn,
            Err(_) => match meanwhile() {
                Some(found) => return Ok(found),
                None => self.gate.lock().await,
            },
        };
        if let Some(found) = look() {
            return Ok(found);
        }
        if let Some(error) = self.failure_since(before, effort) {
            return Err(error);
        }
        let result = go().await;
        let mut ended = self.ended();
        ended.count += 1;
        ended.failure = result.as_ref().err().map(|error| (effort, error.clone()));
        drop(ended);
        result
    }

    /// The error of an attempt that ended while we waited and went at least as far as we would.
    fn failure_since(&self, before: u64, effort: Effort) -> Option<Error> {
        let ended = self.ended();
        let (went, error) = ended.failure.as_ref()?;
        (ended.count > before && *went >= effort).then(|| error.clone())
    }

    fn ended(&self) -> std::sync::MutexGuard<'_, Ended> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
