//! The server says no: its words, and what to do about each.
//!
//! A refusal is told by its `error` and not by its status (RFC 6749, section 5.2), because Auth0 uses
//! 400, 401 and 403 for the same things.

use crate::error::{Error, ErrorKind, clean};
use crate::http::Answer;

/// A refusal that came with a redirect (RFC 6749, section 4.1.2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) error: String,
    pub(crate) description: Option<String>,
}

/// The error of a 4xx answer of the token endpoint.
pub(super) fn of_answer(answer: &Answer) -> Error {
    let Some(code) = answer.error_code() else { return answer.unexpected("a token") };
    let (message, hint) = advice(&code);
    Error::new(kind(&code), message).because(answer.said()).hint(hint).code(code).status(answer.status)
}

/// The error of a refusal that came with a redirect.
pub(crate) fn of_redirect(refusal: &Refusal) -> Error {
    let code = clean(&refusal.error);
    let (message, hint) = match code.as_str() {
        "access_denied" => (
            "the sign-in was refused",
            "sign in again with `carto-auth login`, and allow the access that is asked for",
        ),
        "login_required" | "interaction_required" | "consent_required" => {
            ("the server wants the person to sign in again", "sign in again with `carto-auth login`")
        }
        other => advice(other),
    };
    let said = match refusal.description.as_deref().map(clean).filter(|text| !text.is_empty()) {
        Some(description) => format!("the server answered `{code}`: {description}"),
        None => format!("the server answered `{code}`"),
    };
    Error::new(kind(&code), message).because(said).hint(hint).code(code)
}

/// What a server cannot do just now is no refusal.
fn kind(code: &str) -> ErrorKind {
    match code {
        "temporarily_unavailable" | "server_error" | "slow_down" | "too_many_requests" => ErrorKind::Network,
        _ => ErrorKind::Refused,
    }
}

fn advice(code: &str) -> (&'static str, &'static str) {
    match code {
        "invalid_grant" => (
            "the server does not accept the code or the refresh token any more",
            "sign in again as before, with `carto-auth login` or `carto-auth login --no-browser`; a code can be used once and soon",
        ),
        "invalid_client" | "access_denied" | "unauthorized" => (
            "the server does not accept the client",
            "check `client_id` and `client_secret`; in CARTO they are in Developers > Credentials",
        ),
        "unauthorized_client" => (
            "the client may not sign in this way",
            "use a client of the right kind: `Machine to Machine` for a job, `SPA` for a person",
        ),
        "invalid_scope" => (
            "the server does not know a scope that was asked for",
            "check the scopes, or leave them out: unset `CARTO_AUTH_SCOPES`",
        ),
        "invalid_request" => (
            "the server does not understand the request",
            "check the organization (`--org org_…`, given by CARTO), the audience and the redirect URI",
        ),
        "mfa_required" => ("the server wants a second factor", "sign in with a browser: `carto-auth login`"),
        "temporarily_unavailable" | "server_error" | "slow_down" | "too_many_requests" => {
            ("the server cannot sign anybody in just now", "try again in a while")
        }
        _ => (
            "the server refused the sign-in",
            "check the settings that `carto-auth status` shows, and sign in again",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_who_says_no_is_told_so_in_the_servers_words() {
        let error = of_redirect(&Refusal {
            error: "access_denied".into(),
            description: Some("User did not\u{1b}[2J authorize".into()),
        });
        assert_eq!(error.kind(), ErrorKind::Refused);
        assert_eq!(error.causes(), ["the server answered `access_denied`: User did not[2J authorize"]);
    }

    #[test]
    fn what_mends_itself_is_no_refusal() {
        let error = of_redirect(&Refusal { error: "temporarily_unavailable".into(), description: None });
        assert_eq!(error.kind(), ErrorKind::Network);
    }

    #[test]
    fn each_refusal_says_what_to_do() {
        let refused =
            |error: &str| of_redirect(&Refusal { error: error.into(), description: Some(String::new()) });
        let hints = [
            ("access_denied", "allow the access"),
            ("login_required", "sign in again"),
            ("invalid_grant", "a code can be used once"),
            ("invalid_client", "Developers > Credentials"),
            ("unauthorized", "Developers > Credentials"),
            ("unauthorized_client", "a client of the right kind"),
            ("invalid_scope", "`CARTO_AUTH_SCOPES`"),
            ("invalid_request", "`--org org_…`"),
            ("mfa_required", "sign in with a browser"),
            ("something_new", "`carto-auth status`"),
        ];
        for (error, hint) in hints {
            let refused = refused(error);
            assert_eq!((refused.kind(), refused.oauth_code()), (ErrorKind::Refused, Some(error)));
            assert!(refused.hint_text().is_some_and(|text| text.contains(hint)), "{refused:?}");
            assert_eq!(refused.causes(), [format!("the server answered `{error}`")]);
        }
        for error in ["temporarily_unavailable", "server_error", "slow_down", "too_many_requests"] {
            let refused = refused(error);
            assert_eq!(refused.kind(), ErrorKind::Network, "{error}");
            assert_eq!(refused.to_string(), "the server cannot sign anybody in just now");
        }
    }
}
