//! The promises of `carto_auth::store`, held by every store: adding one is one line at `every_store!`.

use std::sync::Arc;

use carto_auth::platform::Variables;
use carto_auth::store::{
    Announcement, FileStore, KeyParts, Kind, LockedEntry, MemoryStore, TokenKey, TokenStore,
};
use carto_auth::{Error, ErrorKind, Platform, Secret, TokenSet};

every_store! {
    memory => |_| { let store = MemoryStore::new(); (store.clone(), store) },
    folder => |at| { let open = || FileStore::in_folder(at.join("new/folder"), &platform()); (open(), open()) },
    named_file => |at| { let open = || FileStore::at_file(at.join("new/a token"), &platform()); (open(), open()) },
}

/// The promises. Each is given two handles on one empty store.
mod promises {
    use super::*;

    pub(super) async fn a_saved_token_comes_back_unchanged(store: Store, other: Store) {
        let key = key();
        for token in [
            token("one"),
            TokenSet::new(Secret::new("without-end"), NOON, None),
            TokenSet::new(Secret::new("long".repeat(10_000)), -1, Some(-1)),
        ] {
            lock(&store, &key).await.save(&token).await.expect("saved");
            assert_eq!(other.load(&key).await.expect("loaded"), Some(token.clone()));
            assert_eq!(lock(&other, &key).await.load().await.expect("loaded"), Some(token));
        }
    }

    pub(super) async fn a_missing_key_is_none(store: Store, _other: Store) {
        assert_eq!(store.load(&key()).await.expect("loaded"), None);
        assert_eq!(store.announcement(&key()).await.expect("read"), None);
        let mut entry = lock(&store, &key()).await;
        assert_eq!(entry.load().await.expect("loaded"), None);
        assert!(!entry.remove().await.expect("nothing to remove"));
    }

    pub(super) async fn a_key_that_differs_in_any_part_is_another_key(store: Store, other: Store) {
        lock(&store, &key()).await.save(&token("one")).await.expect("saved");
        for key in other_keys() {
            assert_eq!(other.load(&key).await.expect("loaded"), None, "{:?}", key.parts());
            assert!(!lock(&other, &key).await.remove().await.expect("another key"));
        }
        assert_eq!(other.load(&key()).await.expect("loaded"), Some(token("one")));
    }

    pub(super) async fn a_lock_has_one_holder_at_a_time(store: Store, other: Store) {
        let held = lock(&store, &key()).await;
        assert!(store.try_lock(&key()).await.expect("tried").is_none());
        assert!(other.try_lock(&key()).await.expect("tried").is_none());
        drop(held);
        drop(lock(&other, &key()).await);
        drop(lock(&store, &key()).await);
    }

    pub(super) async fn what_was_removed_does_not_come_back(store: Store, other: Store) {
        lock(&store, &key()).await.save(&token("one")).await.expect("saved");
        assert!(lock(&other, &key()).await.remove().await.expect("removed"));
        assert_eq!(store.load(&key()).await.expect("loaded"), None);
        assert!(!lock(&store, &key()).await.remove().await.expect("nothing to remove"));
    }

    pub(super) async fn an_announcement_lasts_as_long_as_its_lock(store: Store, other: Store) {
        let link = "https://auth.carto.com/authorize?state=x".to_owned();
        let first = Announcement::new(&platform(), None);
        let second = Announcement { link: Some(link), ..first.clone() };
        let mut entry = lock(&store, &key()).await;
        for announcement in [first, second] {
            entry.announce(&announcement).await.expect("announced");
            assert_eq!(other.announcement(&key()).await.expect("read"), Some(announcement));
        }
        for key in other_keys() {
            assert_eq!(other.announcement(&key).await.expect("read"), None);
        }
        drop(entry);
        assert_eq!(other.announcement(&key()).await.expect("read"), None);
    }

