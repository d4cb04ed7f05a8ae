//! A sign-in that nothing can wait for: begun by one command, ended by another.
//!
//! Between the two, what only this sign-in knows rests in a private file, for ten minutes and for one use.

use std::path::Path;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind, Result};
use crate::grant::AuthorizationRequest;
use crate::platform::{Links, foreign_owner, make_private_dir, read_small, write_private};
use crate::secret::Secret;

/// What is kept of a request until the person comes back with its answer.
#[derive(Deserialize)]
pub(crate) struct Pending {
    state: Secret,
    code_verifier: Secret,
    redirect_uri: String,
    begun_at: i64,
}

impl Pending {
    pub(super) fn of(request: &AuthorizationRequest, now: i64) -> Self {
        Self {
            state: request.state.clone(),
            code_verifier: request.verifier.clone(),
            redirect_uri: request.redirect_uri.clone(),
            begun_at: now,
        }
    }

    /// Keeps it in a file that only its owner can read.
    pub(super) fn save(&self, path: &Path) -> std::io::Result<()> {
        let text = serde_json::to_string(&Written {
            state: self.state.expose(),
            code_verifier: self.code_verifier.expose(),
            redirect_uri: &self.redirect_uri,
            begun_at: self.begun_at,
        })?;
        if let Some(folder) = path.parent() {
            make_private_dir(folder)?;
        }
        write_private(path, Zeroizing::new(text).as_bytes())
    }

    /// Reads it from its file. What is damaged or has waited too long is gone then.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::PersonNeeded`] when none waits, or it has waited too long.
    pub(crate) fn read(path: &Path, now: i64) -> Result<Self> {
        let none = |why: &str| {
            Error::new(ErrorKind::PersonNeeded, format!("no sign-in waits to be ended: {why}"))
                .hint("begin one with `carto-auth login --no-browser` and the same options")
        };
        let file = read_small(path, LIMIT, Links::Refuse)
            .map_err(|_| none("none was begun here, or it was ended already"))?;
        // Whoever else could write here would choose the verifier, and so as whom the person is signed in.
        if foreign_owner(&file.metadata).is_some() {
            return Err(none("what lies in its place belongs to another user"));
        }
        let bytes = Zeroizing::new(file.bytes);
        let fault = match serde_json::from_slice::<Self>(&bytes) {
            Ok(pending) if (0..=LONGEST).contains(&now.saturating_sub(pending.begun_at)) => {
                return Ok(pending);
            }
            Ok(_) => "it was begun more than 10 minutes ago",
            Err(_) => "what was kept of it is damaged",
        };
        let _ = std::fs::remove_file(path);
        Err(none(fault))
    }

    /// Uses it up: its file is gone before the answer is sent.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Storage`] when the file cannot be removed; a code is not sent then.
    pub(crate) fn use_up(path: &Path) -> Result<()> {
        std::fs::remove_file(path).map_err(|error| {
            Error::new(ErrorKind::Storage, format!("`{}` cannot be removed", path.display()))
                .because(error)
                .hint("let this user write to its folder, and try again with `carto-auth login --callback -`")
        })
    }

    pub(super) fn into_request(self) -> AuthorizationRequest {
        AuthorizationRequest {
            link: String::new(),
            state: self.state,
            verifier: self.code_verifier,
            redirect_uri: self.redirect_uri,
        }
    }
}

#[derive(Serialize)]
struct Written<'a> {
    state: &'a str,
    code_verifier: &'a str,
    redirect_uri: &'a str,
    begun_at: i64,
}

/// How long a sign-in may stay begun, in seconds.
const LONGEST: i64 = 600;

const LIMIT: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> AuthorizationRequest {
        AuthorizationRequest {
            link: String::new(),
            state: Secret::new("state"),
            verifier: Secret::new("verifier"),
            redirect_uri: "https://app.carto.com/auth/token".into(),
        }
    }

    #[test]
    fn a_pending_sign_in_is_used_once_and_soon() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("new").join("oauth.pending");
        Pending::of(&request(), 1_000).save(&path).expect("saved");
        assert_eq!(Pending::read(&path, 1_600).expect("in time").code_verifier, Secret::new("verifier"));
        Pending::use_up(&path).expect("used");
        assert!(Pending::read(&path, 1_600).is_err(), "it was used");
        Pending::of(&request(), 1_000).save(&path).expect("saved");
        assert!(Pending::read(&path, 1_601).is_err(), "it is too late");
        assert!(!path.exists());
    }

    #[test]
    fn a_long_redirect_uri_is_kept_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("oauth.pending");
        let long = AuthorizationRequest {
            redirect_uri: format!("https://app.example/{}", "long/".repeat(800)),
            ..request()
        };
        Pending::of(&long, 1_000).save(&path).expect("saved");
        let kept = Pending::read(&path, 1_000).expect("in time").into_request();
        assert_eq!(kept.redirect_uri, long.redirect_uri);
    }
}
