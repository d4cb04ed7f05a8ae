//! Signing out.

use std::sync::Arc;

use super::Session;
use super::departure::Departure;
use crate::error::{Error, ErrorKind, Result};
use crate::platform::{Owner, Prompt};
use crate::store::{Kind, TokenKey, TokenStore};

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
    /// Ends this sign-in, here and at the server.
    pub(crate) async fn log_out(&self) -> Result<LoggedOut> {
        let nothing = LoggedOut { removed: false, revoked: Revoked::NothingToRevoke };
        let Some(key) = self.identity.key()? else { return Ok(nothing) };
        let store = Arc::clone(&self.store.shared);
        let memory: Arc<dyn TokenStore> = Arc::new(self.store.memory.clone());
        let _ = self.departure(memory, key.clone(), &self.platform.prompt).end().await;
        let departure = self.departure(store, key, &self.platform.prompt);
        // One that could not be kept is newer than what rests in the store.
        let unkept = self.unkept.get().and_then(|token| token.refresh_token);
        let revoked = match &unkept {
            Some(refresh_token) => Some(departure.revoke(refresh_token).await),
            None => None,
        };
        let mut done = departure.end().await;
        if let (Ok(done), Some(revoked)) = (&mut done, revoked) {
            (done.removed, done.revoked) = (true, revoked);
        }
        self.current.give_up(|_| true);
        self.unkept.set(None);
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
        for store in [&self.store.shared, &memory] {
            let keys = store.keys().await.unwrap_or_else(|error| {
                faults.push(error);
                Vec::new()
            });
            let mut keys: Vec<_> = keys.into_iter().filter(|key| self.is_ours(key)).collect();
            // One that no list shows: of 0.2.0, or in a store that gives only what is asked for by its key.
            if let Some(own) = own.clone().filter(|own| keys.iter().all(|key| key.id() != own.id())) {
                match store.load(&own).await {
                    Ok(Some(_)) => keys.push(own),
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

    /// Drops what is in memory, and what a sign-in in two steps has left.
    pub(crate) fn forget_here(&self) {
        self.current.give_up(|_| true);
        self.unkept.set(None);
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