    pub(super) async fn a_failure_is_left_for_those_who_wait(store: Store, other: Store) {
        let error = Error::new(ErrorKind::Refused, "CARTO refused the sign-in").because("access_denied");
        let failed = Announcement::new(&platform(), None).failed(&error);
        let mut entry = lock(&store, &key()).await;
        entry.announce(&failed).await.expect("announced");
        drop(entry);
        let first_waiter = lock(&other, &key()).await;
        assert_eq!(other.announcement(&key()).await.expect("read"), Some(failed.clone()));
        drop(first_waiter);
        let found = store.announcement(&key()).await.expect("read").expect("left for the next one too");
        let adopted = Error::from(found.outcome.expect("an outcome"));
        assert_eq!(format!("{adopted:?}"), format!("{error:?}"));
        lock(&store, &key()).await.save(&token("one")).await.expect("saved");
        assert_eq!(other.announcement(&key()).await.expect("read"), None, "a success supersedes it");
    }

    pub(super) async fn a_token_that_cannot_be_sent_is_not_stored(store: Store, other: Store) {
        lock(&store, &key()).await.save(&token("good")).await.expect("saved");
        for bad in ["", "two\nlines", "nul\0", "a space"] {
            let mut entry = lock(&store, &key()).await;
            let token = TokenSet::new(Secret::new(bad), NOON, None);
            assert_eq!(entry.save(&token).await.expect_err(bad).kind(), ErrorKind::Storage);
        }
        assert_eq!(other.load(&key()).await.expect("loaded"), Some(token("good")));
    }

    pub(super) async fn debug_shows_no_token(store: Store, _other: Store) {
        let mut entry = lock(&store, &key()).await;
        entry.save(&token("canary")).await.expect("saved");
        assert!(!format!("{store:?} {entry:?}").contains("canary"));
        assert!(!store.location(&key()).is_empty());
    }
}

type Store = Arc<dyn TokenStore>;

const NOON: i64 = 1_800_000_000;

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
    token
}

fn parts() -> KeyParts {
    KeyParts {
        kind: Kind::OAuth,
        issuer: "https://auth.carto.com".into(),
        client_id: "client".into(),
        audience: "carto-cloud-native-api".into(),
        organization: None,
        scopes: vec!["read:maps".into()],
        api_base_url: None,
        account: "default".into(),
    }
}

fn key() -> TokenKey {
    TokenKey::new(parts())
}

/// The key with each part varied.
fn other_keys() -> Vec<TokenKey> {
    vec![
        TokenKey::new(KeyParts { kind: Kind::M2m, ..parts() }),
        TokenKey::new(KeyParts { issuer: "https://auth.example.com".into(), ..parts() }),
        TokenKey::new(KeyParts { client_id: "other".into(), ..parts() }),
        TokenKey::new(KeyParts { audience: "other".into(), ..parts() }),
        TokenKey::new(KeyParts { organization: Some("org_1".into()), ..parts() }),
        TokenKey::new(KeyParts { scopes: vec!["read:maps".into(), "write:maps".into()], ..parts() }),
        TokenKey::new(KeyParts { api_base_url: Some("https://api.example.com".into()), ..parts() }),
        TokenKey::new(KeyParts { account: "work".into(), ..parts() }),
    ]
}

/// Makes one test of each promise for each store.
macro_rules! every_store {
    ($($name:ident => $open:expr,)+) => {$(
        mod $name {
            use super::*;

            fn open(at: &std::path::Path) -> (Store, Store) {
                let open: fn(&std::path::Path) -> (_, _) = $open;
                let (one, other) = open(at);
                (Arc::new(one), Arc::new(other))
            }

            promises_of! {
                open:
                a_saved_token_comes_back_unchanged
                a_missing_key_is_none
                a_key_that_differs_in_any_part_is_another_key
                a_lock_has_one_holder_at_a_time
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
            let (one, other) = $open(folder.path());
            promises::$promise(one, other).await;
        }
    )+};
}
use promises_of;
