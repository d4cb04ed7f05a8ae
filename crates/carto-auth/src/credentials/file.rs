//! The credentials file: read with care, and read again when it changes.

use std::fmt;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use arc_swap::ArcSwap;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::draft::{ATTRIBUTES, Draft, Given};
use super::fault::{CredentialsFault, Origin, Problem};
use super::foreign::Foreign;
use super::syntax::{self, Object};
use super::{M2mCredentials, namesake, openness};
use crate::error::{Error, Result, clean};
use crate::platform::{Links, Notice, Platform, ReadError, read_small};

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
    last: Arc<ArcSwap<Snapshot>>,
    is_gone: Arc<AtomicBool>,
}

impl CredentialsFile {
    /// Reads the file for the first time.
    ///
    /// A `~` at the beginning of the path is the home folder. A file that others can open works, and the
    /// person is warned once.
    ///
    /// # Errors
    ///
    /// As [`M2mCredentials::read`].
    pub fn open(path: impl Into<PathBuf>, platform: &Platform) -> Result<Self> {
        let path = path.into();
        let place = platform.folders.absolute(&path);
        let last = Snapshot::read(&path, &place)?;
        last.warn(&path, platform);
        Ok(Self { path, place, last: Arc::new(ArcSwap::from_pointee(last)), is_gone: Arc::default() })
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
        let now = Snapshot::read(&self.path, &self.place)?;
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
    let snapshot = Snapshot::read(path, &platform.folders.absolute(path))?;
    snapshot.warn(path, platform);
    Ok(snapshot.credentials)
}

/// A file's content at one time.
struct Snapshot {
    stamp: Option<Stamp>,
    digest: [u8; 32],
    openness: Option<String>,
    credentials: M2mCredentials,
}

impl Snapshot {
    /// Reads the file in its place; `path` is what it is called in errors.
    fn read(path: &Path, place: &Path) -> Result<Self> {
        let origin = Origin::File(path.to_owned());
        let file = read_small(place, LIMIT, Links::Follow)
            .map_err(|error| unreadable(path, place, error, &origin))?;
        let bytes = Zeroizing::new(file.bytes);
        Ok(Self {
            stamp: Stamp::of(&file.metadata),
            digest: Sha256::digest(&*bytes).into(),
            openness: openness::warning(path, &file.metadata),
            credentials: credentials_in(&bytes, &origin)?,
        })
    }

    fn warn(&self, path: &Path, platform: &Platform) {
        if let Some(warning) = &self.openness {
            tracing::debug!(path = %path.display(), "the credentials file is open to others");
            platform.prompt.tell(&Notice::Warning(warning));
        }
    }
}

/// What the file system says of a file, to tell whether it was touched.
///
/// The time of the last change of its metadata is in it because that one cannot be set back, and the
/// inode because Kubernetes rotates a secret by turning a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    modified: SystemTime,
    length: u64,
    #[cfg(unix)]
    node: (u64, u64, i64, i64),
}

impl Stamp {
    fn of(metadata: &Metadata) -> Option<Self> {
        #[cfg(unix)]
        use std::os::unix::fs::MetadataExt as _;
        Some(Self {
            modified: metadata.modified().ok()?,
            length: metadata.len(),
            #[cfg(unix)]
            node: (metadata.dev(), metadata.ino(), metadata.ctime(), metadata.ctime_nsec()),
        })
    }
}

/// The credentials that the bytes of a file hold.
pub(super) fn credentials_in(bytes: &[u8], origin: &Origin) -> Result<M2mCredentials> {
    let mut object = syntax::parse(bytes).map_err(|fault| fault.into_error(origin))?;
    let foreign = Foreign::recognise(&object);
    let whole = ATTRIBUTES.iter().all(|attribute| object.iter().any(|(name, _)| name == attribute));
    if let Some(foreign) = foreign
        && (!whole || foreign.is_another_kind())
    {
        return Err(CredentialsFault::Foreign(foreign.what).into_error(origin).hint(foreign.hint));
    }
    let [api_base_url, client_id, client_secret] = ATTRIBUTES.map(|attribute| take(&mut object, attribute));
    Draft { api_base_url, client_id, client_secret }.check(origin)
}

/// Takes an attribute out of the object.
fn take(object: &mut Object, attribute: &str) -> Given {
    let mut found: Vec<Value> =
        object.extract_if(.., |(name, _)| name == attribute).map(|(_, value)| value).collect();
    match (found.pop(), found.is_empty()) {
        (None, _) => match object.iter().find(|(name, _)| means(name, attribute)) {
            Some((other, _)) => Given::Wrong(Problem::Misnamed(clean(other))),
            None => Given::Missing,
        },
        (Some(_), false) => Given::Wrong(Problem::Twice),
        (Some(Value::String(text)), true) => Given::text(text),
        (Some(Value::Null), true) => Given::Wrong(Problem::Empty),
        (Some(other), true) => Given::Wrong(Problem::WrongType(syntax::kind_of(&other))),
    }
}

/// Says whether a name means an attribute and is only written differently: `clientId`, `CLIENT-ID`, or the
/// variable's name.
fn means(name: &str, attribute: &str) -> bool {
    let bare = |name: &str| -> String { name.chars().filter(|c| c.is_alphanumeric()).collect() };
    let bare_name = bare(name).to_lowercase();
    let bare_name = bare_name.strip_prefix("cartom2m").unwrap_or(&bare_name);
    let bare_name = bare_name.strip_prefix("carto").unwrap_or(bare_name);
    bare_name == bare(attribute) || attribute == "api_base_url" && ["baseurl", "apiurl"].contains(&bare_name)
}

fn unreadable(path: &Path, expanded: &Path, error: ReadError, origin: &Origin) -> Error {
    let fault = match error {
        ReadError::Missing => return missing(path, expanded, origin),
        ReadError::Dangling => CredentialsFault::Unreadable("it is a link that leads nowhere".into()),
        ReadError::NotAFile(kind) => CredentialsFault::Unreadable(format!("it is {kind}")),
        ReadError::TooLarge => {
            CredentialsFault::Unreadable("it is larger than any credentials file (64 KiB)".into())
        }
        ReadError::Io(error) => {
            let hint = match error.kind() {
                std::io::ErrorKind::PermissionDenied => {
                    "let this user read the file, or make a copy of your own"
                }
                _ => "check the path",
            };
            return CredentialsFault::Unreadable(error.to_string()).into_error(origin).hint(hint);
        }
    };
    fault
        .into_error(origin)
        .hint("give the path of a file with `api_base_url`, `client_id` and `client_secret`")
}

fn missing(path: &Path, expanded: &Path, origin: &Origin) -> Error {
    let whole = std::path::absolute(expanded).unwrap_or_else(|_| expanded.to_owned());
    let folder = whole.parent().unwrap_or(&whole);
    let what = if folder.is_dir() {
        format!("there is no such file in `{}`", folder.display())
    } else {
        format!("there is no folder `{}`", folder.display())
    };
    let hint = match namesake::find(path, expanded) {
        Some(other) => format!("did you mean `{}`, which is there?", other.display()),
        None => "check the path; CARTO's Workspace gives the values under Developers > Credentials > M2M OAuth Client".into(),
    };
    CredentialsFault::NotFound { path: path.to_owned(), what }.into_error(origin).hint(hint)
}

/// The most that is read of a credentials file, in bytes.
const LIMIT: usize = 64 * 1024;
