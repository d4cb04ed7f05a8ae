//! The token that carto-auth 0.2.0 left behind, taken over once.
//!
//! This is the one place where a claim decides (RFC 9068, section 6, forbids it everywhere else): nobody
//! wrote down whose token it is, so it counts only if the token itself says that it is the one asked for.
//! The `expiration` of the file is off by the writer's UTC offset and its `api_base_url` may be of another
//! account; both are ignored. The file is never changed; a note beside it says that it was taken over.

use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::format::{self, Content};
use super::key::{Kind, TokenKey, hex};
use super::spot::beside;
use crate::platform::{Links, foreign_owner, read_small, write_private};
use crate::secret::Secret;
use crate::token::{Claims, LONGEST_LIFE, TokenSet};

/// The name of the file that 0.2.0 keeps such a token in.
pub(super) fn file_name(kind: Kind) -> &'static str {
    match kind {
        Kind::OAuth => "token_oauth.json",
        Kind::M2m => "token_m2m.json",
    }
}

/// The token of a file of 0.2.0, if it lives, is the one asked for, and was not taken over before.
pub(super) fn read(path: &Path, key: &TokenKey, now: i64) -> Option<TokenSet> {
    let token = matching(path, key)?;
    if is_taken(path, &token) { None } else { alive(token, now) }
}

/// What is known of a token of 0.2.0 that lives.
fn alive(token: Secret, now: i64) -> Option<TokenSet> {
    let claims = Claims::read(token.expose())?;
    let end = claims.expires_at()?;
    let start = claims.issued_at().unwrap_or(now);
    let lifetime = end.checked_sub(start)?.min(LONGEST_LIFE);
    let token = TokenSet::new(token, start, Some(lifetime));
    token.is_alive(now).then_some(token)
}

/// What the bytes of a file of 0.2.0 give for this key.
#[cfg(any(test, fuzzing))]
pub(super) fn read_bytes(bytes: &[u8], key: &TokenKey, now: i64) -> Option<TokenSet> {
    alive(matching_in(bytes, key)?, now)
}

/// Notes that a token of 0.2.0 counts no more for this key, and says whether there was one.
///
/// # Errors
///
/// When the note cannot be written.
pub(super) fn mark_taken(path: &Path, key: &TokenKey) -> io::Result<bool> {
    let Some(token) = matching(path, key) else { return Ok(false) };
    if is_taken(path, &token) {
        return Ok(false);
    }
    write_private(&note(path), format!("{}\n", digest(&token)).as_bytes())?;
    Ok(true)
}

/// Where the note is.
pub(super) fn note(path: &Path) -> PathBuf {
    beside(path, ".taken")
}

/// The token of a file of 0.2.0, alive or not, if it says that it is the one asked for.
fn matching(path: &Path, key: &TokenKey) -> Option<Secret> {
    let parts = key.parts();
    if parts.kind == Kind::OAuth && parts.account != DEFAULT_PROFILE {
        return None;
    }
    let file = read_small(path, LIMIT, Links::Refuse).ok()?;
    let bytes = Zeroizing::new(file.bytes);
    if foreign_owner(&file.metadata).is_some() { None } else { matching_in(&bytes, key) }
}

/// The same of the bytes of a file.
fn matching_in(bytes: &[u8], key: &TokenKey) -> Option<Secret> {
    let parts = key.parts();
    if !matches!(format::parse(bytes), Content::Legacy) {
        return None;
    }
    let document: Document = serde_json::from_slice(bytes).ok()?;
    let token = document.access_token;
    let claims = Claims::read(token.expose())?;
    let same_server = claims
        .text("iss")
        .is_none_or(|issuer| issuer.trim_end_matches('/') == parts.issuer.trim_end_matches('/'));
    let granted: Vec<&str> = claims.text("scope").unwrap_or_default().split(' ').collect();
    let asked_for = same_server
        && claims.text("azp") == Some(parts.client_id.as_str())
        && claims.audiences().contains(&parts.audience.as_str())
        && claims.organization() == parts.organization.as_deref()
        && parts.scopes.iter().all(|scope| granted.contains(&scope.as_str()));
    let fit = format::unfit(&TokenSet::new(token.clone(), 0, None)).is_none();
    (asked_for && fit).then_some(token)
}

fn is_taken(path: &Path, token: &Secret) -> bool {
    let digest = digest(token);
    read_small(&note(path), LIMIT, Links::Refuse)
        .is_ok_and(|note| String::from_utf8_lossy(&note.bytes).lines().any(|line| line.trim() == digest))
}

fn digest(token: &Secret) -> String {
    hex(&Sha256::digest(token.expose()))
}

#[derive(Deserialize)]
struct Document {
    access_token: Secret,
}

/// 0.2.0 knew no profiles.
const DEFAULT_PROFILE: &str = "default";

/// More than a file of 0.2.0 ever holds.
const LIMIT: usize = 256 * 1024;
