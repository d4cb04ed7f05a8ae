//! A set of tokens and the time it lasts.
//!
//! Whether a token is still good is decided by the time it was won and the `expires_in` that came with
//! it, never by what is written inside it (RFC 9068, section 6). [`Claims`] are for people to read. How old it is
//! the clock says that nobody sets ([`Moment`]).

mod claims;
mod moment;
#[cfg(any(test, fuzzing))]
pub(crate) mod properties;
mod quota;

use std::sync::Arc;
use std::time::Duration;

use crate::secret::Secret;

pub use self::claims::Claims;
pub use self::moment::{Boot, BootTime, Moment};
pub use self::quota::{Allowance, Quota};
pub(crate) use self::quota::{SHARING, is_word};

/// What a token endpoint gave, and when (RFC 6749, section 5.1).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TokenSet {
    /// What is sent as `Authorization: Bearer`.
    pub access_token: Secret,
    /// What renews it, where the server gave one.
    pub refresh_token: Option<Secret>,
    /// The scopes granted, where the server said them.
    pub scope: Option<String>,
    /// When it was won, in seconds since 1970 (UTC), by the server's clock where the server said the time.
    pub issued_at: i64,
    /// The same by the clock on the wall of the machine it was won on, where that differs.
    pub issued_at_here: Option<i64>,
    /// When that was since this machine started, where it was won on this machine.
    pub booted: Option<BootTime>,
    /// How many seconds it lasts from then on; `None` for a token that never ends by itself.
    pub expires_in: Option<i64>,
    /// The API base URL of the account it belongs to, once that is known.
    pub api_base_url: Option<String>,
    /// Since when the refresh token is under way, in seconds since 1970 (UTC), without an answer that was kept. It
    /// may have been used up: it is never sent again (RFC 9700, section 4.14.2).
    pub refresh_sent_at: Option<i64>,
    /// Whether there is a refresh token that is not in this set: in the keyring of this system, which is read only
    /// when it is needed.
    pub refresh_in_keyring: bool,
    /// How many tokens there may still be, as the answer said that brought it.
    pub quota: Option<Arc<Quota>>,
}

impl TokenSet {
    /// A set that holds only an access token, won at `issued_at`.
    pub fn new(access_token: Secret, issued_at: i64, expires_in: Option<i64>) -> Self {
        Self {
            access_token,
            refresh_token: None,
            scope: None,
            issued_at,
            issued_at_here: None,
            booted: None,
            expires_in,
            api_base_url: None,
            refresh_sent_at: None,
            refresh_in_keyring: false,
            quota: None,
        }
    }

    /// When the access token ends, in seconds since 1970 (UTC).
    pub fn expires_at(&self) -> Option<i64> {
        self.expires_in.map(|lifetime| self.issued_at.saturating_add(lifetime))
    }

    /// How many seconds later than the server told a JWT says of itself that it ends, where that is a clock's fault.
    pub(crate) fn says_otherwise(&self) -> Option<i64> {
        let own = Claims::read(self.access_token.expose())?.expires_at()?;
        Some(own.saturating_sub(self.expires_at()?)).filter(|drift| drift.saturating_abs() > DRIFT)
    }

    /// How many seconds the server's clock was ahead of this machine's when it was won, where that is a clock's fault.
    pub(crate) fn server_was_ahead(&self) -> Option<i64> {
        let here = self.issued_at_here?;
        Some(self.issued_at.saturating_sub(here)).filter(|drift| drift.saturating_abs() > DRIFT)
    }

    /// How long the access token still lives; `None` when it never ends.
    pub fn time_left(&self, now: impl Into<Moment>) -> Option<Duration> {
        Some(Duration::from_millis(self.millis_left(&now.into())?.max(0).unsigned_abs()))
    }

    /// How many seconds the access token still lives, negative once it has ended; `None` when it never ends.
    pub(crate) fn seconds_left(&self, now: &Moment) -> Option<i64> {
        Some(self.millis_left(now)?.div_euclid(1_000))
    }

    /// Says whether the access token is accepted.
    ///
    /// A clock that was set back must not make a token valid for ever: one that was won later than now is not
    /// trusted.
    pub fn is_alive(&self, now: impl Into<Moment>) -> bool {
        self.outlasts(now, Duration::ZERO)
    }

    /// Says whether the access token outlasts its margin, so that it can be handed out as it is.
    pub fn is_fresh(&self, now: impl Into<Moment>) -> bool {
        self.outlasts(now, self.margin())
    }

    /// Says whether the access token is accepted for longer than this.
    pub fn outlasts(&self, now: impl Into<Moment>, margin: Duration) -> bool {
        let now = now.into();
        let is_past = self.millis_ago(&now) >= -CLOCK_TOLERANCE;
        is_past && self.time_left(now).is_none_or(|left| left > margin)
    }

