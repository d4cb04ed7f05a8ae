//! T27: an API that does not accept a token which we take for good.

use std::time::Duration;

use carto_auth::{ErrorKind, Result};
use carto_sandbox::{Answer, Fault, Route};
use tokio::task::JoinSet;

use crate::world::{Does, World};

#[tokio::test]
async fn t27_two_hundred_tasks_that_see_the_same_401_make_one_renewal() {
    let world = World::new();
    let auth = world.job();
    let old = auth.access_token().await.expect("a token");
    let mut tasks = JoinSet::new();
    for _ in 0..200 {
        let (auth, old) = (auth.clone(), old.clone());
        tasks.spawn(async move {
            auth.invalidate_token(&old);
            auth.access_token().await
        });
    }
    let tokens = tasks.join_all().await;
    assert!(tokens.iter().all(|token| token.as_ref().is_ok_and(|token| *token != old)));
    assert_eq!(world.sandbox.requests(Route::Token), 2);
}

#[tokio::test]
async fn t27_twenty_calls_of_an_api_that_knows_the_token_no_more_make_one_renewal() {
    let world = signed_in().await;
    let auth = world.person();
    auth.api_base_url().await.expect("a base URL");
    world.sandbox.expire_tokens();
    let mut callers = JoinSet::new();
    for i in 0..20 {
        let auth = auth.clone();
        world.sandbox.plan(Route::WarehouseToken, Fault::delay(Duration::from_millis(10 * i)));
        callers.spawn(async move { auth.carto_dw_credentials().await });
    }
    assert!(callers.join_all().await.iter().all(Result::is_ok));
    assert_eq!(world.refreshes(), 1);
}

#[tokio::test]
async fn t27_somebody_late_with_the_token_before_does_not_drop_the_new_one() {
    let world = World::new();
    let auth = world.job();
    let old = auth.access_token().await.expect("a token");
    auth.invalidate_token(&old);
    let new = auth.access_token().await.expect("a new one");
    for _ in 0..5 {
        auth.invalidate_token(&old);
        assert_eq!(auth.access_token().await.expect("the same"), new);
    }
    assert_eq!(world.sandbox.requests(Route::Token), 2);
}

#[tokio::test]
async fn t27_an_api_that_accepts_no_token_is_told_and_makes_no_storm() {
    let world = World::new();
    let auth = world.job();
    world.sandbox.plan_always(Route::WarehouseToken, Answer::api_error(401, "Invalid token"));
    for _ in 0..50 {
        let error = auth.carto_dw_credentials().await.expect_err("not accepted");
        assert_eq!((error.kind(), error.http_status()), (ErrorKind::Refused, Some(401)));
        assert!(error.causes()[0].contains("Invalid token"));
        world.clock.pass(1);
    }
    assert!(world.sandbox.requests(Route::Token) <= 3, "{}", world.sandbox.requests(Route::Token));
}

#[tokio::test]
async fn t27_when_all_tokens_are_revoked_the_one_that_another_process_won_long_ago_is_renewed_too() {
    let world = World::new();
    let (one, other) = (world.job(), world.job());
    let old = one.access_token().await.expect("a token");
    assert_eq!(other.access_token().await.expect("the same"), old);
    other.invalidate_token(&old);
    other.access_token().await.expect("its own");
    world.clock.pass(60);
    world.sandbox.expire_tokens();
    one.carto_dw_credentials().await.expect_err("neither is accepted, and it is asked twice");
    one.carto_dw_credentials().await.expect("with a new one");
    assert_eq!(world.sandbox.requests(Route::Token), 3);
}

#[tokio::test]
async fn t27_a_403_is_about_the_account_and_renews_nothing() {
    let world = World::new();
    let auth = world.job();
    auth.access_token().await.expect("a token");
    world.sandbox.plan_always(Route::WarehouseToken, Answer::api_error(403, "no permission"));
    for _ in 0..5 {
        auth.carto_dw_credentials().await.expect_err("not allowed");
    }
    assert_eq!((world.sandbox.requests(Route::Token), world.sandbox.requests(Route::WarehouseToken)), (1, 5));
}

/// A world in which somebody has signed in; from now on, no browser opens.
async fn signed_in() -> World {
    let world = World::new();
    world.person().sign_in().await.expect("signed in");
    world.where_browser(Does::NotExist)
}
