//! Several people under one user and one home folder, and one person in several processes.

mod world;

use carto_auth::platform::{Clock as _, Owner, Place};
use carto_auth::{CartoAuth, Options, Secret, TokenSet, Wanted};
use world::{DAY, World};

fn notebook_of(world: &World, owner: Owner) -> CartoAuth {
    let mut platform = world.platform();
    platform.owner = owner;
    CartoAuth::open(platform, &Options::default(), Wanted::Person).expect("settings")
}

#[tokio::test]
async fn the_second_person_on_a_machine_does_not_get_the_token_of_the_first() {
    let world = World::new();
    let ada = notebook_of(&world, Owner::Person("ada".into()));
    ada.sign_in().await.expect("signed in");
    assert_eq!(notebook_of(&world, Owner::Person("bob".into())).cached_access_token().expect("read"), None);
    assert_eq!(notebook_of(&world, Owner::User).cached_access_token().expect("read"), None);
    let again = notebook_of(&world, Owner::Person("ada".into()));
    assert_eq!(again.cached_access_token().expect("read"), Some(ada.access_token().await.expect("a token")));
}

#[tokio::test]
async fn nothing_is_kept_for_somebody_who_is_not_known() {
    let world = World::new();
    let somebody = notebook_of(&world, Owner::Unknown);
    somebody.sign_in().await.expect("signed in");
    somebody.access_token().await.expect("in memory");
    assert!(!world.cache().exists(), "nothing is written");
    assert_eq!(notebook_of(&world, Owner::Unknown).cached_access_token().expect("read"), None);
    let warnings = somebody.status().await.expect("a status").warnings;
    assert!(warnings.iter().any(|warning| warning.contains("several people")), "{warnings:?}");
    let world = world.at(Place::Headless);
    let nobody = notebook_of(&world, Owner::Unknown);
    let told = nobody.status().await.expect("a status").error().expect("nobody is signed in");
    let asked = nobody.access_token().await.expect_err("nobody is signed in");
    for error in [told, asked] {
        let hint = error.hint_text().expect("a hint");
        assert!(hint.starts_with("sign in with `CartoAuth.from_oauth()` in a cell"), "{hint}");
    }
}

#[tokio::test]
async fn a_refresh_token_on_a_shared_user_rests_nowhere_but_in_its_process() {
    let world = World::new();
    let ada = notebook_of(&world, Owner::Person("ada".into()));
    ada.sign_in().await.expect("signed in");
    let entry = world.entry();
    assert!(entry["refresh_token"].is_null() && !entry.contains_key("refresh_in_keyring"), "{entry:?}");
    let place = ada.status().await.expect("a status").refresh_location.expect("a place");
    assert!(place.starts_with("in this process only"), "{place}");
    world.clock.pass(2 * DAY);
    ada.access_token().await.expect("renewed");
    world.clock.pass(2 * DAY);
    ada.access_token().await.expect("renewed");
    assert_eq!((world.refreshes(), world.browser.opened().len()), (2, 1));
    world.clock.pass(2 * DAY);
    let again = notebook_of(&world, Owner::Person("ada".into()));
    assert!(!again.status().await.expect("a status").renews);
    again.access_token().await.expect("signed in anew");
    assert_eq!((world.refreshes(), world.browser.opened().len()), (2, 2));
}

#[tokio::test]
async fn a_new_process_has_the_token_and_not_what_would_end_its_parents_sign_in() {
    let world = World::new();
    let options = Options { use_cache: Some(false), ..Options::default() };
    let parent = world.open(&options);
    parent.sign_in().await.expect("signed in");
    let child = parent.in_new_process(world.platform());
    let token_of = |auth: &CartoAuth| auth.cached_token().expect("read").expect("in memory");
    let (theirs, ours) = (token_of(&child), token_of(&parent));
    assert_eq!(theirs.access_token, ours.access_token);
    assert!(ours.refresh_token.is_some() && theirs.refresh_token.is_none());
    let status = child.status().await.expect("a status");
    assert!(status.signed_in && !status.renews && status.warnings.is_empty(), "{status:?}");
    child.log_out().await.expect("signed out");
    assert!(!child.status().await.expect("a status").signed_in);
}

#[tokio::test]
async fn a_token_that_was_won_elsewhere_is_used_to_its_end_and_not_written() {
    let world = World::new();
    let auth = world.person();
    auth.start_with(TokenSet::new(Secret::new("theirs"), world.clock.now(), Some(100)));
    assert_eq!(auth.access_token().await.expect("given").expose(), "theirs");
    assert!(!world.cache().exists());
    world.clock.pass(101);
    assert_ne!(auth.access_token().await.expect("a new one").expose(), "theirs");
}
