//! Asking for a token of a job's own.

use std::sync::Arc;
use std::time::Duration;

use super::errand::Errand;
use super::renewal::{HURRY, interrupted};
use super::{Effort, Identity, Session};
use crate::error::Result;
use crate::store::{Announcement, LockedEntry, TokenKey};
use crate::token::TokenSet;

impl Session {
    /// Asks once. Whoever has a token that lives does not wait for long, and the next one finds what came. A program that
    /// has just begun may end before that, and the next one would ask again: it waits as long as one try may take.
    pub(super) async fn ask_for_job(
        self: &Arc<Self>,
        key: &TokenKey,
        entry: Box<dyn LockedEntry>,
        old: Option<TokenSet>,
        effort: Effort,
    ) -> Result<Arc<TokenSet>> {
        let living = old.filter(|old| effort != Effort::AnotherPerson && self.is_living(old));
        let is_hurried = living.is_some();
        let (session, left, key) = (Arc::clone(self), Arc::clone(self), key.clone());
        let errand = Errand::begin_stoppable(
            async move { session.ask_once(entry, is_hurried).await },
            move |won: Result<_>| async move {
                if let Err(error) = won {
                    left.rest.note(key.id(), &error, left.platform.clock.since_boot());
                }
            },
        );
        let patience = if self.goes_on() { HURRY } else { ONE_TRY };
        match errand.wait(is_hurried.then_some(patience)).await? {
            Some(won) => won,
            None => living.map(|old| self.meanwhile(Arc::new(old))).ok_or_else(interrupted),
        }
    }

    /// Keeps what comes, and tells those who wait for the lock when it fails.
    async fn ask_once(&self, mut entry: Box<dyn LockedEntry>, is_hurried: bool) -> Result<Arc<TokenSet>> {
        let Identity::Job(job) = &self.identity else { return self.identity.given() };
        let won = job.sign_in(&self.authority, LIMIT).await;
        // A refusal that somebody sees says it itself.
        if won.is_ok() || is_hurried {
            self.warn_of_quota();
        }
        let won = match won {
            Ok(token) => Ok(self.keep(entry.as_mut(), token).await),
            Err(error) => {
                let failed = Announcement::new(&self.platform, None).failed(&error);
                let failed = failed.with_quota(self.authority.quota());
                self.announce(entry.as_mut(), &failed).await;
                Err(error)
            }
        };
        entry.release().await;
        won
    }
}

/// How long one try may take; after that the server is asked again anyway.
const ONE_TRY: Duration = Duration::from_secs(10);

/// How long a request for a token may take, all tries together.
const LIMIT: Duration = Duration::from_secs(30);
