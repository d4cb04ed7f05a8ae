//! What a server said about how often it may still be asked.
//!
//! Plain data, for people to see and to be warned by. It decides nothing but how long to wait.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The allowances that the last answer of a token endpoint named.
///
/// Auth0 counts the tokens that it gives to machines (`auth0-client-quota-limit`,
/// `auth0-organization-quota-limit`), and how often it is asked in a short while (`x-ratelimit-limit`,
/// `x-ratelimit-remaining`, `x-ratelimit-reset`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Quota {
    /// When it was said, in seconds since 1970 (UTC).
    pub told_at: i64,
    /// How many tokens the client may still get, by period.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub client: Vec<Allowance>,
    /// How many tokens all clients of the organization may still get, by period.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub organization: Vec<Allowance>,
    /// How many requests are still answered in this short while.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Allowance>,
}

/// How much is left of something that is counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Allowance {
    /// What it is counted by: `hour`, `day`, or another word of the server's; `while` for a rate limit, of which it is
    /// not said.
    pub period: String,
    /// How many there are in all, where the server said so.
    #[serde(default)]
    pub limit: Option<u64>,
    /// How many are left, where the server said so.
    #[serde(default)]
    pub remaining: Option<u64>,
    /// When the count begins anew, in seconds since 1970 (UTC), where the server said so.
    #[serde(default)]
    pub resets_at: Option<i64>,
}

impl Quota {
    /// What still counts at this time; `None` when that says nothing any more.
    #[must_use]
    pub fn at(&self, now: i64) -> Option<Self> {
        let counts = |allowance: &Allowance| allowance.counts(self.told_at, now);
        let left = Self {
            told_at: self.told_at,
            client: self.client.iter().filter(|one| counts(one)).cloned().collect(),
            organization: self.organization.iter().filter(|one| counts(one)).cloned().collect(),
            rate: self.rate.clone().filter(counts),
        };
        let is_empty = left.client.is_empty() && left.organization.is_empty() && left.rate.is_none();
        (!is_empty).then_some(left)
    }

    /// The allowances of tokens, each with whose it is: `client` or `organization`.
    pub fn tokens(&self) -> impl Iterator<Item = (&'static str, &Allowance)> {
        let client = self.client.iter().map(|allowance| ("client", allowance));
        client.chain(self.organization.iter().map(|allowance| ("organization", allowance)))
    }

    /// The allowance of tokens that is used up and begins anew last.
    pub fn used_up(&self, now: i64) -> Option<(&'static str, &Allowance)> {
        let used_up = self
            .tokens()
            .filter(|(_, allowance)| allowance.remaining == Some(0) && allowance.counts(self.told_at, now));
        used_up.max_by_key(|(_, allowance)| allowance.resets_at)
    }

    /// The allowances of tokens of which a tenth or less is left.
    pub fn running_out(&self, now: i64) -> impl Iterator<Item = (&'static str, &Allowance)> {
        self.tokens().filter(move |(_, allowance)| {
            let little = match (allowance.remaining, allowance.limit) {
                (Some(remaining), Some(limit)) => remaining.saturating_mul(10) <= limit,
                (remaining, _) => remaining == Some(0),
            };
            little && allowance.counts(self.told_at, now)
        })
    }

    /// Says whether it is what this program writes, wherever it was read.
    pub(crate) fn is_sound(&self) -> bool {
        let rate = self.rate.iter().map(|rate| ("", rate));
        self.tokens().chain(rate).all(|(_, allowance)| is_word(&allowance.period))
    }
}

impl Allowance {
    /// Says whether it still tells something at this time.
    fn counts(&self, told_at: i64, now: i64) -> bool {
        let lasts = match self.period.as_str() {
            "hour" => 3_600,
            "day" => 86_400,
            _ => 60,
        };
        let ends = self.resets_at.unwrap_or(told_at.saturating_add(lasts));
        self.remaining.is_some() && now < ends
    }
}

