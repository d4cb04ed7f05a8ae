//! Renewing a person's sign-in, or asking the person.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::refresh::is_strange;
use super::turn::Turn;
use super::{Effort, Session};
use crate::error::{Error, ErrorKind, Result};
use crate::login::{SignIn, Way, how_to_sign_in, nobody_to_ask};
use crate::platform::{PENDING_SUFFIX, Platform};
use crate::store::{Announcement, LockedEntry, TokenKey, TokenStore as _};
use crate::token::TokenSet;

impl Session {
    /// Renews with the refresh token where there is one; else asks the person as far as that may go. Where there is one
    /// that cannot be used now, `hindered` says why.
    pub(super) async fn ask_of_person(
        self: &Arc<Self>,
        key: &TokenKey,
        mut entry: Box<dyn LockedEntry>,
        old: Option<TokenSet>,
        effort: Effort,
        hindered: Option<Error>,
    ) -> Result<Arc<TokenSet>> {
        if let Some(old) = old.filter(|_| effort != Effort::AnotherPerson) {
            let is_living = self.is_living(&old);
            if old.refresh_token.is_some() && old.refresh_sent_at.is_none() {
                let is_hurried = is_living && effort <= Effort::Use;
                let Some(refreshed) = self.refresh(key, entry, &old, is_hurried).await? else {
                    return Ok(self.meanwhile(Arc::new(old)));
                };
                self.note_refreshed(&refreshed);
                entry = refreshed.entry;
                match refreshed.result {
                    Ok(token) => return Ok(self.take_over(token)),
                    // Asking a person would not help against a network that is down.
                    Err(error) if error.kind() == ErrorKind::Network => return Err(error),
                    // Nor against one whose own page answers, as long as nobody has asked for a sign-in.
                    Err(error) if effort <= Effort::Use && is_strange(&error, refreshed.is_spared) => {
                        return Err(error);
                    }
                    // Nor is anybody asked while the old token lives.
                    Err(error) if is_hurried => return Err(error),
                    Err(error) => return self.sign_in_again(entry, effort, error).await,
                }
            }
            if is_living && effort <= Effort::Use {
                // Nothing renews it; it is good to its end.
                self.rest.let_live(Duration::MAX);
                return Ok(self.adopt(old));
            }
            if old.refresh_sent_at.is_some() {
                return self.sign_in_again(entry, effort, lost()).await;
            }
            // An API that does not accept what somebody has just signed in for would not accept the next one either.
            if effort == Effort::Renewal
                && hindered.is_none()
                && old.is_alive(self.moment())
                && old.is_younger_than(self.moment(), UNASKED_AGAIN)
                && self.rejections.take_back(&old.access_token)
            {
                entry.release().await;
                return Ok(self.adopt(old));
            }
        }
        // The sign-in is good, and nobody is asked for another in the middle of their work.
        if let Some(why) = hindered.filter(|_| effort == Effort::Renewal) {
            return Err(why);
        }
        let ended =
            Error::new(ErrorKind::PersonNeeded, "nobody is signed in to CARTO, or the sign-in has ended");
        self.sign_in_again(entry, effort, ended).await
    }

    /// Says whether a person may be asked at all: in the middle of somebody's work, by a browser that opens by itself.
    pub(super) fn may_ask(&self, effort: Effort) -> bool {
        let unasked = self.terms.unasked_browser
            && self.platform.place.has_browser()
            && self.terms.way != Some(Way::Paste);
        self.terms.interactive && (effort != Effort::Renewal || unasked)
    }

    /// Asks the person, if that may be done; else tells why it would have to be.
    async fn sign_in_again(
        &self,
        mut entry: Box<dyn LockedEntry>,
        effort: Effort,
        why: Error,
    ) -> Result<Arc<TokenSet>> {
        let way = match effort {
            _ if !self.terms.interactive => None,
            Effort::Use | Effort::SignIn | Effort::AnotherPerson => Some(self.terms.way),
            // In the middle of somebody's work, a browser tab may open; nothing is read that is typed.
            Effort::Renewal if self.asked_of_late().await => None,
            Effort::Renewal if self.may_ask(effort) => Some(Some(Way::Browser)),
            Effort::Renewal => None,
        };
        match way {
            Some(way) => {
                let token = self.sign_in_now(entry.as_mut(), way, effort).await?;
                Ok(self.keep(entry.as_mut(), token).await)
            }
            None if effort == Effort::Renewal => Err(ended(&self.platform, why)),
            None => Err(nobody_to_ask(&self.platform).because("asking was forbidden")),
        }
    }

    /// Runs a sign-in under the lock, and tells those who wait for it what it does.
    async fn sign_in_now(
        &self,
        entry: &mut dyn LockedEntry,
        way: Option<Way>,
        effort: Effort,
    ) -> Result<TokenSet> {
        // What an earlier sign-in left to be ended is of no more use.
        self.forget_pending();
        let mut announcement = Announcement::new(&self.platform, None);
        // What was asked for is counted neither way, should nobody finish it either.
        let before = self.asked_in_vain().await.map_or(0, |last| last.unasked);
        announcement.unasked = before.saturating_add(u32::from(effort == Effort::Renewal));
        self.announce(entry, &announcement).await;
        let (links, mut shown) = mpsc::unbounded_channel();
        let sign_in = self.a_sign_in(way, effort, links);
        let limit = self.terms.timeout;
        let mut run = std::pin::pin!(tokio::time::timeout(limit, sign_in.run()));
        let mut beat = tokio::time::interval(HEARTBEAT);
        let result = loop {
            tokio::select! {
                Some(link) = shown.recv() => {
                    announcement.link = Some(link);
                    self.announce(entry, &announcement).await;
                }
                _ = beat.tick() => self.announce(entry, &announcement).await,
                result = &mut run => break result.unwrap_or_else(|_| Err(nobody_came(limit))),
            }
        };
        if let (Err(error), Some(_)) = (&result, &announcement.link) {
            // Those who wait have seen the same link: they get the same error.
            self.announce(entry, &announcement.failed(error)).await;
        }
        result
    }

