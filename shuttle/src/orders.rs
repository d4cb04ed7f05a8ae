//! One story in many orders of events.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Plays the story in orders that are all equally likely, and in orders that put few but unlikely changes into it (PCT).
pub(crate) fn in_many_orders(name: &str, story: impl Fn() + Send + Sync + 'static) {
    let played = Arc::new(AtomicUsize::new(0));
    let story = Arc::new(story);
    let play = || {
        let (played, story) = (Arc::clone(&played), Arc::clone(&story));
        move || {
            played.fetch_add(1, Ordering::Relaxed);
            story();
        }
    };
    shuttle::check_random(play(), RANDOM);
    shuttle::check_pct(play(), PCT, DEPTH);
    // Not by `println!`, which nobody sees while the test passes.
    let _ = writeln!(std::io::stderr(), "{:>6} orders: {name}", played.load(Ordering::Relaxed));
}

/// A rule, as a test of its name.
macro_rules! rules {
    ($($(#[$attribute:meta])* fn $name:ident() $story:block)+) => {$(
        $(#[$attribute])*
        #[test]
        fn $name() {
            $crate::orders::in_many_orders(stringify!($name), || $story);
        }
    )+};
}
pub(crate) use rules;

const RANDOM: usize = 5_000;
const PCT: usize = 5_000;

/// How many changes PCT makes that a failure needs.
const DEPTH: usize = 4;
