//! Tokens that are kept, and what happens when they cannot be.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use super::Session;
use super::quota::is_new;
use crate::error::{Error, ErrorKind};
use crate::platform::Notice;
use crate::store::{LockedEntry, TokenKey, TokenStore};
use crate::token::TokenSet;

/// The token that is in memory alone, because it could not be kept. A renewal that outlives its caller has it too.
#[derive(Clone, Debug, Default)]
pub(super) struct Unkept(Arc<Mutex<Option<TokenSet>>>);

impl Unkept {
    pub(super) fn get(&self) -> Option<TokenSet> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// As [`MemoryStore::has_of_parent`](crate::store::MemoryStore::has_of_parent).
    fn has_of_parent(&self, is_it: impl Fn(&TokenSet) -> bool) -> bool {
        self.0.try_lock().is_ok_and(|unkept| unkept.as_ref().is_some_and(is_it))
    }

    pub(super) fn take(&self) -> Option<TokenSet> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Drops what another sign-in has taken the place of: once that has ended too, it must not come back.
    pub(super) fn replaced(&self, by: &TokenSet) {
        let mut unkept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        unkept.take_if(|old| old.access_token != by.access_token && old.issued_at <= by.issued_at);
    }

    /// Puts what was learnt about it in its place.
    pub(super) fn learn(&self, learn: impl FnOnce(&TokenSet) -> Option<TokenSet>) {
        let mut unkept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(learnt) = unkept.as_ref().and_then(learn) {
            *unkept = Some(learnt);
        }
    }

    pub(super) fn set(&self, token: Option<TokenSet>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = token;
    }
}

/// The token that a session goes by, for people to read about.
pub(crate) struct Resting {
    pub(crate) token: Option<TokenSet>,
    /// Where it rests, or would.
    pub(crate) location: String,
    /// Whether that is this process alone, though it was to be kept.
    pub(crate) is_unkept: bool,
    /// Why the store does not say what it has, in words.
    pub(crate) fault: Option<String>,
}

impl Session {
    /// Looks where the token rests: in the store, or in our memory, where it could not be kept or the store is away.
    pub(crate) async fn resting(&self, key: &TokenKey) -> Resting {
        let (stored, fault) = match self.store.shared.load(key).await {
            Ok(stored) => (stored, None),
            Err(error) => (None, Some(not_kept(&error))),
        };
        let slot = self.store.memory.load(key).await.ok().flatten();
        let living = self.living().map(|token| TokenSet::clone(&token));
        // A child has its parent's access token at hand, and nothing in a store of its own. A job goes on with its token
        // to the end, though the file of its credentials has been changed and names another entry.
        let own = living.clone().filter(|_| self.store.is_memory || self.identity.is_job());
        let living = living.filter(|_| fault.is_some());
        let unkept =
            [living, slot, self.unkept.get()].into_iter().flatten().max_by_key(|token| token.issued_at);
        let is_newer =
            |token: &TokenSet| stored.as_ref().is_none_or(|other| other.issued_at < token.issued_at);
        let unkept = unkept.filter(is_newer);
        let is_unkept = unkept.is_some() || fault.is_some();
        let store: &dyn TokenStore = if is_unkept { &self.store.memory } else { &*self.store.shared };
        Resting { token: unkept.or(stored).or(own), location: store.location(key), is_unkept, fault }
    }

    /// Goes on with what a process before the `fork` had in memory, and knows whether it was there alone.
    pub(crate) fn inherit(&self, token: TokenSet, parent: &Self) {
        let is_same = |other: &TokenSet| other.access_token == token.access_token;
        let is_unkept = parent.unkept.has_of_parent(is_same) || parent.store.memory.has_of_parent(is_same);
        self.unkept.set((is_unkept && !self.store.is_memory).then(|| token.clone()));
        self.take_over(token);
    }

    /// Keeps a token that was won, in the store where that works and in memory whatever happens.
    pub(super) async fn keep(&self, entry: &mut dyn LockedEntry, token: TokenSet) -> Arc<TokenSet> {
        if self.store.is_homeless {
            self.go_on_without::<()>(&homeless());
        }
        let saved = entry.save(&token).await;
        self.unkept.set(saved.is_err().then(|| token.clone()));
        self.note_kept(saved.err().as_ref());
        self.take_over(token)
    }

    /// What was won while the store could not be locked rests in our memory alone: it is renewed from there, and takes
    /// its place in the store with the next one. Says whether nobody is at work there: a renewal that outlives its caller
    /// may bring one.
    pub(super) async fn recall(&self, key: &TokenKey) -> bool {
        // Where nothing is to be kept at all, that memory is the store, and its lock is held.
        if self.store.is_memory {
            return true;
        }
        let Ok(Some(mut slot)) = self.store.memory.try_lock(key).await else { return false };
        if let Ok(Some(token)) = slot.load().await {
            if self.unkept.get().is_none_or(|other| other.issued_at < token.issued_at) {
                self.unkept.set(Some(token));
            }
            let _ = slot.remove().await;
        }
        slot.release().await;
        true
    }

    /// Tells why a token that was won could not be kept, if so.
    pub(super) fn note_kept(&self, fault: Option<&Error>) {
        if let Some(error) = fault {
            self.go_on_without::<()>(error);
        }
    }

    /// Warns the person once that the store does not work, and goes on without it. Of a service that all handles share, it
    /// is once in a process.
    pub(super) fn go_on_without<T>(&self, error: &Error) -> Option<T> {
        tracing::debug!(%error, causes = ?error.causes(), "the store does not work");
        if !self.warned.swap(true, Ordering::Relaxed) && self.is_first_of_process() {
            self.platform.prompt.tell(&Notice::Warning(&not_kept(error)));
        }
        None
    }

    /// Says whether no other handle of this process has warned of the same service. One that was forked has a person of its
    /// own to warn.
    fn is_first_of_process(&self) -> bool {
        let is_service = self.store.files.is_none() && !self.store.is_memory;
        match self.identity.key() {
            Ok(Some(key)) if is_service => {
                is_new(format!("{} {}", std::process::id(), self.store.shared.location(&key)))
            }
            _ => true,
        }
    }
}

fn not_kept(error: &Error) -> String {
    let hint = error.hint_text().map(|hint| format!(" ({hint})")).unwrap_or_default();
    let causes = error.causes().iter().map(|cause| format!(": {cause}")).collect::<String>();
    format!("{error}{causes}; the sign-in is not kept{hint}")
}

fn homeless() -> Error {
    Error::new(ErrorKind::Storage, "there is no home folder")
        .hint("set `HOME`, or `CARTO_AUTH_CACHE_DIR` to a folder of your own")
}
