//! The end of one sign-in.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::ending::{LoggedOut, Revoked};
use crate::error::{Error, ErrorKind, Result};
use crate::grant::{Authority, Revocation};
use crate::platform::{Notice, Prompt};
use crate::secret::Secret;
use crate::store::{LockedEntry, TokenKey, TokenStore};

/// A sign-in that is to be ended: where it rests, and whom to tell.
#[derive(Clone, Debug)]
pub(crate) struct Departure {
    pub(crate) store: Arc<dyn TokenStore>,
    pub(crate) key: TokenKey,
    pub(crate) authority: Arc<Authority>,
    pub(crate) prompt: Arc<dyn Prompt>,
}

impl Departure {
    /// Tells the server first, within a time, and then forgets the token whatever the server said.
    ///
    /// The lock is held meanwhile, so that a renewal that is under way is over before and writes nothing afterwards.
    pub(crate) async fn end(&self) -> Result<LoggedOut> {
        let mut entry = self.last_turn().await?;
        let old = entry.load().await.ok().flatten();
        let revoked = self.revoke(old.and_then(|token| token.refresh_token).as_ref()).await;
        let removed = entry.remove().await;
        entry.release().await;
        Ok(LoggedOut { removed: removed?, revoked })
    }

    /// Waits until nobody is at work on it.
    pub(crate) async fn settle(&self) -> Result<()> {
        self.last_turn().await?.release().await;
        Ok(())
    }

    /// Where it rests, in words for people.
    pub(crate) fn location(&self) -> String {
        self.store.location(&self.key)
    }

    /// What sets it apart from others.
    pub(crate) fn place(&self) -> (String, String) {
        (self.location(), self.key.id().to_owned())
    }

    /// Tells the server, within a time.
    pub(super) async fn revoke(&self, refresh_token: Option<&Secret>) -> Revoked {
        let Some(refresh_token) = refresh_token else { return Revoked::NothingToRevoke };
        match tokio::time::timeout(REVOCATION, self.authority.revoke(refresh_token)).await {
            Ok(Revocation::Done) => Revoked::Yes,
            Ok(Revocation::NotOffered) => Revoked::NotOffered,
            Ok(Revocation::Failed(error)) => Revoked::Failed(error),
            Err(_) => {
                let seconds = REVOCATION.as_secs();
                let why = format!("the server did not answer within {seconds} s");
                Revoked::Failed(Error::new(ErrorKind::Network, why))
            }
        }
    }

    /// Waits for the lock, as long as a renewal may take. What cannot be locked cannot be forgotten either, and that is
    /// told.
    async fn last_turn(&self) -> Result<Box<dyn LockedEntry>> {
        let begun = Instant::now();
        let mut is_told = false;
        loop {
            if let Some(entry) = self.store.try_lock(&self.key).await? {
                return Ok(entry);
            }
            let waited = begun.elapsed();
            if waited >= SILENCE {
                let holder = self.store.announcement(&self.key).await.ok().flatten();
                let holder = holder.filter(|holder| holder.outcome.is_none());
                let is_open = holder.as_ref().is_some_and(|holder| holder.is_open());
                let who = holder.map_or_else(|| "another process".to_owned(), |holder| holder.who);
                if waited >= if is_open { FOR_A_PERSON } else { FOR_A_RENEWAL } {
                    return Err(busy(&who));
                }
                if !std::mem::replace(&mut is_told, true) {
                    self.prompt.tell(&Notice::Busy(&who));
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

fn busy(who: &str) -> Error {
    Error::new(ErrorKind::Storage, format!("{who} is at work on this sign-in"))
        .hint("end the sign-in there, or stop that process, and sign out again")
}

/// How long signing out waits without a word.
const SILENCE: Duration = Duration::from_secs(1);

/// How long it waits for somebody who is asked to sign in, and who may never come.
const FOR_A_PERSON: Duration = Duration::from_secs(5);

/// How long it waits for a renewal: longer than its request may take, and than the lease of one that has died.
const FOR_A_RENEWAL: Duration = Duration::from_secs(45);

/// How long the server has to forget a sign-in, with all that is asked of it before.
const REVOCATION: Duration = Duration::from_secs(10);

/// How long it takes to look again.
const PAUSE: Duration = Duration::from_millis(50);
