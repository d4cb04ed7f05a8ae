//! A request that runs to its end by itself, also when whoever asked for it has gone.
//!
//! What it brings is handed to whoever waits for it, and else taken care of where it ran: callers who give up early make
//! no more requests than those who wait. It runs on the runtime it was begun in, as long as that is driven.

use std::time::Duration;

use tokio::sync::oneshot;

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