    /// Ends a sign-in that was begun by another command.
    pub(crate) async fn complete(&self, text: &str) -> Result<()> {
        let key = self.identity.key()?;
        let (Some(key), Some(path)) = (key.as_ref(), self.pending_path()?) else {
            return Err(Error::new(
                ErrorKind::Config,
                "a sign-in in two steps needs a folder to keep the first one",
            )
            .hint(
                "set `CARTO_AUTH_CACHE_DIR` to a folder of your own, and begin again with \
                 `carto-auth login --no-browser`",
            ));
        };
        let mut entry = match self.turn(key, Effort::AnotherPerson, false).await? {
            Turn::Ours(entry) | Turn::Alone(entry, _) => entry,
            Turn::Theirs(_) | Turn::Busy => return Ok(()),
        };
        let (links, _) = mpsc::unbounded_channel();
        let sign_in = self.a_sign_in(Some(Way::Paste), Effort::SignIn, links);
        let token = sign_in.complete(&path, text).await?;
        self.keep(entry.as_mut(), token).await;
        Ok(())
    }

    fn a_sign_in(
        &self,
        way: Option<Way>,
        effort: Effort,
        links: mpsc::UnboundedSender<String>,
    ) -> SignIn<'_> {
        let mut ask = self.terms.ask.clone();
        ask.another_person = effort == Effort::AnotherPerson;
        SignIn {
            platform: &self.platform,
            authority: &self.authority,
            ask,
            way,
            unasked: effort == Effort::Renewal,
            pending: self.pending_path().ok().flatten(),
            port_lock: self.terms.folder.as_ref().map(|folder| folder.join("port.lock")),
            links,
        }
    }

    /// Says whether a person was asked in vain a short while ago, by whatever process: no other tab opens unasked. A tab
    /// that nobody has answered doubles the while, so that a program in a loop at an empty desk leaves no heap of them.
    async fn asked_of_late(&self) -> bool {
        let Some(last) = self.asked_in_vain().await else { return false };
        let doubled = UNASKED_AGAIN << last.unasked.saturating_sub(1).min(10);
        let ago = self.platform.now().saturating_sub(last.started_at);
        (0..doubled.min(A_DAY)).contains(&ago)
    }

    /// What was said of the last attempt, where it asked a person and brought nothing. Beside a store that does not work it
    /// was said in our memory.
    async fn asked_in_vain(&self) -> Option<Announcement> {
        let key = self.identity.key().ok().flatten()?;
        let last = self.store.shared.announcement(&key).await.ok().flatten();
        let aside = self.store.memory.announcement(&key).await.ok().flatten();
        // A sign-in that the store keeps leaves our memory as it was.
        let won = self.current.load().as_ref().map(|held| held.token.issued_at);
        let aside = aside.filter(|said| won.is_none_or(|won| won <= said.started_at));
        let last = last.into_iter().chain(aside).max_by_key(|said| said.started_at);
        last.filter(|last| last.link.is_some() && last.outcome.is_some())
    }

    fn pending_path(&self) -> Result<Option<std::path::PathBuf>> {
        let key = self.identity.key()?;
        let folder = self.terms.folder.as_ref();
        Ok(folder.zip(key).map(|(folder, key)| folder.join(format!("{}{PENDING_SUFFIX}", key.id()))))
    }

    /// Removes what a sign-in in two steps has left.
    pub(super) fn forget_pending(&self) {
        if let Ok(Some(path)) = self.pending_path() {
            let _ = std::fs::remove_file(path);
        }
    }

    pub(super) async fn announce(&self, entry: &mut dyn LockedEntry, announcement: &Announcement) {
        if let Err(error) = entry.announce(announcement).await {
            tracing::debug!(%error, "those who wait cannot be told");
        }
    }
}

/// A renewal was killed, or its answer was lost.
fn lost() -> Error {
    Error::new(ErrorKind::PersonNeeded, "the CARTO login has ended")
        .because("a renewal ended before its answer was kept, and a refresh token is not sent twice")
}

fn ended(platform: &Platform, why: Error) -> Error {
    let person = how_to_sign_in(platform);
    let hint = format!("{person}; a job uses `CARTO_M2M_CLIENT_ID` and `CARTO_M2M_CLIENT_SECRET`");
    match why.kind() {
        ErrorKind::PersonNeeded => why.hint(hint),
        _ => Error::new(ErrorKind::PersonNeeded, "the CARTO login has ended").because(why).hint(hint),
    }
}

fn nobody_came(limit: Duration) -> Error {
    let seconds = limit.as_secs();
    let time =
        if seconds.is_multiple_of(60) { format!("{} min", seconds / 60) } else { format!("{seconds} s") };
    Error::new(ErrorKind::TimedOut, format!("nobody finished the sign-in within {time}"))
        .hint("sign in again with `carto-auth login`; `--timeout SECONDS` gives more time")
}

/// How many seconds after a person was asked, in vain or for a token that is not accepted, a browser opens by itself
/// again, the first time.
const UNASKED_AGAIN: i64 = 600;

/// How many seconds it takes at most.
const A_DAY: i64 = 86_400;

/// How often a sign-in that takes long says that it still runs.
const HEARTBEAT: Duration = Duration::from_secs(60);
