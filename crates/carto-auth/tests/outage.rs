//! Half an hour in which the authorization server is away, while tokens live and once they have ended.

mod world;

use std::time::Duration;

use carto_auth::ErrorKind;
use carto_auth::platform::Clock as _;
use carto_sandbox::{Answer, Fault, Route, Settings};
use world::{DAY, Does, Front, Given, HOUR, MINUTE, World, figure};

#[tokio::test]
async fn while_their_token_lives_twenty_jobs_notice_no_outage() {
    let world = world_of_hours();
    let jobs: Vec<_> = (0..20).map(|_| world.job()).collect();
    let mut given = Given::in_world(&world, HOUR);
    given.give_all(&jobs).await;
    // From half an hour before the token ends to the second before.
    world.clock.pass(HOUR / 2);
    away(&world);
    for _ in 0..(HOUR / 2 - 1) / 7 {
        given.give_all(&jobs).await;
        world.clock.pass(7);
    }
    assert_eq!(given.count(), 1);
    let requests = world.sandbox.requests(Route::Token) - 1;
    // Each pauses for 30 s, 60 s, 120 s, 240 s, and goes by what another was told meanwhile.
    figure("outage", "20 jobs, 30 minutes of outage, tokens alive", "requests", requests, 20 * 4);
    assert!(requests >= 1, "somebody has to ask");
    back(&world);
    for _ in 0..10 {
        given.give_all(&jobs).await;
        world.clock.pass(MINUTE);
    }
    assert_eq!(given.count(), 2);
}

#[tokio::test]
async fn a_person_keeps_the_sign_in_through_an_outage() {
    let world = World::with(Settings {
        token_life: Duration::from_hours(1),
        issuer_in_answer: false,
        ..Settings::default()
    });
    let mut front = Front::before(world.sandbox.url()).await;
    let world = world.with_variable("CARTO_AUTH_URL", front.url());
    world.sandbox.plan_always(Route::Discovery, Fault::status(404));
    let auth = [world.person()];
    let mut given = Given::in_world(&world, HOUR);
    given.give_all(&auth).await;
    let world = world.where_browser(Does::NotExist);
    world.clock.pass(HOUR / 2);
    front.close().await;
    for _ in 0..HOUR / 2 - 1 {
        given.give_all(&auth).await;
        world.clock.pass(1);
    }
    front.open().await;
    for _ in 0..10 {
        given.give_all(&auth).await;
        world.clock.pass(MINUTE);
    }
    assert_eq!((given.count(), world.refreshes()), (2, 1), "nothing was sent in vain, and nobody was asked");
}

#[tokio::test]
async fn a_person_keeps_the_sign_in_through_an_outage_that_a_gateway_tells() {
    let world = world_of_hours();
    let auth = [world.person()];
    let mut given = Given::in_world(&world, HOUR);
    given.give_all(&auth).await;
    let world = world.where_browser(Does::NotExist);
    world.clock.pass(HOUR / 2);
    world.sandbox.plan_always(Route::Token, Answer::empty(503).header("retry-after", "30"));
    for _ in 0..HOUR / 2 - 1 {
        given.give_all(&auth).await;
        world.clock.pass(1);
    }
    let sent = world.refreshes();
    assert!((1..=4).contains(&sent), "sent {sent} times in an outage");
    // It lasts for a day longer than the token.
    world.clock.pass(1);
    for _ in 0..DAY / HOUR {
        let error = auth[0].access_token().await.expect_err("the server is away");
        assert_eq!(error.kind(), ErrorKind::Network);
        world.clock.pass(HOUR);
    }
    back(&world);
    for _ in 0..10 {
        given.give_all(&auth).await;
        world.clock.pass(MINUTE);
    }
    assert_eq!(given.count(), 2, "nobody was asked");
}

#[tokio::test]
async fn what_one_answer_says_shuts_no_job_out_for_a_day() {
    let far = ((World::new().clock.now() + 1) * 1_000).to_string();
    for (name, value, within) in [("x-ratelimit-reset", &*far, 0), ("retry-after", "86400", 300)] {
        let world = World::new();
        let auth = world.job();
        let answer = Answer::empty(500).header(name, value).header("x-ratelimit-remaining", "99");
        world.sandbox.plan_always(Route::Token, answer);
        auth.access_token().await.expect_err("out of order");
        back(&world);
        world.clock.pass(within);
        auth.access_token().await.unwrap_or_else(|error| panic!("{name}: {error:?}"));
    }
}

#[tokio::test]
async fn once_no_token_lives_callers_in_a_loop_are_no_storm() {
    let world = world_of_hours();
    let auth = world.job();
    auth.access_token().await.expect("a token");
    world.clock.pass(HOUR);
    away(&world);
    for _ in 0..HOUR / 2 {
        let error = auth.access_token().await.expect_err("the server is away");
        assert_eq!(error.kind(), ErrorKind::Network);
        world.clock.pass(1);
    }
    let requests = world.sandbox.requests(Route::Token) - 1;
    // One each 30 s, after a few that come sooner.
    figure("outage-ended", "one job, 30 minutes of outage, token ended", "requests", requests, 70);
    back(&world);
    world.clock.pass(30);
    auth.access_token().await.expect("the server is back");
}

/// From now on, the server says that it is away for a while.
fn away(world: &World) {
    world.sandbox.plan_always(Route::Token, Answer::empty(503).header("retry-after", "31"));
}

fn back(world: &World) {
    world.sandbox.plan_nothing(Route::Token);
}

/// A world whose tokens live an hour.
fn world_of_hours() -> World {
    World::with(Settings { token_life: Duration::from_hours(1), ..Settings::default() })
}
