//! Renewing with a refresh token, which is sent once.
//!
//! Before it is sent, the entry says so, on the disk; whoever finds that mark without an answer never sends it again
//! (RFC 9700, section 4.14.2). The mark goes when the answer is kept, when it is certain that nothing was sent, and
//! when the server says that it was not taken ([`Fate`]).
//! After a refusal, the server's or the store's, the entry is read once more: somebody who does not see our lock may have put another one there.
//! Between the two nothing may stop, so it is an errand, and goes on when whoever asked for it has gone.

use std::sync::Arc;
use std::time::Duration;

use super::Session;
use super::errand::Errand;
use super::keeping::Unkept;
use super::renewal::{HURRY, interrupted};
use crate::error::{Error, ErrorKind, Result};
use crate::grant::{Authority, Fate, Patience};
use crate::secret::Secret;
use crate::store::{Announcement, LockedEntry, TokenKey};
use crate::token::{Moment, TokenSet};

/// What a renewal has brought, and the entry whose lock it held.
pub(super) struct Refreshed {
    pub(super) entry: Box<dyn LockedEntry>,
    pub(super) result: Result<TokenSet>,
    /// Whether the refresh token is as good as it was.
    pub(super) is_spared: bool,
    /// Why what it brought could not be kept.
    pub(super) fault: Option<Error>,
}

impl Session {
    /// Sends the refresh token and keeps what comes of it; `None` while that takes longer than the caller waits.
    ///
    /// It is waited for also by a caller whose token lives: a program that ends before the answer is kept has lost the
    /// sign-in. One that has run for a while is taken to go on, and looks again later.
    pub(super) async fn refresh(
        self: &Arc<Self>,
        key: &TokenKey,
        entry: Box<dyn LockedEntry>,
        old: &TokenSet,
        is_hurried: bool,
    ) -> Result<Option<Refreshed>> {
        let renewal = Renewal {
            authority: Arc::clone(&self.authority),
            announcement: Announcement::new(&self.platform, None),
            now: self.moment(),
            entry,
            unkept: self.unkept.clone(),
            old: old.clone(),
            is_hurried,
            fault: None,
        };
        let (left, key) = (Arc::clone(self), key.clone());
        let errand = Errand::begin(renewal.run(), move |refreshed: Refreshed| async move {
            left.note_refreshed(&refreshed);
            match refreshed.result {
                Ok(token) => drop(left.take_over(token)),
                Err(error) => left.rest.note(key.id(), &error, left.platform.clock.since_boot()),
            }
            refreshed.entry.release().await;
        });
        errand.wait((is_hurried && self.goes_on()).then_some(HURRY)).await
    }

    /// Tells what could not be kept. Where the mark cannot be made it is told now, and not when the old token has ended.
    pub(super) fn note_refreshed(&self, refreshed: &Refreshed) {
        let unmarked = refreshed.result.as_ref().err().filter(|error| error.kind() == ErrorKind::Storage);
        self.note_kept(refreshed.fault.as_ref().or(unmarked));
    }
}

struct Renewal {
    authority: Arc<Authority>,
    announcement: Announcement,
    now: Moment,
    entry: Box<dyn LockedEntry>,
    unkept: Unkept,
    old: TokenSet,
    /// Whether a token lives meanwhile: then it is not tried again and again to reach the server.
    is_hurried: bool,
    fault: Option<Error>,
}

/// Where a refresh token rests that is to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rests {
    InStore,
    /// In our memory alone: nobody else has it to send.
    InMemory,
}

impl Renewal {
    async fn run(mut self) -> Refreshed {
        let mut result = self.send().await;
        for pause in PAUSES {
            // Without a connection nothing was sent, and the mark is gone while we wait.
            if !result
                .as_ref()
                .is_err_and(|error| error.kind() == ErrorKind::Network && error.http_status().is_none())
                || self.old.refresh_sent_at.is_some()
                || self.is_hurried
            {
                break;
            }
            tokio::time::sleep(pause).await;
            result = self.send().await;
        }
        let is_worth_a_look = |error: &Error| {
            // Where the mark was refused, too: another one may have been there in between.
            matches!(error.kind(), ErrorKind::Refused | ErrorKind::Storage) || !self.entry.is_held()
        };
        if result.as_ref().is_err_and(is_worth_a_look)
            && let Some(other) = self.of_sibling().await
        {
            let is_fresh = other.is_fresh(&self.now);
            self.old = other;
            result = if is_fresh { Ok(self.old.clone()) } else { self.send().await };
        }
        let is_spared = self.old.refresh_token.is_some() && self.old.refresh_sent_at.is_none();
        if let Err(error) = &result
            && (error.kind() == ErrorKind::Network || is_strange(error, is_spared))
        {
            let failed = self.announcement.failed(error).with_quota(self.authority.quota());
            let _ = self.entry.announce(&failed).await;
        }
        Refreshed { entry: self.entry, result, is_spared, fault: self.fault }
    }

