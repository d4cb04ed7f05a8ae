//! A request that runs to its end by itself, also when whoever asked for it has gone.
//!
//! What it brings is handed to whoever waits for it, and else taken care of where it ran: callers who give up early make
//! no more requests than those who wait. It runs on the runtime it was begun in, as long as that is driven, or until the
//! program that is about to end stops it, so that it gives back what it holds.

use std::sync::LazyLock;
use std::time::Duration;

use tokio::sync::{oneshot, watch};

use super::renewal::interrupted;
use crate::error::Result;

/// What will come of a request that is under way.
pub(super) struct Errand<T>(oneshot::Receiver<T>);

impl<T: Send + 'static> Errand<T> {
    /// Begins the work. `alone` gets what it brings when nobody waits for it any more.
    pub(super) fn begin<F: Future<Output = ()> + Send>(
        work: impl Future<Output = T> + Send + 'static,
        alone: impl FnOnce(T) -> F + Send + 'static,
    ) -> Self {
        let (done, errand) = oneshot::channel();
        tokio::spawn(async move {
            if let Err(left) = done.send(work.await) {
                alone(left).await;
            }
        });
        Self(errand)
    }

    /// As [`Errand::begin`], for work that nothing is lost with: [`stop_requests`] ends it when nobody waits for it.
    pub(super) fn begin_stoppable<F: Future<Output = ()> + Send>(
        work: impl Future<Output = T> + Send + 'static,
        alone: impl FnOnce(T) -> F + Send + 'static,
    ) -> Self {
        let (mut done, errand) = oneshot::channel();
        let mut stops = STOPS.subscribe();
        tokio::spawn(async move {
            let stopped = async {
                done.closed().await;
                let _ = stops.changed().await;
            };
            let brought = tokio::select! {
                brought = work => brought,
                () = stopped => return,
            };
            if let Err(left) = done.send(brought) {
                alone(left).await;
            }
        });
        Self(errand)
    }

    /// What it has brought; `None` while it is under way for longer than that.
    pub(super) async fn wait(self, patience: Option<Duration>) -> Result<Option<T>> {
        let brought = match patience {
            None => self.0.await,
            Some(patience) => match tokio::time::timeout(patience, self.0).await {
                Ok(brought) => brought,
                Err(_) => return Ok(None),
            },
        };
        brought.map(Some).map_err(|error| interrupted().because(error))
    }
}

/// Stops the requests for tokens of jobs that nobody waits for any more, in this whole process.
///
/// They outlive whoever asked for them; a program that is about to end has what they hold given back. A person's renewal is
/// not stopped, for its answer would be lost.
pub async fn stop_requests() {
    STOPS.send_modify(|stops| *stops += 1);
    // On a runtime of several threads each needs a moment to let go.
    for _ in 0..5 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// How often everything that nobody waits for was stopped.
static STOPS: LazyLock<watch::Sender<u64>> = LazyLock::new(|| watch::Sender::new(0));