/// As in `4 of 100 token requests left this hour, until 2027-01-15T14:00:00Z`.
impl fmt::Display for Allowance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.remaining, self.limit) {
            (Some(remaining), Some(limit)) => write!(f, "{remaining} of {limit} token requests left")?,
            (Some(remaining), None) => write!(f, "{remaining} token requests left")?,
            (None, Some(limit)) => write!(f, "{limit} token requests")?,
            (None, None) => f.write_str("token requests")?,
        }
        match self.period.as_str() {
            "day" => f.write_str(" today")?,
            period @ ("second" | "minute" | "hour" | "week" | "month") => write!(f, " this {period}")?,
            other => write!(f, " (`{other}`)")?,
        }
        match self.resets_at.map(jiff::Timestamp::from_second) {
            Some(Ok(time)) => write!(f, ", until {time}"),
            _ => Ok(()),
        }
    }
}

/// Says whether this can be the name of a period: it is shown to people.
pub(crate) fn is_word(text: &str) -> bool {
    let is_fine = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (1..=32).contains(&text.len()) && text.bytes().all(is_fine)
}

/// What helps against a quota that is too small.
pub(crate) const SHARING: &str = "processes that share their tokens need fewer, through one folder \
    (`CARTO_AUTH_CACHE_DIR`) or a Redis (`CARTO_AUTH_STORE=redis://…`); or ask CARTO for a larger quota";

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_800_000_000;

    fn allowance(
        period: &str,
        remaining: Option<u64>,
        limit: Option<u64>,
        resets_at: Option<i64>,
    ) -> Allowance {
        Allowance { period: period.into(), limit, remaining, resets_at }
    }

    #[test]
    fn it_is_told_in_words() {
        let told = [
            allowance("hour", Some(4), Some(100), Some(NOON)),
            allowance("day", Some(0), Some(100), None),
            allowance("fortnight", Some(7), None, Some(i64::MAX)),
        ]
        .map(|allowance| allowance.to_string());
        assert_eq!(
            told,
            [
                "4 of 100 token requests left this hour, until 2027-01-15T08:00:00Z",
                "0 of 100 token requests left today",
                "7 token requests left (`fortnight`)",
            ]
        );
    }

    #[test]
    fn an_allowance_counts_until_it_begins_anew() {
        let quota = Quota {
            told_at: NOON,
            client: vec![
                allowance("hour", Some(9), Some(10), Some(NOON + 60)),
                allowance("day", Some(9), Some(10), None),
                allowance("month", None, Some(10), Some(NOON + 9_999_999)),
            ],
            rate: Some(allowance("while", Some(1), Some(2), Some(NOON + 1))),
            ..Quota::default()
        };
        let periods = |now| {
            let quota = quota.at(now)?;
            Some(quota.client.iter().chain(&quota.rate).map(|one| one.period.clone()).collect::<Vec<_>>())
        };
        assert_eq!(periods(NOON), Some(vec!["hour".into(), "day".into(), "while".into()]));
        assert_eq!(periods(NOON + 1), Some(vec!["hour".into(), "day".into()]));
        assert_eq!(periods(NOON + 60), Some(vec!["day".into()]));
        assert_eq!(periods(NOON + 86_400), None);
    }

    #[test]
    fn a_tenth_is_little_and_a_rate_limit_is_no_quota() {
        let reset = Some(NOON + 60);
        let low = |remaining, limit| {
            let client = vec![allowance("hour", remaining, limit, reset)];
            let rate = Some(allowance("while", Some(0), Some(10), reset));
            let quota = Quota { told_at: NOON, client, rate, ..Quota::default() };
            (quota.running_out(NOON).count() == 1, quota.used_up(NOON).is_some())
        };
        assert_eq!(low(Some(11), Some(100)), (false, false));
        assert_eq!(low(Some(10), Some(100)), (true, false));
        assert_eq!(low(Some(1), Some(9)), (false, false));
        assert_eq!(low(Some(0), Some(9)), (true, true));
        assert_eq!(low(Some(0), None), (true, true));
        assert_eq!(low(Some(5), None), (false, false));
        assert_eq!(low(None, Some(9)), (false, false));
    }

    #[test]
    fn of_two_that_are_used_up_the_later_one_counts() {
        let quota = Quota {
            told_at: NOON,
            client: vec![allowance("hour", Some(0), Some(9), Some(NOON + 60))],
            organization: vec![allowance("day", Some(0), Some(9), Some(NOON + 600))],
            rate: None,
        };
        let used_up = quota.used_up(NOON).map(|(whose, allowance)| (whose, allowance.period.as_str()));
        assert_eq!(used_up, Some(("organization", "day")));
        assert!(quota.used_up(NOON + 600).is_none());
    }
}
