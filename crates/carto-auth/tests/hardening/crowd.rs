//! L24, L29 and L33: many sign in at once, and one of them dies.

use std::time::Duration;

use carto_auth::{ErrorKind, Options, Result, Way};
use carto_sandbox::Route;

use crate::world::{Does, Process, Task, World, free_port, query, sign_in};

#[test]
fn l33_fifty_processes_cause_one_sign_in_and_get_one_token() {
    let world = World::new();
    let mut processes: Vec<_> = (0..50).map(|_| Process::start(&world, Task::SignIn)).collect();
    let links: Vec<_> = processes.iter_mut().map(Process::link).collect();
    assert!(links.iter().all(|link| *link == links[0]), "all show one link");
    world.sandbox.browser().sign_in_blocking(&links[0]).expect("a page");
    let tokens: Vec<_> = processes.iter_mut().map(Process::result).collect();
    assert!(tokens[0].starts_with("eyJ") && tokens.iter().all(|token| *token == tokens[0]), "{tokens:#?}");
    assert_eq!(world.sandbox.requests(Route::Authorize), 1);
    assert_eq!(world.sandbox.requests(Route::Token), 1);
    let who = processes.iter().flat_map(|process| &process.said).filter(|line| line.contains("(process "));
    assert!(who.count() >= 49, "those who wait say for whom");
}

#[test]
fn l33_fifty_processes_get_the_same_error() {
    let world = World::new();
    let mut processes: Vec<_> = (0..50).map(|_| Process::start(&world, Task::SignIn)).collect();
    let links: Vec<_> = processes.iter_mut().map(Process::link).collect();
    world.sandbox.browser().refuse_blocking(&links[0]).expect("a page");
    let errors: Vec<_> = processes.iter_mut().map(Process::result).collect();
    assert!(errors[0].contains("`access_denied`"), "{errors:#?}");
    assert!(errors.iter().all(|error| *error == errors[0]), "{errors:#?}");
    assert_eq!(world.sandbox.requests(Route::Authorize), 1);
}

#[test]
fn l29_when_the_process_that_signs_in_is_killed_the_next_takes_over() {
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn l33_fifty_callers_cause_one_sign_in_and_get_one_token() {
    for one_handle in [true, false] {
        let world = World::new().where_browser(Does::Nothing);
        let all = fifty(&world, one_handle);
        world.sandbox.browser().sign_in(&world.person.link(0).await).await.expect("a page");
        for one in all {
            one.await.expect("no panic").expect("signed in");
        }
        assert_eq!((world.browser.opened().len(), world.sandbox.requests(Route::Token)), (1, 1));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn l33_fifty_callers_get_the_same_error() {
    for one_handle in [true, false] {
        let world = World::new().where_browser(Does::Nothing);
        let all = fifty(&world, one_handle);
        world.sandbox.browser().refuse(&world.person.link(0).await).await.expect("a page");
        for one in all {
            let error = one.await.expect("no panic").expect_err("refused");
            assert_eq!((error.kind(), error.oauth_code()), (ErrorKind::Refused, Some("access_denied")));
        }
        assert_eq!(world.browser.opened().len(), 1);
    }
}

#[test]
fn l24_another_process_that_signs_the_same_person_in_is_joined() {
    let world = World::new().with_port(port());
    let mut both = [Process::start(&world, Task::SignIn), Process::start(&world, Task::SignIn)];
    let links = both.each_mut().map(Process::link);
    assert_eq!(links[0], links[1], "one link");
    world.sandbox.browser().sign_in_blocking(&links[0]).expect("a page");
    let tokens = both.each_mut().map(Process::result);
    assert!(tokens[0].starts_with("eyJ") && tokens[0] == tokens[1], "{tokens:#?}");
    assert_eq!(world.sandbox.requests(Route::Token), 1);
}

#[tokio::test]
async fn l24_whoever_may_open_a_browser_waits_for_the_one_that_is_open_as_long_as_it_may_be() {
    let world = World::new().where_browser(Does::Nothing);
    let first = sign_in(world.person());
    let link = world.person.link(0).await;
    let auth = world.person();
    let second = tokio::spawn(async move { auth.access_token().await });
    assert_eq!(world.person.link(1).await, link, "it shows the link of the first");
    tokio::time::pause();
    tokio::time::sleep(Duration::from_secs(280)).await;
    tokio::time::resume();
    assert!(!second.is_finished() && !first.is_finished());
    world.sandbox.browser().sign_in(&link).await.expect("a page");
    first.await.expect("no panic").expect("signed in");
    second.await.expect("no panic").expect("the token of the first");
    assert_eq!((world.browser.opened().len(), world.sandbox.requests(Route::Token)), (1, 1));
}

#[tokio::test]
async fn l24_whoever_may_ask_nobody_is_told_at_once_who_does() {
    let world = World::new().where_browser(Does::Nothing);
    let first = sign_in(world.person());
    let link = world.person.link(0).await;
    for options in [
        Options { interactive: Some(false), ..Options::default() },
        Options { unasked_browser: Some(false), ..Options::default() },
        Options { way: Some(Way::Paste), ..Options::default() },
    ] {
        let error = world.open(&options).access_token().await.expect_err("somebody is asked");
        assert_eq!(error.kind(), ErrorKind::PersonNeeded);
        assert!(error.to_string().ends_with("asks a person to sign in"), "{error}");
        assert!(
            error.hint_text().expect("a hint").contains("`carto-auth login` shows its link"),
            "{error:?}"
        );
    }
    world.sandbox.browser().sign_in(&link).await.expect("a page");
    first.await.expect("no panic").expect("signed in");
}

/// Fifty who sign in at once: of one handle, or each with their own.
fn fifty(world: &World, one_handle: bool) -> Vec<tokio::task::JoinHandle<Result<()>>> {
    let shared = world.person();
    (0..50).map(|_| sign_in(if one_handle { shared.clone() } else { world.person() })).collect()
}

fn port() -> u16 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(free_port())
}
