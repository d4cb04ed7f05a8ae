//! What stands in a file: version 1, and how everything else is told from it.
//!
//! Reading is tolerant and writing is strict: fields that this version does not know are kept, a newer
//! version is recognised, and what is damaged is said to be damaged without showing any of it.

use std::sync::Arc;
use std::time::Duration;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::key::{KeyParts, Kind, TokenKey};
use crate::secret::Secret;
use crate::token::{Boot, BootTime, Quota, TokenSet};

/// What a file turns out to be.
#[derive(Debug)]
pub(super) enum Content {
    /// An entry of this version, of whatever key.
    Entry(Box<Entry>),
    /// An entry of a newer version of this program.
    Newer,
    /// The cache of carto-auth 0.2.0.
    Legacy,
    /// Something that was never ours.
    Other,
    /// Ours, and not readable any more; with the reason.
    Damaged(String),
}

/// A token, the key it is kept under, and the fields that this version does not know.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: TokenKey,
    pub(super) token: TokenSet,
    /// What the refresh token in the keyring is known by.
    pub(super) refresh_digest: Option<String>,
    pub(super) unknown: Map<String, Value>,
}

/// Reads a file.
pub(super) fn parse(bytes: &[u8]) -> Content {
    if bytes.iter().all(|byte| matches!(byte, 0 | b' ' | b'\t' | b'\r' | b'\n')) {
        return Content::Damaged("it is empty".into());
    }
    if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        // A list or a number is what is left of JSON of ours; a text or a script never was.
        return match serde_json::from_slice::<IgnoredAny>(bytes) {
            Ok(_) => Content::Damaged("it holds no JSON object".into()),
            Err(_) => Content::Other,
        };
    }
    let outline: Outline = match serde_json::from_slice(bytes) {
        Ok(outline) => outline,
        Err(error) => return damaged(&error),
    };
    match outline {
        Outline { version: Some(version), .. } => match version.as_u64() {
            Some(VERSION) => parse_entry(bytes),
            Some(version) if version > VERSION => Content::Newer,
            _ => Content::Damaged("its version is none".into()),
        },
        Outline { access_token: Some(_), expiration: Some(_), .. } => Content::Legacy,
        _ => Content::Other,
    }
}

/// Writes an entry; the text is zeroed when it is dropped.
///
/// `refresh_digest` is that of the refresh token in the keyring, where the token says that there is one.
pub(super) fn write(
    key: &TokenKey,
    token: &TokenSet,
    refresh_digest: Option<&str>,
    unknown: &Map<String, Value>,
) -> Zeroizing<Vec<u8>> {
    let parts = key.parts();
    let entry = Written {
        version: VERSION,
        key: StoredKey {
            id: key.id().to_owned(),
            kind: parts.kind,
            issuer: parts.issuer.clone(),
            client_id: parts.client_id.clone(),
            audience: parts.audience.clone(),
            organization: parts.organization.clone(),
            scopes: parts.scopes.clone(),
            api_base_url: parts.api_base_url.clone(),
            account: key.shown_account().to_owned(),
        },
        access_token: token.access_token.expose(),
        refresh_token: token.refresh_token.as_ref().map(Secret::expose),
        token_type: "Bearer",
        scope: token.scope.as_deref(),
        issued_at: token.issued_at,
        boot: token.booted.as_ref().map(|time| StoredBoot {
            id: time.boot.as_str().to_owned(),
            ms: u64::try_from(time.elapsed.as_millis()).unwrap_or(u64::MAX),
        }),
        issued_at_here: token.issued_at_here,
        expires_in: token.expires_in,
        expires_at: token.expires_at(),
        expires: token
            .expires_at()
            .and_then(|end| jiff::Timestamp::from_second(end).ok())
            .map(|t| t.to_string()),
        api_base_url: token.api_base_url.as_deref(),
        refresh_sent_at: token.refresh_sent_at,
        refresh_in_keyring: token.refresh_in_keyring,
        refresh_digest: refresh_digest.filter(|_| token.refresh_in_keyring),
        quota: token.quota.as_deref(),
        unknown,
    };
    // A buffer that grows would leave copies of the tokens behind.
    let tokens = entry.access_token.len() + entry.refresh_token.map_or(0, str::len);
    let mut bytes = Zeroizing::new(Vec::with_capacity(2 * tokens + ROOM));
    // Writing to memory fails for no value that these types can have.
    let _ = serde_json::to_writer_pretty(&mut *bytes, &entry);
    bytes.push(b'\n');
    bytes
}

