//! One secret in several copies, so that threads do not wait for each other when they take it.
//!
//! A clone of a [`Secret`] counts its holders. Two processors that count at one place hand it to and fro at every
//! call, which takes several times as long as all the rest; here each thread counts at a place of its own, as far
//! as they reach.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::secret::Secret;

/// The copies of one secret. Each is zeroed like any other.
#[derive(Debug)]
pub(super) struct Copies([Secret; COUNT]);

impl Copies {
    pub(super) fn of(secret: &Secret) -> Self {
        Self(std::array::from_fn(|_| Secret::new(secret.expose())))
    }

    /// The copy of this thread.
    pub(super) fn take(&self) -> Secret {
        self.0[own_number() % COUNT].clone()
    }
}

/// A number that each thread gets with its first call, in turn.
fn own_number() -> usize {
    OWN.with(|own| match own.get() {
        0 => {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            own.set(number);
            number
        }
        number => number,
    })
}

thread_local! {
    static OWN: Cell<usize> = const { Cell::new(0) };
}

static NEXT: AtomicUsize = AtomicUsize::new(1);

/// As many as processors commonly ask at once.
const COUNT: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_thread_gets_the_same_text() {
        let copies = Copies::of(&Secret::new("text"));
        std::thread::scope(|scope| {
            // So many that each copy has had its turn, and the first one has it again.
            for _ in 0..=COUNT * COUNT {
                scope.spawn(|| assert_eq!(copies.take().expose(), "text"));
            }
        });
    }

    #[test]
    fn two_threads_count_at_two_places() {
        let copies = Copies::of(&Secret::new("text"));
        let place = || copies.take().expose().as_ptr() as usize;
        let own = place();
        assert_eq!(place(), own, "a thread keeps its own");
        let others = std::thread::scope(|scope| {
            let threads: Vec<_> = (1..COUNT).map(|_| scope.spawn(place)).collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).collect::<Vec<_>>()
        });
        assert!(others.iter().any(|other| *other != own));
    }
}
