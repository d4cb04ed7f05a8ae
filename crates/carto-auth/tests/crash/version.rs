//! A version of an entry as a token that tells by itself whether it is whole.

use carto_auth::store::{KeyParts, Kind, TokenKey};
use carto_auth::{Secret, TokenSet};

/// The token of a version: each of its parts is made of the number, and no two versions are of one length.
pub(crate) fn token(version: u64) -> TokenSet {
    let parts = 1 + version * 997 % 4_999;
    let text: Vec<_> = (0..parts).map(|part| format!("{version}.{part}")).collect();
    let won = FIRST + i64::try_from(version).expect("a few versions");
    let mut token = TokenSet::new(Secret::new(text.join("-")), won, Some(86_400));
    token.refresh_token = Some(Secret::new(format!("{version}.refresh")));
    token.scope = Some(format!("version:{version}"));
    token
}

/// The version of a token that was found, which has to be whole.
pub(crate) fn version(found: &TokenSet) -> u64 {
    let text = found.access_token.expose();
    let number = text.split('.').next().and_then(|number| number.parse().ok());
    let number = number.unwrap_or_else(|| panic!("no version: {:.80}", text));
    assert!(*found == token(number), "not all of version {number}: {:.80} of {} bytes", text, text.len());
    number
}

/// The entry that is written.
pub(crate) fn key(kind: Kind) -> TokenKey {
    let secret = (kind == Kind::M2m).then(|| Secret::new("sandbox-secret-of-the-writers"));
    let key = TokenKey::new(KeyParts {
        kind,
        issuer: "https://auth.carto.com".into(),
        client_id: "client".into(),
        audience: "audience".into(),
        organization: None,
        scopes: Vec::new(),
        api_base_url: None,
        account: secret.as_ref().map_or_else(|| "default".into(), TokenKey::account_of_secret),
    });
    match secret {
        Some(secret) => key.with_secret(&secret),
        None => key,
    }
}

const FIRST: i64 = 1_800_000_000;

#[test]
fn a_version_that_is_torn_or_mixed_is_told_from_a_whole_one() {
    for number in [1, 2, 77, 4_999, 123_456] {
        assert_eq!(version(&token(number)), number);
        let is_told = |found: TokenSet| std::panic::catch_unwind(|| version(&found)).is_err();
        let whole = token(number).access_token;
        let torn = Secret::new(&whole.expose()[..whole.expose().len() - 1]);
        assert!(is_told(TokenSet::new(torn, FIRST, Some(86_400))));
        let mut mixed = token(number);
        mixed.refresh_token = token(number + 1).refresh_token;
        assert!(is_told(mixed));
        let mut mixed = token(number + 1);
        mixed.access_token = whole;
        assert!(is_told(mixed));
    }
}
