//! The sign-in that a person of this process is asked for just now.
//!
//! A person is asked in the main thread only. Another thread that needs the same sign-in meanwhile waits for that one, and
//! gets the same token or the same error; it shows nothing and asks nobody.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use carto_auth::{CartoAuth, Result, TokenSet};
use tokio::sync::watch;

/// An appeal to the person, to be heard of by other threads until it is dropped.
pub(crate) struct Appeal(Arc<Open>);

/// An appeal that another thread waits for.
pub(crate) struct Other(watch::Receiver<Option<Outcome>>);

type Outcome = Result<Arc<TokenSet>>;

struct Open {
    process: u32,
    auth: CartoAuth,
    outcome: watch::Sender<Option<Outcome>>,
}

impl Appeal {
    /// Begins one with this handle.
    pub(crate) fn begin(auth: CartoAuth) -> Self {
        let open = Arc::new(Open { process: std::process::id(), auth, outcome: watch::Sender::new(None) });
        OPEN.store(Some(Arc::clone(&open)));
        Self(open)
    }

    /// Runs it to its end, and tells those who wait how it ended.
    pub(crate) async fn until(self, sign_in: impl Future<Output = Outcome>) -> Outcome {
        let outcome = sign_in.await;
        self.0.outcome.send_replace(Some(outcome.clone()));
        outcome
    }
}

impl Drop for Appeal {
    fn drop(&mut self) {
        OPEN.compare_and_swap(&self.0, None);
    }
}

impl Other {
    /// The open one that brings what this handle needs. One of the process that this was forked from brings it nothing.
    pub(crate) fn of(auth: &CartoAuth) -> Option<Self> {
        let open = OPEN.load_full()?;
        let is_ours = open.process == std::process::id() && open.auth.is_same_sign_in(auth);
        is_ours.then(|| Self(open.outcome.subscribe()))
    }

    /// How it ends; none where it was stopped.
    pub(crate) async fn outcome(mut self) -> Option<Outcome> {
        self.0.wait_for(Option::is_some).await.ok().and_then(|outcome| outcome.clone())
    }
}

/// There is one at most, since there is one main thread. Takes no lock, which a `fork` could leave taken for ever.
static OPEN: ArcSwapOption<Open> = ArcSwapOption::const_empty();
