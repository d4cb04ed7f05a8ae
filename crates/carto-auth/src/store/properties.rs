//! What holds for whatever stands in a file where tokens are kept.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::format::{self, Content, Entry};
use super::key::{KeyParts, Kind, TokenKey};
use super::legacy;
use crate::canary::{check_secrecy, check_words};
use crate::environment::Environment;
use crate::token::{Claims, LONGEST_LIFE, Moment, TokenSet};

/// An entry that was read is written and read again without a change; what is wrong is told and not shown.
pub(crate) fn file(bytes: &[u8]) {
    match format::parse(bytes) {
        Content::Entry(entry) => check_entry(*entry),
        Content::Damaged(reason) => {
            check_words(&reason);
            check_secrecy(&reason);
        }
        Content::Legacy | Content::Newer | Content::Other => {}
    }
    check_legacy(bytes);
}

/// The same of a file of carto-auth 0.2.0 whose token has these claims.
pub(crate) fn legacy_claims(claims: &[u8]) {
    let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let token = format!("{}.{}.c2ln", part(b"{}"), part(claims));
    check_legacy(format!(r#"{{"access_token": "{token}", "expiration": 1800000000}}"#).as_bytes());
}

fn check_entry(entry: Entry) {
    let write = |entry: &Entry| {
        format::write(&entry.key, &entry.token, entry.refresh_digest.as_deref(), &entry.unknown)
    };
    assert_eq!(format::unfit(&entry.token), None);
    let written = write(&entry);
    let Content::Entry(again) = format::parse(&written) else {
        panic!("not read again: {}", String::from_utf8_lossy(&written))
    };
    assert_eq!((&again.token, &again.unknown), (&entry.token, &entry.unknown));
    assert_eq!(again.key.id(), entry.key.id());
    // Of a job's account no more is written than may be shown.
    if entry.key.parts().kind == Kind::OAuth {
        assert_eq!(again.key, entry.key);
    }
    assert_eq!(*write(&again), *written);
    [i64::MIN, 0, NOW, i64::MAX].into_iter().for_each(|now| check_age(&entry.token, now));
}

fn check_age(token: &TokenSet, now: i64) {
    let moment = Moment::from(now);
    let left = token.time_left(&moment);
    if token.is_fresh(&moment) {
        assert!(token.is_alive(&moment));
    }
    if token.is_alive(&moment) {
        assert!(left.is_none_or(|left| !left.is_zero()));
        assert!(token.expires_at().is_none_or(|end| end > now || now == i64::MAX), "it has ended");
        let lifetime = token.expires_in.unwrap_or_default().unsigned_abs().saturating_add(300);
        assert!(left.is_none_or(|left| left.as_secs() <= lifetime), "longer than it lasts");
    }
}

/// Only a token that says it is the one asked for is taken over, while it lives, and never for ever.
fn check_legacy(bytes: &[u8]) {
    for (key, now) in [(key(), NOW), (key(), i64::MAX - 1)] {
        let Some(token) = legacy::read_bytes(bytes, &key, now) else { continue };
        let claims = Claims::read(token.access_token.expose()).expect("claims");
        assert_eq!(claims.text("azp"), Some(&*key.parts().client_id));
        assert!(claims.audiences().contains(&&*key.parts().audience));
        assert_eq!(claims.organization(), None);
        assert_eq!(format::unfit(&token), None);
        assert!(token.is_alive(now) && token.refresh_token.is_none());
        assert!(token.expires_in.is_some_and(|lifetime| lifetime <= LONGEST_LIFE), "for ever: {:?}", token);
        assert!(token.expires_at() <= claims.expires_at());
    }
}

/// The key of a person whose token 0.2.0 may have left behind.
fn key() -> TokenKey {
    let carto = Environment::default();
    TokenKey::new(KeyParts {
        kind: Kind::OAuth,
        issuer: carto.auth_url,
        client_id: carto.client_id,
        audience: carto.audience,
        organization: None,
        scopes: Vec::new(),
        api_base_url: None,
        account: "default".into(),
    })
}

const NOW: i64 = 1_800_000_000;
