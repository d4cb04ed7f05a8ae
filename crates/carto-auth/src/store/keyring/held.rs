//! Refresh tokens that end with the process.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::secret::Secret;
use crate::store::TokenKey;
use crate::token::TokenSet;

/// The refresh tokens of this process, each with the access token that came with it.
#[derive(Debug, Default)]
pub(super) struct Held(Mutex<HashMap<String, (Secret, Secret)>>);

impl Held {
    /// The refresh token that came with this token. That of another, which somebody else has put into the file
    /// meanwhile, is none of ours.
    pub(super) fn get(&self, key: &TokenKey, token: &TokenSet) -> Option<Secret> {
        let (access_token, refresh_token) = self.all().get(key.id())?.clone();
        (access_token == token.access_token).then_some(refresh_token)
    }

    /// Takes note of what is saved. A token that says that its refresh token is elsewhere leaves it here.
    pub(super) fn put(&self, key: &TokenKey, token: &TokenSet) {
        match &token.refresh_token {
            Some(refresh_token) => {
                let both = (token.access_token.clone(), refresh_token.clone());
                self.all().insert(key.id().to_owned(), both);
            }
            None if token.refresh_in_keyring => {}
            None => self.remove(key),
        }
    }

    pub(super) fn remove(&self, key: &TokenKey) {
        self.all().remove(key.id());
    }

    fn all(&self) -> MutexGuard<'_, HashMap<String, (Secret, Secret)>> {
        // Nothing in here panics half way through a change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
