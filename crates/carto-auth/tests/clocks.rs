//! Clocks that are wrong, that jump, and that go on while the machine sleeps; and lives of all lengths.
//!
//! Each case holds every token that is given out to its life, by the clock that nobody sets, and counts what was
//! asked of the server.

mod world;

use std::time::Duration;

use carto_auth::platform::Place;
use carto_sandbox::{Fault, Route, Settings};
use world::{DAY, Given, HOUR, MINUTE, World, figure};

#[tokio::test]
async fn a_clock_that_is_an_hour_slow_or_fast_changes_nothing() {
    for wrong in [-HOUR, HOUR] {
        let world = world_of(HOUR);
        world.clock.jump(wrong);
        let requests = a_while(&world, HOUR, 4 * HOUR, MINUTE, |_, _| ()).await;
        let what = format!("4 lifetimes, a clock {wrong} s wrong");
        figure(&format!("clock-wrong{wrong}"), &what, "requests", requests, 5);
        assert!(requests >= 4, "{requests} requests in 4 lifetimes");
    }
}

#[tokio::test]
async fn a_clock_that_is_set_an_hour_back_or_forward_changes_nothing() {
    for jump in [-HOUR, HOUR] {
        let world = world_of(HOUR);
        let at_half_an_hour = |world: &World, passed| {
            if passed == HOUR / 2 {
                world.clock.jump(jump);
            }
        };
        let requests = a_while(&world, HOUR, 4 * HOUR, MINUTE, at_half_an_hour).await;
        let what = format!("4 lifetimes, a clock set by {jump} s");
        figure(&format!("clock-set{jump}"), &what, "requests", requests, 5);
        assert!(requests >= 4, "{requests} requests in 4 lifetimes");
    }
}

#[tokio::test]
async fn a_clock_that_follows_summer_time_changes_nothing() {
    let world = world_of(DAY);
    // One that shows the local time jumps in the spring and in the autumn, here with a day between.
    let twice = |world: &World, passed| match passed {
        passed if passed == 2 * HOUR => world.clock.jump(HOUR),
        passed if passed == 26 * HOUR => world.clock.jump(-HOUR),
        _ => {}
    };
    let requests = a_while(&world, DAY, 2 * DAY, 10 * MINUTE, twice).await;
    figure("clock-summer", "2 lifetimes, summer time begins and ends", "requests", requests, 3);
    assert!(requests >= 2, "{requests} requests in 2 lifetimes");
}

#[tokio::test]
async fn a_machine_that_slept_eight_hours_gives_a_token_that_lives() {
    for (life, expected) in [(HOUR, 2), (9 * HOUR, 1), (DAY, 1)] {
        let world = world_of(life);
        let auth = [world.job()];
        let mut given = Given::in_world(&world, life);
        given.give_all(&auth).await;
        world.clock.pass(8 * HOUR);
        given.give_all(&[auth[0].clone(), world.job()]).await;
        let requests = world.sandbox.requests(Route::Token);
        figure(
            &format!("suspend-{life}"),
            &format!("8 hours of sleep, tokens of {life} s"),
            "requests",
            requests,
            expected,
        );
        assert_eq!(requests, expected, "{life} s");
    }
}

#[tokio::test]
async fn a_clock_that_is_set_back_keeps_no_server_from_being_asked_what_it_says_of_itself() {
    let world = World::new();
    world.person().sign_in().await.expect("signed in");
    let world = world.at(Place::Headless);
    let auth = world.person();
    world.clock.pass(DAY - 100);
    world.sandbox.plan_always(Route::Discovery, Fault::status(503));
    world.sandbox.plan_always(Route::Token, Fault::status(429));
    auth.access_token().await.expect("it lives");
    world.sandbox.plan_nothing(Route::Discovery);
    let before = world.sandbox.requests(Route::Discovery);
    world.clock.jump(-DAY);
    world.clock.pass(400);
    let _ = auth.access_token().await;
    assert_eq!(world.sandbox.requests(Route::Discovery), before + 1);
}

/// For as long as this, one program that stays asks every few seconds, and a new one each time beside it. Gives how
/// many tokens were asked for.
async fn a_while(world: &World, life: i64, seconds: i64, step: i64, happens: impl Fn(&World, i64)) -> usize {
    let stays = world.job();
    let mut given = Given::in_world(world, life);
    let mut passed = 0;
    while passed < seconds {
        given.give_all(&[stays.clone(), world.job()]).await;
        world.clock.pass(step);
        passed += step;
        happens(world, passed);
    }
    world.sandbox.requests(Route::Token)
}

/// A world whose tokens live that many seconds.
fn world_of(life: i64) -> World {
    World::with(Settings { token_life: Duration::from_secs(life.unsigned_abs()), ..Settings::default() })
}
