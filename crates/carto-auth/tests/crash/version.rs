//! A version of an entry as a token that tells by itself whether it is whole.

use carto_auth::store::{KeyParts, Kind, TokenKey};
use carto_auth::{Secret, TokenSet};

/// The token of a version: each of its parts is made of the number, and versions are of many lengths.
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
    check(found).unwrap_or_else(|fault| panic!("{fault}"))
}

fn check(found: &TokenSet) -> Result<u64, String> {
    let text = found.access_token.expose();
    let number = text.split('.').next().and_then(|number| number.parse().ok());
    let number = number.ok_or_else(|| format!("no version: {text:.80}"))?;
    let is_whole = *found == token(number);
    is_whole.then_some(number).ok_or_else(|| format!("not all of version {number}: {} bytes", text.len()))
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
        let whole = token(number);
        assert_eq!(check(&whole), Ok(number));
        let text = whole.access_token.expose();
        let torn = Secret::new(&text[..text.len() - 1]);
        check(&with(&whole, |token| token.access_token = torn)).expect_err("torn");
        let other = token(number + 1);
        check(&with(&whole, |token| token.refresh_token = other.refresh_token.clone())).expect_err("mixed");
        check(&with(&whole, |token| token.issued_at = other.issued_at)).expect_err("mixed");
        check(&with(&other, |token| token.access_token = whole.access_token.clone())).expect_err("mixed");
    }
}

fn with(token: &TokenSet, change: impl FnOnce(&mut TokenSet)) -> TokenSet {
    let mut token = token.clone();
    change(&mut token);
    token
}
