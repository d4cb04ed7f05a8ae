//! What is kept between runs, for whom, and what happens where nothing can be kept.
#![allow(clippy::disallowed_methods, reason = "this test damages what was kept")]

mod world;

use std::time::Duration;

use carto_auth::{ErrorKind, Options, Revoked};
use carto_sandbox::{Fault, Route, Settings};
use world::{DAY, Does, World, at_once, job};

#[tokio::test]
async fn the_order_of_scopes_changes_nothing() {
    let world = World::new();
    let scopes = |list: &[&str]| Options {
        scopes: Some(list.iter().map(|scope| (*scope).to_owned()).collect()),
        ..Options::default()
    };
    world.open(&scopes(&["read:account", "read:maps"])).sign_in().await.expect("signed in");
    assert!(
        world.open(&scopes(&["read:maps", "read:account"])).cached_access_token().expect("read").is_some()
    );
}

#[tokio::test]
async fn two_profiles_are_two_sign_ins() {
    let world = World::new();
    world.write_config("[profiles.other]\n");
    let other = Options { profile: Some("other".into()), ..Options::default() };
    world.person().sign_in().await.expect("signed in");
    world.open(&other).sign_in().await.expect("signed in");
    world.open(&other).log_out().await.expect("signed out");
    assert!(world.person().cached_access_token().expect("read").is_some());
    assert!(world.open(&other).cached_access_token().expect("read").is_none());
}

#[tokio::test]
async fn a_file_that_the_caller_names_holds_one_sign_in() {
    let world = World::new();
    let file = world.folder.path().join("a token.json");
    let named = |organization: Option<&str>| {
        let organization = organization.map(str::to_owned);
        world.open(&Options { cache_file: Some(file.clone()), organization, ..Options::default() })
    };
    named(None).sign_in().await.expect("signed in");
    assert!(named(None).cached_access_token().expect("read").is_some());
    assert!(
        world.person().cached_access_token().expect("read").is_none(),
        "it is there and not in the folder"
    );
    assert!(named(Some("org_sandbox")).cached_access_token().expect("read").is_none());
    named(Some("org_sandbox")).sign_in().await.expect("signed in");
    assert!(named(None).cached_access_token().expect("read").is_none(), "it was replaced");
}

#[tokio::test]
async fn without_a_cache_nothing_is_written_at_all() {
    let options = Options { use_cache: Some(false), ..Options::default() };
    let world = World::new().with_port(world::free_port().await);
    let auth = world.open(&options);
    auth.sign_in().await.expect("signed in");
    auth.api_base_url().await.expect("a base URL");
    auth.log_out().await.expect("signed out");
    job(&world, &options).access_token().await.expect("a token");
    let own: Vec<_> = std::fs::read_dir(world.folder.path())
        .expect("the folder")
        .flatten()
        .map(|file| file.file_name())
        .collect();
    assert_eq!(own, ["carto-credentials.json"]);
    assert_eq!(world.person.told().matches("warning: ").count(), 0);
}

#[tokio::test]
async fn a_base_url_that_was_found_is_kept() {
    let world = World::new();
    world.person().sign_in().await.expect("signed in");
    let url = world.person().api_base_url().await.expect("a base URL");
    assert_eq!(world.person().api_base_url().await.expect("kept"), url);
    world.clock.pass(DAY);
    assert_eq!(world.person().api_base_url().await.expect("kept"), url);
    assert_eq!(world.sandbox.requests(Route::Accounts), 1);
}

#[tokio::test]
async fn signing_out_tells_the_server_and_forgets() {
    let world = World::new();
    let auth = world.person();
    auth.sign_in().await.expect("signed in");
    let left = auth.log_out().await.expect("signed out");
    assert!(left.removed && matches!(left.revoked, Revoked::Yes), "{left:?}");
    assert_eq!(world.sandbox.requests(Route::Revoke), 1);
    let world = world.where_browser(Does::NotOpen);
    for auth in [auth, world.person()] {
        assert!(auth.cached_access_token().expect("read").is_none());
        assert!(!auth.log_out().await.expect("nothing left").removed);
    }
    assert_eq!(world.person().access_token().await.expect_err("signed out").kind(), ErrorKind::PersonNeeded);
    assert_eq!(world.sandbox.requests(Route::Revoke), 1);
}

#[tokio::test]
async fn signing_out_forgets_whatever_the_server_says() {
    at_once(
        [Fault::status(503), Fault::Reset, Fault::oauth_error(400, "unsupported_token_type", "no")],
        |fault| async move {
            let world = World::new();
            world.person().sign_in().await.expect("signed in");
            world.sandbox.plan_always(Route::Revoke, fault.clone());
            let left = world.person().log_out().await.expect("signed out");
            assert!(left.removed && matches!(left.revoked, Revoked::Failed(_)), "{fault:?}: {left:?}");
            assert!(world.person().cached_access_token().expect("read").is_none());
        },
    )
    .await;
}

/// From the pause on, the clock runs ahead while nothing answers, which is just what is wanted here.
#[tokio::test]
async fn signing_out_waits_for_no_server_that_never_answers() {
    let world = World::new();
    world.person().sign_in().await.expect("signed in");
    world.sandbox.plan_always(Route::Revoke, Fault::Hang);
    let auth = world.person();
    tokio::time::pause();
    let begun = tokio::time::Instant::now();
    let left = auth.log_out().await.expect("signed out");
    assert!(left.removed, "{left:?}");
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    assert!(world.person().cached_access_token().expect("read").is_none());
}

#[tokio::test]
async fn a_server_without_revocation_is_told_from_one_that_fails() {
    let world = World::new();
    world.sandbox.plan_always(Route::Discovery, Fault::status(404));
    world.person().sign_in().await.expect("signed in");
    let left = world.person().log_out().await.expect("signed out");
    assert!(left.removed && matches!(left.revoked, Revoked::NotOffered), "{left:?}");
}

#[tokio::test]
async fn an_access_token_alone_cannot_be_revoked() {
    let world = World::with(Settings { refresh_tokens: false, ..Settings::default() });
    world.person().sign_in().await.expect("signed in");
    let left = world.person().log_out().await.expect("signed out");
    assert!(left.removed && matches!(left.revoked, Revoked::NothingToRevoke), "{left:?}");
    let job = world.job();
    job.access_token().await.expect("a token");
    assert!(job.log_out().await.expect("forgotten").removed);
    assert!(job.cached_access_token().expect("read").is_none());
}
