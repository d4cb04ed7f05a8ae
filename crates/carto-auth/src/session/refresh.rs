//! Renewing with a refresh token, which is sent once.
//!
//! Before it is sent, the entry says so, on the disk; whoever finds that mark without an answer never sends it again
//! (RFC 9700, section 4.14.2). The mark goes when the answer is kept, or when it is certain that nothing was sent.
//! After a refusal the entry is read once more: somebody who does not see our lock may have put another one there.
//! Between the two nothing may stop, so it runs to its end by itself, also when whoever asked for it has gone.

use std::sync::Arc;

use super::Session;
use super::renewal::{HURRY, interrupted};
use crate::error::{Error, ErrorKind, Result};
use crate::grant::Authority;
use crate::http::Delivery;
use crate::secret::Secret;
use crate::store::{Announcement, LockedEntry};
use crate::token::{Moment, TokenSet};

/// What a renewal has brought, and the entry whose lock it held.
pub(super) struct Refreshed {
    pub(super) entry: Box<dyn LockedEntry>,
    pub(super) result: Result<TokenSet>,
    /// Why what it brought could not be kept.
    pub(super) unkept: Option<Error>,
    /// What is left of the old token: with its refresh token, without it, or with the mark.
    pub(super) left: TokenSet,
}

impl Session {
    /// Sends the refresh token and keeps what comes of it. A caller who has a token that lives does not wait long.
    pub(super) async fn refresh(
        &self,
        entry: Box<dyn LockedEntry>,
        old: &TokenSet,
        is_hurried: bool,
    ) -> Result<Refreshed> {
        let renewal = Renewal {
            authority: Arc::clone(&self.authority),
            announcement: Announcement::new(&self.platform, None),
            now: self.moment(),
            entry,
            old: old.clone(),
            unkept: None,
        };
        let renewal = tokio::spawn(renewal.run());
        let ended = if is_hurried {
            tokio::time::timeout(HURRY, renewal).await.map_err(|_| slow())?
        } else {
            renewal.await
        };
        ended.map_err(|error| interrupted().because(error))
    }
}

struct Renewal {
    authority: Arc<Authority>,
    announcement: Announcement,
    now: Moment,
    entry: Box<dyn LockedEntry>,
    old: TokenSet,
    unkept: Option<Error>,
}

impl Renewal {
    async fn run(mut self) -> Refreshed {
        let mut result = self.send().await;
        if result.as_ref().is_err_and(|error| error.kind() == ErrorKind::Refused)
            && let Some(other) = self.of_sibling().await
        {
            let is_fresh = other.is_fresh(&self.now);
            self.old = other;
            result = if is_fresh { Ok(self.old.clone()) } else { self.send().await };
        }
        if let Err(error) = &result
            && error.kind() == ErrorKind::Network
        {
            let _ = self.entry.announce(&self.announcement.failed(error)).await;
        }
        Refreshed { entry: self.entry, result, unkept: self.unkept, left: self.old }
    }

    /// Sends the refresh token of the old token, with the mark before it.
    async fn send(&mut self) -> Result<TokenSet> {
        let Some(refresh_token) = self.old.refresh_token.clone() else { return Err(interrupted()) };
        let endpoint = self.authority.token_endpoint().await?;
        let is_stored = self.rests_in_store(&refresh_token).await;
        let marked = TokenSet { refresh_sent_at: Some(self.now.now), ..self.old.clone() };
        if is_stored {
            // Without the mark it would stay there to be sent again, so it is not sent.
            self.entry.save(&marked).await?;
        }
        let unmarked = std::mem::replace(&mut self.old, marked);
        match self.authority.refresh(endpoint, &unmarked, &refresh_token).await {
            Ok(token) => {
                self.unkept = self.entry.save(&token).await.err();
                Ok(token)
            }
            Err(failure) => {
                if failure.delivery == Delivery::Undelivered {
                    self.put_back(unmarked, is_stored).await;
                } else if failure.error.kind() == ErrorKind::Refused {
                    let none = TokenSet { refresh_token: None, refresh_in_keyring: false, ..unmarked };
                    let is_stored = self.rests_in_store(&refresh_token).await;
                    self.put_back(none, is_stored).await;
                }
                Err(failure.error)
            }
        }
    }

    /// Leaves this in place of the mark. Should that fail, a sign-in is asked for when the access token ends.
    async fn put_back(&mut self, token: TokenSet, is_stored: bool) {
        self.old = token;
        if is_stored && let Err(error) = self.entry.save(&self.old).await {
            tracing::warn!(%error, "the mark of a refresh token that was sent cannot be taken away");
        }
    }

    /// One that rests nowhere but in our memory has nobody else to send it.
    async fn rests_in_store(&mut self, refresh_token: &Secret) -> bool {
        let stored = self.entry.load().await.ok().flatten();
        stored.and_then(|token| token.refresh_token).as_ref() == Some(refresh_token)
    }

    /// What somebody else has put into the entry meanwhile, if it can be used.
    async fn of_sibling(&mut self) -> Option<TokenSet> {
        let found = self.entry.load().await.ok().flatten()?;
        let is_other = found.access_token != self.old.access_token;
        let can_renew = found.refresh_token.is_some() && found.refresh_sent_at.is_none();
        (is_other && (can_renew || found.is_fresh(&self.now))).then_some(found)
    }
}

fn slow() -> Error {
    let seconds = HURRY.as_secs();
    Error::new(ErrorKind::Network, format!("the renewal takes longer than {seconds} s"))
        .hint("nothing is lost: it goes on by itself, and the old token lives meanwhile")
}
