//! A refresh token is sent once, whatever becomes of the lock, the store, the answer and whoever asked.
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
use carto_sandbox::{Fault, Route, Settings};
use world::{DAY, Front, World};

#[tokio::test]
async fn where_the_store_can_be_read_and_not_locked_nothing_is_sent() {
    let world = signed_in().await;
    let lock = file(&world, "lock");
    std::fs::remove_file(&lock).expect("removed");
    std::fs::create_dir(&lock).expect("in the way");
    world.clock.pass(DAY - 100);
    for _ in 0..3 {
        world.person().access_token().await.expect("it lives");
    }
    world.clock.pass(200);
    assert_eq!(world.person().access_token().await.expect_err("ended").kind(), ErrorKind::Storage);
    assert_eq!(world.refreshes(), 0);
}

#[tokio::test]
async fn whoever_lost_the_lock_before_the_mark_sends_nothing_and_has_what_the_other_got() {
    let world = signed_in().await;
    world.clock.pass(DAY);
    // The first one stands still while it asks where the endpoint is, and its lock is deleted.
    world.sandbox.plan(Route::Discovery, Fault::delay(Duration::from_millis(600)));
    let slow = world.person();
    let slow = tokio::spawn(async move { slow.access_token().await });
    until(|| world.sandbox.requests(Route::Discovery) == 2).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    std::fs::remove_file(file(&world, "lock")).expect("deleted");
    let renewed = world.person().access_token().await.expect("renewed by another");
    assert_eq!(slow.await.expect("no panic").expect("adopted"), renewed);
    assert_all_differ(&world);
    world.clock.pass(DAY);
    world.person().access_token().await.expect("the sign-in has outlived it");
}

