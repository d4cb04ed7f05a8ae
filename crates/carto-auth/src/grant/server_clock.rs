//! What time the authorization server has.

use std::sync::atomic::{AtomicI64, Ordering};

/// How far the server's clock is ahead of the one on this machine's wall, as its answers say (`Date`, RFC 9110,
/// section 6.6.1).
#[derive(Debug, Default)]
pub(super) struct ServerClock(AtomicI64);

impl ServerClock {
    /// Takes note of what the server said the time is when it was `now` here.
    pub(super) fn learn(&self, date: Option<i64>, now: i64) {
        let Some(date) = date else { return };
        let ahead = date.saturating_sub(now);
        let ahead = if ahead.saturating_abs() <= TOLERANCE { 0 } else { ahead };
        if self.0.swap(ahead, Ordering::Relaxed) != ahead && ahead != 0 {
            tracing::warn!(
                seconds = ahead,
                "the server's clock differs from this machine's; the server's is used"
            );
        }
    }

    /// How many seconds to add to the time here.
    pub(super) fn ahead(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// How many seconds two clocks that are right may differ: a date has no fractions, and an answer travels.
const TOLERANCE: i64 = 5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_right_is_left_alone_and_one_that_is_wrong_is_corrected() {
        let clock = ServerClock::default();
        for (date, ahead) in
            [(None, 0), (Some(1_005), 0), (Some(995), 0), (Some(4_600), 3_600), (None, 3_600)]
        {
            clock.learn(date, 1_000);
            assert_eq!(clock.ahead(), ahead, "{date:?}");
        }
        clock.learn(Some(1_001), 1_000);
        assert_eq!(clock.ahead(), 0);
    }
}
