//! Renewing with a refresh token, which is sent once.
//!
//! It is taken out of the store before it is sent, and comes back with the answer, or when it is certain
//! that it never left: whoever comes after an answer that was lost finds none, and nobody ever sends it
//! twice (RFC 9700, section 4.14). Between the two nothing may stop, so it runs to its end by itself, also
//! when whoever asked for it has gone.

use std::sync::Arc;

use super::Session;
use crate::error::{Error, ErrorKind, Result};
use crate::grant::Authority;
use crate::http::Delivery;
use crate::secret::Secret;
use crate::store::LockedEntry;
use crate::token::TokenSet;

/// What a renewal has brought, and the entry whose lock it held.
pub(super) struct Refreshed {
    pub(super) entry: Box<dyn LockedEntry>,
    pub(super) result: Result<TokenSet>,
    /// Why what it brought could not be kept.
    pub(super) unkept: Option<Error>,
}

impl Session {
    /// Sends the refresh token and keeps what comes of it.
    pub(super) async fn refresh(
        &self,
        entry: Box<dyn LockedEntry>,
        old: &TokenSet,
        refresh_token: Secret,
    ) -> Result<Refreshed> {
        let renewal = refresh(Arc::clone(&self.authority), entry, old.clone(), refresh_token);
        tokio::spawn(renewal).await.map_err(|error| {
            Error::new(ErrorKind::Network, "the renewal was interrupted").because(error).hint("try again")
        })
    }
}

async fn refresh(
    authority: Arc<Authority>,
    mut entry: Box<dyn LockedEntry>,
    old: TokenSet,
    refresh_token: Secret,
) -> Refreshed {
    let done = |entry, result, unkept| Refreshed { entry, result, unkept };
    let endpoint = match authority.token_endpoint().await {
        Ok(endpoint) => endpoint,
        Err(error) => return done(entry, Err(error), None),
    };
    // One that rests nowhere but in our memory has nobody else to send it.
    let stored = entry.load().await.ok().flatten().and_then(|token| token.refresh_token);
    let is_stored = stored.as_ref() == Some(&refresh_token);
    if is_stored {
        let without = TokenSet { refresh_token: None, ..old.clone() };
        if let Err(error) = entry.save(&without).await {
            // It would stay there to be sent again.
            return done(entry, Err(error), None);
        }
    }
    match authority.refresh(endpoint, &old, &refresh_token).await {
        Ok(token) => {
            let unkept = entry.save(&token).await.err();
            done(entry, Ok(token), unkept)
        }
        Err(failure) if failure.delivery == Delivery::Undelivered && is_stored => {
            // Should it not go back, a sign-in is asked for when the access token ends.
            if let Err(error) = entry.save(&old).await {
                tracing::warn!(%error, "a refresh token that was not sent could not be put back");
            }
            done(entry, Err(failure.error), None)
        }
        Err(failure) => done(entry, Err(failure.error), None),
    }
}
