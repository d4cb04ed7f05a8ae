//! K10, K11: locks that are held, orphaned or deleted, and what a sibling got meanwhile.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use carto_auth::platform::Place;
use carto_auth::{CartoAuth, ErrorKind, Options, Platform, Wanted};
use carto_sandbox::{Answer, Fault, Route};

use crate::world::{DAY, Process, Task, World};

#[test]
fn k10_the_lock_of_a_process_that_was_killed_is_free_at_once() {
    let world = World::new();
    world.sandbox.plan(Route::Token, Fault::Hang);
    let mut dead = Process::start(&world, Task::Job);
    until(|| world.sandbox.requests(Route::Token) == 1);
    dead.kill();
    let begun = Instant::now();
    wait_for(world.job().access_token()).expect("a token");
    assert!(begun.elapsed() < Duration::from_secs(20), "no deadline was waited for");
    assert_eq!(world.sandbox.requests(Route::Token), 2);
}

#[tokio::test]
async fn k10_a_job_goes_on_by_itself_when_a_lock_is_held_for_ever() {
    let world = World::new();
    world.job().access_token().await.expect("a token");
    let before = world.entry();
    world.clock.pass(2 * DAY);
    let _held = hold(&world, "m2m-");
    // Until shortly before its patience ends, the clock runs ahead.
    tokio::time::pause();
    let begun = tokio::time::Instant::now();
    let waiting = tokio::spawn({
        let auth = world.job();
        async move { auth.access_token().await }
    });
    tokio::time::sleep(Duration::from_millis(44_500)).await;
    assert!(!waiting.is_finished());
    tokio::time::resume();
    let token = waiting.await.expect("no panic").expect("a token");
    assert!(begun.elapsed() < Duration::from_secs(60));
    assert_eq!(world.entry(), before, "nothing is written without the lock");
    assert!(before["access_token"] != token.expose());
}

#[tokio::test]
async fn k10_a_person_is_told_who_holds_a_lock_for_ever_and_their_refresh_token_is_not_sent() {
    let world = World::new();
    world.person().sign_in().await.expect("signed in");
    world.clock.pass(2 * DAY);
    let _held = hold(&world, "oauth-");
    let auth = world.person();
    tokio::time::pause();
    let error = auth.access_token().await.expect_err("nobody lets it go");
    assert_eq!(error.kind(), ErrorKind::Network, "{error:?}");
    assert!(error.hint_text().is_some_and(|hint| hint.contains("stop that process")), "{error:?}");
    assert_eq!(world.refreshes(), 0);
}

#[tokio::test]
async fn k10_while_a_lock_is_held_the_old_token_is_given() {
    let world = World::new();
    let token = world.job().access_token().await.expect("a token");
    world.clock.pass(DAY - 200);
    let _held = hold(&world, "m2m-");
    let begun = Instant::now();
    assert_eq!(world.job().access_token().await.expect("it lives"), token);
    assert!(begun.elapsed() < Duration::from_secs(20), "no deadline was waited for");
}

#[cfg(unix)]
#[tokio::test]
async fn k10_a_lock_file_that_is_deleted_under_us_is_made_again_and_nothing_older_is_written() {
    let world = World::new();
    let answered = |token: &str, after: u64| {
        let body = serde_json::json!({ "access_token": token, "token_type": "Bearer", "expires_in": DAY });
        let date = std::time::SystemTime::now() + Duration::from_secs(after);
        Answer::json(200, &body).header("date", httpdate::fmt_http_date(date))
    };
    let delay = Duration::from_millis(600);
    world
        .sandbox
        .plan(Route::Token, Fault::After { delay, then: Box::new(answered("sandbox-older", 0).into()) });
    world.sandbox.plan(Route::Token, answered("sandbox-newer", 20));
    let slow = tokio::spawn({
        let auth = world.job();
        async move { auth.access_token().await }
    });
    while world.sandbox.requests(Route::Token) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    std::fs::remove_file(lock_of(&world, "m2m-")).expect("deleted");
    // It holds another file by the same name, and its token is the newer one by the server's own word.
    let newer = world.job().access_token().await.expect("a token");
    slow.await.expect("no panic").expect("a token");
    assert_eq!(world.sandbox.requests(Route::Token), 2);
    assert_eq!(world.entry()["access_token"], newer.expose());
    assert_eq!(world.person.told(), "");
}

#[tokio::test]
async fn k11_who_waited_for_the_lock_takes_what_a_sibling_has_got() {
    for siblings in [2, 10] {
        let world = World::new();
        world.person().sign_in().await.expect("signed in");
        world.clock.pass(DAY);
        world.sandbox.plan(Route::Token, Fault::delay(Duration::from_millis(200)));
        let mut all = tokio::task::JoinSet::new();
        for _ in 0..siblings {
            let auth = world.person();
            all.spawn(async move { auth.access_token().await.expect("a token") });
        }
        let tokens = all.join_all().await;
        assert!(tokens.iter().all(|token| *token == tokens[0]));
        assert_eq!(world.refreshes(), 1);
    }
}

#[test]
fn k11_ten_processes_cause_one_renewal() {
    let world = World::new();
    wait_for(world.person().sign_in()).expect("signed in");
    world.age_what_is_kept(2 * DAY);
    world.sandbox.plan(Route::Token, Fault::delay(Duration::from_millis(200)));
    let mut processes = Process::start_many(&world, Task::Token);
    let tokens: Vec<_> = processes.iter_mut().map(Process::result).collect();
    assert!(tokens[0].starts_with("eyJ") && tokens.iter().all(|token| *token == tokens[0]), "{tokens:#?}");
    assert_eq!(world.refreshes(), 1);
}

#[tokio::test]
async fn k11_a_sibling_that_signed_out_meanwhile_leaves_nothing_to_renew() {
    let world = World::new();
    world.person().sign_in().await.expect("signed in");
    let headless = Platform { place: Place::Headless, ..world.platform() };
    let late = CartoAuth::open(headless, &Options::default(), Wanted::Person).expect("settings");
    late.access_token().await.expect("in its memory");
    world.clock.pass(DAY);
    world.person().log_out().await.expect("signed out");
    let error = late.access_token().await.expect_err("signed out");
    assert_eq!(error.kind(), ErrorKind::PersonNeeded, "{error:?}");
    assert_eq!(world.refreshes(), 0);
}

/// Another program that has a lock and does not let it go.
fn hold(world: &World, kind: &str) -> std::fs::File {
    let file = std::fs::File::options().write(true).open(lock_of(world, kind)).expect("a lock");
    file.lock().expect("held");
    file
}

fn lock_of(world: &World, kind: &str) -> PathBuf {
    let is_lock = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(kind) && name.ends_with(".lock")
    };
    world.kept().into_iter().find(is_lock).expect("a lock")
}

pub(crate) fn until(is_so: impl Fn() -> bool) {
    let ends = Instant::now() + Duration::from_secs(30);
    while !is_so() {
        assert!(Instant::now() < ends, "it never was so");
        std::thread::sleep(Duration::from_millis(5));
    }
}

pub(crate) fn wait_for<T>(future: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(1).enable_all().build().expect("a runtime").block_on(future)
}