    /// Sends the refresh token of the old token, with the mark before it.
    async fn send(&mut self) -> Result<TokenSet> {
        let Some(refresh_token) = self.old.refresh_token.clone() else { return Err(interrupted()) };
        let endpoint = if self.is_hurried {
            self.authority.token_endpoint_if_heard().await?
        } else {
            self.authority.token_endpoint().await?
        };
        let Some(rests) = self.find(&refresh_token).await else { return Err(changed()) };
        let marked = TokenSet { refresh_sent_at: Some(self.now.now), ..self.old.clone() };
        // Without the mark it would stay there to be sent again, so it is not sent.
        if let Err(error) = self.put(rests, &marked).await {
            return Err(if self.entry.is_held() { error } else { changed() });
        }
        // Whoever was stopped while it was made may have marked what is another's by now.
        if rests == Rests::InStore && !self.entry.is_held() {
            return Err(changed());
        }
        let patience = if self.is_hurried { Patience::Little } else { Patience::Usual };
        match self.authority.refresh(endpoint, &self.old, &refresh_token, patience).await {
            Ok(token) => {
                self.fault = self.entry.save(&token).await.err();
                self.unkept.set(self.fault.is_some().then(|| token.clone()));
                Ok(token)
            }
            Err(failure) => {
                match failure.fate {
                    Fate::Spared => self.put_back(rests, self.old.clone()).await,
                    Fate::UsedUp if self.find_marked(rests, &refresh_token).await => {
                        self.put_back(rests, self.old.clone().without_refresh_token()).await;
                    }
                    Fate::UsedUp => {}
                    Fate::Unknown => {
                        self.old = marked;
                        return Err(failure.error.hint(LOST));
                    }
                }
                Err(failure.error)
            }
        }
    }

    /// Where the refresh token rests just now; nowhere, when somebody who does not see our lock has changed that.
    async fn find(&mut self, refresh_token: &Secret) -> Option<Rests> {
        let is_it = |token: &TokenSet| {
            token.refresh_token.as_ref() == Some(refresh_token) && token.refresh_sent_at.is_none()
        };
        if self.entry.load().await.ok().flatten().as_ref().is_some_and(is_it) {
            return Some(Rests::InStore);
        }
        self.unkept.get().as_ref().is_some_and(is_it).then_some(Rests::InMemory)
    }

    /// Says whether it is still there, with our mark.
    async fn find_marked(&mut self, rests: Rests, refresh_token: &Secret) -> bool {
        let token = match rests {
            Rests::InStore => self.entry.load().await.ok().flatten(),
            Rests::InMemory => self.unkept.get(),
        };
        token.and_then(|token| token.refresh_token).as_ref() == Some(refresh_token)
    }

    async fn put(&mut self, rests: Rests, token: &TokenSet) -> Result<()> {
        match rests {
            Rests::InStore => self.entry.save(token).await,
            Rests::InMemory => {
                self.unkept.set(Some(token.clone()));
                Ok(())
            }
        }
    }

    /// Leaves this in place of the mark. Should that fail, a sign-in is asked for when the access token ends.
    async fn put_back(&mut self, rests: Rests, token: TokenSet) {
        if let Err(error) = self.put(rests, &token).await {
            tracing::warn!(%error, "the mark of a refresh token that was sent cannot be taken away");
        }
        self.old = token;
    }

    /// What somebody else has put into the entry meanwhile, if it can be used.
    async fn of_sibling(&mut self) -> Option<TokenSet> {
        let found = self.entry.load().await.ok().flatten()?;
        let is_other = found.access_token != self.old.access_token;
        let can_renew = found.refresh_token.is_some() && found.refresh_sent_at.is_none();
        (is_other && (can_renew || found.is_fresh(&self.now))).then_some(found)
    }
}

fn changed() -> Error {
    Error::new(ErrorKind::Network, "another process has changed this sign-in meanwhile").hint("try again")
}

/// Says whether somebody else seems to have answered in the place of the server, which has heard nothing.
pub(super) fn is_strange(error: &Error, is_spared: bool) -> bool {
    is_spared && error.kind() == ErrorKind::UnexpectedAnswer
}

/// What to do after an answer that may have been lost.
const LOST: &str =
    "sign in again with `carto-auth login`: the answer was lost, and a refresh token is not sent twice";

/// How long is waited before it is tried again to reach the server.
const PAUSES: [Duration; 2] = [Duration::from_millis(300), Duration::from_millis(1_200)];

#[cfg(test)]
mod tests;
