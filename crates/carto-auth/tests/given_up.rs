//! What callers leave behind who do not wait, and what programs do that end before an answer comes.

#![allow(clippy::disallowed_methods, reason = "a test stands outside of the platform")]

mod world;

use std::path::PathBuf;
use std::time::Duration;

use carto_auth::{CartoAuth, ErrorKind, Options};
use carto_sandbox::{Fault, Route};
use world::{DAY, Does, World};

#[tokio::test]
async fn whoever_comes_while_a_renewal_in_memory_goes_on_waits_for_it_and_nobody_is_asked() {
    for unasked_browser in [true, false] {
        let world = World::new();
        let lock = lock_of(&world).await;
        std::fs::remove_file(&lock).expect("removed");
        std::fs::create_dir(&lock).expect("in the way");
        let auth = world.open(&Options { unasked_browser: Some(unasked_browser), ..Options::default() });
        auth.sign_in().await.expect("signed in");
        let tabs = world.browser.opened().len();
        let old = auth.access_token().await.expect("a token");
        give_up_on_a_renewal(&world, &auth).await;
        std::fs::remove_dir(&lock).expect("the store works again");
        assert_ne!(auth.access_token().await.expect("what was renewed"), old);
        assert_eq!((world.browser.opened().len(), world.refreshes()), (tabs, 1));
    }
}

#[tokio::test]
async fn a_token_that_could_not_be_written_is_waited_for_while_it_is_renewed_in_memory() {
    let world = World::new();
    let lock = lock_of(&world).await;
    let entry = lock.with_extension("json");
    std::fs::create_dir(&entry).expect("in the way");
    let auth = world.person();
    auth.sign_in().await.expect("signed in");
    std::fs::remove_dir(&entry).expect("removed");
    std::fs::remove_file(&lock).expect("removed");
    std::fs::create_dir(&lock).expect("in the way");
    let tabs = world.browser.opened().len();
    give_up_on_a_renewal(&world, &auth).await;
    std::fs::remove_dir(&lock).expect("the store works again");
    auth.access_token().await.expect("what was renewed");
    assert_eq!((world.browser.opened().len(), world.refreshes()), (tabs, 1));
}

#[tokio::test]
async fn callers_who_give_up_on_a_tab_count_like_a_person_who_did_not_come() {
    let world = World::new().where_browser(Does::Nothing);
    let mut opened = Vec::new();
    for minute in 0..=70 {
        let before = world.browser.opened().len();
        let auth = world.person();
        let _ = tokio::time::timeout(Duration::from_millis(300), auth.access_token()).await;
        if world.browser.opened().len() > before {
            opened.push(minute);
        }
        world.clock.pass(60);
    }
    assert_eq!(opened, [0, 10, 30, 70]);
}

#[tokio::test]
async fn tabs_beside_a_store_that_does_not_work_count_in_memory() {
    let world = World::new().where_browser(Does::Refuse);
    std::fs::write(world.cache(), "in the way of the folder").expect("written");
    let auth = world.person();
    let mut opened = Vec::new();
    for minute in 0..=70 {
        let before = world.browser.opened().len();
        auth.access_token().await.expect_err("nobody signs in");
        if world.browser.opened().len() > before {
            opened.push(minute);
        }
        world.clock.pass(60);
    }
    assert_eq!(opened, [0, 10, 30, 70]);
}

#[tokio::test]
async fn whoever_asks_for_a_sign_in_gets_one_after_a_caller_who_gave_up() {
    let world = World::new().where_browser(Does::Nothing);
    let _ = tokio::time::timeout(Duration::from_millis(300), world.person().access_token()).await;
    let world = world.where_browser(Does::SignIn);
    world.person().sign_in().await.expect("signed in");
    world.person().access_token().await.expect("a token");
}

#[tokio::test]
async fn what_a_renewal_leaves_of_its_mark_does_not_make_a_tab_be_forgotten() {
    let world = World::new();
    world.person().sign_in().await.expect("signed in");
    world.clock.pass(DAY);
    let world = world.where_browser(Does::Refuse);
    world.sandbox.plan_always(Route::Token, Fault::oauth_error(400, "unauthorized_client", "no"));
    for _ in 0..=10 {
        world.person().access_token().await.expect_err("nobody signs in");
        world.clock.pass(59);
    }
    assert_eq!(world.browser.opened().len(), 1);
}

#[tokio::test]
async fn a_refresh_token_that_a_refusal_spares_is_not_sent_at_every_call() {
    let world = World::new();
    let options = Options { unasked_browser: Some(false), ..Options::default() };
    world.person().sign_in().await.expect("signed in");
    world.clock.pass(DAY);
    world.sandbox.plan_always(Route::Token, Fault::oauth_error(400, "unauthorized_client", "no"));
    let auth = world.open(&options);
    for _ in 0..50 {
        assert_eq!(auth.access_token().await.expect_err("refused").kind(), ErrorKind::PersonNeeded);
    }
    assert_eq!(world.refreshes(), 3);
    world.sandbox.plan_nothing(Route::Token);
    world.clock.pass(3);
    auth.access_token().await.expect("put right");
}

#[test]
fn programs_that_end_soon_make_one_request_together_to_a_server_that_takes_long() {
    let world = World::new();
    let run = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let token = runtime.block_on(world.job().access_token()).expect("a token");
        runtime.shutdown_background();
        token
    };
    let old = run();
    world.clock.pass(DAY - 200);
    world.sandbox.plan(Route::Token, Fault::delay(Duration::from_millis(5_300)));
    for _ in 0..4 {
        assert_ne!(run(), old);
        world.clock.pass(2);
    }
    assert_eq!(world.sandbox.requests(Route::Token), 2);
}

#[tokio::test]
async fn a_sign_in_that_was_asked_for_and_given_up_opens_no_tab_for_those_who_asked_for_none() {
    let world = World::new().where_browser(Does::Nothing);
    let soon = Duration::from_millis(200);
    let asked = tokio::time::timeout(soon, world.person().access_token()).await;
    asked.expect_err("a tab waits");
    world.clock.pass(300);
    tokio::time::timeout(soon, world.person().sign_in()).await.expect_err("another, which was asked for");
    assert_eq!(world.browser.opened().len(), 2);
    for _ in 0..9 {
        world.clock.pass(60);
        world.person().access_token().await.expect_err("nobody is asked");
    }
    assert_eq!(world.browser.opened().len(), 2);
}

/// The file of the lock of a person who has been here.
async fn lock_of(world: &World) -> PathBuf {
    world.person().sign_in().await.expect("signed in");
    let lock = world.kept().into_iter().find(|path| path.extension().is_some_and(|own| own == "lock"));
    world.person().log_out().await.expect("signed out");
    lock.expect("a lock")
}

/// A caller whose renewal goes on without it.
async fn give_up_on_a_renewal(world: &World, auth: &CartoAuth) {
    world.clock.pass(DAY);
    world.sandbox.plan(Route::Token, Fault::delay(Duration::from_millis(1_500)));
    let given_up = tokio::time::timeout(Duration::from_millis(400), auth.access_token()).await;
    assert!(given_up.is_err() && world.refreshes() == 1);
}
