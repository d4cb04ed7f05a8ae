//! What holds for whatever a server says when it says no, and in its headers.

use std::time::Duration;

use super::made::SECOND;
use super::{Answer, Delivery};
use crate::canary::{check_error, check_error_secrecy, texts};
use crate::error::ErrorKind;
use crate::token::Quota;

/// A server that is out of order has refused nothing, and what it repeats is not shown.
pub(crate) fn failure(bytes: &[u8]) {
    let Some(answer) = Answer::of_error(bytes) else { return };
    let said = answer.said();
    let encoded: String = url::form_urlencoded::byte_serialize(SECOND.as_bytes()).collect();
    assert!(!said.contains(SECOND) && !said.contains(&encoded), "the secret is shown: {said}");
    if answer.is_out_of_order() {
        let (status, error) = (answer.status, answer.into_failure("auth.carto.com", NOW).error);
        assert_eq!((error.kind(), error.http_status()), (ErrorKind::Network, Some(status)));
        check_error(&error);
        check_error_secrecy(&error);
        assert!(!texts(&error).iter().any(|text| text.contains(SECOND)), "{error:?}");
    }
}

/// No header makes anybody wait for longer than a day, or says more than can be.
pub(crate) fn headers(lines: &[u8]) {
    let headers: Vec<(&str, &[u8])> = lines
        .split(|byte| *byte == b'\n')
        .filter_map(|line| Some((name(*line.first()?)?, &line[1..])))
        .collect();
    for status in [429, 503] {
        let failure = Answer::made(status, &headers, b"").into_failure("auth.carto.com", NOW);
        assert!(failure.error.wait().is_none_or(|wait| wait <= A_DAY), "{:?}", failure.error.wait());
        assert_eq!(failure.delivery == Delivery::Undelivered, status == 429);
        check_error(&failure.error);
        failure.quota.iter().for_each(|quota| check_quota(quota));
    }
    let answer = Answer::made(200, &headers, b"");
    answer.quota(NOW).iter().for_each(check_quota);
    let _ = (answer.date(), answer.quota(i64::MAX), answer.quota(i64::MIN));
}

fn check_quota(quota: &Quota) {
    assert!(quota.is_sound());
    assert!(quota.client.len() <= 8 && quota.organization.len() <= 8);
    assert!(quota.at(NOW).as_ref() == Some(quota), "it says nothing: {quota:?}");
    for allowance in quota.client.iter().chain(&quota.organization).chain(&quota.rate) {
        let sense = allowance.limit.zip(allowance.remaining).is_none_or(|(limit, left)| left <= limit);
        assert!(sense && allowance.resets_at.is_none_or(|at| at <= NOW + A_YEAR), "{allowance:?}");
        crate::canary::check_words(&allowance.to_string());
    }
    let written = serde_json::to_string(quota).expect("JSON");
    assert_eq!(serde_json::from_str::<Quota>(&written).expect("a quota"), *quota);
}

fn name(letter: u8) -> Option<&'static str> {
    Some(match letter {
        b'R' => "retry-after",
        b'C' => "auth0-client-quota-limit",
        b'O' => "auth0-organization-quota-limit",
        b'L' => "x-ratelimit-limit",
        b'M' => "x-ratelimit-remaining",
        b'X' => "x-ratelimit-reset",
        b'D' => "date",
        _ => return None,
    })
}

const NOW: i64 = 1_800_000_000;
const A_DAY: Duration = Duration::from_secs(86_400);
const A_YEAR: i64 = 366 * 86_400;
