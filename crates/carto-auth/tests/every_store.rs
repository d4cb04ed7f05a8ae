//! The promises of `carto_auth::store`, held by every store: adding one is one line at `every_store!`, which
//! says whose tokens it keeps.

mod world;

use std::ops::Deref;
use std::sync::Arc;

use carto_auth::platform::{Keyring, MemoryVault, Variables};
use carto_auth::store::{
    Announcement, FileStore, KeyParts, KeyringStore, Kind, LockedEntry, MemoryStore, TokenKey, TokenStore,
};
use carto_auth::{Error, ErrorKind, Platform, Secret, TokenSet};

every_store! {
    memory keeps OAuth => |_| { let store = MemoryStore::new(); twice(|| store.clone()) },
    folder keeps OAuth => |at| twice(|| FileStore::in_folder(at.join("new/folder"), &platform())),
    named_file keeps OAuth => |at| twice(|| FileStore::at_file(at.join("new/a token"), &platform())),
    keyring keeps OAuth => |at| {
        let (files, vault) = (FileStore::in_folder(at.join("new/folder"), &platform()), MemoryVault::new());
        twice(|| KeyringStore::new(files.clone(), Keyring::new(Arc::new(vault.clone()))))
    },
}

#[cfg(feature = "redis")]
every_store! {
    redis keeps M2m => |_| { let at = world::Redis::database()?; twice(|| RedisStore::new(at.clone(), &platform())) },
}
#[cfg(feature = "redis")]
use carto_auth::store::RedisStore;

/// The promises. Each is given two handles on one empty store.
mod promises {
    use super::*;

    pub(super) async fn a_saved_token_comes_back_unchanged(store: Store, other: Store) {
        let key = store.key();
        for token in [
            token("one"),
            TokenSet::new(Secret::new("without-end"), NOON, None),
            TokenSet::new(Secret::new("long".repeat(10_000)), -1, Some(-1)),
        ] {
            store.save(&key, &token).await;
            let seen = other.load(&key).await.expect("loaded").expect("a token");
            assert_eq!(seen.renews(), token.renews());
            // A refresh token may be kept from those who do not hold the lock.
            assert!(seen == token || seen == without_refresh_token(&token));
            let mut entry = lock(&other, &key).await;
            assert_eq!(entry.load().await.expect("loaded"), Some(token));
            entry.release().await;
        }
    }

    pub(super) async fn a_missing_key_is_none(store: Store, _other: Store) {
        let key = store.key();
        assert_eq!(store.load(&key).await.expect("loaded"), None);
        assert_eq!(store.announcement(&key).await.expect("read"), None);
        let mut entry = lock(&store, &key).await;
        assert_eq!(entry.load().await.expect("loaded"), None);
        assert!(!entry.remove().await.expect("nothing to remove"));
    }

    pub(super) async fn a_key_that_differs_in_any_part_is_another_key(store: Store, other: Store) {
        store.save(&store.key(), &token("one")).await;
        for key in store.other_keys() {
            assert_eq!(other.load(&key).await.expect("loaded"), None, "{:?}", key.parts());
            assert!(!other.remove(&key).await, "another key");
        }
        let mut entry = lock(&other, &store.key()).await;
        assert_eq!(entry.load().await.expect("loaded"), Some(token("one")));
        entry.release().await;
    }

    pub(super) async fn a_lock_has_one_holder_at_a_time(store: Store, other: Store) {
        let key = store.key();
        let held = lock(&store, &key).await;
        assert!(store.try_lock(&key).await.expect("tried").is_none());
        assert!(other.try_lock(&key).await.expect("tried").is_none());
        held.release().await;
        lock(&other, &key).await.release().await;
        lock(&store, &key).await.release().await;
    }

