//! What a token is kept under: everything that changes the answer.

use std::fmt;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::secret::Secret;

/// The way a token was won.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A person signed in.
    OAuth,
    /// A job signed in with a client secret.
    M2m,
}

impl Kind {
    /// The kind's name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::OAuth => "oauth",
            Self::M2m => "m2m",
        }
    }
}

/// The parts of a key. Two tokens that differ in any of them never take each other's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyParts {
    /// The way the token is won.
    pub kind: Kind,
    /// The authorization server.
    pub issuer: String,
    /// The client at that server.
    pub client_id: String,
    /// The API that the token is for.
    pub audience: String,
    /// The organization that was asked for.
    pub organization: Option<String>,
    /// The scopes that were asked for, in any order. `offline_access` changes how long a sign-in lasts and
    /// not what it may do, so it does not count.
    pub scopes: Vec<String>,
    /// The API base URL, where the caller gave one.
    pub api_base_url: Option<String>,
    /// Whose token it is: the profile of a person, [`TokenKey::account_of_secret`] of a job.
    pub account: String,
}

/// What a token is kept under.
///
/// ```
/// use carto_auth::store::{KeyParts, Kind, TokenKey};
///
/// let key = TokenKey::new(KeyParts {
///     kind: Kind::OAuth,
///     issuer: "https://auth.carto.com".into(),
///     client_id: "client".into(),
///     audience: "carto-cloud-native-api".into(),
///     organization: None,
///     scopes: vec![],
///     api_base_url: None,
///     account: "default".into(),
/// });
/// assert!(key.id().starts_with("oauth-"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct TokenKey {
    parts: KeyParts,
    id: String,
    /// What the entry can be sealed with. It is no part of the name, and is neither shown nor stored.
    secret: Option<Secret>,
}

impl TokenKey {
    /// The key of these parts.
    pub fn new(mut parts: KeyParts) -> Self {
        parts.issuer.truncate(parts.issuer.trim_end_matches('/').len());
        parts.scopes.retain(|scope| scope != "offline_access");
        parts.scopes.sort_unstable();
        parts.scopes.dedup();
        let id = id_of(&parts);
        Self { parts, id, secret: None }
    }

    /// The key of a job with its client secret, which a store that others can read seals the entry with.
    #[must_use]
    pub fn with_secret(self, client_secret: &Secret) -> Self {
        Self { secret: Some(client_secret.clone()), ..self }
    }

    /// The account of a job: a digest of its client secret, so that a rotated or wrong secret never gets
    /// the token of another one.
    pub fn account_of_secret(client_secret: &Secret) -> String {
        hex(&Sha256::digest(client_secret.expose()))
    }

    /// The key's name: safe as a file name, the same on every machine.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The parts it was made of, in their canonical order.
    pub fn parts(&self) -> &KeyParts {
        &self.parts
    }

    /// A key as it was found in a store, where the account of a job is shortened.
    pub(super) fn stored(parts: KeyParts, id: String) -> Self {
        Self { parts, id, secret: None }
    }

    /// What the entry can be sealed with.
    #[cfg(feature = "redis")]
    pub(super) fn secret(&self) -> Option<&Secret> {
        self.secret.as_ref()
    }

    /// A key of which the name alone is known: a lock has no more.
    pub(super) fn of_id(kind: Kind, id: String) -> Self {
        let nothing = String::new;
        let parts = KeyParts {
            kind,
            issuer: nothing(),
            client_id: nothing(),
            audience: nothing(),
            organization: None,
            scopes: Vec::new(),
            api_base_url: None,
            account: nothing(),
        };
        Self::stored(parts, id)
    }

    /// The account as it may be shown and stored.
    pub(super) fn shown_account(&self) -> &str {
        match self.parts.kind {
            Kind::OAuth => &self.parts.account,
            Kind::M2m => self.parts.account.get(..SHOWN_DIGEST).unwrap_or(&self.parts.account),
        }
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TokenKey").field(&self.id).finish()
    }
}

/// The digest of some bytes, in hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Each part goes in with its length, so that no two lists of parts make the same text.
fn id_of(parts: &KeyParts) -> String {
    let mut digest = Sha256::new();
    let mut add = |part: Option<&str>| match part {
        Some(text) => {
            digest.update((text.len() as u64 + 1).to_be_bytes());
            digest.update(text);
        }
        None => digest.update(0_u64.to_be_bytes()),
    };
    add(Some("carto-auth token key 1"));
    add(Some(parts.kind.name()));
    add(Some(&parts.issuer));
    add(Some(&parts.client_id));
    add(Some(&parts.audience));
    add(parts.organization.as_deref());
    add(Some(&parts.scopes.len().to_string()));
    for scope in &parts.scopes {
        add(Some(scope));
    }
    add(parts.api_base_url.as_deref());
    add(Some(&parts.account));
    format!("{}-{}", parts.kind.name(), hex(&digest.finalize()[..16]))
}

/// How many digits of a job's account are stored for people.
const SHOWN_DIGEST: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    fn parts() -> KeyParts {
        KeyParts {
            kind: Kind::OAuth,
            issuer: "https://auth.carto.com/".into(),
            client_id: "client".into(),
            audience: "audience".into(),
            organization: None,
            scopes: vec!["b".into(), "a".into(), "b".into(), "offline_access".into()],
            api_base_url: None,
            account: "default".into(),
        }
    }

    #[test]
    fn order_repetition_and_offline_access_do_not_change_a_key() {
        let same = KeyParts {
            issuer: "https://auth.carto.com".into(),
            scopes: vec!["a".into(), "b".into()],
            ..parts()
        };
        assert_eq!(TokenKey::new(parts()), TokenKey::new(same));
    }

    #[test]
    fn parts_never_run_into_each_other() {
        let ids = [
            KeyParts { client_id: "clientaudience".into(), audience: String::new(), ..parts() },
            KeyParts { client_id: "client".into(), ..parts() },
            KeyParts { scopes: vec!["a b".into()], ..parts() },
            KeyParts { scopes: vec![], ..parts() },
            KeyParts { organization: Some(String::new()), ..parts() },
            KeyParts { api_base_url: Some(String::new()), ..parts() },
        ]
        .map(|parts| TokenKey::new(parts).id().to_owned());
        for (index, id) in ids.iter().enumerate() {
            assert!(!ids[..index].contains(id), "{index}");
        }
    }

    #[test]
    fn a_name_is_the_same_in_every_version() {
        let id = TokenKey::new(parts()).id().to_owned();
        assert_eq!(id.len(), "oauth-".len() + 32);
        assert_eq!(id, "oauth-62dfbe15ef00a72adf32bd6a434c318f");
    }

    #[test]
    fn a_key_does_not_print_its_account() {
        let account = TokenKey::account_of_secret(&Secret::new("canary"));
        let key = TokenKey::new(KeyParts { kind: Kind::M2m, account: account.clone(), ..parts() });
        let key = key.with_secret(&Secret::new("canary"));
        let shown = format!("{key:?}");
        assert!(!shown.contains(&account) && !shown.contains("canary"));
        assert_eq!(key.shown_account(), &account[..8]);
    }
}
