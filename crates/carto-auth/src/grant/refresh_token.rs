//! The refresh token grant (RFC 6749, section 6).

use url::Url;

use super::{Authority, token_answer};
use crate::error::Error;
use crate::http::{Call, Delivery, Repeat};
use crate::secret::Secret;
use crate::token::TokenSet;

/// Why a refresh brought no token.
#[derive(Debug)]
pub(crate) struct RefreshFailure {
    pub(crate) error: Error,
    /// Whether the server may have used the refresh token up.
    pub(crate) delivery: Delivery,
    /// Whether the server has answered with an `error` of the protocol (RFC 6749, section 5.2).
    pub(crate) is_answer: bool,
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
    ) -> Result<TokenSet, RefreshFailure> {
        let form = vec![
            ("grant_type", Secret::new("refresh_token")),
            ("client_id", Secret::new(self.environment.client_id.clone())),
            ("refresh_token", refresh_token.clone()),
        ];
        let sent = self.clock.since_boot();
        let answer = self
            .ask_for_token(Call::post_form(endpoint, form, Repeat::Never).guard(refresh_token))
            .await
            .map_err(|failure| RefreshFailure {
                error: failure.error,
                delivery: failure.delivery,
                is_answer: false,
            })?;
        let new = token_answer::read(&answer, self.won(&answer, sent)).map_err(|error| RefreshFailure {
            is_answer: !answer.is_success() && error.oauth_code().is_some(),
            error,
            delivery: Delivery::Perhaps,
        })?;
        Ok(TokenSet {
            refresh_token: new.refresh_token.or_else(|| Some(refresh_token.clone())),
            scope: new.scope.or_else(|| old.scope.clone()),
            api_base_url: old.api_base_url.clone(),
            ..new
        })
    }
}