    pub(super) async fn a_list_of_keys_has_those_that_were_saved_and_not_removed(store: Store, other: Store) {
        let key = store.key();
        let listed = async || other.keys().await.expect("listed");
        assert_eq!(listed().await, []);
        lock(&store, &key).await.release().await;
        assert_eq!(listed().await, [], "a lock is no token");
        store.save(&key, &token("one")).await;
        let found = listed().await;
        // What is sealed with a client secret is found by its key alone.
        let is_sealed = key.parts().kind == Kind::M2m;
        assert_eq!(
            found.iter().map(TokenKey::id).collect::<Vec<_>>(),
            if is_sealed { vec![] } else { vec![key.id()] }
        );
        assert!(other.remove(found.first().unwrap_or(&key)).await, "it leads to the token");
        assert_eq!(store.load(&key).await.expect("loaded"), None);
        assert_eq!(listed().await, []);
    }

    pub(super) async fn what_was_removed_does_not_come_back(store: Store, other: Store) {
        let key = store.key();
        store.save(&key, &token("one")).await;
        assert!(other.remove(&key).await);
        assert_eq!(store.load(&key).await.expect("loaded"), None);
        assert!(!store.remove(&key).await, "nothing to remove");
    }

    pub(super) async fn an_announcement_lasts_as_long_as_its_lock(store: Store, other: Store) {
        let key = store.key();
        let link = "https://auth.carto.com/authorize?state=x".to_owned();
        let first = Announcement::new(&platform(), None);
        let second = Announcement { link: Some(link), ..first.clone() };
        let mut entry = lock(&store, &key).await;
        for announcement in [first, second] {
            entry.announce(&announcement).await.expect("announced");
            assert_eq!(other.announcement(&key).await.expect("read"), Some(announcement));
        }
        for key in store.other_keys() {
            assert_eq!(other.announcement(&key).await.expect("read"), None);
        }
        entry.release().await;
        assert_eq!(other.announcement(&key).await.expect("read"), None);
    }

    pub(super) async fn a_failure_is_left_for_those_who_wait(store: Store, other: Store) {
        let key = store.key();
        let error = Error::new(ErrorKind::Refused, "CARTO refused the sign-in").because("access_denied");
        let failed = Announcement::new(&platform(), None).failed(&error);
        let mut entry = lock(&store, &key).await;
        entry.announce(&failed).await.expect("announced");
        entry.release().await;
        let first_waiter = lock(&other, &key).await;
        assert_eq!(other.announcement(&key).await.expect("read"), Some(failed.clone()));
        first_waiter.release().await;
        let found = store.announcement(&key).await.expect("read").expect("left for the next one too");
        let adopted = Error::from(found.outcome.expect("an outcome"));
        assert_eq!(format!("{adopted:?}"), format!("{error:?}"));
        store.save(&key, &token("one")).await;
        assert_eq!(other.announcement(&key).await.expect("read"), None, "a success supersedes it");
    }

    pub(super) async fn a_token_that_cannot_be_sent_is_not_stored(store: Store, other: Store) {
        let key = store.key();
        store.save(&key, &token("good")).await;
        for bad in ["", "two\nlines", "nul\0", "a space"] {
            let mut entry = lock(&store, &key).await;
            let token = TokenSet::new(Secret::new(bad), NOON, None);
            assert_eq!(entry.save(&token).await.expect_err(bad).kind(), ErrorKind::Storage);
            entry.release().await;
        }
        let mut entry = lock(&other, &key).await;
        assert_eq!(entry.load().await.expect("loaded"), Some(token("good")));
        entry.release().await;
    }

    pub(super) async fn debug_shows_no_token(store: Store, _other: Store) {
        let key = store.key();
        let mut entry = lock(&store, &key).await;
        entry.save(&token("canary")).await.expect("saved");
        assert!(!format!("{store:?} {entry:?}").contains("canary"));
        assert!(!store.location(&key).is_empty());
    }
}

/// A handle on a store, and whose tokens it keeps.
#[derive(Debug)]
struct Store {
    store: Arc<dyn TokenStore>,
    keeps: Kind,
}

impl Deref for Store {
    type Target = dyn TokenStore;

    fn deref(&self) -> &Self::Target {
        &*self.store
    }
}

impl Store {
    fn key(&self) -> TokenKey {
        key(parts(self.keeps))
    }

