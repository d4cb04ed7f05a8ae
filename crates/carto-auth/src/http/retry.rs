//! When to try again, and how long to wait before.

use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};
use reqwest::header::{HeaderMap, RETRY_AFTER};

/// The pauses between tries: growing, and spread so that many clients do not come back together.
pub(super) fn waits() -> ExponentialBackoff {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(200))
        .with_max_delay(Duration::from_secs(5))
        .with_max_times(3)
        .with_jitter()
        .build()
}

/// How long the server asks to wait: `Retry-After` in seconds or as a date (RFC 9110, section 10.2.3), else until a
/// quota that is used up begins anew, else until Auth0's `x-ratelimit-reset`, a time in seconds since 1970, which stands
/// in every answer and says something only where the rate is used up. What makes no sense is ignored.
pub(super) fn wait_asked(
    headers: &HeaderMap,
    status: u16,
    quota_resets_at: Option<i64>,
    now: i64,
) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let until = |time: i64| Duration::from_secs(time.saturating_sub(now).max(0).unsigned_abs()).min(LONGEST);
    if let Some(asked) = text(RETRY_AFTER.as_str()) {
        if let Some(seconds) = digits(asked) {
            return Some(Duration::from_secs(seconds).min(LONGEST));
        }
        if let Ok(date) = httpdate::parse_http_date(asked) {
            let time = date.duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs());
            return Some(until(i64::try_from(time).unwrap_or(i64::MAX)));
        }
    }
    if let Some(reset) = quota_resets_at {
        return Some(until(reset));
    }
    if status != 429 && text("x-ratelimit-remaining") != Some("0") {
        return None;
    }
    // A time that is further away is not meant: in milliseconds it would be.
    let reset = i64::try_from(digits(text("x-ratelimit-reset")?)?).ok()?;
    (reset.saturating_sub(now) <= A_DAY).then(|| until(reset))
}

/// A number that is digits only; one too large to hold is as large as can be.
fn digits(text: &str) -> Option<u64> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().unwrap_or(u64::MAX))
}

const A_DAY: i64 = 86_400;

/// The longest wait that is told: nobody means more than a day.
const LONGEST: Duration = Duration::from_secs(A_DAY.unsigned_abs());

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_800_000_000; // 15 January 2027, 08:00:00 UTC

    fn asked(pairs: &[(&'static str, &'static str)]) -> Option<u64> {
        asked_with(None, pairs)
    }

    fn asked_with(quota: Option<i64>, pairs: &[(&'static str, &'static str)]) -> Option<u64> {
        let headers = pairs
            .iter()
            .map(|(name, value)| {
                (name.parse().expect("a header name"), value.parse().expect("a header value"))
            })
            .collect::<HeaderMap>();
        wait_asked(&headers, 429, quota, NOON).map(|wait| wait.as_secs())
    }

    #[test]
    fn the_pauses_grow_are_few_and_differ_from_client_to_client() {
        let clients: Vec<Vec<Duration>> = (0..50).map(|_| waits().collect()).collect();
        for pauses in &clients {
            assert_eq!(pauses.len(), 3);
            for (pause, least) in pauses.iter().zip([200, 400, 800].map(Duration::from_millis)) {
                assert!((least..=2 * least).contains(pause), "{pause:?}");
            }
        }
        let first: std::collections::HashSet<_> = clients.iter().map(|pauses| pauses[0]).collect();
        assert!(first.len() > 40, "{} of 50 are different", first.len());
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(asked(&[("retry-after", "7")]), Some(7));
        assert_eq!(asked(&[("retry-after", "Fri, 15 Jan 2027 08:00:09 GMT")]), Some(9));
        assert_eq!(asked(&[("retry-after", "Fri, 15 Jan 2027 07:00:00 GMT")]), Some(0));
    }

    #[test]
    fn what_makes_no_sense_is_ignored_and_what_is_too_long_is_capped() {
        for nonsense in ["-1", "soon", "", "1.5", "7 s"] {
            assert_eq!(asked(&[("retry-after", nonsense)]), None, "{nonsense}");
        }
        assert_eq!(asked(&[("retry-after", "1000000000")]), Some(86_400));
        assert_eq!(asked(&[("retry-after", "99999999999999999999999")]), Some(86_400));
    }

    #[test]
    fn auth0s_reset_is_used_where_nothing_else_is_said() {
        assert_eq!(asked(&[("x-ratelimit-reset", "1800000011")]), Some(11));
        assert_eq!(asked(&[("x-ratelimit-reset", "soon")]), None);
        assert_eq!(asked(&[("retry-after", "3"), ("x-ratelimit-reset", "1800000011")]), Some(3));
        assert_eq!(asked(&[("retry-after", "soon"), ("x-ratelimit-reset", "1800000011")]), Some(11));
    }

    #[test]
    fn auth0s_reset_says_nothing_while_requests_are_left_or_where_it_is_no_time_of_today() {
        let asked = |status: u16, remaining: &'static str, reset: &'static str| {
            let headers = [("x-ratelimit-remaining", remaining), ("x-ratelimit-reset", reset)];
            let headers = headers.map(|(name, value)| {
                (name.parse().expect("a header name"), value.parse().expect("a header value"))
            });
            wait_asked(&headers.into_iter().collect(), status, None, NOON).map(|wait| wait.as_secs())
        };
        assert_eq!(asked(429, "9", "1800000011"), Some(11));
        assert_eq!(asked(500, "0", "1800000011"), Some(11));
        for (status, remaining, reset) in [
            (500, "99", "1800000011"),
            (503, "", "1800000011"),
            (429, "0", "1800000011000"),
            (500, "0", "1800090000"),
            (429, "0", "99999999999999999999999"),
        ] {
            assert_eq!(asked(status, remaining, reset), None, "{status} {remaining} {reset}");
        }
    }

    #[test]
    fn a_quota_that_is_used_up_counts_more_than_the_rate_and_less_than_what_is_asked() {
        let quota = Some(NOON + 1_740);
        assert_eq!(asked_with(quota, &[]), Some(1_740));
        assert_eq!(asked_with(quota, &[("x-ratelimit-reset", "1800000001")]), Some(1_740));
        assert_eq!(asked_with(quota, &[("retry-after", "3")]), Some(3));
        assert_eq!(asked_with(Some(NOON + 9_999_999), &[]), Some(86_400));
    }
}
