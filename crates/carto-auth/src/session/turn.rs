//! Waiting for the lock that spans processes.

use std::time::Duration;

use tokio::time::Instant;

use super::{Effort, Session};
use crate::error::{Error, ErrorKind, Result};
use crate::platform::Notice;
use crate::store::{Announcement, LockedEntry, MemoryStore, TokenKey, TokenStore};
use crate::token::TokenSet;

/// What waiting for the lock has brought.
pub(super) enum Turn {
    /// The lock: what is missing is for us to get.
    Ours(Box<dyn LockedEntry>),
    /// A lock of our own memory alone, where the store's cannot be had, and why.
    Alone(Box<dyn LockedEntry>, Error),
    /// What another process got meanwhile.
    Theirs(TokenSet),
    /// Another process is at it, and there is a token that lives meanwhile.
    Busy,
}

impl Session {
    /// Waits for the lock, or for what its holder gets.
    ///
    /// The person is told whose sign-in is waited for, as long as one of our own may last. When its holder fails, the
    /// same error is ours; when it ends without a word, it is our turn. A caller who may not ask a person does not wait
    /// for one either.
    pub(super) async fn turn(&self, key: &TokenKey, effort: Effort, is_living: bool) -> Result<Turn> {
        let begun = Instant::now();
        let mut seen: Option<Announcement> = None;
        let mut before: Option<Option<Announcement>> = None;
        loop {
            match self.store.shared.try_lock(key).await {
                Ok(Some(entry)) => {
                    let failed = failure_since(&*self.store.shared, key, before.as_ref()).await;
                    // Nor is a job stopped by what is held for ever in our memory.
                    let is_over = self.identity.is_job() && begun.elapsed() >= RENEWAL;
                    if failed.is_none() && (self.recall(key).await || is_over) {
                        return Ok(Turn::Ours(entry));
                    }
                    entry.release().await;
                    if let Some(error) = failed {
                        return Err(error);
                    }
                }
                Ok(None) => {}
                Err(error) => {
                    self.go_on_without::<()>(&error);
                    return self.turn_in_memory(key, error, is_living).await;
                }
            }
            if effort != Effort::AnotherPerson
                && let Some(token) = self.stored(key).await.filter(|token| self.is_usable(token))
            {
                return Ok(Turn::Theirs(token));
            }
            if is_living {
                return Ok(Turn::Busy);
            }
            let announcement = self.store.shared.announcement(key).await.ok().flatten();
            before.get_or_insert_with(|| announcement.clone());
            if let Some(announcement) = announcement {
                if effort == Effort::Renewal && !self.may_ask(effort) && announcement.is_open() {
                    return Err(under_way(&announcement.who));
                }
                if effort != Effort::Renewal || announcement.is_open() {
                    self.tell_of(&announcement, seen.as_ref());
                }
                // One that has an outcome already tells of an attempt that nobody here waited for.
                if announcement.outcome.is_none()
                    || seen.as_ref().is_some_and(|seen| seen.attempt == announcement.attempt)
                {
                    seen = Some(announcement);
                }
            }
            let is_open = seen.as_ref().is_some_and(Announcement::is_open);
            let patience = if effort == Effort::Renewal && !is_open { RENEWAL } else { self.terms.timeout };
            if begun.elapsed() >= patience {
                return self.waited_too_long(key, effort, seen.as_ref()).await;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Tells the person whom we wait for, and again when there is a link to show.
    fn tell_of(&self, announcement: &Announcement, seen: Option<&Announcement>) {
        if seen != Some(announcement) && announcement.outcome.is_none() {
            let notice = Notice::Waiting { who: &announcement.who, link: announcement.link.as_deref() };
            self.platform.prompt.tell(&notice);
        }
    }

    /// A lock that is held for ever stops no job: it goes on by itself. A person's refresh token is not
    /// touched without the lock.
    async fn waited_too_long(
        &self,
        key: &TokenKey,
        effort: Effort,
        seen: Option<&Announcement>,
    ) -> Result<Turn> {
        let who = seen.map_or("another process", |announcement| announcement.who.as_str());
        let renewing = || {
            let text = format!("{who} has been renewing this sign-in for too long");
            Error::new(ErrorKind::Network, text)
                .hint("check the network, or stop that process, and try again")
        };
        if self.identity.is_job() {
            tracing::warn!("another process holds the lock for too long; going on without it");
            return self.turn_in_memory(key, renewing(), false).await;
        }
        if effort == Effort::Renewal && !seen.is_some_and(Announcement::is_open) {
            return Err(renewing());
        }
        Err(Error::new(ErrorKind::TimedOut, format!("{who} has been signing in for too long"))
            .hint("end the sign-in there, or stop that process, and try again"))
    }

    /// Waits for whoever is at it in this process, though not for ever: the runtime that would end it may have stopped. A job
    /// goes on by itself then.
    async fn turn_in_memory(&self, key: &TokenKey, why: Error, is_living: bool) -> Result<Turn> {
        let begun = Instant::now();
        let patience = if self.identity.is_job() { RENEWAL } else { self.terms.timeout };
        let mut before: Option<Option<Announcement>> = None;
        loop {
            if let Some(entry) = self.store.memory.try_lock(key).await? {
                let Some(error) = failure_since(&self.store.memory, key, before.as_ref()).await else {
                    return Ok(Turn::Alone(entry, why));
                };
                entry.release().await;
                return Err(error);
            }
            if is_living {
                return Ok(Turn::Busy);
            }
            if before.is_none() {
                before = Some(self.store.memory.announcement(key).await?);
            }
            if begun.elapsed() >= patience {
                let own = if self.identity.is_job() { MemoryStore::new().try_lock(key).await? } else { None };
                return own.map(|entry| Turn::Alone(entry, why.clone())).ok_or(why);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// How an attempt has failed that ended while we waited, if it said so. Whoever has not waited saw nothing `before`.
async fn failure_since(
    store: &dyn TokenStore,
    key: &TokenKey,
    before: Option<&Option<Announcement>>,
) -> Option<Error> {
    let before = before?.as_ref();
    let last = store.announcement(key).await.ok().flatten()?;
    // Whoever has gone away has not failed: it is the next one's turn.
    let outcome = last.outcome.clone().filter(|outcome| !outcome.is_of_nobody());
    if before == Some(&last) { None } else { outcome.map(Error::from) }
}

/// The error of a caller who cannot take part in a sign-in that another process asks a person for.
fn under_way(who: &str) -> Error {
    Error::new(ErrorKind::PersonNeeded, format!("{who} asks a person to sign in"))
        .hint("finish the sign-in there, and try again; `carto-auth login` shows its link here too")
}

/// How long a renewal waits for another process: longer than the lease of one that has died.
const RENEWAL: Duration = Duration::from_secs(45);

/// How long it takes to look again.
const PAUSE: Duration = Duration::from_millis(50);
