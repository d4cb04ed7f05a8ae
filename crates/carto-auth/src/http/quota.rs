//! How often the server may still be asked, as its headers say.
//!
//! Auth0 documents the names and little else, so that reading is tolerant: what makes no sense is left out, and never
//! fails anything.

use reqwest::header::HeaderMap;

use crate::token::{Allowance, Quota, is_word};

/// What these headers say; `None` where that is nothing.
///
/// `auth0-client-quota-limit` and `auth0-organization-quota-limit` hold buckets like `b=per_hour;q=100;r=99;t=1800`:
/// the quota, what remains of it and the seconds until it begins anew. `x-ratelimit-reset` is a time in seconds since
/// 1970.
pub(super) fn told(headers: &HeaderMap, now: i64) -> Option<Quota> {
    let quota = Quota {
        told_at: now,
        client: buckets(&whole(headers, "auth0-client-quota-limit"), now),
        organization: buckets(&whole(headers, "auth0-organization-quota-limit"), now),
        rate: rate(headers, now),
    };
    quota.at(now)
}

/// A header that came once or several times (RFC 9110, section 5.3).
fn whole(headers: &HeaderMap, name: &str) -> String {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.collect::<Vec<_>>().join(",").chars().take(LONGEST).collect()
}

fn buckets(value: &str, now: i64) -> Vec<Allowance> {
    let mut found: Vec<Allowance> = Vec::new();
    for allowance in value.split(',').filter_map(|text| bucket(text, now)) {
        // Of two counts of the same, the one that leaves less is the one to heed.
        if let Some(known) = found.iter_mut().find(|known| known.period == allowance.period) {
            if allowance.remaining < known.remaining {
                *known = allowance;
            }
        } else if found.len() < MOST {
            found.push(allowance);
        }
    }
    found
}

fn bucket(text: &str, now: i64) -> Option<Allowance> {
    let text = text.to_ascii_lowercase();
    let parts = || text.split(';').map(str::trim).filter(|part| !part.is_empty());
    let named = |name: &str| {
        parts().find_map(|part| {
            let (key, value) = part.split_once('=')?;
            (key.trim() == name).then(|| value.trim().trim_matches('"'))
        })
    };
    // Auth0's own libraries also know a name without its `b=`.
    let name = named("b").or_else(|| parts().find(|part| !part.contains('=')))?;
    let resets_at = named("t").and_then(number).filter(|seconds| *seconds <= A_YEAR);
    allowance(
        name.strip_prefix("per_").unwrap_or(name),
        named("q").and_then(number),
        named("r").and_then(number),
        resets_at.and_then(|seconds| now.checked_add_unsigned(seconds)),
    )
}

fn rate(headers: &HeaderMap, now: i64) -> Option<Allowance> {
    let named = |name: &str| number(headers.get(name)?.to_str().ok()?.trim());
    let reset = named("x-ratelimit-reset").and_then(|reset| i64::try_from(reset).ok());
    let reset = reset.filter(|reset| now.checked_add_unsigned(A_YEAR).is_some_and(|latest| *reset <= latest));
    allowance("while", named("x-ratelimit-limit"), named("x-ratelimit-remaining"), reset)
}

fn allowance(
    period: &str,
    limit: Option<u64>,
    remaining: Option<u64>,
    resets_at: Option<i64>,
) -> Option<Allowance> {
    // More than all there is cannot be left.
    let makes_sense = is_word(period) && limit.zip(remaining).is_none_or(|(limit, left)| left <= limit);
    makes_sense.then(|| Allowance { period: period.to_owned(), limit, remaining, resets_at })
}

/// A number of digits only, and few enough to be meant.
fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.len() <= 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

/// How much of a header is looked at.
const LONGEST: usize = 4 * 1024;

/// How many buckets of a header are kept.
const MOST: usize = 8;

