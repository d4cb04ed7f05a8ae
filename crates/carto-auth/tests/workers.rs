//! Two hundred workers with one job's credentials and a folder that they share, over a day of virtual time.

mod world;

use std::time::Duration;

use carto_sandbox::{Route, Settings};
use world::{DAY, Given, HOUR, MINUTE, World};

#[tokio::test]
async fn two_hundred_workers_ask_for_at_most_two_tokens_a_lifetime() {
    let world = world_of_hours();
    // Each is as good as another process: all they share is the folder.
    let workers: Vec<_> = (0..200).map(|_| world.job()).collect();
    let mut given = Given::in_world(&world, HOUR);
    for _ in 0..DAY / (4 * MINUTE) {
        given.give_all(&workers).await;
        world.clock.pass(4 * MINUTE);
    }
    let requests = world.sandbox.requests(Route::Token);
    assert!((24..=2 * 24).contains(&requests), "{requests} token requests in 24 lifetimes");
    assert_eq!(given.count(), requests, "every token that was asked for was used");
}

#[tokio::test]
async fn workers_that_come_and_go_ask_for_no_more() {
    let world = world_of_hours();
    let mut given = Given::in_world(&world, HOUR);
    for minute in 0..DAY / MINUTE {
        // As a scheduler starts them: one each minute, and twenty at once on the hour.
        let count = if minute % 60 == 0 { 20 } else { 1 };
        let workers: Vec<_> = (0..count).map(|_| world.job()).collect();
        given.give_all(&workers).await;
        world.clock.pass(MINUTE);
    }
    let requests = world.sandbox.requests(Route::Token);
    assert!((24..=2 * 24).contains(&requests), "{requests} token requests in 24 lifetimes");
}

/// A world whose tokens live an hour.
fn world_of_hours() -> World {
    World::with(Settings { token_life: Duration::from_hours(1), ..Settings::default() })
}
