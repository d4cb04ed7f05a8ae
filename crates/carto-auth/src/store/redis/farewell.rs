//! Leases that are being given back by a task, because their holder was dropped.
//!
//! A runtime that ends takes its tasks with it. Who ends one knows from here when there is nothing left to say.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

/// A lease that is being given back, until this is dropped.
#[derive(Debug)]
pub(super) struct Farewell(());

impl Farewell {
    pub(super) fn begin() -> Self {
        UNDER_WAY.fetch_add(1, Ordering::AcqRel);
        Self(())
    }
}

impl Drop for Farewell {
    fn drop(&mut self) {
        UNDER_WAY.fetch_sub(1, Ordering::AcqRel);
        CHANGED.notify_waiters();
    }
}

/// Waits until none is under way.
pub(in crate::store) async fn said() {
    loop {
        // Whatever changes from here on is heard.
        let changed = CHANGED.notified();
        if UNDER_WAY.load(Ordering::Acquire) == 0 {
            return;
        }
        changed.await;
    }
}

static UNDER_WAY: AtomicUsize = AtomicUsize::new(0);

static CHANGED: Notify = Notify::const_new();