    /// Says whether it was won less than this many seconds ago.
    pub(crate) fn is_younger_than(&self, now: impl Into<Moment>, seconds: i64) -> bool {
        self.millis_ago(&now.into()) < seconds * 1_000
    }

    /// How long before its end a token is renewed: 5 minutes, or a tenth of a short life.
    pub fn margin(&self) -> Duration {
        self.expires_in.map_or(Duration::ZERO, |lifetime| {
            Duration::from_millis(lifetime.max(0).unsigned_abs().saturating_mul(100)).min(MARGIN)
        })
    }

    /// The same without what renews it.
    #[must_use]
    pub(crate) fn without_refresh_token(self) -> Self {
        Self { refresh_token: None, refresh_in_keyring: false, refresh_sent_at: None, ..self }
    }

    /// Says whether it renews without a person: with a refresh token that nobody has sent.
    pub fn renews(&self) -> bool {
        self.refresh_sent_at.is_none() && (self.refresh_token.is_some() || self.refresh_in_keyring)
    }

    fn millis_left(&self, now: &Moment) -> Option<i64> {
        Some(self.expires_in?.saturating_mul(1_000).saturating_sub(self.millis_ago(now)))
    }

    /// How long ago it was won.
    pub(crate) fn age(&self, now: &Moment) -> Duration {
        Duration::from_millis(self.millis_ago(now).max(0).unsigned_abs())
    }

    /// How many milliseconds ago it was won; negative for one that is won later than now.
    fn millis_ago(&self, now: &Moment) -> i64 {
        now.since(self.issued_at, self.issued_at_here, self.booted.as_ref())
    }
}

/// How many seconds two clocks may differ before it is worth a word.
const DRIFT: i64 = 60;

/// The longest margin.
const MARGIN: Duration = Duration::from_secs(300);

/// The longest life of a token that says when it ends, in seconds: ten years, nobody means more.
pub(crate) const LONGEST_LIFE: i64 = 315_360_000;

/// How many milliseconds a clock may step back without a token being doubted.
const CLOCK_TOLERANCE: i64 = 300_000;

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_800_000_000;

    fn token(expires_in: i64) -> TokenSet {
        TokenSet::new(Secret::new("token"), NOON, Some(expires_in))
    }

    #[test]
    fn the_margin_scales_with_the_lifetime() {
        assert_eq!(token(86_400).margin().as_secs(), 300);
        assert_eq!(token(300).margin().as_secs(), 30);
        assert_eq!(token(30).margin().as_secs(), 3);
        assert_eq!(token(3).margin().as_millis(), 300);
        assert_eq!(token(-3).margin().as_millis(), 0);
        assert!(token(30).is_fresh(NOON + 26));
        assert!(!token(30).is_fresh(NOON + 27));
        assert!(token(30).is_alive(NOON + 29));
        assert!(!token(30).is_alive(NOON + 30));
    }

    #[test]
    fn a_clock_set_back_a_day_does_not_make_a_token_last_for_ever() {
        assert!(!token(3_600).is_alive(NOON - 86_400));
        assert!(token(3_600).is_alive(NOON - 60));
    }

    #[test]
    fn in_the_same_start_of_the_machine_no_clock_on_the_wall_counts() {
        let at = |boot: &str, seconds| Some(BootTime::new(Boot::new(boot), Duration::from_secs(seconds)));
        let token = TokenSet { booted: at("this", 1_000), ..token(3_600) };
        for wall in [NOON - 86_400, NOON, NOON + 86_400] {
            assert!(token.is_alive(Moment::new(wall, at("this", 4_599))), "{wall}");
            assert!(!token.is_alive(Moment::new(wall, at("this", 4_600))), "{wall}");
        }
        let left = |moment| token.time_left(moment).map(|left| left.as_secs());
        assert_eq!(left(Moment::new(NOON + 3_000, at("this", 1_060))), Some(3_540));
        // After a restart, and on another machine, it does.
        assert_eq!(left(Moment::new(NOON + 3_000, at("next", 60))), Some(600));
        assert_eq!(left(Moment::new(NOON + 3_000, None)), Some(600));
        assert!(!token.is_alive(Moment::new(NOON - 86_400, at("next", 60))));
    }

    #[test]
    fn a_token_without_an_end_stays_fresh() {
        let token = TokenSet::new(Secret::new("token"), NOON, None);
        assert!(token.is_fresh(NOON + 10_000_000));
        assert_eq!(token.time_left(NOON), None);
    }

    #[test]
    fn a_lifetime_of_nothing_is_over_at_once() {
        assert!(!token(0).is_alive(NOON));
    }
}
