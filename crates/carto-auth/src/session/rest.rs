//! How long attempts rest after one that failed.
//!
//! While a token lives, a renewal that failed rests a while, longer each time, and the token is given out. Once none
//! lives, the first failures are told as they come; from the third in a row on, an outage is taken to be one, and
//! whoever asks within the rest gets the same error without a request: a thousand callers in a loop are no storm. As
//! long as a server asks to wait it is left alone from the first time on; once no token lives, not for longer than makes
//! sense: what one answer says shuts nobody out for a day.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::error::Error;

/// What failed attempts have left behind. Times are those of the clock that counts from the start of the machine.
#[derive(Debug, Default)]
pub(super) struct Rest {
    /// Until when no renewal is tried while the old token lives, in milliseconds: read at every such call.
    lets_live_until: AtomicU64,
    outage: Mutex<Option<Outage>>,
}

#[derive(Debug)]
struct Outage {
    failures: u32,
    until: Duration,
    error: Error,
    /// What the attempts were made with: other credentials are worth a try at once.
    key: String,
}

impl Rest {
    /// Takes note of an attempt that failed.
    pub(super) fn note(&self, key: &str, error: &Error, now: Duration) {
        let mut outage = self.outage();
        let before = outage.take().filter(|outage| outage.key == key).map_or(0, |outage| outage.failures);
        let asked = error.wait().unwrap_or_default();
        let living = doubled(WHILE_IT_LIVES, before).min(LONGEST).max(asked);
        self.let_live(now + living);
        let pause = match before.checked_sub(PATIENCE) {
            None => Duration::ZERO,
            Some(more) => doubled(ONCE_IT_IS_DEAD, more).min(LONGEST_ONCE_IT_IS_DEAD),
        };
        let (failures, until) = (before + 1, now + pause.max(asked.min(longest_asked(error))));
        *outage = Some(Outage { failures, until, error: error.clone(), key: key.to_owned() });
    }

    /// Takes note of an attempt that brought a token.
    pub(super) fn end(&self) {
        self.lets_live_until.store(0, Ordering::Relaxed);
        *self.outage() = None;
    }

    /// Gives the old token until then without another attempt.
    pub(super) fn let_live(&self, until: Duration) {
        let millis = u64::try_from(until.as_millis()).unwrap_or(u64::MAX);
        self.lets_live_until.store(millis, Ordering::Relaxed);
    }

    /// Says whether a token that still lives is given without an attempt to renew it.
    pub(super) fn lets_live(&self, now: Duration) -> bool {
        now < Duration::from_millis(self.lets_live_until.load(Ordering::Relaxed))
    }

    /// The error of an outage that is not over, for callers that have no token.
    pub(super) fn error(&self, key: &str, now: Duration) -> Option<Error> {
        let outage = self.outage();
        let outage = outage.as_ref().filter(|outage| outage.key == key && now < outage.until)?;
        let left = (outage.until - now).as_secs() + 1;
        let tries = outage.failures;
        let failed = if tries == 1 { "the attempt" } else { &*format!("{tries} attempts in a row") };
        Some(outage.error.clone().hint(format!(
            "{failed} failed, the next one is made in {left} s{}",
            outage.error.hint_text().map(|hint| format!("; {hint}")).unwrap_or_default()
        )))
    }

    fn outage(&self) -> MutexGuard<'_, Option<Outage>> {
        self.outage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long a server is left alone at most because it asks for it, once no token lives. Whoever asks too often or has used
/// a quota up is told for how long; a server that is out of order does not know.
fn longest_asked(error: &Error) -> Duration {
    Duration::from_secs(if error.http_status() == Some(429) { 3_600 } else { 300 })
}

fn doubled(first: Duration, times: u32) -> Duration {
    first.saturating_mul(1 << times.min(16))
}

/// How long the first renewal that failed rests while the old token lives.
const WHILE_IT_LIVES: Duration = Duration::from_secs(30);

/// How long it rests at most.
const LONGEST: Duration = Duration::from_secs(300);

/// How many failures in a row are told before they are taken for an outage.
const PATIENCE: u32 = 2;

/// How long the first rest of an outage is, once no token lives.
const ONCE_IT_IS_DEAD: Duration = Duration::from_secs(2);

/// How long it is at most: when the server is back, nobody waits for longer.
const LONGEST_ONCE_IT_IS_DEAD: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn error() -> Error {
        Error::new(ErrorKind::Network, "auth.carto.com cannot be reached").hint("check the network")
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn an_outage_rests_longer_each_time_and_ends_with_a_token() {
        let rest = Rest::default();
        let mut now = seconds(1_000);
        for expected in [0, 0, 2, 4, 8, 16, 30, 30] {
            rest.note("key", &error(), now);
            assert_eq!(rest.error("key", now).is_some(), expected > 0);
            assert!(rest.error("key", now + seconds(expected)).is_none(), "{expected}");
            now += seconds(expected);
        }
        assert!(rest.error("key", now - seconds(1)).is_some());
        assert!(rest.error("other credentials", now - seconds(1)).is_none());
        rest.end();
        assert!(rest.error("key", now - seconds(1)).is_none() && !rest.lets_live(now));
    }

    #[test]
    fn while_a_token_lives_it_is_given_for_longer_each_time_and_as_long_as_the_server_asks() {
        let rest = Rest::default();
        let now = seconds(1_000);
        for expected in [30, 60, 120, 240, 300, 300] {
            rest.note("key", &error(), now);
            assert!(rest.lets_live(now + seconds(expected - 1)) && !rest.lets_live(now + seconds(expected)));
        }
        rest.note("key", &error().status(429).retry_after(Some(seconds(900))), now);
        assert!(rest.lets_live(now + seconds(899)));
        assert!(rest.error("key", now + seconds(899)).is_some(), "nor is it asked once none lives");
        assert!(rest.error("key", now + seconds(900)).is_none());
    }

    #[test]
    fn what_one_answer_says_shuts_nobody_out_for_a_day_once_no_token_lives() {
        for (status, longest) in [(500, 300), (503, 300), (429, 3_600)] {
            let rest = Rest::default();
            let now = seconds(1_000);
            rest.note("key", &error().status(status).retry_after(Some(seconds(86_400))), now);
            assert!(rest.lets_live(now + seconds(86_399)));
            assert!(rest.error("key", now + seconds(longest - 1)).is_some(), "{status}");
            assert!(rest.error("key", now + seconds(longest)).is_none(), "{status}");
        }
    }

    #[test]
    fn the_error_says_when_the_next_attempt_is_made() {
        let rest = Rest::default();
        for _ in 0..3 {
            rest.note("key", &error(), seconds(1_000));
        }
        let told = rest.error("key", seconds(1_000)).expect("an outage");
        assert_eq!(
            told.hint_text(),
            Some("3 attempts in a row failed, the next one is made in 3 s; check the network")
        );
    }
}