    /// The key with each part varied, as far as the store keeps it.
    fn other_keys(&self) -> Vec<TokenKey> {
        let parts = || parts(self.keeps);
        let other_kind = KeyParts { kind: Kind::M2m, ..parts() };
        let varied = [
            KeyParts { issuer: "https://auth.example.com".into(), ..parts() },
            KeyParts { client_id: "other".into(), ..parts() },
            KeyParts { audience: "other".into(), ..parts() },
            KeyParts { organization: Some("org_1".into()), ..parts() },
            KeyParts { scopes: vec!["read:maps".into(), "write:maps".into()], ..parts() },
            KeyParts { api_base_url: Some("https://api.example.com".into()), ..parts() },
            KeyParts { account: "work".into(), ..parts() },
        ];
        Some(other_kind).filter(|_| self.keeps == Kind::OAuth).into_iter().chain(varied).map(key).collect()
    }

    async fn save(&self, key: &TokenKey, token: &TokenSet) {
        let mut entry = lock(self, key).await;
        entry.save(token).await.expect("saved");
        entry.release().await;
    }

    async fn remove(&self, key: &TokenKey) -> bool {
        let mut entry = lock(self, key).await;
        let was_there = entry.remove().await.expect("removed");
        entry.release().await;
        was_there
    }
}

const NOON: i64 = 1_800_000_000;

fn twice<S>(open: impl Fn() -> S) -> Option<(S, S)> {
    Some((open(), open()))
}

fn platform() -> Platform {
    Platform::headless(Variables::default())
}

async fn lock(store: &Store, key: &TokenKey) -> Box<dyn LockedEntry> {
    store.try_lock(key).await.expect("tried").expect("free")
}

fn token(text: &str) -> TokenSet {
    let mut token = TokenSet::new(Secret::new(text), NOON, Some(86_400));
    token.refresh_token = Some(Secret::new(format!("{text}-refresh\u{20ac}\"\\")));
    token.scope = Some("read:maps über\u{7}\n".into());
    token.api_base_url = Some("https://gcp-us-east1.api.carto.com".into());
    let quota =
        r#"{"told_at": 1, "client": [{"period": "hour", "limit": 10, "remaining": 4, "resets_at": 9}]}"#;
    token.quota = Some(Arc::new(serde_json::from_str(quota).expect("a quota")));
    token
}

fn without_refresh_token(token: &TokenSet) -> TokenSet {
    let mut token = token.clone();
    token.refresh_in_keyring = token.refresh_token.take().is_some();
    token
}

fn parts(kind: Kind) -> KeyParts {
    KeyParts {
        kind,
        issuer: "https://auth.carto.com".into(),
        client_id: "client".into(),
        audience: "carto-cloud-native-api".into(),
        organization: None,
        scopes: vec!["read:maps".into()],
        api_base_url: None,
        account: "default".into(),
    }
}

fn key(parts: KeyParts) -> TokenKey {
    TokenKey::new(parts).with_secret(&Secret::new("a client secret"))
}

/// Makes one test of each promise for each store.
macro_rules! every_store {
    ($($name:ident keeps $kind:ident => $open:expr,)+) => {$(
        mod $name {
            use super::*;

            fn open(at: &std::path::Path) -> Option<(Store, Store)> {
                let open: fn(&std::path::Path) -> Option<(_, _)> = $open;
                let (one, other) = open(at)?;
                let keeps = Kind::$kind;
                Some((Store { store: Arc::new(one), keeps }, Store { store: Arc::new(other), keeps }))
            }

            promises_of! {
                open:
                a_saved_token_comes_back_unchanged
                a_missing_key_is_none
                a_key_that_differs_in_any_part_is_another_key
                a_lock_has_one_holder_at_a_time
                a_list_of_keys_has_those_that_were_saved_and_not_removed
                what_was_removed_does_not_come_back
                an_announcement_lasts_as_long_as_its_lock
                a_failure_is_left_for_those_who_wait
                a_token_that_cannot_be_sent_is_not_stored
                debug_shows_no_token
            }
        }
    )+};
}
use every_store;

macro_rules! promises_of {
    ($open:ident: $($promise:ident)+) => {$(
        #[tokio::test]
        async fn $promise() {
            let folder = tempfile::tempdir().expect("a folder");
            if let Some((one, other)) = $open(folder.path()) {
                promises::$promise(one, other).await;
            }
        }
    )+};
}
use promises_of;
