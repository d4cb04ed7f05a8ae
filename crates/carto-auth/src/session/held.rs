//! The token in memory, and until when it is given out.
//!
//! The common call reads one clock and compares it with two times that were worked out when the token came: it takes
//! no lock, does no I/O, and makes no text.

use std::sync::Arc;
use std::time::Duration;

use super::copies::Copies;
use crate::secret::Secret;
use crate::token::{Moment, TokenSet};

/// A token and its times, by the clock that counts from the start of the machine.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) token: Arc<TokenSet>,
    copies: Copies,
    /// Until when it is given as it is.
    fresh_until: Duration,
    /// When it ends.
    ends: Duration,
}

impl Held {
    /// Works the times out, once. `since_boot` is the same moment by the clock that will be read at each call.
    pub(super) fn new(token: Arc<TokenSet>, now: &Moment, since_boot: Duration, margin: Duration) -> Self {
        let (fresh_until, ends) = match token.time_left(now) {
            _ if !token.is_alive(now) => (Duration::ZERO, Duration::ZERO),
            None => (Duration::MAX, Duration::MAX),
            Some(left) => (since_boot + left.saturating_sub(margin), since_boot + left),
        };
        Self { copies: Copies::of(&token.access_token), token, fresh_until, ends }
    }

    /// The same times with what was learnt about the token.
    pub(super) fn with(&self, token: Arc<TokenSet>) -> Self {
        Self {
            copies: Copies::of(&token.access_token),
            token,
            fresh_until: self.fresh_until,
            ends: self.ends,
        }
    }

    /// The access token, for many threads at once.
    pub(super) fn access_token(&self) -> Secret {
        self.copies.take()
    }

    /// Says whether it outlasts its margin.
    pub(super) fn is_fresh(&self, since_boot: Duration) -> bool {
        since_boot < self.fresh_until
    }

    /// Says whether it is accepted.
    pub(super) fn is_alive(&self, since_boot: Duration) -> bool {
        since_boot < self.ends
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_800_000_000;

    fn held(expires_in: Option<i64>) -> Held {
        let token = TokenSet::new(Secret::new("t"), NOON, expires_in);
        let margin = token.margin();
        Held::new(Arc::new(token), &Moment::from(NOON + 10), seconds(500), margin)
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn its_times_are_those_of_the_token() {
        let held = held(Some(100));
        assert!(held.is_fresh(seconds(579)) && !held.is_fresh(seconds(580)));
        assert!(held.is_alive(seconds(589)) && !held.is_alive(seconds(590)));
    }

    #[test]
    fn one_without_an_end_is_always_fresh_and_one_that_has_ended_never() {
        assert!(held(None).is_fresh(seconds(1_000_000_000)));
        let ended = held(Some(10));
        assert!(!ended.is_fresh(Duration::ZERO) && !ended.is_alive(Duration::ZERO));
    }
}
