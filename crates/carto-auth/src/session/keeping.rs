//! Tokens that are kept, and what happens when they cannot be.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::Session;
use crate::error::{Error, ErrorKind};
use crate::platform::Notice;
use crate::store::LockedEntry;
use crate::token::TokenSet;

impl Session {
    /// Keeps a token that was won, in the store where that works and in memory whatever happens.
    pub(super) async fn keep(&self, entry: &mut dyn LockedEntry, token: TokenSet) -> Arc<TokenSet> {
        if self.store.is_homeless {
            self.go_on_without::<()>(&homeless());
        }
        let saved = entry.save(&token).await;
        self.note_kept(saved.err().as_ref());
        self.adopt(token)
    }

    /// Takes note whether the token in memory rests in the store, too.
    pub(super) fn note_kept(&self, fault: Option<&Error>) {
        self.is_unkept.store(fault.is_some(), Ordering::Relaxed);
        if let Some(error) = fault {
            self.go_on_without::<()>(error);
        }
    }

    /// Takes over what a renewal has left of a token that is in memory alone.
    pub(super) fn note_left(&self, left: TokenSet) {
        if self.unkept().is_some_and(|unkept| unkept.access_token == left.access_token) {
            self.hold(Arc::new(left));
        }
    }

    /// The token that is in memory alone, because it could not be kept.
    pub(super) fn unkept(&self) -> Option<TokenSet> {
        let is_unkept = self.is_unkept.load(Ordering::Relaxed);
        self.current.load_full().filter(|_| is_unkept).map(|held| TokenSet::clone(&held.token))
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
