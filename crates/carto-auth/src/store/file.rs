//! Tokens in files that only their owner can read.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;

use super::announcement::Announcement;
use super::fault;
use super::key::{Kind, TokenKey};
use super::leftovers;
use super::locked::{self, LockedFile};
use super::shelf::{Hold, NEWER, Shelf};
use super::spot::{Place, Spot};
use super::{LockedEntry, TokenStore};
use crate::error::{Error, Result};
use crate::platform::{FileLock, Platform};
use crate::token::TokenSet;

/// Keeps tokens in a folder, one file a key, or in the one file that the caller names.
///
/// Cloning is cheap. Nothing is made before the first lock is taken, and no file stays open but that of a
/// lock that is held.
#[derive(Clone, Debug)]
pub struct FileStore(pub(super) Arc<Shelf>);

impl FileStore {
    /// A store with one file a key in a folder, `~/.carto-auth` as a rule.
    pub fn in_folder(folder: PathBuf, platform: &Platform) -> Self {
        Self(Arc::new(Shelf::new(Place::Folder(folder), platform)))
    }

    /// A store in one file, which holds one entry: that of another key is a miss and is replaced.
    ///
    /// A file at this path that is not ours stays as it is, and the entry goes into `<name>.v1`.
    pub fn at_file(path: PathBuf, platform: &Platform) -> Self {
        Self(Arc::new(Shelf::new(Place::File(path), platform)))
    }

    /// The token under a key, at once: neither a lock nor a runtime is needed.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Storage`](crate::ErrorKind::Storage) when the folder or the file belongs to somebody
    /// else, is no folder or file, or cannot be read.
    pub fn read(&self, key: &TokenKey) -> Result<Option<TokenSet>> {
        self.0.load(key, Hold::Free)
    }

    /// All keys with a token, in the order of their names.
    ///
    /// Each can be locked and removed; the account of a job is shortened in it. What cannot be read is left out.
    ///
    /// # Errors
    ///
    /// As [`FileStore::read`].
    pub fn keys(&self) -> Result<Vec<TokenKey>> {
        if !self.0.check_folder()? {
            return Ok(Vec::new());
        }
        let mut keys = Vec::new();
        for spot in self.spots() {
            let Ok(look) = self.0.look(&spot, Hold::Free) else { continue };
            let found = look.entry.map(|entry| entry.key);
            // A name inside a file leads to other files: it counts only where it is the file's own.
            keys.extend(found.filter(|key| spot.is_named || self.0.place.spot(key).entry == spot.entry));
        }
        keys.sort_by(|one, other| one.id().cmp(other.id()));
        keys.dedup();
        Ok(keys)
    }

    /// Says whether there is no folder, and so nothing that could be removed, or be at work.
    pub(crate) fn has_no_folder(&self) -> bool {
        matches!(self.0.check_folder(), Ok(false))
    }

    /// What lies there that may hold a token and that no key leads to, each as what is wrong with it.
    pub(crate) fn out_of_reach(&self) -> Vec<Error> {
        if let Err(error) = self.0.check_folder() {
            return vec![error];
        }
        let fault = |spot: &Spot| match self.0.look(spot, Hold::Free) {
            Ok(look) => look.in_the_way.filter(|what| *what == NEWER).map(|_| fault::newer(&spot.entry)),
            Err(error) => Some(error),
        };
        self.spots().iter().filter_map(fault).collect()
    }

    /// The keys whose lock somebody holds just now, a token or none; they are known by name alone.
    pub(crate) fn held(&self) -> Vec<TokenKey> {
        let is_held = |lock: &Path| lock.exists() && matches!(FileLock::try_acquire(lock), Ok(None));
        let folder = match &self.0.place {
            Place::Folder(folder) => folder,
            Place::File(file) => {
                let held = is_held(&Spot::of_file(file).lock);
                return held.then(|| TokenKey::of_id(Kind::OAuth, String::new())).into_iter().collect();
            }
        };
        let held = |file: std::fs::DirEntry| {
            let name = file.file_name().into_string().ok()?;
            let id = name.strip_suffix(".lock")?;
            let kind = Spot::kind_of_id(id)?;
            is_held(&file.path()).then(|| TokenKey::of_id(kind, id.to_owned()))
        };
        std::fs::read_dir(folder).into_iter().flatten().flatten().filter_map(held).collect()
    }

    /// Removes what is left of sign-ins that were begun, and of entries that were damaged, whosever they were.
    pub(crate) fn forget_leftovers(&self) -> Vec<Error> {
        leftovers::forget_all(&self.0.place)
    }

    /// Where the entry of a key is, or would be.
    pub fn path(&self, key: &TokenKey) -> PathBuf {
        let spot = self.0.place.spot(key);
        if spot.side.is_file() { spot.side } else { spot.entry }
    }

    /// The spots that something lies at.
    fn spots(&self) -> Vec<Spot> {
        let folder = match &self.0.place {
            Place::Folder(folder) => folder,
            Place::File(file) => return vec![Spot::of_file(file)],
        };
        std::fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|file| {
                let name = file.file_name().into_string().ok()?;
                let id = name.strip_suffix(".v1").unwrap_or(&name).strip_suffix(".json")?;
                Spot::of_id(folder, id)
            })
            .collect()
    }
}

#[async_trait]
impl TokenStore for FileStore {
    async fn load(&self, key: &TokenKey) -> Result<Option<TokenSet>> {
        self.read(key)
    }

    async fn try_lock(&self, key: &TokenKey) -> Result<Option<Box<dyn LockedEntry>>> {
        Ok(LockedFile::try_new(&self.0, key)?.map(|entry| Box::new(entry) as Box<dyn LockedEntry>))
    }

    async fn keys(&self) -> Result<Vec<TokenKey>> {
        Self::keys(self)
    }

    async fn announcement(&self, key: &TokenKey) -> Result<Option<Announcement>> {
        Ok(locked::announcement(&self.0.place.spot(key), key))
    }

    fn location(&self, key: &TokenKey) -> String {
        self.path(key).display().to_string()
    }
}
