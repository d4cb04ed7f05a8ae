//! What belongs to one account never reaches the other.

mod world;

use std::time::Duration;

use carto_auth::Options;
use carto_sandbox::{Answer, Fault, Route};
use world::World;

async fn signed_in() -> World {
    let world = World::new();
    world.person().sign_in().await.expect("signed in");
    world
}

#[tokio::test]
async fn a_token_is_never_sent_to_the_api_of_the_person_before() {
    let world = signed_in().await;
    let auth = world.person();
    auth.api_base_url().await.expect("found");
    world.person().sign_in_as_another().await.expect("another person");
    world.sandbox.plan(Route::WarehouseToken, Answer::api_error(401, "Invalid token"));
    let before = world.sandbox.requests(Route::Accounts);
    auth.carto_dw_credentials().await.expect("a warehouse");
    assert_eq!(
        world.sandbox.requests(Route::Accounts),
        before + 1,
        "where the new token belongs is looked up"
    );
}

#[test]
fn one_sign_in_serves_another_handle_only_where_their_tokens_go_by_one_key() {
    let world = World::new();
    let open = |organization: &str, use_cache| {
        let organization = Some(organization.to_owned());
        world.open(&Options { organization, use_cache: Some(use_cache), ..Options::default() })
    };
    let ours = open("org_sandbox", true);
    assert!(ours.is_same_sign_in(&open("org_sandbox", true)));
    assert!(ours.is_same_sign_in(&open("org_sandbox", false)), "where it is kept is another matter");
    assert!(!ours.is_same_sign_in(&open("org_other", true)));
    assert!(!ours.is_same_sign_in(&world.job()));
}

#[tokio::test]
async fn a_base_url_is_kept_only_with_the_token_it_was_found_with() {
    let world = signed_in().await;
    let auth = world.person();
    let first = auth.access_token().await.expect("a token");
    world.sandbox.plan(Route::Accounts, Fault::delay(Duration::from_millis(400)));
    let asking = auth.clone();
    let asking = tokio::spawn(async move { asking.api_base_url().await });
    while world.sandbox.requests(Route::Accounts) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    auth.sign_in_as_another().await.expect("another person");
    assert_ne!(auth.access_token().await.expect("a token"), first);
    asking.await.expect("no panic").expect("found");
    auth.api_base_url().await.expect("found");
    assert_eq!(world.sandbox.requests(Route::Accounts), 2, "it is looked up for the new token");
}

#[tokio::test]
async fn workers_that_were_refused_one_token_after_each_other_cause_one_renewal() {
    let world = signed_in().await;
    let auth = world.person();
    let refused = auth.access_token().await.expect("a token");
    for _ in 0..5 {
        auth.invalidate_token(&refused);
        assert_ne!(auth.access_token().await.expect("another"), refused);
    }
    assert_eq!(world.refreshes(), 1);
}
