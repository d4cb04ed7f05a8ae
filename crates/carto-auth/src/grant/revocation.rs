//! Telling the server that a token is not needed any more (RFC 7009).

use std::time::Duration;

use super::Authority;
use crate::environment::secure_url;
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Call, Repeat};
use crate::secret::Secret;

/// What became of a request to revoke a token.
#[derive(Debug)]
pub(crate) enum Revocation {
    /// The server has forgotten the token.
    Done,
    /// The server has no endpoint for it.
    NotOffered,
    /// It did not work; the token lives until it ends by itself.
    Failed(Error),
}

impl Authority {
    /// Revokes a refresh token, and with it what was won with it.
    pub(crate) async fn revoke(&self, refresh_token: &Secret) -> Revocation {
        let endpoint = self.metadata().await.revocation_endpoint.clone();
        let Some(endpoint) = endpoint else {
            return if self.metadata.initialized() {
                Revocation::NotOffered
            } else {
                Revocation::Failed(
                    Error::new(ErrorKind::Network, "the server does not say where a sign-in is ended")
                        .hint("what was signed in with ends by itself; check the network"),
                )
            };
        };
        match self.send_revocation(&endpoint, refresh_token).await {
            Ok(()) => Revocation::Done,
            Err(error) => Revocation::Failed(error),
        }
    }

    async fn send_revocation(&self, endpoint: &str, refresh_token: &Secret) -> Result<()> {
        let form = vec![
            ("token", refresh_token.clone()),
            ("token_type_hint", Secret::new("refresh_token")),
            ("client_id", Secret::new(self.environment.client_id.clone())),
        ];
        let url = secure_url(endpoint, "revocation endpoint")?;
        let answer = self
            .sender
            .send(Call::post_form(url, form, Repeat::Safe).guard(refresh_token).within(PATIENCE))
            .await?;
        // 200 also for a token that the server does not know (RFC 7009, section 2.2).
        if answer.is_success() { Ok(()) } else { Err(super::refusal::of_answer(&answer)) }
    }
}

/// A person who signs out does not wait longer than this.
const PATIENCE: Duration = Duration::from_secs(8);
