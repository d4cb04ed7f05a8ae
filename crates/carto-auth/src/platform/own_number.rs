//! The numbers of descriptors that belong to this process, which a child that is forked from it is told to close.
//!
//! A thread of the parent may hold any mutex at the fork, and nobody frees it in the child. So they stand in a table that is
//! read without one. What finds no room in it is told to nobody. A child takes them out: they are told once, since what has
//! such a number afterwards is somebody else's.

use std::sync::atomic::{AtomicI32, AtomicU32, Ordering};

use super::fork::FORKS;

/// The place of a number in the table, which is free again when it is dropped: before the descriptor is closed, since its
/// number is soon another's.
#[derive(Debug)]
pub(super) struct OwnNumber {
    place: Option<&'static AtomicI32>,
    number: i32,
    process: u32,
}

impl OwnNumber {
    pub(super) fn of(descriptor: &impl Numbered) -> Self {
        let number = descriptor.number().unwrap_or(FREE);
        let take = |place: &&AtomicI32| {
            place.compare_exchange(FREE, number, Ordering::AcqRel, Ordering::Relaxed).is_ok()
        };
        let place = (number != FREE).then(|| OPEN.iter().find(take)).flatten();
        Self { place, number, process: std::process::id() }
    }

    /// Says whether this process opened it, and not the one that it was forked from.
    pub(super) fn is_of_this_process(&self) -> bool {
        self.process == std::process::id()
    }

    /// Says whether this is a child that was told to close it.
    pub(super) fn is_told(&self) -> bool {
        let is_child = !self.is_of_this_process() && TOLD.load(Ordering::Acquire) == std::process::id();
        is_child && self.place.is_some()
    }
}

impl Drop for OwnNumber {
    fn drop(&mut self) {
        // What a child was told of is no longer there, and another's number may be in its place.
        if let Some(place) = self.place.filter(|_| !self.is_told()) {
            let _ = place.compare_exchange(self.number, FREE, Ordering::AcqRel, Ordering::Relaxed);
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
/// them. Each is told once.
///
/// A child that was just forked closes these, each a single time, and uses nothing that its parent had made: safe Rust closes
/// nothing by its number, so that is left to the program. It waits for nothing. The lock that another thread opened during
/// the fork is among them where [`before_fork`](super::before_fork) was called.
pub fn descriptors_of_parent() -> Vec<i32> {
    FORKS.forget();
    TOLD.store(std::process::id(), Ordering::Release);
    OPEN.iter().map(|place| place.swap(FREE, Ordering::AcqRel)).filter(|number| *number != FREE).collect()
}

const FREE: i32 = -1;

/// More than a process has of them: a lock for each credential that it renews just now, and those who came to a sign-in.
static OPEN: [AtomicI32; 256] = [const { AtomicI32::new(FREE) }; 256];

/// The last process that was told.
static TOLD: AtomicU32 = AtomicU32::new(0);
