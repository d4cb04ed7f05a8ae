//! The refresh token grant (RFC 6749, section 6).

use url::Url;

use super::{Authority, token_answer};
use crate::error::Error;
use crate::http::{Call, Delivery, Failure, Patience, Repeat};
use crate::secret::Secret;
use crate::token::TokenSet;

/// Why a refresh brought no token.
#[derive(Debug)]
pub(crate) struct RefreshFailure {
    pub(crate) error: Error,
    pub(crate) fate: Fate,
}

/// What has become of a refresh token that brought no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is as good as it was: it has not arrived, or was not taken.
    Spared,
    /// It is of no more use.
    UsedUp,
    /// It may be of no more use: the answer is lost, or says nothing about it.
    Unknown,
}

impl Fate {
    /// Redirects and refusals (3xx, 4xx) say that the request was not carried out, whoever answers, a network's sign-in
    /// page too; of those only two are about the refresh token. So does a 503 that names a time to come again: "the
    /// server is currently unable to handle the request" (RFC 9110, section 15.6.4). One that names none may come from a
    /// gateway that has passed the request on, as 502 and 504 do, and so may the refusals that are about the connection
    /// (408, 421, 425, 499). A 500 has failed in the middle, and what is no token but says that it went well may have
    /// been one: nobody knows. What remains is a filter that reads answers, and says 403 in place of a token.
    fn of_answer(status: u16, code: Option<&str>, names_a_time: bool) -> Self {
        match status {
            300..500 if code.is_some_and(|code| USED_UP.contains(&code)) => Self::UsedUp,
            408 | 421 | 425 | 499 => Self::Unknown,
            503 if names_a_time => Self::Spared,
            300..500 => Self::Spared,
            _ => Self::Unknown,
        }
    }

    fn of_failure(failure: &Failure) -> Self {
        match failure.error.http_status() {
            _ if failure.delivery == Delivery::Undelivered => Self::Spared,
            Some(status) => Self::of_answer(status, None, failure.error.wait().is_some()),
            None => Self::Unknown,
        }
    }
}

impl Authority {
    /// Renews a token. The refresh token is sent once: one that rotates is used up by an answer that was
    /// lost, and sending it again ends the whole sign-in (RFC 9700, section 4.14).
    ///
    /// `endpoint` is [`Authority::token_endpoint`], asked for before the refresh token was touched.
    pub(crate) async fn refresh(
        &self,
        endpoint: Url,
        old: &TokenSet,
        refresh_token: &Secret,
        patience: Patience,
    ) -> Result<TokenSet, RefreshFailure> {
        let form = vec![
            ("grant_type", Secret::new("refresh_token")),
            ("client_id", Secret::new(self.environment.client_id.clone())),
            ("refresh_token", refresh_token.clone()),
        ];
        let sent = self.clock.since_boot();
        let call = Call::post_form(endpoint, form, Repeat::Never).guard(refresh_token);
        let answer = self
            .ask_for_token(call.with_patience(patience))
            .await
            .map_err(|failure| RefreshFailure { fate: Fate::of_failure(&failure), error: failure.error })?;
        let new = token_answer::read(&answer, self.won(&answer, sent)).map_err(|error| RefreshFailure {
            fate: Fate::of_answer(answer.status, error.oauth_code(), error.wait().is_some()),
            error,
        })?;
        Ok(TokenSet {
            refresh_token: new.refresh_token.or_else(|| Some(refresh_token.clone())),
            scope: new.scope.or_else(|| old.scope.clone()),
            api_base_url: old.api_base_url.clone(),
            ..new
        })
    }
}

/// The refusals that are about the refresh token (RFC 6749, section 5.2; Auth0 says the second). Any other is about
/// the client, the request or the server, and leaves it as good as it was.
const USED_UP: [&str; 2] = ["invalid_grant", "access_denied"];

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn an_answer_spares_a_refresh_token_refuses_it_or_leaves_it_in_doubt() {
        for status in [301, 302, 400, 401, 403, 404, 407, 429] {
            assert_eq!(Fate::of_answer(status, None, false), Fate::Spared, "{status}");
        }
        assert_eq!(Fate::of_answer(503, None, true), Fate::Spared);
        for status in [200, 204, 408, 421, 425, 499, 500, 501, 502, 503, 504, 599] {
            assert_eq!(Fate::of_answer(status, None, false), Fate::Unknown, "{status}");
        }
        for (status, code, fate) in [
            (403, "invalid_grant", Fate::UsedUp),
            (400, "access_denied", Fate::UsedUp),
            (401, "invalid_client", Fate::Spared),
            (503, "access_denied", Fate::Unknown),
            (500, "access_denied", Fate::Unknown),
        ] {
            assert_eq!(Fate::of_answer(status, Some(code), false), fate, "{status} {code}");
        }
    }

    #[test]
    fn a_request_that_brought_no_answer_spares_a_refresh_token_where_it_did_not_arrive() {
        let network = || Error::new(ErrorKind::Network, "silence");
        let wait = Some(Duration::from_secs(7));
        for (error, delivery, fate) in [
            (network(), Delivery::Undelivered, Fate::Spared),
            (network(), Delivery::Perhaps, Fate::Unknown),
            (network().status(503), Delivery::Perhaps, Fate::Unknown),
            (network().status(503).retry_after(wait), Delivery::Perhaps, Fate::Spared),
            (network().status(429), Delivery::Perhaps, Fate::Spared),
            (network().status(502).retry_after(wait), Delivery::Perhaps, Fate::Unknown),
        ] {
            let failure = Failure::passing(error, delivery);
            assert_eq!(Fate::of_failure(&failure), fate, "{failure:?}");
        }
    }
}
