//! The credentials file: read with care, and read again when it changes.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwap;

use super::M2mCredentials;
use super::snapshot::{Exposed, Snapshot, Stamp};
use crate::error::Result;
use crate::platform::Platform;

/// A credentials file that is read again when it has changed, so that a rotated secret is picked up.
///
/// A path that is relative is the one of the folder that the process was in when it opened the file.
///
/// Clones share what was read last, and no lock: a process that is forked in the middle of a look goes on in both.
#[derive(Clone)]
pub struct CredentialsFile {
    /// As the caller wrote it.
    path: PathBuf,
    /// Where that is, in whatever folder the process may be later.
    place: PathBuf,
    exposed: Exposed,
    last: Arc<ArcSwap<Snapshot>>,
    is_gone: Arc<AtomicBool>,
}

impl CredentialsFile {
    /// Reads the file for the first time.
    ///
    /// A `~` at the beginning of the path is the home folder. A file that others can open works, and the
    /// person is warned once; where `CARTO_AUTH_STRICT_FILES` is set it is refused, also when it becomes so later.
    ///
    /// # Errors
    ///
    /// As [`M2mCredentials::read`].
    pub fn open(path: impl Into<PathBuf>, platform: &Platform) -> Result<Self> {
        let path = path.into();
        let place = platform.folders.absolute(&path);
        let exposed = Exposed::of(platform);
        let last = Snapshot::read(&path, &place, exposed)?;
        last.warn(&path, platform);
        Ok(Self {
            path,
            place,
            exposed,
            last: Arc::new(ArcSwap::from_pointee(last)),
            is_gone: Arc::default(),
        })
    }

    /// The path, as the caller wrote it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The credentials that are in the file now.
    ///
    /// A file that looks untouched is not read again. The old credentials stay in memory when a new
    /// content cannot be used, for the next call may find the rest of a file that is being written. They go on
    /// being used while the file is gone, as a container's secret is once it was read.
    ///
    /// # Errors
    ///
    /// As [`M2mCredentials::read`], but for a file that is not there any more.
    pub fn current(&self) -> Result<M2mCredentials> {
        let last = self.last.load();
        let found = std::fs::metadata(&self.place);
        if found.as_ref().is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
            // Once, and not to a thread that nobody listens to.
            if tracing::enabled!(tracing::Level::WARN) && !self.is_gone.swap(true, Ordering::Relaxed) {
                tracing::warn!(
                    path = %self.path.display(),
                    "the credentials file is gone; what was read from it last is used further"
                );
            }
            return Ok(last.credentials.clone());
        }
        self.is_gone.store(false, Ordering::Relaxed);
        let stamp = found.ok().as_ref().and_then(Stamp::of);
        if stamp.is_some() && stamp == last.stamp {
            return Ok(last.credentials.clone());
        }
        let now = Snapshot::read(&self.path, &self.place, self.exposed)?;
        let credentials = now.credentials.clone();
        self.last.store(Arc::new(now));
        Ok(credentials)
    }

    /// The credentials as they were read last, without a look at the file.
    pub fn last_read(&self) -> M2mCredentials {
        self.last.load().credentials.clone()
    }

    /// A digest of the content that was read last: it differs when anything in the file does.
    pub fn digest(&self) -> [u8; 32] {
        self.last.load().digest
    }
}

impl fmt::Debug for CredentialsFile {
    /// Without the digest, which would confirm a guessed secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CredentialsFile").field("path", &self.path).finish_non_exhaustive()
    }
}

/// Reads a credentials file once, and warns where others can open it.
pub(super) fn read(path: &Path, platform: &Platform) -> Result<M2mCredentials> {
    let snapshot = Snapshot::read(path, &platform.folders.absolute(path), Exposed::of(platform))?;
    snapshot.warn(path, platform);
    Ok(snapshot.credentials)
}
