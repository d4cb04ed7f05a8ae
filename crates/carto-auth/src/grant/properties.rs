//! What holds for whatever a token endpoint answers.

use serde_json::{Map, Value};

use super::{refusal, token_answer};
use crate::canary::{CANARY, check_error, check_error_secrecy, check_secrecy};
use crate::error::ErrorKind;
use crate::http::Answer;
use crate::token::{LONGEST_LIFE, Moment};

/// A token can be sent and ends some day; an answer that holds none is told and not shown.
pub(crate) fn token_answer(body: &[u8]) {
    let object: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
    let text = |name: &str| object.get(name).and_then(Value::as_str);
    match token_answer::read(&Answer::made(200, &[], body), Moment::from(NOW)) {
        Ok(tokens) => {
            let access_token = tokens.access_token.expose();
            assert_eq!(Some(access_token), text("access_token"));
            assert!(!access_token.is_empty() && access_token.bytes().all(|byte| byte.is_ascii_graphic()));
            assert!(text("token_type").is_some_and(|kind| kind.eq_ignore_ascii_case("bearer")));
            let refresh_token = tokens.refresh_token.as_ref().map(|token| token.expose());
            assert_eq!(refresh_token, text("refresh_token").filter(|token| !token.is_empty()));
            assert!(tokens.expires_in.is_some_and(|lifetime| (0..=LONGEST_LIFE).contains(&lifetime)));
            assert!(tokens.expires_at().is_some_and(|end| end <= NOW + LONGEST_LIFE));
            // The scopes are shown, whatever they are.
            if !tokens.scope.as_ref().is_some_and(|scope| scope.contains(CANARY)) {
                check_secrecy(&format!("{tokens:?}"));
            }
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer);
            check_error(&error);
            // A `token_type` that is another is shown.
            if !text("token_type").is_some_and(|kind| kind.to_lowercase().contains(CANARY)) {
                check_error_secrecy(&error);
            }
        }
    }
}

/// A refusal has the server's words, without what the request held, and a kind that says who can mend it.
pub(crate) fn refusal(bytes: &[u8]) {
    let Some(answer) = Answer::of_error(bytes) else { return };
    if answer.is_success() || answer.status >= 500 || answer.status == 429 {
        return;
    }
    let error = refusal::of_answer(&answer);
    check_error(&error);
    check_error_secrecy(&error);
    assert_eq!(error.http_status(), Some(answer.status));
    let is_refusal = matches!(error.kind(), ErrorKind::Refused | ErrorKind::Network);
    assert_eq!(is_refusal, error.oauth_code().is_some(), "{error:?}");
}

const NOW: i64 = 1_800_000_000;
