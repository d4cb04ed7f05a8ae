//! What time the authorization server has.

use std::sync::atomic::{AtomicI64, Ordering};

use crate::platform::Clock;

/// The server's clock, as its answers say (`Date`, RFC 9110, section 6.6.1).
///
/// It is known by the clock that nobody sets, so that one on the wall that is put right afterwards moves nothing.
#[derive(Debug)]
pub(super) struct ServerClock {
    /// The server's time when this machine started, in seconds since 1970; `UNKNOWN` before it has answered.
    at_boot: AtomicI64,
}

impl Default for ServerClock {
    fn default() -> Self {
        Self { at_boot: AtomicI64::new(UNKNOWN) }
    }
}

impl ServerClock {
    /// Takes note of what the server said the time is, just now.
    pub(super) fn learn(&self, date: Option<i64>, clock: &dyn Clock) {
        let Some(date) = date else { return };
        let first = self.at_boot.swap(date.saturating_sub(since_boot(clock)), Ordering::Relaxed) == UNKNOWN;
        let ahead = date.saturating_sub(clock.now());
        if first && ahead.saturating_abs() > TOLERANCE {
            tracing::warn!(
                seconds = ahead,
                "the server's clock differs from this machine's; the server's is used"
            );
        }
    }

    /// The time in seconds since 1970: the server's, where that is known and differs from the one on the wall.
    pub(super) fn now(&self, clock: &dyn Clock) -> i64 {
        let (here, at_boot) = (clock.now(), self.at_boot.load(Ordering::Relaxed));
        let there = at_boot.saturating_add(since_boot(clock));
        if at_boot == UNKNOWN || there.saturating_sub(here).saturating_abs() <= TOLERANCE {
            here
        } else {
            there
        }
    }
}

fn since_boot(clock: &dyn Clock) -> i64 {
    i64::try_from(clock.since_boot().as_secs()).unwrap_or(i64::MAX)
}

const UNKNOWN: i64 = i64::MIN;

/// How many seconds two clocks that are right may differ: a date has no fractions, and an answer travels.
const TOLERANCE: i64 = 5;

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use tracing::span::{Attributes, Id, Record};
    use tracing::{Event, Metadata, Subscriber};

    use super::*;
    use crate::token::Boot;

    #[derive(Debug)]
    struct At(i64, u64);

    impl Clock for At {
        fn now(&self) -> i64 {
            self.0
        }

        fn since_boot(&self) -> Duration {
            Duration::from_secs(self.1)
        }

        fn boot(&self) -> Option<Boot> {
            None
        }
    }

    #[test]
    fn a_clock_that_is_right_is_left_alone_and_one_that_is_wrong_is_corrected() {
        for (date, now) in [(None, 1_000), (Some(1_005), 1_000), (Some(995), 1_000), (Some(4_600), 4_600)] {
            let clock = ServerClock::default();
            clock.learn(date, &At(1_000, 50));
            assert_eq!(clock.now(&At(1_000, 50)), now, "{date:?}");
        }
    }

    #[test]
    fn a_clock_on_the_wall_that_is_put_right_afterwards_moves_nothing() {
        let clock = ServerClock::default();
        clock.learn(Some(1_000), &At(73_000, 50));
        assert_eq!(clock.now(&At(73_010, 60)), 1_010);
        assert_eq!(clock.now(&At(1_010, 60)), 1_010);
        assert_eq!(clock.now(&At(-73_010, 60)), 1_010);
    }

    #[test]
    fn a_clock_that_differs_is_told_once_and_by_more_than_answers_take() {
        for (ahead, told) in [(0, 0), (5, 0), (-5, 0), (6, 1), (-6, 1), (3_600, 1), (-3_600, 1)] {
            let warnings = Warnings::default();
            tracing::subscriber::with_default(warnings.clone(), || {
                let clock = ServerClock::default();
                for passed in [0, 10] {
                    clock
                        .learn(Some(1_000 + passed + ahead), &At(1_000 + passed, 50 + passed.unsigned_abs()));
                    assert_eq!(warnings.0.load(Ordering::Relaxed), told, "{ahead}");
                }
            });
        }
    }

    /// Counts what is logged.
    #[derive(Clone, Default)]
    struct Warnings(Arc<AtomicI64>);

    impl Subscriber for Warnings {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }

        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }

        fn event(&self, _: &Event<'_>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }

        fn record(&self, _: &Id, _: &Record<'_>) {}
        fn record_follows_from(&self, _: &Id, _: &Id) {}
        fn enter(&self, _: &Id) {}
        fn exit(&self, _: &Id) {}
    }
}