/// Says what is wrong with a token that is to be stored, as in "is empty".
pub(super) fn unfit(token: &TokenSet) -> Option<&'static str> {
    std::iter::once(&token.access_token).chain(&token.refresh_token).find_map(|secret| {
        let text = secret.expose();
        if text.is_empty() {
            Some("is empty")
        } else if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            Some("has a space or a control character in it")
        } else {
            None
        }
    })
}

fn parse_entry(bytes: &[u8]) -> Content {
    let read: Read = match serde_json::from_slice(bytes) {
        Ok(read) => read,
        Err(error) => return damaged(&error),
    };
    let key = read.key;
    let parts = KeyParts {
        kind: key.kind,
        issuer: key.issuer,
        client_id: key.client_id,
        audience: key.audience,
        organization: key.organization,
        scopes: key.scopes,
        api_base_url: key.api_base_url,
        account: key.account,
    };
    let token = TokenSet {
        access_token: read.access_token,
        refresh_token: read.refresh_token,
        scope: read.scope,
        issued_at: read.issued_at,
        booted: read.boot.map(|boot| BootTime::new(Boot::new(&boot.id), Duration::from_millis(boot.ms))),
        issued_at_here: read.issued_at_here,
        expires_in: read.expires_in,
        api_base_url: read.api_base_url,
        refresh_sent_at: read.refresh_sent_at,
        refresh_in_keyring: read.refresh_in_keyring,
        // It is only shown: whatever is wrong with it must not cost anybody their sign-in.
        quota: read
            .quota
            .and_then(|quota| serde_json::from_value(quota).ok())
            .filter(Quota::is_sound)
            .map(Arc::new),
    };
    match unfit(&token) {
        Some(why) => Content::Damaged(format!("its token {why}")),
        None => {
            let key = TokenKey::stored(parts, key.id);
            let (refresh_digest, unknown) = (read.refresh_digest, read.unknown);
            Content::Entry(Box::new(Entry { key, token, refresh_digest, unknown }))
        }
    }
}

/// The parser's own words could show a token that stands where something else should.
fn damaged(error: &serde_json::Error) -> Content {
    let what = match error.classify() {
        serde_json::error::Category::Eof => "it ends too early",
        serde_json::error::Category::Data => "something is missing or of the wrong kind",
        _ => "it is no JSON",
    };
    Content::Damaged(format!("{what}, at line {} column {}", error.line(), error.column()))
}

#[derive(Deserialize)]
struct Outline {
    version: Option<Value>,
    access_token: Option<IgnoredAny>,
    expiration: Option<IgnoredAny>,
}

#[derive(Serialize, Deserialize)]
struct StoredKey {
    id: String,
    kind: Kind,
    issuer: String,
    client_id: String,
    audience: String,
    organization: Option<String>,
    scopes: Vec<String>,
    api_base_url: Option<String>,
    account: String,
}

#[derive(Serialize)]
struct Written<'a> {
    version: u64,
    key: StoredKey,
    access_token: &'a str,
    refresh_token: Option<&'a str>,
    token_type: &'a str,
    scope: Option<&'a str>,
    issued_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    boot: Option<StoredBoot>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issued_at_here: Option<i64>,
    expires_in: Option<i64>,
    expires_at: Option<i64>,
    expires: Option<String>,
    api_base_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_sent_at: Option<i64>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    refresh_in_keyring: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_digest: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quota: Option<&'a Quota>,
    #[serde(flatten)]
    unknown: &'a Map<String, Value>,
}

