//! A renewal that something is in the way of: the sign-in stays good, nothing is sent twice, and who asked is told why.
#![cfg(target_os = "linux")]
#![allow(clippy::disallowed_methods, reason = "a test stands outside of the platform")]

mod world;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use carto_auth::platform::{Keyring, KeyringFault, MemoryVault, Place, Vault};
use carto_auth::{CartoAuth, ErrorKind, Options, Secret, Wanted};
use carto_sandbox::{Fault, Route};
use tokio::runtime::Runtime;
use world::{DAY, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_overtaken_while_the_keyring_answers_sends_nothing() {
    let world = World::new();
    let vault = MemoryVault::new();
    with_vault(&world, vault.clone()).sign_in().await.expect("signed in");
    let world = world.at(Place::Headless);
    world.clock.pass(DAY);
    let (lock, other) = (lock_of(&world), with_vault(&world, vault.clone()));
    // Between the look and the mark the lock is lost, and another renews with the same refresh token.
    let slow = Slow::new(vault.clone(), 2, move || {
        std::fs::remove_file(&lock).expect("removed");
        Runtime::new().expect("a runtime").block_on(other.access_token()).expect("renewed");
    });
    with_vault(&world, slow).access_token().await.expect("what the other got");
    let sent = world.refresh_tokens_sent();
    assert_eq!((sent.len(), sent.iter().collect::<HashSet<_>>().len()), (1, 1), "{sent:?}");
    world.clock.pass(DAY);
    with_vault(&world, vault).access_token().await.expect("the sign-in has outlived it");
}

#[tokio::test]
async fn ten_that_wait_for_a_persons_renewal_that_fails_are_told_the_same_without_asking() {
    let world = World::new();
    world.person().sign_in().await.expect("signed in");
    let world = world.at(Place::Headless);
    world.clock.pass(DAY);
    let (delay, then) = (Duration::from_millis(500), Box::new(Fault::status(429)));
    world.sandbox.plan_always(Route::Token, Fault::After { delay, then });
    let before = world.sandbox.requests(Route::Token);
    let people: Vec<_> = (0..10).map(|_| world.person()).collect();
    let calls = people.into_iter().map(|auth| tokio::spawn(async move { auth.access_token().await }));
    for call in calls.collect::<Vec<_>>() {
        let error = call.await.expect("no panic").expect_err("asked too often");
        assert_eq!((error.kind(), error.http_status()), (ErrorKind::Network, Some(429)), "{error}");
    }
    assert_eq!(world.sandbox.requests(Route::Token) - before, 1);
}

#[tokio::test]
async fn a_sign_in_that_cannot_be_kept_is_shown_for_what_it_is_by_the_process_that_has_it() {
    let world = World::new().with_variable("CARTO_AUTH_CACHE_DIR", "/proc/nowhere");
    for auth in [world.person(), world.job()] {
        auth.access_token().await.expect("it works in memory");
        let status = auth.status().await.expect("a status");
        assert!(status.signed_in && status.renews, "{status:?}");
        assert_eq!(status.email.as_deref(), Some("ada@example.com"));
        assert!(status.time_left.is_some_and(|left| left > DAY - 60), "{status:?}");
        assert_eq!(status.location.as_deref(), Some("this process only"));
        let [warning] = &status.warnings[..] else { panic!("{:?}", status.warnings) };
        assert!(warning.contains("could not be kept"), "{warning}");
        let person = status.kind == "person";
        assert_eq!(status.refresh_location.as_deref(), person.then_some("in this process only"));
        let url = auth.api_base_url().await.expect("found");
        assert_eq!(auth.status().await.expect("a status").api_base_url, Some(url));
        if person {
            assert!(auth.log_out().await.expect("nothing is in the way").removed);
        }
    }
    let other = world.person().status().await.expect("a status");
    assert!(!other.signed_in && other.warnings.is_empty(), "{other:?}");
}

#[tokio::test]
async fn a_store_that_cannot_be_locked_is_told_and_no_browser_opens() {
    let world = World::new();
    world.person().sign_in().await.expect("signed in");
    let lock = lock_of(&world);
    std::fs::remove_file(&lock).expect("removed");
    std::fs::create_dir(&lock).expect("in the way");
    world.clock.pass(DAY);
    let opened = world.browser.opened().len();
    let error = world.person().access_token().await.expect_err("it cannot be renewed");
    assert_eq!(error.kind(), ErrorKind::Storage);
    assert!(error.to_string().ends_with(".lock` cannot be locked"), "{error}");
    assert!(error.hint_text().is_some_and(|hint| hint.contains("move what is in the way")), "{error:?}");
    assert_eq!((world.browser.opened().len(), world.refreshes()), (opened, 0));
    // Once it is out of the way, the sign-in goes on.
    std::fs::remove_dir(&lock).expect("removed");
    world.person().access_token().await.expect("renewed");
}

#[tokio::test]
async fn who_signed_in_while_the_store_could_not_be_locked_is_renewed_and_kept_once_it_can() {
    let world = World::new();
    let auth = world.person();
    auth.sign_in().await.expect("signed in");
    let lock = lock_of(&world);
    world.kept().iter().for_each(|file| std::fs::remove_file(file).expect("removed"));
    std::fs::create_dir(&lock).expect("in the way");
    world.clock.pass(DAY);
    auth.sign_in().await.expect("signed in beside the store");
    std::fs::remove_dir(&lock).expect("removed");
    world.clock.pass(DAY);
    let token = auth.access_token().await.expect("renewed");
    assert_eq!((world.browser.opened().len(), world.refreshes()), (2, 1), "nobody was asked again");
    assert_eq!(world.entry()["access_token"], token.expose());
    world.clock.pass(DAY);
    world.person().access_token().await.expect("renewed by another process");
    assert_eq!((world.browser.opened().len(), world.refreshes()), (2, 2));
}

#[tokio::test]
async fn a_keyring_that_is_locked_is_told_and_no_browser_opens() {
    let world = World::new();
    let vault = MemoryVault::new();
    with_vault(&world, vault.clone()).sign_in().await.expect("signed in");
    world.clock.pass(DAY);
    let opened = world.browser.opened().len();
    let error = with_vault(&world, Locked).access_token().await.expect_err("it cannot be renewed");
    assert_eq!(error.kind(), ErrorKind::PersonNeeded);
    assert_eq!(error.to_string(), "the refresh token is in the system's keyring, which cannot be read now");
    assert_eq!(error.causes(), ["the system's keyring is locked"]);
    assert!(error.hint_text().is_some_and(|hint| hint.starts_with("unlock the keyring")), "{error:?}");
    assert_eq!(world.browser.opened().len(), opened);
    with_vault(&world, vault).access_token().await.expect("renewed, once it is unlocked");
}

fn with_vault(world: &World, vault: impl Vault + 'static) -> CartoAuth {
    let mut platform = world.platform();
    platform.keyring = Keyring::new(Arc::new(vault));
    CartoAuth::open(platform, &Options::default(), Wanted::Person).expect("settings")
}

fn lock_of(world: &World) -> PathBuf {
    let is_lock = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "lock");
    world.kept().into_iter().find(is_lock).expect("a lock")
}

