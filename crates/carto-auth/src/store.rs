//! Where tokens rest between runs.
//!
//! A store only remembers; deciding whether a token is still good is the session's job.
//!
//! Every store keeps these promises, and `tests/every_store.rs` holds each to them: a saved token comes
//! back unchanged, a missing key is `None` rather than an error, a key that differs in any part is another
//! key, a list of keys has those that were saved and not removed, and [`TokenStore::try_lock`] admits one
//! holder per key at a time, across processes where the store does. Whatever happens, a store fails with an [`ErrorKind::Storage`](crate::ErrorKind::Storage) that
//! says where and what to do, so that its caller can go on without it.

mod announcement;
mod fault;
mod file;
mod format;
mod key;
mod keyring;
mod leftovers;
mod legacy;
mod locked;
mod memory;
#[cfg(any(test, fuzzing))]
pub(crate) mod properties;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "redis")]
mod sealed;
mod shelf;
mod spot;
#[cfg(test)]
mod tests;

use std::fmt::Debug;

use async_trait::async_trait;

use crate::error::{Error, Result};
use crate::token::TokenSet;

pub use self::announcement::{Announcement, Outcome};
pub use self::file::FileStore;
pub use self::key::{KeyParts, Kind, TokenKey};
pub use self::keyring::KeyringStore;
pub use self::memory::MemoryStore;
#[cfg(feature = "redis")]
pub(crate) use self::redis::aside::memory as memory_beside;
#[cfg(feature = "redis")]
pub use self::redis::{RedisAddress, RedisStore};

/// A place for tokens.
///
/// What a store in files does takes a moment and is done at once; a store that talks to somebody waits.
#[async_trait]
pub trait TokenStore: Debug + Send + Sync {
    /// The token under a key, read without a lock.
    ///
    /// A store may leave the refresh token out, and say with
    /// [`refresh_in_keyring`](TokenSet::refresh_in_keyring) that there is one: whoever wants to send it takes the
    /// lock, and [`LockedEntry::load`] gives it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Storage`](crate::ErrorKind::Storage) when the store cannot be used. A missing or damaged
    /// entry is none.
    async fn load(&self, key: &TokenKey) -> Result<Option<TokenSet>>;

    /// Makes one attempt to lock a key; `None` while somebody else holds it.
    ///
    /// Whoever waits tries again after a while and looks at [`TokenStore::announcement`] in between. The
    /// lock is free again when the entry is dropped or its process ends; where the store is another program,
    /// as soon as that hears of it, or knows that it will not.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Storage`](crate::ErrorKind::Storage) when the store cannot be used.
    async fn try_lock(&self, key: &TokenKey) -> Result<Option<Box<dyn LockedEntry>>>;

    /// What the holder of the lock said that it is doing, or how the last attempt failed.
    ///
    /// A holder that was killed may have left one behind without an outcome: it counts only while the lock
    /// is held.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Storage`](crate::ErrorKind::Storage) when the store cannot be used.
    async fn announcement(&self, key: &TokenKey) -> Result<Option<Announcement>>;

    /// The keys of all tokens that this store can list, so that each can be locked and removed. The account of a job
    /// may be shortened in them.
    ///
    /// A store that finds a token by its key alone lists none.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Storage`](crate::ErrorKind::Storage) when the store cannot be used.
    async fn keys(&self) -> Result<Vec<TokenKey>>;

    /// Where the token of a key rests, in words for people.
    fn location(&self, key: &TokenKey) -> String;

    /// Where the refresh token of a key rests; `None` where there is none.
    ///
    /// This is for people to read: it may ask a service and take a few seconds.
    async fn refresh_place(&self, key: &TokenKey) -> Option<RefreshPlace> {
        let token = self.load(key).await.ok().flatten()?;
        token.refresh_token.map(|_| RefreshPlace::at_hand("with the access token"))
    }
}

/// Waits until the locks of calls that were dropped are free, where another program has to be told of that: a Redis.
///
/// The runtime that a call was dropped on tells it. A program that ends that runtime right afterwards waits for this
/// first, with a limit of its own; without a word the lease runs out by itself within ten seconds.
pub async fn locks_given_back() {
    #[cfg(feature = "redis")]
    redis::farewell::said().await;
}

/// Where a refresh token rests.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefreshPlace {
    /// In words for people, as in "in the system's keyring".
    pub words: String,
    /// Whether it can be had from there now.
    pub is_at_hand: bool,
}

impl RefreshPlace {
    /// A place that gives it.
    pub fn at_hand(words: impl Into<String>) -> Self {
        Self { words: words.into(), is_at_hand: true }
    }

    /// A place that does not.
    pub fn out_of_reach(words: impl Into<String>) -> Self {
        Self { words: words.into(), is_at_hand: false }
    }
}

/// The entry of a key while its lock is held. There is no other way to change one.
///
/// When it is dropped, the lock is free and the announcement is gone, unless that says how the attempt
/// failed and no token was saved.
#[async_trait]
pub trait LockedEntry: Debug + Send {
    /// The token as it is now: a sibling may have renewed it while this one waited.
    ///
    /// # Errors
    ///
    /// As [`TokenStore::load`].
    async fn load(&mut self) -> Result<Option<TokenSet>>;

    /// Keeps a token in place of the one before.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Storage`](crate::ErrorKind::Storage) when it cannot be kept, or is empty or has spaces
    /// or control characters in it. What was there before is still there then.
    async fn save(&mut self, token: &TokenSet) -> Result<()>;

    /// Forgets the token, and says whether there was one. What was forgotten does not come back.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Storage`](crate::ErrorKind::Storage) when it cannot be removed.
    async fn remove(&mut self) -> Result<bool>;

    /// Tells those who wait what this holder is doing, or how it failed.
    ///
    /// Where the lock is a lease, each announcement makes it count for three minutes from then on: a sign-in
    /// repeats it every minute.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Storage`](crate::ErrorKind::Storage) when the store cannot be used.
    async fn announce(&mut self, announcement: &Announcement) -> Result<()>;

    /// Says whether the lock is still this holder's, as far as that is known here: one that was stopped for long may
    /// have been overtaken.
    fn is_held(&self) -> bool {
        true
    }

    /// Why the last [`load`](Self::load) left out a refresh token that there is, if it did.
    fn hindrance(&self) -> Option<Error> {
        None
    }

    /// Drops the entry, and waits until the lock is free where that is for another program to do. One that
    /// is only dropped is freed as well, if the runtime lives long enough to say so.
    async fn release(self: Box<Self>) {}
}
