//! A refresh token whose answer did not come, or said nothing about it: sent once, and spared where that is safe.
#![cfg(target_os = "linux")]
#![allow(clippy::disallowed_methods, reason = "a test stands outside of the platform")]

mod world;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use carto_auth::platform::{Keyring, KeyringFault, MemoryVault, Place, Vault};
use carto_auth::{CartoAuth, ErrorKind, Options, Secret, Wanted};
use carto_sandbox::{Answer, Fault, Route};
use world::{DAY, World};

#[tokio::test]
async fn an_answer_that_may_be_a_gateways_leaves_a_refresh_token_in_doubt() {
    for status in [408, 421, 425, 499, 500, 502, 503, 504] {
        let world = signed_in().await;
        world.clock.pass(DAY);
        world.sandbox.plan(Route::Token, Answer::empty(status));
        world.person().access_token().await.expect_err("no token");
        assert!(world.entry().contains_key("refresh_sent_at"), "{status}");
        let error = world.person().access_token().await.expect_err("it is not sent again");
        assert_eq!((error.kind(), world.refreshes()), (ErrorKind::PersonNeeded, 1), "{status}: {error}");
    }
}

#[tokio::test]
async fn an_answer_that_says_that_nothing_was_done_spares_it() {
    let later = Answer::empty(503).header("retry-after", "1");
    for answer in [302, 403, 404, 429].map(Answer::empty).into_iter().chain([later]) {
        let case = format!("{answer:?}");
        let world = signed_in().await;
        world.clock.pass(DAY);
        world.sandbox.plan(Route::Token, answer);
        world.person().access_token().await.expect_err("no token");
        assert!(!world.entry().contains_key("refresh_sent_at"), "{case}");
        world.clock.pass(4_000);
        world.person().access_token().await.expect("renewed with it");
        assert_eq!(world.refreshes(), 2, "{case}");
    }
}

#[tokio::test]
async fn a_server_that_was_silent_gets_none_at_the_second_look_either() {
    let world = signed_in().await;
    world.clock.pass(DAY - 200);
    world.sandbox.plan_always(Route::Discovery, Fault::Hang);
    let auth = world.person();
    auth.access_token().await.expect("the old one");
    world.clock.pass(35);
    auth.access_token().await.expect("the old one");
    assert_eq!((world.refreshes(), world.entry().contains_key("refresh_sent_at")), (0, false));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_whose_answer_another_lost_is_not_sent_though_both_locks_are_gone() {
    let world = World::new();
    let vault = MemoryVault::new();
    with_vault(&world, vault.clone()).sign_in().await.expect("signed in");
    let world = world.at(Place::Headless);
    world.clock.pass(DAY);
    world.sandbox.plan(Route::Token, Fault::LoseAnswer);
    // While the keyring gives it, the lock is deleted, another sends it, and its lock is deleted as well.
    let (lock, other) = (lock_file(&world), with_vault(&world, vault.clone()));
    let meanwhile = move || {
        std::fs::remove_file(&lock).expect("deleted");
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(other.access_token()).expect_err("the answer is lost");
        std::fs::remove_file(&lock).expect("deleted again");
    };
    let slow = Slow { vault, left: AtomicUsize::new(2), meanwhile: Mutex::new(Some(Box::new(meanwhile))) };
    with_vault(&world, slow).access_token().await.expect_err("nothing may be sent");
    let sent = world.refresh_tokens_sent();
    assert_eq!((sent.len(), sent.iter().collect::<HashSet<_>>().len()), (1, 1));
    assert!(world.entry().contains_key("refresh_sent_at"), "the other's mark stays");
}

#[test]
fn a_persons_renewal_that_outlives_its_call_keeps_nobody_else() {
    use carto_auth::blocking;
    let world = wait_for(signed_in());
    let auth = blocking::CartoAuth::open(world.platform(), &Options::default(), Wanted::Person);
    let auth = auth.expect("settings");
    let first = auth.access_token().expect("a token");
    world.clock.pass(DAY - 200);
    world.sandbox.plan(Route::Token, Fault::delay(Duration::from_millis(5_500)));
    assert_eq!(auth.access_token().expect("it lives"), first);
    // No call is made meanwhile: what was begun goes on by itself, and frees its lock.
    wait_for(async {
        let is_over = async {
            while world.entry().contains_key("refresh_sent_at") {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), is_over).await.expect("it goes on between calls");
    });
    world.clock.pass(300);
    let other = wait_for(async { world.person().access_token().await }).expect("what it brought");
    assert_ne!(other, first);
    assert_eq!(world.refreshes(), 1);
}

/// A world in which somebody has signed in, where nobody is now.
async fn signed_in() -> World {
    let world = World::new();
    world.person().sign_in().await.expect("signed in");
    world.at(Place::Headless)
}

fn wait_for<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(work)
}

/// A person whose refresh token rests in this keyring.
fn with_vault(world: &World, vault: impl Vault + 'static) -> CartoAuth {
    let mut platform = world.platform();
    platform.keyring = Keyring::new(Arc::new(vault));
    CartoAuth::open(platform, &Options::default(), Wanted::Person).expect("settings")
}

/// A keyring in whose second answer something happens, after the secret was read.
struct Slow {
    vault: MemoryVault,
    left: AtomicUsize,
    meanwhile: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl std::fmt::Debug for Slow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Slow")
    }
}

impl Vault for Slow {
    fn get(&self, name: &str) -> Result<Option<Secret>, KeyringFault> {
        let found = self.vault.get(name);
        if !name.starts_with("probe") && self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            let meanwhile = self.meanwhile.lock().expect("whole").take();
            meanwhile.expect("it happens once")();
        }
        found
    }

    fn set(&self, name: &str, secret: &Secret) -> Result<(), KeyringFault> {
        self.vault.set(name, secret)
    }

    fn delete(&self, name: &str) -> Result<bool, KeyringFault> {
        self.vault.delete(name)
    }
}

fn lock_file(world: &World) -> PathBuf {
    let is_it = |path: &PathBuf| path.extension().is_some_and(|own| own == "lock");
    world.kept().into_iter().find(is_it).expect("a file")
}
