//! Tokens in files that only their owner can read.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;

use super::announcement::Announcement;
use super::key::TokenKey;
use super::locked::{self, LockedFile};
use super::shelf::{Hold, Shelf};
use super::spot::{Place, Spot};
use super::{LockedEntry, TokenStore};
use crate::error::Result;
use crate::platform::Platform;
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
    /// Each can be locked and removed; the account of a job is shortened in it.
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
            let found = self.0.look(&spot, Hold::Free)?.entry.map(|entry| entry.key);
            // A name inside a file leads to other files: it counts only where it is the file's own.
            keys.extend(found.filter(|key| spot.is_named || self.0.place.spot(key).entry == spot.entry));
        }
        keys.sort_by(|one, other| one.id().cmp(other.id()));
        keys.dedup();
        Ok(keys)
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

    async fn announcement(&self, key: &TokenKey) -> Result<Option<Announcement>> {
        Ok(locked::announcement(&self.0.place.spot(key), key))
    }

    fn location(&self, key: &TokenKey) -> String {
        self.path(key).display().to_string()
    }
}
