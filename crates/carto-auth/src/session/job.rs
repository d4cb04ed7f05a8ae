//! Asking for a token of a job's own.

use std::sync::Arc;
use std::time::Duration;

use super::renewal::HURRY;
use super::{Job, Session};
use crate::error::Result;
use crate::store::{Announcement, LockedEntry};
use crate::token::TokenSet;

impl Session {
    /// Asks once, keeps what comes, and tells those who wait for the lock when it fails.
    pub(super) async fn ask_for_job(
        &self,
        job: &Job,
        mut entry: Box<dyn LockedEntry>,
        is_hurried: bool,
    ) -> Result<Arc<TokenSet>> {
        let limit = if is_hurried { HURRY } else { LIMIT };
        let won = job.sign_in(&self.authority, limit).await;
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

/// How long a request for a token may take, all tries together.
const LIMIT: Duration = Duration::from_secs(30);
