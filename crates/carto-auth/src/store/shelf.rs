//! A folder with entries in it: what is found there, and what is put right on the way.

use std::collections::HashSet;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use zeroize::Zeroizing;

use super::fault;
use super::format::{self, Content, Entry};
use super::key::TokenKey;
use super::leftovers;
use super::legacy;
use super::spot::{Place, Spot};
use crate::error::Result;
use crate::platform::{
    Clock, FileLock, Links, Notice, Platform, Prompt, ReadError, close_to_others, foreign_owner,
    is_open_to_others, make_private_dir, read_small,
};
use crate::token::TokenSet;

/// The place of a file store, with what it needs of the world.
#[derive(Debug)]
pub(super) struct Shelf {
    pub(super) place: Place,
    clock: Arc<dyn Clock>,
    prompt: Arc<dyn Prompt>,
    home: Option<PathBuf>,
    warned: Mutex<HashSet<String>>,
}

/// Whether the caller holds the lock of the key, so that nobody else changes its files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hold {
    /// It does.
    Held,
    /// It does not: this is a reader.
    Free,
}

/// What is at the spot of a key.
#[derive(Debug)]
pub(super) struct Look {
    /// The entry, of whatever key.
    pub(super) entry: Option<Entry>,
    /// Where an entry is to be written.
    pub(super) target: PathBuf,
    /// What else is in the place of the entry, so that ours goes beside it.
    pub(super) in_the_way: Option<&'static str>,
}

impl Shelf {
    pub(super) fn new(place: Place, platform: &Platform) -> Self {
        Self {
            place,
            clock: Arc::clone(&platform.clock),
            prompt: Arc::clone(&platform.prompt),
            home: platform.folders.home.clone(),
            warned: Mutex::default(),
        }
    }

    /// The token under a key: ours, or one of 0.2.0.
    pub(super) fn load(&self, key: &TokenKey, hold: Hold) -> Result<Option<TokenSet>> {
        Ok(self.find(key, hold)?.map(|(token, _)| token))
    }

    /// The same, with what its refresh token in the keyring is known by.
    pub(super) fn find(&self, key: &TokenKey, hold: Hold) -> Result<Option<(TokenSet, Option<String>)>> {
        if !self.check_folder()? {
            return Ok(None);
        }
        let spot = self.place.spot(key);
        match self.look(&spot, hold)?.entry {
            Some(entry) => Ok((entry.key.id() == key.id()).then_some((entry.token, entry.refresh_digest))),
            None => Ok(legacy::read(&spot.legacy, key, self.clock.now()).map(|token| (token, None))),
        }
    }

    /// Finds the entry at a spot, and where the next one goes.
    pub(super) fn look(&self, spot: &Spot, hold: Hold) -> Result<Look> {
        let in_the_way = match self.inspect(&spot.entry, spot, hold)? {
            Some(Content::Entry(entry)) => {
                return Ok(Look { entry: Some(*entry), target: spot.entry.clone(), in_the_way: None });
            }
            Some(Content::Newer) => Some(NEWER),
            Some(Content::Legacy) => Some("a file of carto-auth 0.2.0"),
            Some(_) => Some("a file of another program"),
            None => None,
        };
        let entry = match self.inspect(&spot.side, spot, hold)? {
            Some(Content::Entry(entry)) => Some(*entry),
            _ => None,
        };
        let beside = in_the_way.is_some() || entry.is_some();
        let target = if beside { &spot.side } else { &spot.entry }.clone();
        Ok(Look { entry, target, in_the_way })
    }

    /// Makes the folder, at the first save or lock and never before.
    pub(super) fn make_folder(&self) -> Result<()> {
        let folder = self.place.folder();
        if let Some(home) = self.home.as_deref().filter(|home| folder.starts_with(home) && !home.is_dir()) {
            return Err(fault::no_home(home));
        }
        make_private_dir(folder).map_err(|error| fault::refused(folder, "cannot be made", error))?;
        self.check_folder().map(|_| ())
    }

    /// Says whether the folder is there, and that it is safe to use.
    pub(super) fn check_folder(&self) -> Result<bool> {
        let folder = self.place.folder();
        let metadata = match folder.metadata() {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(fault::refused(folder, "cannot be used", error)),
        };
        if !metadata.is_dir() {
            let error = std::io::ErrorKind::NotADirectory.into();
            return Err(fault::refused(folder, "cannot be used", error));
        }
        // The folder of a file that the caller names is the caller's.
        if let Place::File(_) = self.place {
            return Ok(true);
        }
        if let Some(owner) = foreign_owner(&metadata) {
            return Err(fault::foreign(folder, owner));
        }
        if is_open_to_others(&metadata) && !self.is_shared_on_purpose(folder, &metadata) {
            self.close(folder);
        }
        Ok(true)
    }

