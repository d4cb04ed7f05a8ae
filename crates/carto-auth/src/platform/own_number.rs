//! The numbers of descriptors that belong to this process, which a child that is forked from it is told to close.
//!
//! A thread of the parent may hold any mutex at the fork, and nobody frees it in the child. So they stand in a table that is
//! read without one. What finds no room in it is told to nobody.

use std::sync::atomic::{AtomicI32, Ordering};

/// The place of a number in the table, which is free again when it is dropped: before the descriptor is closed, since its
/// number is soon another's.
#[derive(Debug)]
pub(super) struct OwnNumber(Option<&'static AtomicI32>);

impl OwnNumber {
    pub(super) fn of(descriptor: &impl Numbered) -> Self {
        let place = descriptor.number().and_then(|number| {
            let take = |place: &&AtomicI32| {
                place.compare_exchange(FREE, number, Ordering::AcqRel, Ordering::Relaxed).is_ok()
            };
            OPEN.iter().find(take)
        });
        Self(place)
    }
}

impl Drop for OwnNumber {
    fn drop(&mut self) {
        if let Some(place) = self.0 {
            place.store(FREE, Ordering::Release);
        }
    }
}

/// What the system knows by a number that a child inherits.
pub(crate) trait Numbered {
    fn number(&self) -> Option<i32>;
}

#[cfg(unix)]
impl<S: std::os::fd::AsRawFd> Numbered for S {
    fn number(&self) -> Option<i32> {
        Some(self.as_raw_fd())
    }
}

#[cfg(not(unix))]
impl<S> Numbered for S {
    fn number(&self) -> Option<i32> {
        None
    }
}

/// The descriptors of the locks of this process, of the sockets at which it waits for a browser, and of those who came to
/// them.
///
/// A child that was just forked closes these, after [`after_fork_in_child`](super::after_fork_in_child), and uses nothing
/// that its parent had made: safe Rust closes nothing by its number, so that is left to the program. It waits for nothing.
pub fn descriptors_of_parent() -> Vec<i32> {
    OPEN.iter().map(|place| place.load(Ordering::Acquire)).filter(|number| *number != FREE).collect()
}

const FREE: i32 = -1;

/// More than a process has of them: a lock for each credential that it renews just now, and those who came to a sign-in.
static OPEN: [AtomicI32; 256] = [const { AtomicI32::new(FREE) }; 256];
