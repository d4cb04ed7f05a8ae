//! The key that signs the sandbox's tokens: RSA, 2048 bits, made once per process and never stored.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use rsa::sha2::{Digest as _, Sha256};
use rsa::traits::PublicKeyParts as _;
use rsa::{Pkcs1v15Sign, PrivateKey};
use serde_json::{Value, json};

use crate::random;

/// Returns once the key exists; it takes up to a few tenths of a second, once per process.
pub(crate) fn prepare() {
    key();
}

/// The public half, as a JSON Web Key Set.
pub(crate) fn set() -> Value {
    let key = key();
    json!({"keys": [{
        "kty": "RSA",
        "use": "sig",
        "alg": "RS256",
        "kid": key.id,
        "n": URL_SAFE_NO_PAD.encode(key.pair.n_bytes()),
        "e": URL_SAFE_NO_PAD.encode(key.pair.e_bytes()),
    }]})
}

/// A JSON Web Token with these claims.
pub(crate) fn sign(claims: &Value) -> String {
    let key = key();
    let header = json!({"alg": "RS256", "typ": "JWT", "kid": key.id});
    let signed = [header.to_string(), claims.to_string()].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".");
    let signature = key
        .pair
        .sign(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(&signed))
        .expect("a 2048-bit key signs a SHA-256 digest");
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// The SHA-256 of a text in URL-safe base64: what PKCE calls `S256`.
pub(crate) fn s256(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(text))
}

struct Key {
    id: String,
    pair: PrivateKey,
}

fn key() -> &'static Key {
    static KEY: OnceLock<Key> = OnceLock::new();
    KEY.get_or_init(|| Key {
        id: random::secret("key"),
        pair: PrivateKey::new(&mut UnwrapErr(SysRng), 2048).expect("2048 bits make a key"),
    })
}
