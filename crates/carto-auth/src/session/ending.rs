//! Signing out.

use std::sync::Arc;

use super::Session;
use super::departure::Departure;
use crate::error::{Error, ErrorKind, Result};
use crate::platform::{Owner, Prompt};
use crate::store::{FileStore, Kind, TokenKey, TokenStore};

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

impl Revoked {
    /// What is to be told of two that were ended: a failure first, and nothing last.
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (failed @ Self::Failed(_), _) | (_, failed @ Self::Failed(_)) => failed,
            (Self::NothingToRevoke, other) => other,
            (one, _) => one,
        }
    }
}

impl Session {
    /// Ends this sign-in, here and at the server.
    pub(crate) async fn log_out(&self) -> Result<LoggedOut> {
        let nothing = LoggedOut { removed: false, revoked: Revoked::NothingToRevoke };
        let Some(key) = self.identity.key()? else { return Ok(nothing) };
        let prompt = &self.platform.prompt;
        let memory: Arc<dyn TokenStore> = Arc::new(self.store.memory.clone());
        let in_memory = self.departure(memory, key.clone(), prompt).end().await;
        let mut done = match self.departure(Arc::clone(&self.store.shared), key, prompt).end().await {
            Err(_) if self.store.files.as_ref().is_some_and(FileStore::has_no_folder) => Ok(nothing),
            ended => ended,
        };
        let unkept = self.end_unkept(prompt).await.map(|(done, _)| done);
        if let Ok(done) = &mut done {
            for other in unkept.into_iter().chain(in_memory).filter(|other| other.removed) {
                let revoked = std::mem::replace(&mut done.revoked, Revoked::NothingToRevoke);
                *done = LoggedOut { removed: true, revoked: other.revoked.or(revoked) };
            }
        }
        self.current.give_up(|_| true);
        if done.is_ok() {
            self.forget_pending();
        }
        done
    }

    /// Every sign-in of this person that this session's stores know of. Whom to tell while one is waited for is the
    /// caller's.
    ///
    /// Where several people share one user, those of others are left alone, and so are the tokens of jobs whose
    /// credentials are not at hand.
    pub(crate) async fn departures(&self, prompt: &Arc<dyn Prompt>) -> (Vec<Departure>, Vec<Error>) {
        let own = self.identity.key().ok().flatten();
        let mut faults = Vec::new();
        let mut departures = Vec::new();
        let memory: Arc<dyn TokenStore> = Arc::new(self.store.memory.clone());
        // In files, what is under way and has brought nothing yet is an arrival.
        let in_files = self.store.files.is_some();
        for (store, shows_arrivals) in [(&self.store.shared, in_files), (&memory, false)] {
            let keys = store.keys().await.unwrap_or_else(|error| {
                faults.push(error);
                Vec::new()
            });
            let mut keys: Vec<_> = keys.into_iter().filter(|key| self.is_ours(key)).collect();
            // One that no list shows: of 0.2.0, or in a store that gives only what is asked for by its key.
            if let Some(own) = own.clone().filter(|own| keys.iter().all(|key| key.id() != own.id())) {
                match store.load(&own).await {
                    Ok(Some(_)) => keys.push(own),
                    Ok(None) if !shows_arrivals => keys.push(own),
                    Err(error) if error.kind() == ErrorKind::Storage => faults.push(error),
                    _ => {}
                }
            }
            let departure = |key| self.departure(Arc::clone(store), key, prompt);
            departures.extend(keys.into_iter().map(departure));
        }
        (departures, faults)
    }

    /// What is under way just now in this session's files, and may become a sign-in.
    pub(crate) fn arrivals(&self, prompt: &Arc<dyn Prompt>) -> Vec<Departure> {
        let Some(files) = &self.store.files else { return Vec::new() };
        let own = self.identity.key().ok().flatten();
        let is_ours = |key: &TokenKey| match self.platform.owner {
            Owner::User => true,
            _ => own.as_ref().is_some_and(|own| own.id() == key.id()),
        };
        let held = files.held().into_iter().filter(is_ours);
        held.map(|key| self.departure(Arc::new(files.clone()), key, prompt)).collect()
    }

    /// Ends what could not be kept, and says where from. It is asked last too, once nobody is at work any more: a renewal
    /// that was waited for may not have been able to keep what it brought.
    pub(crate) async fn end_unkept(&self, prompt: &Arc<dyn Prompt>) -> Option<(LoggedOut, Departure)> {
        let key = self.identity.key().ok().flatten()?;
        let token = self.unkept.take()?;
        let departure = self.departure(Arc::new(self.store.memory.clone()), key, prompt);
        let revoked = departure.revoke(token.refresh_token.as_ref()).await;
        Some((LoggedOut { removed: true, revoked }, departure))
    }

    /// Drops what is in memory, and what a sign-in in two steps has left.
    pub(crate) fn forget_here(&self) {
        self.current.give_up(|_| true);
        self.forget_pending();
    }

    /// Says whether a sign-in that is found in a store is of whoever runs this.
    fn is_ours(&self, key: &TokenKey) -> bool {
        match (&self.platform.owner, key.parts().kind) {
            (Owner::User, _) => true,
            (owner, Kind::OAuth) => owner.has_account(&key.parts().account),
            (_, Kind::M2m) => false,
        }
    }

    fn departure(&self, store: Arc<dyn TokenStore>, key: TokenKey, prompt: &Arc<dyn Prompt>) -> Departure {
        let (issuer, client_id) = (&key.parts().issuer, &key.parts().client_id);
        let authority = self.authority.of_client(issuer, client_id);
        Departure { store, authority, prompt: Arc::clone(prompt), key }
    }
}