/// `expires_at` and `expires` are for other readers: they follow from the two fields before them.
#[derive(Deserialize)]
struct Read {
    #[serde(rename = "version")]
    _version: IgnoredAny,
    key: StoredKey,
    access_token: Secret,
    refresh_token: Option<Secret>,
    #[serde(rename = "token_type")]
    _token_type: Option<String>,
    scope: Option<String>,
    issued_at: i64,
    boot: Option<StoredBoot>,
    issued_at_here: Option<i64>,
    expires_in: Option<i64>,
    #[serde(rename = "expires_at")]
    _expires_at: Option<i64>,
    #[serde(rename = "expires")]
    _expires: Option<String>,
    api_base_url: Option<String>,
    refresh_sent_at: Option<i64>,
    #[serde(default)]
    refresh_in_keyring: bool,
    refresh_digest: Option<String>,
    quota: Option<Value>,
    #[serde(flatten)]
    unknown: Map<String, Value>,
}

/// When it was won, since the start of a machine, in milliseconds.
#[derive(Serialize, Deserialize)]
struct StoredBoot {
    id: String,
    ms: u64,
}

const VERSION: u64 = 1;

/// How much of an entry is not tokens, at most in the usual case.
const ROOM: usize = 8 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    pub(in crate::store) fn key() -> TokenKey {
        TokenKey::new(KeyParts {
            kind: Kind::OAuth,
            issuer: "https://auth.carto.com".into(),
            client_id: "client".into(),
            audience: "audience".into(),
            organization: Some("org_1".into()),
            scopes: vec!["read:maps".into()],
            api_base_url: None,
            account: "default".into(),
        })
    }

    fn token() -> TokenSet {
        TokenSet {
            refresh_token: Some(Secret::new("canary-refresh")),
            scope: Some("read:maps ünïcode".into()),
            api_base_url: Some("https://gcp-us-east1.api.carto.com".into()),
            booted: Some(BootTime::new(Boot::new("this start"), Duration::from_millis(1_234))),
            refresh_sent_at: Some(1_800_000_001),
            refresh_in_keyring: true,
            quota: Some(Arc::new(quota())),
            ..TokenSet::new(Secret::new("canary-access"), 1_800_000_000, Some(86_400))
        }
    }

    fn quota() -> Quota {
        let text =
            r#"{"told_at": 1, "client": [{"period": "hour", "limit": 10, "remaining": 4, "resets_at": 9}]}"#;
        serde_json::from_str(text).expect("a quota")
    }

    fn reason(bytes: &[u8]) -> Option<String> {
        match parse(bytes) {
            Content::Damaged(reason) => Some(reason),
            _ => None,
        }
    }

    fn changed(field: &str, value: Value) -> Vec<u8> {
        let mut document: Map<String, Value> =
            serde_json::from_slice(&write(&key(), &token(), Some("digest"), &Map::new())).expect("an object");
        document.insert(field.into(), value);
        serde_json::to_vec(&document).expect("written")
    }

    #[test]
    fn an_entry_comes_back_unchanged_with_what_this_version_does_not_know() {
        let unknown: Map<String, Value> =
            serde_json::from_str(r#"{"colour": {"of": ["the", "future", 2.1e301]}}"#).expect("an object");
        for token in [token(), TokenSet::new(Secret::new("t"), i64::MIN, None)] {
            let written = write(&key(), &token, Some("digest"), &unknown);
            let Content::Entry(entry) = parse(&written) else { panic!("no entry") };
            assert_eq!((&entry.key, &entry.token, &entry.unknown), (&key(), &token, &unknown));
            assert_eq!(entry.refresh_digest.is_some(), token.refresh_in_keyring);
        }
    }

    #[test]
    fn people_can_read_when_it_ends() {
        let text =
            String::from_utf8(write(&key(), &token(), Some("digest"), &Map::new()).to_vec()).expect("text");
        assert!(text.contains(r#""expires_at": 1800086400"#), "{text}");
        assert!(text.contains(r#""expires": "2027-01-16T08:00:00Z""#), "{text}");
    }

    #[test]
    fn a_file_cut_at_any_byte_is_damaged_and_shows_nothing() {
        let whole = write(&key(), &token(), Some("digest"), &Map::new());
        let end = whole.len() - 1;
        assert_eq!(reason(&whole[..end]), None, "only the last line break is missing");
        for cut in 0..end {
            let reason = reason(&whole[..cut]).unwrap_or_else(|| panic!("cut at {cut}"));
            assert!(!reason.contains("canary"), "{reason}");
            let mut zeroed = whole.to_vec();
            zeroed[cut..].fill(0);
            assert!(matches!(parse(&zeroed), Content::Damaged(_)), "zeroed from {cut}");
        }
        for garbage in ["x", "{}", "\0", "}"] {
            assert!(matches!(parse(&[&whole, garbage.as_bytes()].concat()), Content::Damaged(_)));
        }
    }

    #[test]
    fn what_is_of_a_wrong_type_is_damaged_and_shows_nothing() {
        for (field, value) in [
            ("access_token", Value::Null),
            ("access_token", "".into()),
            ("access_token", 5.into()),
            ("access_token", "canary\n".into()),
            ("access_token", "can ary".into()),
            ("refresh_token", "".into()),
            ("refresh_token", "canary\0".into()),
            ("refresh_token", Value::Array(vec![])),
            ("issued_at", "canary-access".into()),
            ("issued_at", Value::Null),
            ("issued_at", 1.5.into()),
            ("expires_in", "86400".into()),
            ("boot", "canary-access".into()),
            ("refresh_sent_at", "canary-access".into()),
            ("refresh_in_keyring", "canary-access".into()),
            ("refresh_digest", 1.into()),
            ("expires_at", "canary-access".into()),
            ("scope", 1.into()),
            ("key", Value::Null),
            ("key", "canary-access".into()),
            ("api_base_url", false.into()),
            ("version", "1".into()),
            ("version", 0.into()),
            ("version", (-1).into()),
        ] {
            let reason = reason(&changed(field, value.clone())).unwrap_or_else(|| panic!("{field}: {value}"));
            assert!(!reason.contains("canary"), "{reason}");
        }
        for text in ["null", "[]", "[1]", "\"token\"", "7", "  ", "", "\0\0\0\0"] {
            assert!(reason(text.as_bytes()).is_some(), "{text}");
        }
    }

    #[test]
    fn a_quota_of_a_wrong_type_is_none_and_damages_nothing() {
        let allowance = |period: &str| serde_json::json!({"told_at": 1, "client": [{"period": period}]});
        for value in [
            Value::Null,
            5.into(),
            "soon".into(),
            Value::Array(vec![]),
            serde_json::json!({}),
            serde_json::json!({"told_at": "noon"}),
            serde_json::json!({"told_at": 1, "client": {}}),
            serde_json::json!({"told_at": 1, "rate": {"period": "while", "remaining": -1}}),
            allowance("two\u{1b}[2Jwords"),
            allowance(""),
        ] {
            let bytes = changed("quota", value.clone());
            let Content::Entry(entry) = parse(&bytes) else { panic!("{value}") };
            assert_eq!(entry.token, TokenSet { quota: None, ..token() }, "{value}");
        }
    }

    #[test]
    fn what_was_never_ours_is_not_taken_for_damaged() {
        assert!(matches!(parse(&changed("version", 2.into())), Content::Newer));
        assert!(matches!(parse(br#"{"version": 7}"#), Content::Newer));
        assert!(matches!(
            parse(br#"{"api_base_url": null, "access_token": "t", "expiration": 1.5}"#),
            Content::Legacy
        ));
        assert!(matches!(parse(br#"{"client_id": "c", "client_secret": "s"}"#), Content::Other));
        assert!(matches!(parse(b"#!/bin/sh\n"), Content::Other));
    }
}
