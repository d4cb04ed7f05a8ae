//! Requests that outlive whoever asked: nobody who has a token waits for long, and nobody's giving up costs another one.
#![allow(clippy::disallowed_methods, reason = "a test stands outside of the platform")]

mod world;

use std::time::Duration;

use carto_auth::platform::Place;
use carto_sandbox::{Fault, Route, Settings};
use world::{BlackHole, DAY, Front, World};

#[tokio::test]
async fn callers_who_give_up_early_make_one_request_and_the_next_one_finds_what_came() {
    for is_living in [false, true] {
        let world = World::new();
        let auth = world.job();
        if is_living {
            auth.access_token().await.expect("a token");
            world.clock.pass(DAY - 100);
        }
        let before = world.sandbox.requests(Route::Token);
        world.sandbox.plan_always(Route::Token, Fault::delay(Duration::from_millis(400)));
        let patience = Duration::from_millis(100);
        tokio::time::timeout(patience, auth.access_token()).await.expect_err("it has given up");
        let mut given = 0;
        while given < 20 {
            if let Ok(token) = tokio::time::timeout(patience, auth.access_token()).await {
                token.expect("a token");
                given += 1;
            }
            world.clock.pass(1);
        }
        assert_eq!(world.sandbox.requests(Route::Token) - before, 1);
    }
}

#[tokio::test]
async fn what_fails_when_its_caller_has_gone_is_counted_all_the_same() {
    let world = World::new();
    let refused = Box::new(Fault::oauth_error(401, "access_denied", "Unauthorized"));
    let later = Fault::After { delay: Duration::from_millis(200), then: refused };
    world.sandbox.plan_always(Route::Token, later);
    let auth = world.job();
    for asked in 1..=3 {
        while world.sandbox.requests(Route::Token) < asked {
            let _ = tokio::time::timeout(Duration::from_millis(100), auth.access_token()).await;
        }
        tokio::time::sleep(Duration::from_millis(400)).await;
    }
    let error = auth.access_token().await.expect_err("an outage");
    assert!(error.hint_text().expect("a hint").contains("3 attempts in a row failed"), "{error:?}");
    assert_eq!(world.sandbox.requests(Route::Token), 3);
}

#[tokio::test]
async fn a_job_whose_token_lives_does_not_wait_for_a_slow_server_and_asks_once() {
    let world = World::new();
    let auth = world.job();
    let old = auth.access_token().await.expect("a token");
    world.clock.pass(DAY - 200);
    world.sandbox.plan_always(Route::Token, Fault::delay(Duration::from_millis(5_500)));
    assert_eq!(auth.access_token().await.expect("the old one"), old);
    let new = loop {
        world.clock.pass(1);
        match auth.access_token().await.expect("one of both") {
            token if token == old => tokio::time::sleep(Duration::from_millis(20)).await,
            token => break token,
        }
    };
    assert_eq!(world.job().access_token().await.expect("kept"), new);
    assert_eq!(world.sandbox.requests(Route::Token), 2);
}

#[tokio::test]
async fn a_program_that_goes_on_is_given_a_persons_old_token_while_the_renewal_goes_on_too() {
    let world = signed_in(World::new()).await;
    let auth = world.person();
    let old = auth.access_token().await.expect("a token");
    world.clock.pass(DAY - 200);
    world.sandbox.plan(Route::Token, Fault::delay(Duration::from_millis(5_500)));
    assert_eq!(auth.access_token().await.expect("the old one"), old);
    assert!(world.entry().contains_key("refresh_sent_at"), "it is under way");
    while world.entry().contains_key("refresh_sent_at") {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    world.clock.pass(1);
    assert_ne!(auth.access_token().await.expect("the new one"), old);
    assert_eq!(world.refreshes(), 1);
}

#[tokio::test]
async fn a_black_hole_keeps_nobody_for_longer_than_five_seconds_who_has_a_token() {
    for knows_the_server in [true, false] {
        let world = World::with(Settings { issuer_in_answer: false, ..Settings::default() });
        let mut front = Front::before(world.sandbox.url()).await;
        let world = world.with_variable("CARTO_AUTH_URL", front.url());
        world.sandbox.plan_always(Route::Discovery, Fault::status(404));
        let signed_in = world.person();
        signed_in.sign_in().await.expect("signed in");
        world.clock.pass(DAY - 100);
        front.close().await;
        let _hole = BlackHole::at(front.port);
        let auth = if knows_the_server { signed_in } else { world.person() };
        tokio::time::pause();
        let began = tokio::time::Instant::now();
        auth.access_token().await.expect("the old one");
        assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
        assert!(!world.entry().contains_key("refresh_sent_at"));
        assert!(auth.status().await.expect("a status").renews);
        tokio::time::resume();
    }
}

#[tokio::test]
async fn a_server_that_says_nothing_is_sent_nothing_by_whoever_has_a_token() {
    let world = World::with(Settings { issuer_in_answer: false, ..Settings::default() });
    let mut front = Front::before(world.sandbox.url()).await;
    let world = signed_in(world.with_variable("CARTO_AUTH_URL", front.url())).await;
    world.clock.pass(DAY - 100);
    front.close().await;
    let silent = std::net::TcpListener::bind(("127.0.0.1", front.port)).expect("the port");
    tokio::time::pause();
    let began = tokio::time::Instant::now();
    world.person().access_token().await.expect("the old one");
    assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
    assert!(!world.entry().contains_key("refresh_sent_at"));
    tokio::time::resume();
    world.clock.pass(DAY);
    drop(silent);
    front.open().await;
    world.person().access_token().await.expect("renewed");
}

/// The world in which somebody has signed in, where nobody is now.
async fn signed_in(world: World) -> World {
    world.person().sign_in().await.expect("signed in");
    world.at(Place::Headless)
}
