//! Signing out.

use std::time::Duration;

use tokio::time::Instant;

use super::Session;
use crate::error::{Error, ErrorKind, Result};
use crate::grant::Revocation;
use crate::store::{LockedEntry, TokenKey};

/// What signing out has done.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LoggedOut {
    /// Whether a token was there and is gone from this machine.
    pub removed: bool,
    /// Whether the server was told.
    pub revoked: Revoked,
}

/// Whether the server has forgotten a sign-in (RFC 7009).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Revoked {
    /// There was nothing that a server could forget: an access token ends by itself.
    NothingToRevoke,
    /// The server has forgotten it.
    Yes,
    /// The server does not offer it.
    NotOffered,
    /// It did not work, and why. The sign-in is gone from this machine all the same.
    Failed(Error),
}

impl Session {
    /// Tells the server first, within a time, and then forgets the token whatever the server said.
    pub(crate) async fn log_out(&self) -> Result<LoggedOut> {
        let nothing = LoggedOut { removed: false, revoked: Revoked::NothingToRevoke };
        let Some(key) = self.identity.key(&self.platform)? else { return Ok(nothing) };
        let mut entry = self.last_turn(&key).await?;
        let old = entry.load().await.ok().flatten();
        let revoked = match old.and_then(|token| token.refresh_token) {
            None => Revoked::NothingToRevoke,
            Some(refresh_token) => match self.authority.revoke(&refresh_token).await {
                Revocation::Done => Revoked::Yes,
                Revocation::NotOffered => Revoked::NotOffered,
                Revocation::Failed(error) => Revoked::Failed(error),
            },
        };
        self.current.store(None);
        self.forget_pending();
        let removed = entry.remove().await;
        entry.release().await;
        let removed = removed?;
        Ok(LoggedOut { removed, revoked })
    }

    /// Waits a little for the lock. What cannot be locked cannot be forgotten either, and that is told.
    async fn last_turn(&self, key: &TokenKey) -> Result<Box<dyn LockedEntry>> {
        let ends = Instant::now() + PATIENCE;
        while Instant::now() < ends {
            if let Some(entry) = self.store.shared.try_lock(key).await? {
                return Ok(entry);
            }
            tokio::time::sleep(PAUSE).await;
        }
        let holder = self.store.shared.announcement(key).await.ok().flatten();
        let who = holder.map_or_else(|| "another process".to_owned(), |holder| holder.who);
        Err(Error::new(ErrorKind::Storage, format!("{who} is at work on this sign-in"))
            .hint("end the sign-in there, or stop that process, and sign out again"))
    }
}

/// How long signing out waits for another process.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long it takes to look again.
const PAUSE: Duration = Duration::from_millis(50);