/// How many seconds away a new count can be.
const A_YEAR: u64 = 366 * 86_400;

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    const NOON: i64 = 1_800_000_000;
    const CLIENT: &str = "auth0-client-quota-limit";
    const ORGANIZATION: &str = "auth0-organization-quota-limit";

    fn read(pairs: &[(&str, &[u8])]) -> Option<Quota> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            let name: HeaderName = name.parse().expect("a name");
            headers.append(name, HeaderValue::from_bytes(value).expect("a value"));
        }
        told(&headers, NOON)
    }

    /// The buckets in short: period, remaining/limit, seconds until the next count.
    fn shown(buckets: &[Allowance]) -> String {
        let number = |number: Option<u64>| number.map_or_else(|| "?".into(), |number| number.to_string());
        let one = |allowance: &Allowance| {
            let seconds = allowance.resets_at.map(|at| (at - NOON).unsigned_abs());
            let (left, limit) = (number(allowance.remaining), number(allowance.limit));
            format!("{} {left}/{limit} {}", allowance.period, number(seconds))
        };
        buckets.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn the_buckets_of_a_header_are_read_however_they_are_written() {
        let absurd = format!("b=per_hour;q={0};r={0};t={0}", "9".repeat(300));
        let many: String = (0..50).map(|number| format!("b=p{number};r=1,")).collect();
        let first_eight = (0..8).map(|number| format!("p{number} 1/? ?")).collect::<Vec<_>>().join(", ");
        for (value, expected) in [
            ("b=per_hour;q=100;r=99;t=1,b=per_day;q=300;r=299;t=1", "hour 99/100 1, day 299/300 1"),
            ("b=per_day;q=300;r=299;t=7", "day 299/300 7"),
            (
                "per_hour;q=100;r=50;t=3600,per_day;q=1000;r=500;t=86400",
                "hour 50/100 3600, day 500/1000 86400",
            ),
            (" t = 9 ; R=\"5\" ;q=10;B=Per_Hour ,, ;", "hour 5/10 9"),
            ("b=per_minute;r=50", "minute 50/? ?"),
            ("b=per_fortnight;q=10;r=3;t=5;x=y;flag", "fortnight 3/10 5"),
            ("b=per_hour;q=10;r=3;t=soon", "hour 3/10 ?"),
            ("b=per_hour;q=ten;r=3;t=99999999999", "hour 3/? ?"),
            ("b=per_hour;q=10;r=5;t=1,b=per_hour;q=10;r=2;t=2", "hour 2/10 2"),
            ("b=per_hour;q=10;r=2;t=2,b=per_hour;q=10;r=5;t=1", "hour 2/10 2"),
            (&many, &first_eight),
            // What says nothing of use.
            ("", ""),
            ("b=per_hour;q=10;t=5", ""),
            ("b=per_hour;q=10;r=11;t=5", ""),
            ("b=per_hour;q=10;r=-1;t=5", ""),
            ("b=per_hour;q=10;r=5;t=0", ""),
            ("b=;q=10;r=5;t=5", ""),
            ("q=10;r=5;t=5", ""),
            ("b=per hour`;r=5", ""),
            (&absurd, ""),
            ("====;;;;,,,,b", ""),
        ] {
            for (name, get) in [
                (CLIENT, (|quota| quota.client) as fn(Quota) -> Vec<Allowance>),
                (ORGANIZATION, |quota| quota.organization),
            ] {
                let found = read(&[(name, value.as_bytes())]).map(get).unwrap_or_default();
                assert_eq!(shown(&found), expected, "{name}: {value}");
            }
        }
    }

    #[test]
    fn a_header_that_comes_twice_is_one() {
        let quota = read(&[(CLIENT, b"b=per_hour;q=9;r=8"), (CLIENT, b"b=per_day;q=7;r=6")]);
        assert_eq!(quota.map(|quota| shown(&quota.client)), Some("hour 8/9 ?, day 6/7 ?".into()));
        let bytes = read(&[(CLIENT, b"b=per_hour;r=\xff"), (CLIENT, b"b=per_day;q=7;r=6")]);
        assert_eq!(bytes.map(|quota| shown(&quota.client)), Some("day 6/7 ?".into()));
    }

    #[test]
    fn a_rate_limit_is_told_until_its_reset() {
        let rate = |limit: &str, remaining: &str, reset: &str| {
            let quota = read(&[
                ("x-ratelimit-limit", limit.as_bytes()),
                ("x-ratelimit-remaining", remaining.as_bytes()),
                ("x-ratelimit-reset", reset.as_bytes()),
            ]);
            quota.and_then(|quota| quota.rate).map(|rate| shown(&[rate]))
        };
        assert_eq!(rate("100", "99", "1800000001"), Some("while 99/100 1".into()));
        assert_eq!(rate("100", "99", "soon"), Some("while 99/100 ?".into()));
        assert_eq!(rate("100", "99", "999999999999"), Some("while 99/100 ?".into()));
        for (limit, remaining, reset) in [
            ("100", "99", "60"),
            ("100", "99", "1800000000"),
            ("5", "100", "1800000001"),
            ("100", "", "1800000001"),
        ] {
            assert_eq!(rate(limit, remaining, reset), None, "{limit} {remaining} {reset}");
        }
        assert_eq!(read(&[]), None);
    }
}
