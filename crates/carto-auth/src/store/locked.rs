//! The entry of a file store while its lock is held.

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Map;

use super::LockedEntry;
use super::announcement::Announcement;
use super::fault;
use super::format;
use super::key::TokenKey;
use super::leftovers;
use super::legacy;
use super::shelf::{self, Hold, Shelf};
use super::spot::Spot;
use crate::error::Result;
use crate::platform::{FileLock, Links, foreign_owner, read_small, write_private};
use crate::token::TokenSet;

/// A key whose lock this process holds.
#[derive(Debug)]
pub(super) struct LockedFile {
    shelf: Arc<Shelf>,
    key: TokenKey,
    spot: Spot,
    lock: FileLock,
    is_settled: bool,
}

impl LockedFile {
    /// Makes one attempt; `None` while somebody else holds the lock.
    pub(super) fn try_new(shelf: &Arc<Shelf>, key: &TokenKey) -> Result<Option<Self>> {
        shelf.make_folder()?;
        let spot = shelf.place.spot(key);
        let lock = FileLock::try_acquire(&spot.lock).map_err(|error| fault::unlockable(&spot.lock, error))?;
        let Some(lock) = lock else { return Ok(None) };
        if let Ok(now) = lock.taken_at() {
            leftovers::sweep(&shelf.place, now);
        }
        // Whoever said so has died or was overtaken, and is not what is waited for from now on.
        settle(&spot);
        Ok(Some(Self { shelf: Arc::clone(shelf), key: key.clone(), spot, lock, is_settled: false }))
    }

    /// The token as it is now, with what its refresh token in the keyring is known by.
    pub(super) fn find(&self) -> Result<Option<(TokenSet, Option<String>)>> {
        self.shelf.find(&self.key, Hold::Held)
    }

    /// Says whether nobody else has the lock. Where even its file is gone, with its folder perhaps, nobody has one now;
    /// somebody may have had one meanwhile.
    pub(super) fn may_write(&self) -> bool {
        self.lock.is_held() || self.lock.is_gone()
    }

    /// Says whether somebody overtook this holder, whose lock was deleted or whose lease was over: theirs is the
    /// better token.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Storage`](crate::ErrorKind::Storage) where nothing may be written without the lock: in place of what
    /// somebody has forgotten meanwhile, and the mark of a refresh token that is to be sent, or that was.
    pub(super) fn is_overtaken(&self, now: Option<&TokenSet>, token: &TokenSet) -> Result<bool> {
        match now {
            _ if self.lock.is_held() => Ok(false),
            // What another has put there or has marked is not marked as ours, and an older token does not take its place.
            Some(now) if self.lock.is_gone() => {
                let is_another_s = now.refresh_sent_at.is_some() || now.access_token != token.access_token;
                if token.refresh_sent_at.is_some() && is_another_s {
                    return Err(fault::overtaken());
                }
                Ok(now.issued_at > token.issued_at)
            }
            None if self.lock.is_gone() => Ok(false),
            // A mark that is not made counts for nobody, and one that is there is its maker's to take away.
            Some(now) if token.refresh_sent_at.is_some() || is_marked_alike(now, token) => {
                Err(fault::overtaken())
            }
            Some(now) => Ok(now.issued_at > token.issued_at),
            None => Err(fault::overtaken()),
        }
    }

    pub(super) fn write(&mut self, token: &TokenSet) -> Result<()> {
        let digest = self.find()?.and_then(|(_, digest)| digest);
        self.write_with(token, digest.as_deref())
    }

    /// Writes a token whose refresh token in the keyring is known by a digest.
    pub(super) fn write_with(&mut self, token: &TokenSet, digest: Option<&str>) -> Result<()> {
        if let Some(why) = format::unfit(token) {
            return Err(fault::unfit(why));
        }
        self.shelf.make_folder()?;
        let look = self.shelf.look(&self.spot, Hold::Held)?;
        let ours = look.entry.filter(|entry| entry.key.id() == self.key.id());
        if self.is_overtaken(ours.as_ref().map(|entry| &entry.token), token)? {
            return Ok(());
        }
        let is_new = look.target.symlink_metadata().is_err();
        let is_same = ours.as_ref().is_some_and(|entry| entry.token.access_token == token.access_token);
        let bytes =
            format::write(&self.key, token, digest, &ours.map_or_else(Map::new, |entry| entry.unknown));
        if bytes.len() > shelf::LIMIT {
            return Err(fault::unfit("is longer than what is read back"));
        }
        write_private(&look.target, &bytes)
            .map_err(|error| fault::refused(&look.target, "cannot be written", error))?;
        if let Some(what) = look.in_the_way.filter(|_| is_new) {
            self.shelf.warn(&format!(
                "`{}` is {what} and stays as it is; the token is kept in `{}`",
                self.spot.entry.display(),
                look.target.display()
            ));
        }
        if let Err(error) = legacy::mark_taken(&self.spot.legacy, &self.key) {
            tracing::debug!(%error, "the take-over of a token of 0.2.0 cannot be noted");
        }
        let _ = self.lock.extend(FileLock::FOR_A_RENEWAL);
        // A mark, or what was learnt about the same token, ends nothing.
        self.is_settled |= !is_same;
        Ok(())
    }

