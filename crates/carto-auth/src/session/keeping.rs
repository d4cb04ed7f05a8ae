//! Tokens that are kept, and what happens when they cannot be.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use super::Session;
use crate::error::{Error, ErrorKind};
use crate::platform::Notice;
use crate::store::{LockedEntry, TokenKey, TokenStore as _};
use crate::token::TokenSet;

/// The token that is in memory alone, because it could not be kept. A renewal that outlives its caller has it too.
#[derive(Clone, Debug, Default)]
pub(super) struct Unkept(Arc<Mutex<Option<TokenSet>>>);

impl Unkept {
    pub(super) fn get(&self) -> Option<TokenSet> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn take(&self) -> Option<TokenSet> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Drops what another sign-in has taken the place of: once that has ended too, it must not come back.
    pub(super) fn replaced(&self, by: &TokenSet) {
        let mut unkept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        unkept.take_if(|old| old.access_token != by.access_token && old.issued_at <= by.issued_at);
    }

    pub(super) fn set(&self, token: Option<TokenSet>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = token;
    }
}

impl Session {
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
    /// its place in the store with the next one.
    pub(super) async fn recall(&self, key: &TokenKey) {
        // Where nothing is to be kept at all, that memory is the store, and its lock is held.
        let Ok(Some(mut slot)) = self.store.memory.try_lock(key).await else { return };
        if let Ok(Some(token)) = slot.load().await {
            if self.unkept.get().is_none_or(|other| other.issued_at < token.issued_at) {
                self.unkept.set(Some(token));
            }
            let _ = slot.remove().await;
        }
        slot.release().await;
    }

    /// The token that this process goes on with although it is not in the store, nor a newer one.
    pub(crate) fn in_memory_alone(&self, stored: Option<&TokenSet>) -> Option<TokenSet> {
        let living = self.living().map(Arc::unwrap_or_clone);
        let ours = living.or_else(|| self.unkept.get().filter(TokenSet::renews))?;
        let is_older = stored.is_some_and(|stored| {
            stored.access_token == ours.access_token || stored.issued_at > ours.issued_at
        });
        (!is_older).then_some(ours)
    }

    /// Tells why a token that was won could not be kept, if so.
    pub(super) fn note_kept(&self, fault: Option<&Error>) {
        if let Some(error) = fault {
            self.go_on_without::<()>(error);
        }
    }

    /// Warns the person once that the store does not work, and goes on without it.
    pub(super) fn go_on_without<T>(&self, error: &Error) -> Option<T> {
        tracing::debug!(%error, causes = ?error.causes(), "the store does not work");
        if !self.warned.swap(true, Ordering::Relaxed) {
            let hint = error.hint_text().map(|hint| format!(" ({hint})")).unwrap_or_default();
            let causes = error.causes().iter().map(|cause| format!(": {cause}")).collect::<String>();
            let text = format!("{error}{causes}; the sign-in is not kept{hint}");
            self.platform.prompt.tell(&Notice::Warning(&text));
        }
        None
    }
}

fn homeless() -> Error {
    Error::new(ErrorKind::Storage, "there is no home folder")
        .hint("set `HOME`, or `CARTO_AUTH_CACHE_DIR` to a folder of your own")
}
