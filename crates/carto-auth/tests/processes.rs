//! Many processes of one person want the same: one asks, the others wait for it.

mod world;

use carto_sandbox::{Fault, Route};
use world::{DAY, Process, Task, World};

/// What the processes run.
#[test]
fn a_process() {
    world::run_process();
}

#[test]
fn ten_processes_cause_one_renewal() {
    let world = World::new();
    wait_for(world.person().sign_in()).expect("signed in");
    world.age_what_is_kept(2 * DAY);
    world.sandbox.plan(Route::Token, Fault::delay(std::time::Duration::from_millis(200)));
    let mut processes = Process::start_many(&world, Task::Token);
    let tokens: Vec<_> = processes.iter_mut().map(Process::result).collect();
    assert!(tokens[0].starts_with("eyJ") && tokens.iter().all(|token| *token == tokens[0]), "{tokens:#?}");
    assert_eq!(world.refreshes(), 1);
}

#[test]
fn ten_jobs_cause_one_request() {
    let world = World::new();
    world.sandbox.plan(Route::Token, Fault::delay(std::time::Duration::from_millis(200)));
    let mut processes = Process::start_many(&world, Task::Job);
    let tokens: Vec<_> = processes.iter_mut().map(Process::result).collect();
    assert!(tokens[0].starts_with("eyJ") && tokens.iter().all(|token| *token == tokens[0]), "{tokens:#?}");
    assert_eq!(world.sandbox.requests(Route::Token), 1);
}

fn wait_for<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(future)
}
