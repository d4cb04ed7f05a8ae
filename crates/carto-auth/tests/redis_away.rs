//! A Redis that is away: a process goes on with its own memory.

mod world;

use std::time::Duration;

use carto_sandbox::{Fault, Route};
use world::{HOUR, World, free_port};

#[tokio::test]
async fn ten_handles_of_a_process_make_one_request_and_one_warning() {
    let world = without_redis().await;
    for _ in 0..10 {
        world.job().access_token().await.expect("a token");
    }
    assert_eq!(world.sandbox.requests(Route::Token), 1);
    assert_eq!(world.person.told().matches("not kept").count(), 1);
}

/// What was begun on a runtime that has stopped since is held there, and not for ever.
#[test]
fn a_handle_whose_runtime_has_stopped_hangs_no_other() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let one = runtime();
    let world = one.block_on(without_redis());
    world.sandbox.plan(Route::Token, Fault::delay(Duration::from_secs(1)));
    let auth = world.job();
    let given_up =
        one.block_on(async { tokio::time::timeout(Duration::from_millis(300), auth.access_token()).await });
    given_up.expect_err("nobody waits for it");
    let other = world.job();
    let told = runtime().block_on(async {
        tokio::time::pause();
        tokio::time::timeout(Duration::from_secs(HOUR.unsigned_abs()), other.access_token()).await
    });
    told.expect("it ends").expect_err("and says that Redis is away");
    drop(one);
    runtime().block_on(other.access_token()).expect("what was held has ended with its runtime");
}

async fn without_redis() -> World {
    World::new().with_variable("CARTO_AUTH_STORE", format!("redis://127.0.0.1:{}", free_port().await))
}
