//! A credentials file as it is at one time: its content, how it looked from outside, and who can open it.

use std::fs::Metadata;
use std::path::Path;
use std::time::SystemTime;

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::content::credentials_in;
use super::fault::{CredentialsFault, Origin};
use super::openness::Openness;
use super::{M2mCredentials, namesake};
use crate::error::{Error, Result};
use crate::platform::{Links, Notice, Platform, ReadError, names, read_small};

/// A file's content at one time.
pub(super) struct Snapshot {
    pub(super) stamp: Option<Stamp>,
    pub(super) digest: [u8; 32],
    pub(super) credentials: M2mCredentials,
    openness: Option<Openness>,
}

impl Snapshot {
    /// Reads the file in its place; `path` is what it is called in errors.
    pub(super) fn read(path: &Path, place: &Path, exposed: Exposed) -> Result<Self> {
        let origin = Origin::File(path.to_owned());
        let file = read_small(place, LIMIT, Links::Follow)
            .map_err(|error| unreadable(path, place, error, &origin))?;
        let bytes = Zeroizing::new(file.bytes);
        let openness = match (Openness::of(path, &file.metadata), exposed) {
            (Some(openness), Exposed::Refused) => return Err(openness.refusal(&origin)),
            (openness, _) => openness,
        };
        Ok(Self {
            stamp: Stamp::of(&file.metadata),
            digest: Sha256::digest(&*bytes).into(),
            openness,
            credentials: credentials_in(&bytes, &origin)?,
        })
    }

    pub(super) fn warn(&self, path: &Path, platform: &Platform) {
        if let Some(openness) = &self.openness {
            tracing::debug!(path = %path.display(), "the credentials file is open to others");
            platform.prompt.tell(&Notice::Warning(&openness.warning()));
        }
    }
}

/// What is done with a file that others can open.
#[derive(Clone, Copy)]
pub(super) enum Exposed {
    Warned,
    Refused,
}

impl Exposed {
    pub(super) fn of(platform: &Platform) -> Self {
        if platform.variables.is_on(names::STRICT_FILES) { Self::Refused } else { Self::Warned }
    }
}

/// What the file system says of a file, to tell whether it was touched.
///
/// The time of the last change of its metadata is in it because that one cannot be set back, and the
/// inode because Kubernetes rotates a secret by turning a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    modified: SystemTime,
    length: u64,
    #[cfg(unix)]
    node: (u64, u64, i64, i64),
}

impl Stamp {
    pub(super) fn of(metadata: &Metadata) -> Option<Self> {
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
