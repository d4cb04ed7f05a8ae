//! Leases that are being given back by a task, because their holder was dropped.
//!
//! A runtime that ends takes its tasks with it. Who ends one knows from here when there is nothing left to say. Those of the
//! process that this one was forked from do not count, and nothing here is locked, which a fork may leave so.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A lease that is being given back, until this is dropped.
#[derive(Debug)]
pub(super) struct Farewell {
    process: u32,
}

impl Farewell {
    pub(super) fn begin() -> Self {
        let process = std::process::id();
        let _ = UNDER_WAY.fetch_update(Ordering::AcqRel, Ordering::Acquire, |said| {
            Some(written(process, count_of(process, said) + 1))
        });
        Self { process }
    }
}

impl Drop for Farewell {
    fn drop(&mut self) {
        let process = self.process;
        let _ = UNDER_WAY.fetch_update(Ordering::AcqRel, Ordering::Acquire, |said| {
            let count = count_of(process, said).checked_sub(1)?;
            Some(written(process, count))
        });
    }
}

/// Waits until none is under way.
pub(in crate::store) async fn said() {
    while count_of(std::process::id(), UNDER_WAY.load(Ordering::Acquire)) > 0 {
        tokio::time::sleep(PAUSE).await;
    }
}

fn written(process: u32, count: u32) -> u64 {
    (u64::from(process) << 32) | u64::from(count)
}

/// How many of this process are under way.
fn count_of(process: u32, said: u64) -> u32 {
    let count = u32::try_from(said & u64::from(u32::MAX)).unwrap_or(0);
    if said >> 32 == u64::from(process) { count } else { 0 }
}

/// The process, and how many of its own are under way.
static UNDER_WAY: AtomicU64 = AtomicU64::new(0);

/// How long it takes to look again.
const PAUSE: Duration = Duration::from_millis(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_of_the_process_that_this_one_was_forked_from_do_not_count() {
        assert_eq!(count_of(7, written(7, 3)), 3);
        assert_eq!(count_of(8, written(7, 3)), 0);
    }
}
