//! Callers that go away, and locks that others hold.

mod world;

use std::path::PathBuf;
use std::time::Duration;

use carto_auth::platform::Place;
use carto_auth::store::{Announcement, FileStore, TokenStore as _};
use carto_auth::{ErrorKind, Options};
use carto_sandbox::{Fault, Route};
use world::{DAY, Does, HOUR, World};

async fn signed_in() -> World {
    let world = World::new();
    world.person().sign_in().await.expect("signed in");
    world.at(Place::Headless)
}

#[tokio::test]
async fn a_caller_who_gives_up_signs_nobody_out() {
    let world = signed_in().await;
    world.clock.pass(DAY);
    world.sandbox.plan(Route::Token, Fault::delay(Duration::from_millis(300)));
    let auth = world.person();
    let given_up = tokio::time::timeout(Duration::from_millis(150), auth.access_token()).await;
    assert!(given_up.is_err());
    auth.access_token().await.expect("the renewal has gone on");
    world.person().access_token().await.expect("and was kept");
    assert_eq!(world.refreshes(), 1);
}

#[tokio::test]
async fn a_caller_who_gives_up_before_anything_was_sent_loses_nothing() {
    let world = signed_in().await;
    world.clock.pass(DAY);
    world.sandbox.plan(Route::Discovery, Fault::delay(Duration::from_millis(300)));
    let auth = world.person();
    let given_up = tokio::time::timeout(Duration::from_millis(100), auth.access_token()).await;
    assert!(given_up.is_err());
    world.person().access_token().await.expect("a token");
}

#[tokio::test]
async fn a_base_url_that_is_known_waits_for_nobody() {
    let world = signed_in().await;
    let auth = world.person();
    auth.access_token().await.expect("a token");
    let store = FileStore::in_folder(world.cache(), &world.platform());
    let key = store.keys().expect("keys").remove(0);
    let mut held = store.try_lock(&key).await.expect("a store").expect("free");
    let link = Some("https://auth.example.com/".into());
    held.announce(&Announcement::new(&world.platform(), link)).await.expect("announced");
    let url = tokio::time::timeout(Duration::from_secs(10), auth.api_base_url()).await;
    assert_eq!(url.expect("at once").expect("found"), world.sandbox.url());
}

#[tokio::test]
async fn signing_out_does_not_wait_for_a_sign_in_that_waits() {
    let world = World::new().where_browser(Does::Nothing);
    let auth = world.person();
    let waiting = tokio::spawn(async move { auth.sign_in().await });
    world.person.link(0).await;
    let ended = tokio::time::timeout(Duration::from_secs(12), world.person().log_out()).await;
    let error = ended.expect("bounded").expect_err("somebody holds it");
    assert!(error.to_string().contains(&std::process::id().to_string()), "{error}");
    waiting.abort();
}

#[tokio::test]
async fn signing_out_where_nothing_can_be_locked_is_an_error() {
    let world = signed_in().await;
    break_lock(&world);
    let error = world.person().log_out().await.expect_err("it is still there");
    assert_eq!(error.kind(), ErrorKind::Storage);
    assert!(world.person().cached_access_token().expect("read").is_some());
}

#[tokio::test]
async fn a_token_that_lives_is_used_where_nothing_can_be_locked() {
    let world = signed_in().await;
    break_lock(&world);
    world.clock.pass(DAY - 200);
    world.person().access_token().await.expect("it lives for 200 s");
}

#[tokio::test]
async fn a_failure_that_nobody_here_waited_for_is_nobodys() {
    let world = World::new().where_browser(Does::Refuse);
    world.person().sign_in().await.expect_err("refused");
    let world = world.where_browser(Does::SignIn);
    world.clock.pass(HOUR);
    // Another process holds the lock for a moment: a `token`, a `logout`.
    let held = std::fs::File::options().write(true).open(lock_of(&world)).expect("a lock");
    held.lock().expect("held");
    let auth = world.person();
    let signing_in = tokio::spawn(async move { auth.sign_in().await });
    tokio::time::sleep(Duration::from_millis(150)).await;
    drop(held);
    signing_in.await.expect("no panic").expect("signed in");
}

#[tokio::test]
async fn a_refresh_token_that_cannot_be_taken_out_of_its_store_is_not_sent() {
    let world = signed_in().await;
    let kept = world.kept();
    let entry = kept.iter().find(|path| path.extension().is_some_and(|end| end == "json")).expect("an entry");
    // A name for which a lock can be made and a temporary file cannot, as on a full disk.
    let file = world.folder.path().join("n".repeat(245));
    std::fs::copy(entry, &file).expect("copied");
    let options = Options { cache_file: Some(file), ..Options::default() };
    world.clock.pass(DAY);
    for _ in 0..2 {
        world.open(&options).access_token().await.expect_err("it cannot be renewed");
    }
    assert_eq!(world.refresh_tokens_sent().len(), 0);
    world.person().access_token().await.expect("it is still good");
}

/// The lock of the person's tokens.
fn lock_of(world: &World) -> PathBuf {
    let name = |path: &PathBuf| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let is_lock = |name: String| name.starts_with("oauth-") && name.ends_with(".lock");
    world.kept().into_iter().find(|path| name(path).is_some_and(is_lock)).expect("a lock")
}

/// Puts a folder in the place of the lock.
fn break_lock(world: &World) {
    let lock = lock_of(world);
    std::fs::remove_file(&lock).expect("removed");
    std::fs::create_dir(&lock).expect("made");
}
