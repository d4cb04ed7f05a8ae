//! A server that wants to be left alone for a while, and one that is away.

use std::sync::Arc;

use carto_auth::ErrorKind;
use carto_auth::platform::Clock as _;
use carto_sandbox::{Answer, Fault, Recorded, Route};

use crate::hint::{hint_of, number};
use crate::world::World;

#[tokio::test]
async fn a_server_that_asks_for_time_is_asked_again_after_it() {
    let world = World::new();
    let clock = Arc::clone(&world.clock);
    let until = clock.now() + 40;
    world.sandbox.plan_always_with(Route::Token, move |_: &Recorded| match until - clock.now() {
        left @ 1.. => Answer::oauth_error(429, "too_many_requests", "slow down")
            .header("retry-after", left.to_string())
            .into(),
        _ => Fault::None,
    });
    let error = world.job().access_token().await.expect_err("too early");
    assert_eq!(error.kind(), ErrorKind::Network);
    let seconds = number(&hint_of(&error, "try-again-in-s"), " s");
    world.clock.pass(seconds - 1);
    hint_of(&world.job().access_token().await.expect_err("still too early"), "try-again-in-s");
    world.clock.pass(1);
    world.job().access_token().await.expect("a token");
}

#[tokio::test]
async fn a_server_that_is_away_is_asked_again_when_the_next_attempt_is_made() {
    let world = World::new();
    let auth = world.job();
    let away = Fault::oauth_error(400, "temporarily_unavailable", "later");
    world.sandbox.plan_always(Route::Token, away);
    for _ in 0..3 {
        let error = auth.access_token().await.expect_err("away");
        assert_eq!(error.hint_text(), Some("try again in a while"));
    }
    let hint = hint_of(&auth.access_token().await.expect_err("at rest"), "failed-the-next-one");
    // It is there again, and nobody knows.
    world.sandbox.plan_nothing(Route::Token);
    hint_of(&auth.access_token().await.expect_err("at rest"), "failed-the-next-one");
    world.clock.pass(number(&hint, " s;"));
    auth.access_token().await.expect("a token");
}
