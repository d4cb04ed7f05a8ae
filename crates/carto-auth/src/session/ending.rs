//! Signing out.

use super::{Effort, Session, Turn};
use crate::error::{Error, Result};
use crate::grant::Revocation;

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
        let Turn::Ours(mut entry) = self.turn(&key, Effort::AnotherPerson).await? else { return Ok(nothing) };
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
        let removed = entry.remove().await?;
        Ok(LoggedOut { removed, revoked })
    }
}
