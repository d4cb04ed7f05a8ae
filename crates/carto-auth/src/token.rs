//! A set of tokens and the time it lasts.
//!
//! Whether a token is still good is decided by the time it was won and the `expires_in` that came with
//! it, never by what is written inside it (RFC 9068, section 6). [`Claims`] are for people to read.

mod claims;

use std::time::Duration;

use crate::secret::Secret;

pub use self::claims::Claims;

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
    /// When it was won, in seconds since 1970 (UTC).
    pub issued_at: i64,
    /// How many seconds it lasts from then on; `None` for a token that never ends by itself.
    pub expires_in: Option<i64>,
    /// The API base URL of the account it belongs to, once that is known.
    pub api_base_url: Option<String>,
}

impl TokenSet {
    /// A set that holds only an access token, won at `issued_at`.
    pub fn new(access_token: Secret, issued_at: i64, expires_in: Option<i64>) -> Self {
        Self { access_token, refresh_token: None, scope: None, issued_at, expires_in, api_base_url: None }
    }

    /// When the access token ends, in seconds since 1970 (UTC).
    pub fn expires_at(&self) -> Option<i64> {
        self.expires_in.map(|lifetime| self.issued_at.saturating_add(lifetime))
    }

    /// How long the access token still lives at `now`; `None` when it never ends.
    pub fn time_left(&self, now: i64) -> Option<Duration> {
        self.expires_at().map(|end| Duration::from_secs(end.saturating_sub(now).max(0).unsigned_abs()))
    }

    /// Says whether the access token is accepted at `now`.
    ///
    /// A clock that was set back must not make a token valid for ever: a token whose time left is longer
    /// than it ever had is not trusted.
    pub fn is_alive(&self, now: i64) -> bool {
        match (self.expires_at(), self.expires_in) {
            (Some(end), Some(lifetime)) => {
                now < end && end.saturating_sub(now) <= lifetime.saturating_add(CLOCK_TOLERANCE)
            }
            _ => true,
        }
    }

    /// Says whether the access token outlasts its margin at `now`, so that it can be handed out as it is.
    pub fn is_fresh(&self, now: i64) -> bool {
        self.is_alive(now) && self.expires_at().is_none_or(|end| now < end.saturating_sub(self.margin()))
    }

    /// How many seconds before its end a token is renewed: 5 minutes, or a tenth of a short life.
    pub fn margin(&self) -> i64 {
        self.expires_in.map_or(0, |lifetime| (lifetime / 10).clamp(0, MARGIN))
    }
}

/// The longest margin, in seconds.
const MARGIN: i64 = 300;

/// How many seconds a clock may step back without a token being doubted.
const CLOCK_TOLERANCE: i64 = 300;

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_800_000_000;

    fn token(expires_in: i64) -> TokenSet {
        TokenSet::new(Secret::new("token"), NOON, Some(expires_in))
    }

    #[test]
    fn the_margin_scales_with_the_lifetime() {
        assert_eq!(token(86_400).margin(), 300);
        assert_eq!(token(300).margin(), 30);
        assert_eq!(token(30).margin(), 3);
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
