//! The answer of a token endpoint (RFC 6749, sections 5.1 and 5.2).

use std::sync::Arc;

use serde_json::{Map, Value};

use super::refusal;
use crate::error::Result;
use crate::http::Answer;
use crate::secret::Secret;
use crate::token::{LONGEST_LIFE, Moment, TokenSet};

/// Reads the tokens of an answer that were won at this moment, or the reason why there are none.
pub(super) fn read(answer: &Answer, won: Moment) -> Result<TokenSet> {
    if !answer.is_success() {
        return Err(refusal::of_answer(answer));
    }
    let body: Map<String, Value> = answer.json().ok_or_else(|| answer.unexpected("a token"))?;
    let quota = answer.quota(won.now).map(Arc::new);
    let tokens = tokens(body, won).map(|tokens| TokenSet { quota, ..tokens });
    if let Some(seconds) = tokens.as_ref().ok().and_then(TokenSet::says_otherwise) {
        tracing::warn!(
            seconds,
            "the token's own end differs from the lifetime that was told; the latter is used"
        );
    }
    tokens.map_err(|fault| answer.unexpected("a token that can be used").because(fault))
}

fn tokens(mut body: Map<String, Value>, won: Moment) -> Result<TokenSet, String> {
    let access_token = match body.remove("access_token") {
        Some(Value::String(token)) => Secret::new(token),
        _ => return Err("`access_token` is missing or is not text".into()),
    };
    if !is_header_text(access_token.expose()) {
        return Err("`access_token` is empty or has characters that cannot be sent".into());
    }
    match body.get("token_type") {
        Some(Value::String(kind)) if kind.eq_ignore_ascii_case("bearer") => {}
        Some(Value::String(kind)) => {
            return Err(format!("`token_type` is `{}` and not `Bearer`", crate::error::clean(kind)));
        }
        _ => return Err("`token_type` is missing or is not text".into()),
    }
    let refresh_token = match body.remove("refresh_token") {
        Some(Value::String(token)) if !token.is_empty() => Some(Secret::new(token)),
        _ => None,
    };
    let scope = match body.remove("scope") {
        Some(Value::String(scope)) => Some(scope),
        _ => None,
    };
    let expires_in = lifetime(body.get("expires_in"))?;
    Ok(TokenSet {
        refresh_token,
        scope,
        issued_at_here: Some(won.here).filter(|here| *here != won.now),
        booted: won.boot,
        ..TokenSet::new(access_token, won.now, Some(expires_in))
    })
}

/// A lifetime in seconds: a number, also as text or with a fraction; short where none is given.
fn lifetime(value: Option<&Value>) -> Result<i64, String> {
    let seconds = match value {
        None | Some(Value::Null) => return Ok(UNSAID),
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(_) => None,
    };
    match seconds {
        #[expect(clippy::cast_possible_truncation, reason = "a float cast to an integer saturates")]
        Some(seconds) if seconds >= 0.0 && seconds.is_finite() => Ok((seconds as i64).min(LONGEST_LIFE)),
        _ => Err("`expires_in` is not a number of seconds".into()),
    }
}

/// Says whether a text can stand in an HTTP header.
fn is_header_text(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| (0x21..0x7f).contains(&byte))
}

/// How long a token is taken to last when the server does not say: never for ever.
const UNSAID: i64 = 300;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::error::ErrorKind;
    use crate::token::{Boot, BootTime};
    use serde_json::json;

    fn read(body: Value) -> Result<TokenSet, String> {
        let Value::Object(body) = body else { panic!("an object") };
        tokens(body, Moment::from(1_000))
    }

    #[test]
    fn a_lifetime_may_be_a_number_or_text_and_is_short_when_missing() {
        let lifetime = |expires_in: Value| {
            read(json!({"access_token": "a", "token_type": "bearer", "expires_in": expires_in}))
                .map(|tokens| tokens.expires_in)
        };
        assert_eq!(lifetime(json!(86_400)), Ok(Some(86_400)));
        assert_eq!(lifetime(json!("3600")), Ok(Some(3_600)));
        assert_eq!(lifetime(json!(59.9)), Ok(Some(59)));
        assert_eq!(lifetime(Value::Null), Ok(Some(300)));
        assert_eq!(lifetime(json!(1e300)), Ok(Some(315_360_000)));
        for wrong in [json!(-1), json!("soon"), json!("NaN"), json!([60]), json!(true)] {
            assert!(lifetime(wrong.clone()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_token_that_cannot_be_sent_is_refused() {
        for token in [json!(null), json!(""), json!(7), json!("a\nb"), json!("a b"), json!("é")] {
            assert!(read(json!({"access_token": token, "token_type": "Bearer"})).is_err(), "{token}");
        }
        for kind in [json!(null), json!("mac"), json!(1)] {
            assert!(read(json!({"access_token": "a", "token_type": kind})).is_err(), "{kind}");
        }
    }

    #[test]
    fn an_empty_refresh_token_is_none() {
        let tokens = read(json!({"access_token": "a", "token_type": "BEARER", "refresh_token": ""}));
        assert_eq!(tokens.map(|tokens| tokens.refresh_token), Ok(None));
    }

    #[test]
    fn what_the_answer_says_is_kept_with_the_moment_it_was_won_at() {
        let boot = BootTime::new(Boot::new("a-start"), Duration::from_secs(50));
        let body = json!({"access_token": "a", "token_type": "Bearer", "refresh_token": "r", "scope": "x y"});
        let Value::Object(body) = body else { panic!("an object") };
        for (here, told) in [(1_000, None), (4_600, Some(4_600))] {
            let won = Moment { here, ..Moment::new(1_000, Some(boot.clone())) };
            let tokens = tokens(body.clone(), won).expect("tokens");
            assert_eq!(tokens.refresh_token, Some(Secret::new("r")));
            assert_eq!(tokens.scope.as_deref(), Some("x y"));
            assert_eq!((tokens.issued_at, tokens.issued_at_here), (1_000, told));
            assert_eq!(tokens.booted, Some(boot.clone()));
        }
    }

    #[test]
    fn a_token_of_another_kind_is_named() {
        let fault = read(json!({"access_token": "a", "token_type": "mac"})).expect_err("it is not sent so");
        assert_eq!(fault, "`token_type` is `mac` and not `Bearer`");
    }

    #[test]
    fn only_a_success_is_read_for_tokens_and_what_it_says_of_the_quota_is_kept() {
        let body = br#"{"access_token":"a","token_type":"Bearer"}"#;
        let headers = [("auth0-client-quota-limit", &b"b=per_hour;q=100;r=99;t=1800"[..])];
        let read = |status| super::read(&Answer::made(status, &headers, body), Moment::from(1_000));
        assert!(read(200).expect("tokens").quota.is_some());
        assert_eq!(read(400).expect_err("no success").kind(), ErrorKind::UnexpectedAnswer);
    }
}
