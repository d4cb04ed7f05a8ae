//! When this process forks, as far as the program says so.
//!
//! A file that another thread opens just then may be in the child before it stands in the table that the child is told. What
//! was opened meanwhile is opened once more, before a lock is taken with it. Nothing here keeps a fork waiting, and one that
//! does not end keeps nobody long.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The forks of a process.
#[derive(Debug)]
pub(super) struct Forks {
    under_way: AtomicU64,
    begun: AtomicU64,
}

impl Forks {
    const fn new() -> Self {
        Self { under_way: AtomicU64::new(0), begun: AtomicU64::new(0) }
    }

    /// Does something in whose midst no fork begins or ends, as often as that needs; what is dropped is done once more.
    pub(super) fn avoid<T>(&self, work: impl Fn() -> io::Result<T>) -> io::Result<T> {
        for _ in 0..LOOKS {
            // In the order in which a fork does not change them, so that one that begins in between is seen.
            let begun = self.begun.load(Ordering::SeqCst);
            if self.under_way.load(Ordering::SeqCst) == 0 {
                let done = work()?;
                if self.begun.load(Ordering::SeqCst) == begun {
                    return Ok(done);
                }
            }
            std::thread::sleep(PAUSE);
        }
        // Whoever forks may be waiting for us.
        work()
    }

    fn begin(&self) {
        self.under_way.fetch_add(1, Ordering::SeqCst);
        self.begun.fetch_add(1, Ordering::SeqCst);
    }

    fn end(&self) {
        // One that began before anybody was told of forks ends as well.
        let less = |count: u64| count.checked_sub(1);
        let _ = self.under_way.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less);
    }

    /// None of them is under way in a child.
    pub(super) fn forget(&self) {
        self.under_way.store(0, Ordering::SeqCst);
    }
}

/// To be called before a fork. What is locked until [`after_fork_in_parent`] waits, for a second at most, and so does
/// nothing that the fork could wait for.
pub fn before_fork() {
    FORKS.begin();
}

/// To be called in the parent after each fork that [`before_fork`] was called for, also after one that failed. The child
/// calls [`descriptors_of_parent`](super::descriptors_of_parent).
pub fn after_fork_in_parent() {
    FORKS.end();
}

pub(super) static FORKS: Forks = Forks::new();

/// A fork takes some milliseconds in a large process.
const PAUSE: Duration = Duration::from_millis(1);

/// How often it is looked whether a fork is over.
const LOOKS: u32 = 1_000;

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU32;

    #[test]
    fn what_a_fork_comes_into_is_done_again_once_it_is_over() {
        let (forks, done) = (Forks::new(), AtomicU32::new(0));
        let work = || {
            if done.fetch_add(1, Ordering::SeqCst) == 0 {
                forks.begin();
                forks.end();
            }
            Ok(done.load(Ordering::SeqCst))
        };
        assert_eq!(forks.avoid(work).expect("done"), 2);
        assert_eq!(forks.avoid(work).expect("done"), 3, "and no more often than that");
    }

    #[test]
    fn nothing_is_done_while_a_fork_is_under_way() {
        let forks = Forks::new();
        let is_over = std::sync::atomic::AtomicBool::new(false);
        forks.begin();
        forks.begin();
        forks.end();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| forks.avoid(|| Ok(is_over.load(Ordering::SeqCst))));
            std::thread::sleep(20 * PAUSE);
            is_over.store(true, Ordering::SeqCst);
            forks.end();
            assert!(waiting.join().expect("no panic").expect("done"));
        });
    }

    #[test]
    fn neither_a_child_nor_whoever_a_fork_waits_for_is_kept() {
        let forks = Forks::new();
        forks.begin();
        assert!(forks.avoid(|| Ok(true)).expect("done in spite of it"));
        forks.forget();
        let done = AtomicU32::new(0);
        forks.avoid(|| Ok(done.fetch_add(1, Ordering::SeqCst))).expect("done");
        forks.end();
        assert_eq!((done.into_inner(), forks.under_way.into_inner()), (1, 0));
    }
}
