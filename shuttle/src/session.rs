//! What the library's session gives the flight, in small: tokens are numbers, and a request gives the next.

use std::collections::BTreeSet;
use std::sync::Arc;

use shuttle::future::yield_now;
use shuttle::sync::{Condvar, Mutex};
use shuttle::thread::{self, JoinHandle};

use crate::flight::{Current, Effort, Flight};

pub(crate) type Token = u64;
pub(crate) type Answer = Result<Token, Failure>;

/// The number of the attempt that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Failure(pub(crate) u64);

#[derive(Default)]
pub(crate) struct Session {
    flight: Flight<Failure>,
    current: Current<Token>,
    rejected: Mutex<BTreeSet<Token>>,
    /// What another process has left: it is found without a request.
    pub(crate) stored: Mutex<Option<Token>>,
    events: Mutex<Events>,
    news: Condvar,
}

/// What has happened so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Events {
    pub(crate) requests: u64,
    /// The last failure that somebody was told of.
    pub(crate) told: u64,
    pub(crate) waiting: u64,
    pub(crate) served: u64,
    is_under_way: bool,
}

impl Session {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// One that has a token.
    pub(crate) fn with_token(token: Token) -> Arc<Self> {
        let session = Self::new();
        session.current.hold(token, |_| true);
        session
    }

    pub(crate) fn remembered(&self) -> Option<Token> {
        self.current.load().as_ref().map(|token| **token)
    }

    /// As the library's `Session::token`.
    pub(crate) async fn token(&self) -> Answer {
        match self.remembered() {
            Some(token) => Ok(token),
            None => self.attempt(Effort::Renewal, || self.obtain()).await,
        }
    }

    pub(crate) async fn attempt<F: Future<Output = Answer>>(
        &self,
        effort: Effort,
        go: impl FnOnce() -> F,
    ) -> Answer {
        let nothing = || {
            self.note(|events| events.waiting += 1);
            None
        };
        self.flight.attempt(effort, nothing, || self.remembered(), go).await
    }

    /// The same for a caller who has an old token that lives.
    pub(crate) async fn attempt_with<F: Future<Output = Answer>>(
        &self,
        old: Token,
        go: impl FnOnce() -> F,
    ) -> Answer {
        self.flight.attempt(Effort::Renewal, || Some(old), || self.remembered(), go).await
    }

    /// Looks in the store, and asks for a new token else.
    pub(crate) async fn obtain(&self) -> Answer {
        let stored = *self.stored.lock().expect("whole");
        if let Some(token) = stored.filter(|token| !self.is_rejected(*token)) {
            self.current.hold(token, |token| !self.is_rejected(*token));
            return Ok(token);
        }
        let number = self.request().await;
        let token = stored.unwrap_or_default() + number;
        self.current.hold(token, |_| true);
        Ok(token)
    }

    pub(crate) async fn fail(&self) -> Answer {
        Err(Failure(self.request().await))
    }

    /// One request, during which the others may do whatever they do; gives its number.
    pub(crate) async fn request(&self) -> u64 {
        let _under_way = UnderWay::start(self);
        let number = self.events().requests;
        yield_now().await;
        number
    }

    /// As the library's `Session::reject`.
    pub(crate) fn reject(&self, token: Token) {
        self.current.give_up(|held| {
            let is_current = held.is_none_or(|held| *held == token);
            is_current && self.rejected.lock().expect("whole").insert(token)
        });
    }

    /// As where the library finds a base URL: the token stays the same.
    pub(crate) fn learn(&self) {
        self.current.learn(|held| Some(*held));
    }

    fn is_rejected(&self, token: Token) -> bool {
        self.rejected.lock().expect("whole").contains(&token)
    }

    pub(crate) fn events(&self) -> Events {
        *self.events.lock().expect("whole")
    }

    pub(crate) fn note(&self, note: impl FnOnce(&mut Events)) {
        note(&mut self.events.lock().expect("whole"));
        self.news.notify_all();
    }

    /// Waits until that much has happened.
    pub(crate) fn wait_until(&self, is_so: impl Fn(&Events) -> bool) {
        let events = self.events.lock().expect("whole");
        drop(self.news.wait_while(events, |events| !is_so(events)).expect("whole"));
    }
}

/// A request that is under way; when it is dropped it is over, however that came.
struct UnderWay<'a>(&'a Session);

impl<'a> UnderWay<'a> {
    fn start(session: &'a Session) -> Self {
        session.note(|events| {
            assert!(!events.is_under_way, "two requests at a time");
            events.is_under_way = true;
            events.requests += 1;
        });
        Self(session)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.note(|events| events.is_under_way = false);
    }
}

/// Callers, each in a thread of its own.
pub(crate) fn callers<T: Send + 'static>(
    session: &Arc<Session>,
    count: u64,
    call: impl Fn(&Session) -> T + Clone + Send + 'static,
) -> Vec<JoinHandle<T>> {
    let start = |_| {
        let (session, call) = (Arc::clone(session), call.clone());
        thread::spawn(move || call(&session))
    };
    (0..count).map(start).collect()
}

pub(crate) fn all<T>(callers: Vec<JoinHandle<T>>) -> Vec<T> {
    callers.into_iter().map(|caller| caller.join().expect("no panic")).collect()
}