    /// Warns the person, once in a process.
    pub(super) fn warn(&self, text: &str) {
        let first = self.warned.lock().unwrap_or_else(PoisonError::into_inner).insert(text.to_owned());
        if first {
            self.prompt.tell(&Notice::Warning(text));
        }
    }

    /// Reads a file and puts right what can be: a mode that is too open, damage.
    fn inspect(&self, path: &Path, spot: &Spot, hold: Hold) -> Result<Option<Content>> {
        let mut content = self.read(path, spot)?;
        if spot.is_named && matches!(content, Some(Content::Damaged(_))) {
            // 0.2.0 writes in place: what is half a file now is a whole one in a moment.
            std::thread::sleep(WRITING_IN_PLACE);
            content = self.read(path, spot)?;
        }
        if let Some(Content::Damaged(_)) = content {
            return self.move_aside(path, spot, hold);
        }
        Ok(content)
    }

    fn read(&self, path: &Path, spot: &Spot) -> Result<Option<Content>> {
        let file = match read_small(path, LIMIT, Links::Refuse) {
            Ok(file) => file,
            Err(ReadError::Missing) => return Ok(None),
            Err(ReadError::TooLarge) if spot.is_named && path == spot.entry => {
                return Ok(Some(Content::Other));
            }
            Err(ReadError::TooLarge) => return Ok(Some(Content::Damaged("it is too large".into()))),
            Err(error) => return Err(fault::unreadable(path, error)),
        };
        if let Some(owner) = foreign_owner(&file.metadata) {
            return Err(fault::foreign(path, owner));
        }
        let bytes = Zeroizing::new(file.bytes);
        let content = match format::parse(&bytes) {
            // Nobody but us makes files of these names.
            Content::Legacy | Content::Other if !spot.is_named || path == spot.side => {
                Content::Damaged("it has no version".into())
            }
            Content::Newer if path == spot.side => Content::Damaged("its version is not 1".into()),
            content => content,
        };
        if matches!(content, Content::Entry(_)) && is_open_to_others(&file.metadata) {
            self.close(path);
        }
        Ok(Some(content))
    }

    /// Moves a damaged file aside, under the lock: a sibling may be putting a good one in its place.
    fn move_aside(&self, path: &Path, spot: &Spot, hold: Hold) -> Result<Option<Content>> {
        let _lock = match hold {
            Hold::Held => None,
            Hold::Free => match FileLock::try_acquire(&spot.lock) {
                Ok(Some(lock)) => Some(lock),
                Ok(None) => return Ok(None),
                Err(_) => None,
            },
        };
        let why = match self.read(path, spot)? {
            Some(Content::Damaged(why)) => why,
            content => return Ok(content),
        };
        let aside = leftovers::free_name(path, self.clock.now());
        let shown = path.display();
        let _ = close_to_others(path);
        match std::fs::rename(path, &aside) {
            Ok(()) => self.warn(&format!(
                "`{shown}` was damaged ({why}) and is not used; it was moved to `{}`",
                aside.display()
            )),
            Err(error) => self.warn(&format!(
                "`{shown}` is damaged ({why}) and is not used; it cannot be moved aside ({error})"
            )),
        }
        leftovers::keep_few(path, &aside);
        Ok(None)
    }

    /// A folder like `/tmp`, where everyone writes and only owners delete, or the home folder itself.
    fn is_shared_on_purpose(&self, folder: &Path, metadata: &Metadata) -> bool {
        #[cfg(unix)]
        let is_sticky = {
            use std::os::unix::fs::MetadataExt as _;
            metadata.mode() & 0o1000 != 0
        };
        #[cfg(not(unix))]
        let is_sticky = !metadata.is_dir();
        is_sticky || folder.parent().is_none() || self.home.as_deref() == Some(folder)
    }

    fn close(&self, path: &Path) {
        let shown = path.display();
        match close_to_others(path) {
            Ok(()) => self.warn(&format!("`{shown}` was open to other users; it is yours alone now")),
            Err(error) => {
                self.warn(&format!("`{shown}` is open to other users and that cannot be changed ({error})"));
            }
        }
    }
}

/// What is in the way when a later version of this program was there.
pub(super) const NEWER: &str = "a file of a newer version";

/// More than an entry ever holds.
pub(super) const LIMIT: usize = 256 * 1024;

/// Longer than it takes 0.2.0 to write its file.
const WRITING_IN_PLACE: Duration = Duration::from_millis(50);
