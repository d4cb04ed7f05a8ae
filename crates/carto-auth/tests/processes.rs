//! Many processes of one person want the same: one asks, the others wait for it.

mod world;

use carto_sandbox::{Fault, Route};
use world::{DAY, Process, Task, World, query};

/// What the processes run.
#[test]
fn a_process() {
    world::run_process();
}

#[test]
fn ten_processes_cause_one_sign_in_and_get_one_token() {
    let world = World::new();
    let mut processes = Process::start_many(&world, Task::SignIn);
    let links: Vec<_> = processes.iter_mut().map(Process::link).collect();
    assert!(links.iter().all(|link| *link == links[0]), "all show one link");
    world.sandbox.browser().sign_in_blocking(&links[0]).expect("a page");
    let tokens: Vec<_> = processes.iter_mut().map(Process::result).collect();
    assert!(tokens[0].starts_with("eyJ") && tokens.iter().all(|token| *token == tokens[0]), "{tokens:#?}");
    assert_eq!(world.sandbox.requests(Route::Authorize), 1);
    assert_eq!(world.sandbox.requests(Route::Token), 1);
    let who = processes.iter().flat_map(|process| &process.said).filter(|line| line.contains("(process "));
    assert!(who.count() >= 9, "those who wait say for whom");
}

#[test]
fn ten_processes_get_the_same_error() {
    let world = World::new();
    let mut processes = Process::start_many(&world, Task::SignIn);
    let links: Vec<_> = processes.iter_mut().map(Process::link).collect();
    world.sandbox.browser().refuse_blocking(&links[0]).expect("a page");
    let errors: Vec<_> = processes.iter_mut().map(Process::result).collect();
    assert!(errors[0].contains("`access_denied`"), "{errors:#?}");
    assert!(errors.iter().all(|error| *error == errors[0]), "{errors:#?}");
    assert_eq!(world.sandbox.requests(Route::Authorize), 1);
}

#[test]
fn when_the_process_that_signs_in_is_killed_the_next_takes_over() {
    let world = World::new();
    let mut first = Process::start(&world, Task::SignIn);
    let link = first.link();
    let mut second = Process::start(&world, Task::SignIn);
    assert_eq!(second.link(), link, "it shows the link of the first");
    first.kill();
    let own = second.link();
    assert_ne!(query(&own, "state"), query(&link, "state"));
    world.sandbox.browser().sign_in_blocking(&own).expect("a page");
    assert!(second.result().starts_with("eyJ"));
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
fn ten_processes_whose_renewal_is_refused_send_the_refresh_token_once() {
    let world = World::new();
    wait_for(world.person().sign_in()).expect("signed in");
    world.age_what_is_kept(2 * DAY);
    world.sandbox.revoke_everything();
    let mut processes = Process::start_many(&world, Task::Token);
    for process in &mut processes {
        assert!(process.result().contains("PersonNeeded"), "{:#?}", process.said);
    }
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