type Meanwhile = Box<dyn FnOnce() + Send>;

/// A keyring during one of whose answers something happens.
struct Slow(MemoryVault, Mutex<(usize, Option<Meanwhile>)>);

impl Slow {
    fn new(vault: MemoryVault, answer: usize, meanwhile: impl FnOnce() + Send + 'static) -> Self {
        Self(vault, Mutex::new((answer, Some(Box::new(meanwhile)))))
    }
}

impl std::fmt::Debug for Slow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Slow")
    }
}

impl Vault for Slow {
    fn get(&self, name: &str) -> Result<Option<Secret>, KeyringFault> {
        let found = self.0.get(name);
        if !name.starts_with("probe") {
            let mut turn = self.1.lock().expect("a lock");
            turn.0 = turn.0.wrapping_sub(1);
            if turn.0 == 0
                && let Some(meanwhile) = turn.1.take()
            {
                meanwhile();
            }
        }
        found
    }

    fn set(&self, name: &str, secret: &Secret) -> Result<(), KeyringFault> {
        self.0.set(name, secret)
    }

    fn delete(&self, name: &str) -> Result<bool, KeyringFault> {
        self.0.delete(name)
    }
}

#[derive(Debug)]
struct Locked;

impl Vault for Locked {
    fn get(&self, _: &str) -> Result<Option<Secret>, KeyringFault> {
        Err(KeyringFault::Locked)
    }

    fn set(&self, _: &str, _: &Secret) -> Result<(), KeyringFault> {
        Err(KeyringFault::Locked)
    }

    fn delete(&self, _: &str) -> Result<bool, KeyringFault> {
        Err(KeyringFault::Locked)
    }
}
