//! Tokens in files, with refresh tokens in the keyring of the system.
//!
//! The access token stays in the file, so that a program that starts with one that lives touches no keyring.
//! A refresh token lives for months. It rests in the keyring where that works, else in the file, and on a
//! machine where several people share one user in neither: there it stays in the memory of the process.
//!
//! The keyring is written before the file, and the file knows its refresh token by a digest. One that is not
//! the file's own, after a crash between the two writes or from another machine, is none: an old refresh
//! token is never sent in the name of a newer sign-in.

mod held;
mod locked;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use sha2::{Digest as _, Sha256};

use super::announcement::Announcement;
use super::file::FileStore;
use super::key::{TokenKey, hex};
use super::locked::LockedFile;
use super::shelf::Hold;
use super::spot::Place;
use super::{LockedEntry, RefreshPlace, TokenStore};
use crate::error::Result;
use crate::platform::Keyring;
use crate::secret::Secret;
use crate::token::TokenSet;

use self::held::Held;
use self::locked::LockedKeyring;

/// Keeps tokens in files, and refresh tokens where they are safer.
///
/// Cloning is cheap, and the clones share what they keep.
#[derive(Clone, Debug)]
pub struct KeyringStore {
    files: FileStore,
    home: Home,
    /// What sets the names of this folder apart from those of others in the same keyring.
    folder: String,
}

/// Where refresh tokens are at home.
#[derive(Clone, Debug)]
enum Home {
    /// In the keyring, and in the file while that does not work.
    Keyring(Keyring),
    /// In this process.
    Process(Arc<Held>),
}

impl KeyringStore {
    /// A store whose refresh tokens are in this keyring, and in the file where it does not work.
    pub fn new(files: FileStore, keyring: Keyring) -> Self {
        let folder = folder_of(&files);
        Self { files, home: Home::Keyring(keyring), folder }
    }

    /// A store that writes no refresh token anywhere: they end with the process.
    pub fn in_process(files: FileStore) -> Self {
        Self { files, home: Home::Process(Arc::default()), folder: String::new() }
    }

    /// The name that the refresh token of a key has in the keyring.
    pub fn name(&self, key: &TokenKey) -> String {
        format!("{}@{}", key.id(), self.folder)
    }
}

#[async_trait]
impl TokenStore for KeyringStore {
    async fn load(&self, key: &TokenKey) -> Result<Option<TokenSet>> {
        let token = self.files.read(key)?;
        Ok(match &self.home {
            Home::Keyring(_) => token,
            Home::Process(held) => token.map(|token| TokenSet {
                refresh_in_keyring: held.get(key, &token).is_some(),
                refresh_token: None,
                ..token
            }),
        })
    }

    async fn try_lock(&self, key: &TokenKey) -> Result<Option<Box<dyn LockedEntry>>> {
        let file = LockedFile::try_new(&self.files.0, key)?;
        Ok(file.map(|file| {
            let entry = LockedKeyring { store: self.clone(), key: key.clone(), file, fault: None };
            Box::new(entry) as Box<dyn LockedEntry>
        }))
    }

    async fn keys(&self) -> Result<Vec<TokenKey>> {
        self.files.keys()
    }

    async fn announcement(&self, key: &TokenKey) -> Result<Option<Announcement>> {
        self.files.announcement(key).await
    }

    fn location(&self, key: &TokenKey) -> String {
        self.files.location(key)
    }

    async fn refresh_place(&self, key: &TokenKey) -> Option<RefreshPlace> {
        let (token, digest) = self.files.0.find(key, Hold::Free).ok().flatten()?;
        let keyring = match &self.home {
            Home::Keyring(keyring) => keyring,
            Home::Process(held) => {
                return held.get(key, &token).map(|_| RefreshPlace::at_hand(IN_PROCESS));
            }
        };
        if token.refresh_token.is_some() {
            return Some(RefreshPlace::at_hand(match keyring.probe().await {
                Ok(()) => "in the file, until the next renewal".to_owned(),
                Err(fault) => format!("in the file, since {fault}"),
            }));
        }
        if !token.refresh_in_keyring {
            return None;
        }
        Some(match keyring.get(&self.name(key)).await {
            Ok(Some(found)) if is_known_by(&found, digest.as_deref()) => {
                RefreshPlace::at_hand("in the system's keyring")
            }
            Ok(_) => RefreshPlace::out_of_reach(OF_ANOTHER_MACHINE),
            Err(fault) => {
                RefreshPlace::out_of_reach(format!("in the system's keyring, out of reach, since {fault}"))
            }
        })
    }
}

/// What a refresh token is known by in the file. It is long and random, so that nothing is told of it.
fn digest(refresh_token: &Secret) -> String {
    hex(&Sha256::digest(refresh_token.expose()))
}

fn is_known_by(refresh_token: &Secret, known: Option<&str>) -> bool {
    known == Some(digest(refresh_token).as_str())
}

/// The path without links, so that one folder has one name. It may not be there yet.
fn true_path(folder: &Path) -> PathBuf {
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let found = absolute.ancestors().find_map(|ancestor| {
        let rest = absolute.strip_prefix(ancestor).ok()?;
        // An empty name at the end would be told from none.
        ancestor.canonicalize().ok().map(|known| known.join(rest).components().collect())
    });
    found.unwrap_or(absolute)
}

/// Two folders of one user have one keyring, and so may two homes: that of a snap or of a container is another than that
/// of the session whose keyring it uses. So none has names without a sign of its folder.
fn folder_of(files: &FileStore) -> String {
    let (Place::Folder(path) | Place::File(path)) = &files.0.place;
    hex(&Sha256::digest(true_path(path).as_os_str().as_encoded_bytes())[..4])
}

/// Another process has signed in meanwhile, or another machine with a keyring of its own.
const OF_ANOTHER_MACHINE: &str = "not in this system's keyring; where machines share this folder, `CARTO_AUTH_KEYRING=off` on each \
                         machine keeps it in the file for all";
const IN_PROCESS: &str = "in this process only, since several people share this user of the system";