#[tokio::test]
async fn whoever_lost_the_lock_is_not_told_that_the_sign_in_has_ended() {
    let world = signed_in().await;
    world.clock.pass(DAY);
    world.sandbox.plan(Route::Discovery, Fault::delay(Duration::from_millis(400)));
    let slow = world.person();
    let slow = tokio::spawn(async move { slow.access_token().await });
    until(|| world.sandbox.requests(Route::Discovery) == 2).await;
    std::fs::remove_file(file(&world, "lock")).expect("deleted");
    // The other one has the next lock, and is at it for longer than the first one waits.
    world.sandbox.plan(Route::Token, Fault::delay(Duration::from_secs(4)));
    let other = world.person();
    let other = tokio::spawn(async move { other.access_token().await });
    let error = slow.await.expect("no panic").expect_err("nothing is there yet");
    assert_eq!((error.kind(), error.hint_text()), (ErrorKind::Network, Some("try again")), "{error}");
    other.await.expect("no panic").expect("renewed");
    assert_all_differ(&world);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_slept_through_anothers_renewal_puts_no_old_token_in_place_of_a_new_one() {
    let world = World::new();
    let vault = MemoryVault::new();
    with_vault(&world, vault.clone()).sign_in().await.expect("signed in");
    let world = world.at(Place::Headless);
    world.clock.pass(DAY);
    // While the keyring gives the old one, the lock is deleted, another renews, and its lock is deleted as well.
    let (lock, other) = (file(&world, "lock"), with_vault(&world, vault.clone()));
    let meanwhile = move || {
        std::fs::remove_file(&lock).expect("deleted");
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(other.access_token()).expect("renewed by another");
        std::fs::remove_file(&lock).expect("deleted again");
    };
    let slow = Slow {
        vault: vault.clone(),
        left: AtomicUsize::new(2),
        meanwhile: Mutex::new(Some(Box::new(meanwhile))),
    };
    let token = with_vault(&world, slow).access_token().await.expect("what the other got");
    assert_eq!(with_vault(&world, vault.clone()).access_token().await.expect("kept"), token);
    world.clock.pass(DAY);
    with_vault(&world, vault).access_token().await.expect("the sign-in has outlived it");
    assert_eq!(world.refreshes(), 2);
    assert_all_differ(&world);
}

#[tokio::test]
async fn one_in_memory_alone_is_not_sent_again_when_its_caller_has_gone() {
    let world = signed_in().await;
    let auth = unkept(&world).await;
    world.clock.pass(DAY - 100);
    world.sandbox.plan(Route::Token, Fault::delay(Duration::from_millis(600)));
    tokio::time::timeout(Duration::from_millis(200), auth.access_token()).await.expect_err("it has gone");
    tokio::time::sleep(Duration::from_millis(800)).await;
    world.clock.pass(400);
    auth.access_token().await.expect("what the renewal brought");
    world.clock.pass(DAY);
    auth.access_token().await.expect("renewed with the next one");
    assert_eq!(world.refreshes(), 2);
    assert_all_differ(&world);
}

#[tokio::test]
async fn a_refusal_that_is_not_about_the_refresh_token_leaves_it_good() {
    for (status, code) in [
        (400, "temporarily_unavailable"),
        (400, "server_error"),
        (403, "too_many_requests"),
        (401, "invalid_client"),
        (400, "invalid_request"),
    ] {
        let world = signed_in().await;
        world.clock.pass(DAY);
        world.sandbox.plan(Route::Token, Fault::oauth_error(status, code, "later"));
        world.person().access_token().await.expect_err("refused");
        world.person().access_token().await.expect("renewed");
    }
}

#[tokio::test]
async fn what_a_machine_without_our_lock_has_put_there_stays_and_ours_is_not_sent() {
    let world = signed_in().await;
    world.clock.pass(DAY);
    world.sandbox.plan(Route::Discovery, Fault::delay(Duration::from_millis(400)));
    let auth = world.person();
    let renewing = tokio::spawn(async move { auth.access_token().await });
    until(|| world.sandbox.requests(Route::Discovery) == 2).await;
    world.change_what_is_kept(|entry| {
        entry.insert("refresh_token".into(), "sandbox-theirs".into());
    });
    let error = renewing.await.expect("no panic").expect_err("changed meanwhile");
    assert_eq!(error.kind(), ErrorKind::Network, "{error}");
    assert_eq!((world.refreshes(), world.entry()["refresh_token"].as_str()), (0, Some("sandbox-theirs")));
}

#[tokio::test]
async fn one_that_is_refused_is_forgotten_with_its_mark() {
    let world = signed_in().await;
    world.clock.pass(DAY);
    world.sandbox.plan(Route::Token, Fault::oauth_error(403, "invalid_grant", "it has ended"));
    world.person().access_token().await.expect_err("refused");
    let entry = world.entry();
    assert!(entry["refresh_token"].is_null() && !entry.contains_key("refresh_sent_at"));
}

#[tokio::test]
async fn after_a_refusal_what_another_has_sent_already_is_not_sent() {
    let world = signed_in().await;
    world.clock.pass(DAY);
    let refusal = Fault::oauth_error(403, "invalid_grant", "it has ended");
    let later = Fault::After { delay: Duration::from_millis(300), then: Box::new(refusal) };
    world.sandbox.plan(Route::Token, later);
    let auth = world.person();
    let renewing = tokio::spawn(async move { auth.access_token().await });
    until(|| world.refreshes() == 1).await;
    world.change_what_is_kept(|entry| {
        entry.insert("access_token".into(), "sandbox-ended".into());
        entry.insert("refresh_token".into(), "sandbox-theirs".into());
    });
    let error = renewing.await.expect("no panic").expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::PersonNeeded, "{error}");
    assert_eq!(world.refreshes(), 1);
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_leaves_no_mark() {
    let world = World::with(Settings { issuer_in_answer: false, ..Settings::default() });
    let mut front = Front::before(world.sandbox.url()).await;
    let world = world.with_variable("CARTO_AUTH_URL", front.url());
    world.person().sign_in().await.expect("signed in");
    let world = world.at(Place::Headless);
    world.clock.pass(DAY);
    front.close().await;
    let auth = world.person();
    let asking = tokio::spawn(async move { auth.access_token().await });
    // In the pauses between two attempts, too.
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert!(!world.entry().contains_key("refresh_sent_at"));
    asking.await.expect("no panic").expect_err("nobody is there");
    assert!(!world.entry().contains_key("refresh_sent_at"));
}

#[tokio::test]
async fn a_server_that_is_back_within_a_second_is_asked_again() {
    let world = World::with(Settings { issuer_in_answer: false, ..Settings::default() });
    let mut front = Front::before(world.sandbox.url()).await;
    let world = world.with_variable("CARTO_AUTH_URL", front.url());
    // One that knows the endpoints already.
    let auth = world.person();
    auth.sign_in().await.expect("signed in");
    world.clock.pass(DAY);
    front.close().await;
    let asking = tokio::spawn(async move { auth.access_token().await });
    tokio::time::sleep(Duration::from_millis(700)).await;
    front.open().await;
    asking.await.expect("no panic").expect("renewed");
    assert_eq!(world.refreshes(), 1);
}

#[tokio::test]
async fn a_slow_answer_is_waited_for_though_the_old_token_lives() {
    let world = signed_in().await;
    let old = world.person().access_token().await.expect("a token");
    world.clock.pass(DAY - 200);
    world.sandbox.plan(Route::Token, Fault::delay(Duration::from_millis(5_500)));
    // It may be a command, which ends with the answer.
    let auth = world.person();
    assert_ne!(auth.access_token().await.expect("the new one"), old);
    assert!(!world.entry().contains_key("refresh_sent_at"));
}

/// A world in which somebody has signed in, where nobody is now.
async fn signed_in() -> World {
    let world = World::new();
    world.person().sign_in().await.expect("signed in");
    world.at(Place::Headless)
}

/// A sign-in that can be kept nowhere but in memory: something is in the place of its file.
async fn unkept(world: &World) -> CartoAuth {
    let entry = file(world, "json");
    world.person().log_out().await.expect("signed out");
    std::fs::create_dir(&entry).expect("in the way");
    let mut platform = world.platform();
    platform.place = Place::Desktop;
    let options = Options { unasked_browser: Some(false), ..Options::default() };
    let auth = CartoAuth::open(platform, &options, Wanted::Person).expect("settings");
    auth.sign_in().await.expect("signed in, in memory");
    auth
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

fn file(world: &World, ending: &str) -> PathBuf {
    let is_it = |path: &PathBuf| path.extension().is_some_and(|own| own == ending);
    world.kept().into_iter().find(is_it).expect("a file")
}

fn assert_all_differ(world: &World) {
    let sent = world.refresh_tokens_sent();
    assert_eq!(sent.iter().collect::<HashSet<_>>().len(), sent.len(), "one was sent twice");
}

async fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
