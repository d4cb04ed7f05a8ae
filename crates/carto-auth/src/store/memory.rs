//! Tokens that end with the process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::announcement::Announcement;
use super::fault;
use super::format;
use super::key::TokenKey;
use super::{LockedEntry, TokenStore};
use crate::error::Result;
use crate::token::TokenSet;

/// Keeps tokens in this process, for those who want none on disk or have no disk to write to.
///
/// Cloning is cheap, and the clones share what they keep.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore(Arc<Mutex<HashMap<String, Slot>>>);

impl MemoryStore {
    /// A store with nothing in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says whether this store of the process before the `fork` has the token: what a thread there has locked is never
    /// unlocked here, and counts as nothing.
    pub(crate) fn has_of_parent(&self, is_it: impl Fn(&TokenSet) -> bool) -> bool {
        self.0.try_lock().is_ok_and(|slots| slots.values().filter_map(|slot| slot.token.as_ref()).any(is_it))
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<String, Slot>> {
        // Nothing in here panics half way through a change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, key: &TokenKey, change: impl FnOnce(&mut Slot) -> T) -> T {
        change(self.slots().entry(key.id().to_owned()).or_default())
    }
}

#[async_trait]
impl TokenStore for MemoryStore {
    async fn load(&self, key: &TokenKey) -> Result<Option<TokenSet>> {
        Ok(self.slots().get(key.id()).and_then(|slot| slot.token.clone()))
    }

    async fn try_lock(&self, key: &TokenKey) -> Result<Option<Box<dyn LockedEntry>>> {
        let was_locked = self.with(key, |slot| std::mem::replace(&mut slot.is_locked, true));
        Ok((!was_locked).then(|| {
            let entry = LockedSlot { store: self.clone(), key: key.clone(), has_saved: false };
            Box::new(entry) as Box<dyn LockedEntry>
        }))
    }

    async fn keys(&self) -> Result<Vec<TokenKey>> {
        let slots = self.slots();
        let kept = slots.values().filter(|slot| slot.token.is_some());
        Ok(kept.filter_map(|slot| slot.key.clone()).collect())
    }

    async fn announcement(&self, key: &TokenKey) -> Result<Option<Announcement>> {
        Ok(self.slots().get(key.id()).and_then(|slot| slot.announcement.clone()).map(Announcement::cleaned))
    }

    fn location(&self, _key: &TokenKey) -> String {
        "this process only".into()
    }
}

#[derive(Debug, Default)]
struct Slot {
    /// The key of the token, once there was one.
    key: Option<TokenKey>,
    token: Option<TokenSet>,
    announcement: Option<Announcement>,
    is_locked: bool,
}

#[derive(Debug)]
struct LockedSlot {
    store: MemoryStore,
    key: TokenKey,
    has_saved: bool,
}

#[async_trait]
impl LockedEntry for LockedSlot {
    async fn load(&mut self) -> Result<Option<TokenSet>> {
        self.store.load(&self.key).await
    }

    async fn save(&mut self, token: &TokenSet) -> Result<()> {
        if let Some(why) = format::unfit(token) {
            return Err(fault::unfit(why));
        }
        let before = self.store.with(&self.key, |slot| {
            slot.key = Some(self.key.clone());
            slot.token.replace(token.clone())
        });
        // A mark, or what was learnt about the same token, ends nothing.
        self.has_saved |= before.is_none_or(|before| before.access_token != token.access_token);
        Ok(())
    }

    async fn remove(&mut self) -> Result<bool> {
        Ok(self.store.with(&self.key, |slot| slot.token.take()).is_some())
    }

    async fn announce(&mut self, announcement: &Announcement) -> Result<()> {
        self.store.with(&self.key, |slot| slot.announcement = Some(announcement.clone()));
        // The mark of a refresh token was saved before it failed.
        self.has_saved &= announcement.outcome.is_none();
        Ok(())
    }
}

impl Drop for LockedSlot {
    fn drop(&mut self) {
        let has_saved = self.has_saved;
        self.store.with(&self.key, |slot| {
            slot.is_locked = false;
            let said = slot.announcement.take().filter(|_| !has_saved);
            slot.announcement =
                said.and_then(|said| if said.outcome.is_some() { Some(said) } else { said.abandoned() });
        });
    }
}
