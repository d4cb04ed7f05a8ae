//! A Redis that is away: a process goes on with its own memory.
#![cfg(feature = "redis")]

mod world;

use std::collections::HashSet;
use std::time::Duration;

use carto_auth::{CartoAuth, Options, Result, Secret};
use carto_sandbox::{Fault, Route};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use world::{HOUR, Redis, World, free_port, job};

#[tokio::test]
async fn ten_handles_of_a_process_make_one_request_and_one_warning() {
    let world = without_redis().await;
    for _ in 0..10 {
        world.job().access_token().await.expect("a token");
    }
    assert_eq!(world.sandbox.requests(Route::Token), 1);
    assert_eq!(world.person.told().matches("not kept").count(), 1);
}

#[tokio::test]
async fn handles_that_waited_for_an_attempt_that_failed_get_its_error() {
    let world = without_redis().await;
    world.sandbox.plan_always(Route::Token, Fault::oauth_error(400, "invalid_request", "no"));
    let mut jobs = JoinSet::new();
    for _ in 0..20 {
        let auth = world.job();
        jobs.spawn(async move { auth.access_token().await.expect_err("no token").to_string() });
    }
    let told: HashSet<_> = jobs.join_all().await.into_iter().collect();
    assert_eq!((told.len(), world.sandbox.requests(Route::Token)), (1, 1), "{told:?}");
}

#[tokio::test]
async fn what_was_won_meanwhile_is_the_whole_fleets_once_it_is_back() {
    let Some(mut redis) = Redis::start() else { return };
    let world = World::new().with_variable("CARTO_AUTH_STORE", redis.url());
    redis.kill();
    let token = world.job().access_token().await.expect("a token of its own");
    redis.start_again();
    while std::net::TcpStream::connect(("127.0.0.1", redis.port)).is_err() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for _ in 0..3 {
        assert_eq!(world.job().access_token().await.expect("the same"), token);
    }
    assert_eq!(world.sandbox.requests(Route::Token), 1);
}

#[tokio::test]
async fn who_keeps_nothing_is_given_the_token_of_nobody_else() {
    let world = without_redis().await;
    let options = Options { use_cache: Some(false), ..Options::default() };
    for persons in 1..=2 {
        world.open(&options).sign_in().await.expect("signed in");
        assert_eq!(world.browser.opened().len(), persons);
    }
    for requests in 3..=4 {
        job(&world, &options).access_token().await.expect("a token");
        assert_eq!(world.sandbox.requests(Route::Token), requests);
    }
}

/// What was begun on a runtime that has stopped since is held there, and no job is stopped by it.
#[test]
fn a_handle_whose_runtime_has_stopped_stops_no_other() {
    let (one, world) = (runtime(), runtime().block_on(without_redis()));
    give_up(&one, &world);
    runtime().block_on(in_time(world.job())).expect("a token of its own");
}

#[test]
fn nor_when_redis_is_back() {
    let Some(mut redis) = Redis::start() else { return };
    let (one, world) = (runtime(), World::new().with_variable("CARTO_AUTH_STORE", redis.url()));
    redis.kill();
    give_up(&one, &world);
    redis.start_again();
    let token = runtime().block_on(in_time(world.job())).expect("a token");
    assert_eq!(runtime().block_on(world.job().access_token()).expect("it is in Redis"), token);
}

/// A job begins to ask on a runtime that is not driven any further.
fn give_up(runtime: &Runtime, world: &World) {
    world.sandbox.plan(Route::Token, Fault::delay(Duration::from_secs(1)));
    let auth = world.job();
    let asked = async { tokio::time::timeout(Duration::from_millis(300), auth.access_token()).await };
    runtime.block_on(asked).expect_err("nobody waits for it");
}

/// What a job is given, though it may have to wait: a second passes each time the world had a moment to answer.
async fn in_time(auth: CartoAuth) -> Result<Secret> {
    tokio::time::pause();
    let asked = tokio::spawn(async move { auth.access_token().await });
    for _ in 0..HOUR {
        if asked.is_finished() {
            return asked.await.expect("no panic");
        }
        // Time does not pass by itself meanwhile.
        tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_millis(50))).await.expect("rested");
        tokio::time::advance(Duration::from_secs(1)).await;
    }
    panic!("it does not end");
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

async fn without_redis() -> World {
    World::new().with_variable("CARTO_AUTH_STORE", format!("redis://127.0.0.1:{}", free_port().await))
}
