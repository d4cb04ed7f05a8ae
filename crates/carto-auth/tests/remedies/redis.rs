//! What a Redis does not keep.

use carto_auth::platform::Variables;
use carto_auth::store::{KeyParts, Kind, RedisStore, TokenKey, TokenStore as _};
use carto_auth::{ErrorKind, Platform, Secret, TokenSet};

use crate::hint::{hint_of, word};
use crate::world::{Redis, World};

#[tokio::test]
async fn a_person_s_tokens_are_kept_on_their_machine() {
    let store = store("redis://127.0.0.1:1");
    let error = store.load(&key(Kind::OAuth)).await.expect_err("a person's");
    assert_eq!(error.kind(), ErrorKind::Config);
    let hint = hint_of(&error, "keep-it-on-the");
    let (name, value) = word(&hint, "CARTO_AUTH_STORE").split_once('=').expect("a value");
    let world = World::new().with_variable(name, value);
    world.person().sign_in().await.expect("signed in");
    let kept = world.kept();
    assert!(kept.iter().any(|file| file.extension().is_some_and(|end| end == "json")), "{kept:?}");
    assert!(world.person().cached_access_token().expect("read").is_some(), "another process finds it");
}

#[tokio::test]
async fn a_key_is_given_its_secret() {
    let Some(redis) = Redis::start() else { return };
    let store = store(&redis.url());
    let error = store.load(&key(Kind::M2m)).await.expect_err("no secret");
    let hint = hint_of(&error, "give-it-with-tokenkey");
    assert_eq!(word(&hint, "TokenKey"), "TokenKey::with_secret");
    let key = TokenKey::with_secret(key(Kind::M2m), &Secret::new("the client's secret"));
    let mut entry = store.try_lock(&key).await.expect("tried").expect("free");
    let token = TokenSet::new(Secret::new("token"), 1_800_000_000, Some(3_600));
    entry.save(&token).await.expect("saved");
    entry.release().await;
    assert_eq!(store.load(&key).await.expect("loaded"), Some(token));
}

fn store(url: &str) -> RedisStore {
    RedisStore::new(url.parse().expect("an address"), &Platform::headless(Variables::default()))
}

fn key(kind: Kind) -> TokenKey {
    TokenKey::new(KeyParts {
        kind,
        issuer: "https://auth.carto.com".into(),
        client_id: "client".into(),
        audience: "audience".into(),
        organization: None,
        scopes: Vec::new(),
        api_base_url: None,
        account: "account".into(),
    })
}