    pub(super) fn delete(&mut self) -> Result<bool> {
        if !self.shelf.check_folder()? {
            return Ok(false);
        }
        // First of all, so that a failure in between leaves nothing that comes back.
        let note = legacy::note(&self.spot.legacy);
        let was_legacy = legacy::mark_taken(&self.spot.legacy, &self.key)
            .map_err(|error| fault::refused(&note, "cannot be written", error))?;
        let look = self.shelf.look(&self.spot, Hold::Held)?;
        let is_ours = look.entry.is_some_and(|entry| entry.key.id() == self.key.id());
        if is_ours {
            std::fs::remove_file(&look.target)
                .map_err(|error| fault::refused(&look.target, "cannot be removed", error))?;
        }
        leftovers::forget_damaged(&self.spot.entry);
        leftovers::forget_damaged(&self.spot.side);
        self.is_settled = true;
        Ok(is_ours || was_legacy)
    }

    pub(super) fn say(&mut self, announcement: &Announcement) -> Result<()> {
        let _ = self.lock.extend(FileLock::FOR_A_SIGN_IN);
        // The mark of a refresh token was saved before it failed.
        self.is_settled &= announcement.outcome.is_none();
        let said = Said { key: self.key.id().to_owned(), announcement: announcement.clone() };
        let text = serde_json::to_vec(&said).unwrap_or_default();
        write_private(&self.spot.login, &text)
            .map_err(|error| fault::refused(&self.spot.login, "cannot be written", error))
    }
}

#[async_trait]
impl LockedEntry for LockedFile {
    async fn load(&mut self) -> Result<Option<TokenSet>> {
        self.shelf.load(&self.key, Hold::Held)
    }

    async fn save(&mut self, token: &TokenSet) -> Result<()> {
        self.write(token)
    }

    async fn remove(&mut self) -> Result<bool> {
        self.delete()
    }

    async fn announce(&mut self, announcement: &Announcement) -> Result<()> {
        self.say(announcement)
    }

    fn is_held(&self) -> bool {
        self.may_write()
    }
}

impl Drop for LockedFile {
    fn drop(&mut self) {
        if !self.lock.is_of_this_process() || !self.lock.is_held() {
            return;
        }
        // A failure stays for those who wait; once a token was saved or forgotten there is none.
        if self.is_settled || read(&self.spot).is_none() {
            let _ = std::fs::remove_file(&self.spot.login);
        } else {
            settle(&self.spot);
        }
    }
}

/// Takes away what was said without an outcome, but for what counts later.
fn settle(spot: &Spot) {
    let Some(said) = read(spot).filter(|said| said.announcement.outcome.is_none()) else { return };
    let left = said.announcement.abandoned().map(|announcement| Said { key: said.key, announcement });
    let is_written = left.is_some_and(|left| {
        let text = serde_json::to_vec(&left).unwrap_or_default();
        write_private(&spot.login, &text).is_ok()
    });
    if !is_written {
        let _ = std::fs::remove_file(&spot.login);
    }
}

/// Says whether this very sign-in has a mark that would be wiped.
fn is_marked_alike(now: &TokenSet, token: &TokenSet) -> bool {
    now.refresh_sent_at.is_some() && now.access_token == token.access_token
}

/// What the holder of the lock of a key says. What cannot be read says nothing.
pub(super) fn announcement(spot: &Spot, key: &TokenKey) -> Option<Announcement> {
    read(spot).filter(|said| said.key == key.id()).map(|said| said.announcement.cleaned())
}

fn read(spot: &Spot) -> Option<Said> {
    let file = read_small(&spot.login, LIMIT, Links::Refuse).ok()?;
    if foreign_owner(&file.metadata).is_some() {
        return None;
    }
    serde_json::from_slice(&file.bytes).ok()
}

/// An announcement with the key it is about: all keys share the one file that a caller names.
#[derive(Serialize, Deserialize)]
struct Said {
    key: String,
    #[serde(flatten)]
    announcement: Announcement,
}

/// More than an announcement ever holds.
const LIMIT: usize = 64 * 1024;
