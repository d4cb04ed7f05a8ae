//! Entries for a place that others can read: sealed, under a name that tells nothing.
//!
//! Everything follows from a job's client secret, which whoever may read the entry has and whoever runs the
//! place has not: the name of an entry is an HMAC of its key's name, and its content is sealed with an AEAD
//! (ChaCha20-Poly1305, RFC 8439) under a key of its own, both by keys from HKDF (RFC 5869). A seal holds for
//! one name and one purpose: what was moved elsewhere does not open.
//!
//! What remains to be seen is how many entries there are, how long they are and when they change.

use std::fmt;

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Salt};
use ring::hmac::{self, HMAC_SHA256};
use zeroize::Zeroizing;

use super::key::{TokenKey, hex};

/// What opens and closes the entry of one key.
pub(super) struct Seal {
    name: String,
    key: LessSafeKey,
}

impl Seal {
    /// The seal of a key that has a secret.
    pub(super) fn of(key: &TokenKey) -> Option<Self> {
        let root = Salt::new(HKDF_SHA256, SALT).extract(key.secret()?.expose().as_bytes());
        let id = key.id().as_bytes();
        let name = hmac::Key::from(root.expand(&[b"name"], HMAC_SHA256).ok()?);
        let seal = UnboundKey::from(root.expand(&[b"seal ", id], &CHACHA20_POLY1305).ok()?);
        Some(Self { name: hex(hmac::sign(&name, id).as_ref()), key: LessSafeKey::new(seal) })
    }

    /// The name that the entry rests under: 64 hexadecimal digits.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Seals a text for a purpose; `None` where the system has no randomness to give.
    pub(super) fn close(&self, purpose: &str, text: &[u8]) -> Option<Vec<u8>> {
        let mut nonce = [0; NONCE_LEN];
        getrandom::fill(&mut nonce).ok()?;
        let mut sealed = Vec::with_capacity(HEAD + text.len() + CHACHA20_POLY1305.tag_len());
        sealed.push(VERSION);
        sealed.extend(nonce);
        let mut text = Zeroizing::new(text.to_vec());
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = self.key.seal_in_place_separate_tag(nonce, self.bound_to(purpose), &mut text).ok()?;
        sealed.extend(text.iter());
        sealed.extend(tag.as_ref());
        Some(sealed)
    }

    /// Opens what was sealed for this purpose; `None` where it was not, or not with this secret.
    pub(super) fn open(&self, purpose: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (head, body) = sealed.split_at_checked(HEAD)?;
        let nonce = head.strip_prefix(&[VERSION])?.try_into().ok()?;
        let mut text = Zeroizing::new(body.to_vec());
        let nonce = Nonce::assume_unique_for_key(nonce);
        let length = self.key.open_in_place(nonce, self.bound_to(purpose), &mut text).ok()?.len();
        text.truncate(length);
        Some(text)
    }

    fn bound_to(&self, purpose: &str) -> Aad<String> {
        Aad::from(format!("{} {purpose}", self.name))
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Seal").field(&self.name).finish()
    }
}

/// Sets these keys apart from all others that are made of a client secret.
const SALT: &[u8] = b"carto-auth sealed store 1";

/// The first byte of what is sealed.
const VERSION: u8 = 1;

/// The version and the nonce.
const HEAD: usize = 1 + NONCE_LEN;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;
    use crate::store::{KeyParts, Kind};

    fn key(client_id: &str, secret: &str) -> TokenKey {
        let secret = Secret::new(secret);
        let parts = KeyParts {
            kind: Kind::M2m,
            issuer: "https://auth.carto.com".into(),
            client_id: client_id.into(),
            audience: "audience".into(),
            organization: None,
            scopes: vec![],
            api_base_url: None,
            account: TokenKey::account_of_secret(&secret),
        };
        TokenKey::new(parts).with_secret(&secret)
    }

    fn seal(client_id: &str, secret: &str) -> Seal {
        Seal::of(&key(client_id, secret)).expect("a secret")
    }

    #[test]
    fn what_was_sealed_opens_for_the_same_key_and_purpose_alone() {
        let sealed = seal("client", "secret").close("entry", b"canary").expect("sealed");
        let open = |seal: &Seal, purpose| seal.open(purpose, &sealed).map(|text| text.to_vec());
        assert_eq!(open(&seal("client", "secret"), "entry").as_deref(), Some(&b"canary"[..]));
        assert_eq!(open(&seal("client", "secret"), "said"), None);
        assert_eq!(open(&seal("client", "another"), "entry"), None);
        assert_eq!(open(&seal("another", "secret"), "entry"), None);
    }

    #[test]
    fn what_was_changed_or_cut_at_any_byte_does_not_open() {
        let seal = seal("client", "secret");
        let sealed = seal.close("entry", b"canary").expect("sealed");
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(seal.open("entry", &changed), None, "changed at {at}");
            assert_eq!(seal.open("entry", &sealed[..at]), None, "cut at {at}");
        }
        assert_eq!(seal.open("entry", &[&sealed[..], b"x"].concat()), None);
    }

    #[test]
    fn nothing_of_it_can_be_read_and_no_two_seals_are_the_same() {
        let [one, other] =
            [0, 1].map(|_| seal("client", "secret").close("entry", b"canary").expect("sealed"));
        assert_ne!(one, other);
        assert!(!one.windows(3).any(|part| b"canary".windows(3).any(|of_text| part == of_text)));
        let key = key("client", "secret");
        let name = seal("client", "secret").name().to_owned();
        assert!(!name.contains(key.id()) && !name.contains(&key.id()["m2m-".len()..]));
        assert_ne!(name, seal("client", "another").name());
    }

    #[test]
    fn a_name_is_the_same_on_every_machine() {
        assert_eq!(seal("client", "secret").name(), NAME);
    }

    #[test]
    fn a_key_without_a_secret_has_no_seal() {
        let key = key("client", "secret");
        assert!(Seal::of(&TokenKey::new(key.parts().clone())).is_none());
    }

    /// As Python's `hmac` makes it, by the RFC's own steps.
    const NAME: &str = "518216a600195669940b34470fb3e038a3e5e68e21ec6b963fb251e6d8575c2e";
}
