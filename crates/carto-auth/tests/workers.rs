//! Two hundred workers with one job's credentials and a folder that they share, over a day of virtual time.

mod world;

use std::sync::Arc;
use std::time::Duration;

use carto_auth::{CartoAuth, Options, Wanted};
use carto_sandbox::{Route, Settings};
use world::{DAY, Given, HOUR, MINUTE, SetClock, World, figure};

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
    figure("workers", "200 workers, 24 hours, 24 lifetimes", "requests", requests, 2 * 24);
    assert!(requests >= 24, "{requests} token requests in 24 lifetimes");
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
    figure("workers-in-turn", "workers that come and go, 24 lifetimes", "requests", requests, 2 * 24);
    assert!(requests >= 24, "{requests} token requests in 24 lifetimes");
}

#[tokio::test]
async fn workers_on_machines_whose_clocks_differ_by_minutes_ask_for_no_more() {
    let requests = requests_of_machines(&[0, 30, -120, 120]).await;
    assert!((24..=2 * 24).contains(&requests), "{requests} token requests in 24 lifetimes");
}

#[tokio::test]
async fn a_machine_whose_clock_is_an_hour_wrong_costs_one_more_a_lifetime() {
    for wrong in [-HOUR, HOUR] {
        let requests = requests_of_machines(&[0, wrong]).await;
        assert!((24..=3 * 24).contains(&requests), "{requests} token requests in 24 lifetimes, {wrong} s");
    }
}

/// How many tokens 80 workers ask for in a day, on machines whose clocks are that many seconds ahead.
async fn requests_of_machines(ahead: &[i64]) -> usize {
    let world = world_of_hours();
    world.answer_by_the_clock(HOUR);
    let machines: Vec<_> = ahead
        .iter()
        .enumerate()
        .map(|(number, ahead)| Arc::new(world.clock.elsewhere(number, *ahead)))
        .collect();
    let workers: Vec<_> = (0..80).map(|number| job_on(&world, &machines[number % machines.len()])).collect();
    let mut given = Given::in_world(&world, HOUR);
    for _ in 0..DAY / (4 * MINUTE) {
        given.give_all(&workers).await;
        world.clock.pass(4 * MINUTE);
        machines.iter().for_each(|clock| clock.pass(4 * MINUTE));
    }
    world.sandbox.requests(Route::Token)
}

fn job_on(world: &World, clock: &Arc<SetClock>) -> CartoAuth {
    let mut platform = world.platform();
    platform.clock = Arc::<SetClock>::clone(clock);
    let credentials = Wanted::CredentialsFile(world.credentials_file("carto-credentials.json"));
    CartoAuth::open(platform, &Options::default(), credentials).expect("settings")
}

/// A world whose tokens live an hour.
fn world_of_hours() -> World {
    World::with(Settings { token_life: Duration::from_hours(1), ..Settings::default() })
}
