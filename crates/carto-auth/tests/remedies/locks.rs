//! Another process that is at work on the same sign-in.

use carto_auth::{ErrorKind, Options};
use carto_sandbox::{Fault, Route};
use rustix::process::Signal;

use crate::hint::hint_of;
use crate::world::{DAY, Process, Task, Waiting, World};

#[tokio::test]
async fn a_sign_in_that_is_under_way_is_waited_for() {
    let waiting = Waiting::begin().await;
    let nothing_opens = Options { unasked_browser: Some(false), ..Options::default() };
    let other = waiting.world.open(&nothing_opens);
    let error = other.access_token().await.expect_err("nobody is asked a second time");
    assert_eq!(error.kind(), ErrorKind::PersonNeeded);
    let hint = hint_of(&error, "finish-the-sign-in-there");
    assert!(hint.starts_with("finish the sign-in there, and try again; "), "{hint}");
    let _world = waiting.person_signs_in().await;
    other.access_token().await.expect("what was signed in there");
}

#[tokio::test]
async fn a_process_that_hangs_is_stopped() {
    let world = World::new();
    world.person().sign_in().await.expect("signed in");
    world.clock.pass(DAY);
    world.change_what_is_kept(|entry| {
        entry.insert("issued_at".into(), (entry["issued_at"].as_i64().expect("a time") - 2 * DAY).into());
        entry.remove("boot");
    });
    world.sandbox.plan(Route::Discovery, Fault::Hang);
    let before = world.sandbox.requests(Route::Discovery);
    let mut other = Process::start(&world, Task::Token);
    while world.sandbox.requests(Route::Discovery) == before {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    other.signal(Signal::STOP);
    // Nothing is sent while the lock is waited for, and nobody wants to wait.
    tokio::time::pause();
    let error = world.person().access_token().await.expect_err("it holds the lock for ever");
    tokio::time::resume();
    assert!(error.to_string().ends_with("has been renewing this sign-in for too long"), "{error}");
    let hint = hint_of(&error, "check-the-network-or-stop");
    assert_eq!(hint, "check the network, or stop that process, and try again");
    other.kill();
    world.person().access_token().await.expect("renewed");
    assert_eq!(world.refreshes(), 1);
}
