//! Jobs on many machines that share one Redis, and what becomes of them when it is away.
#![cfg(feature = "redis")]

mod world;

use std::path::PathBuf;
use std::time::Duration;

use carto_auth::{CartoAuth, ErrorKind, Options, StorePlace, Wanted};
use carto_sandbox::{Fault, Route};
use rustix::process::Signal;
use world::{DAY, Log, Process, Redis, Task, World};

/// What the processes run.
#[test]
fn a_process() {
    world::run_process();
}

#[test]
fn ten_processes_of_a_fleet_cause_one_request() {
    let Some(redis) = Redis::start() else { return };
    let world = World::new().with_variable("CARTO_AUTH_STORE", redis.url());
    world.sandbox.plan(Route::Token, Fault::delay(Duration::from_millis(200)));
    let mut processes = Process::start_many(&world, Task::Job);
    let tokens: Vec<_> = processes.iter_mut().map(Process::result).collect();
    assert!(tokens[0].starts_with("eyJ") && tokens.iter().all(|token| *token == tokens[0]), "{tokens:#?}");
    assert_eq!(world.sandbox.requests(Route::Token), 1);
    assert!(world.kept().is_empty(), "nothing is in files");
}

#[test]
fn a_fleet_whose_leader_is_killed_asks_once_more() {
    let Some(redis) = Redis::start() else { return };
    let world = World::new().with_variable("CARTO_AUTH_STORE", redis.url());
    world.sandbox.plan(Route::Token, Fault::Hang);
    let mut leader = Process::start(&world, Task::Job);
    until(|| world.sandbox.requests(Route::Token) == 1);
    let mut others = Process::start_many(&world, Task::Job);
    leader.kill();
    let tokens: Vec<_> = others.iter_mut().map(Process::result).collect();
    assert!(tokens[0].starts_with("eyJ") && tokens.iter().all(|token| *token == tokens[0]), "{tokens:#?}");
    assert_eq!(world.sandbox.requests(Route::Token), 2);
}

#[test]
fn a_leader_that_was_stopped_for_longer_than_its_lease_overwrites_nothing() {
    let Some(redis) = Redis::start() else { return };
    let world = World::new().with_variable("CARTO_AUTH_STORE", redis.url());
    world.sandbox.plan(Route::Token, Fault::delay(Duration::from_secs(2)));
    let mut leader = Process::start(&world, Task::Job);
    until(|| world.sandbox.requests(Route::Token) == 1);
    leader.signal(Signal::STOP);
    let token = Process::start(&world, Task::Job).result();
    leader.signal(Signal::CONT);
    let late = leader.result();
    assert!(late.starts_with("eyJ") && token.starts_with("eyJ") && late != token);
    assert!(leader.said.iter().any(|line| line.contains("another has taken its turn")), "{:#?}", leader.said);
    assert_eq!(Process::start(&world, Task::Job).result(), token, "the second one's is still kept");
}

#[tokio::test]
async fn a_redis_that_goes_away_is_warned_of_once_and_used_again_when_it_is_back() {
    let Some(mut redis) = Redis::start() else { return };
    let world = World::new().with_variable("CARTO_AUTH_STORE", redis.url());
    let (one, other) = (world.job(), world.job());
    let first = one.access_token().await.expect("a token");
    assert_eq!(other.access_token().await.expect("a token"), first);
    redis.kill();
    world.clock.pass(DAY);
    let own = one.access_token().await.expect("a token of its own");
    assert_ne!(own, first);
    for auth in [&other, &one] {
        assert_eq!(auth.access_token().await.expect("the process's"), own);
    }
    assert_eq!(world.sandbox.requests(Route::Token), 2);
    world.clock.pass(DAY);
    one.access_token().await.expect("again");
    assert_eq!(warnings(&world), 1, "one a process: {}", world.person.told());
    redis.start_again();
    world.clock.pass(DAY);
    // After a failure it is left alone for a few seconds.
    until(|| std::net::TcpStream::connect(("127.0.0.1", redis.port)).is_ok());
    tokio::time::sleep(Duration::from_secs(5)).await;
    let token = one.access_token().await.expect("a token");
    assert_eq!(other.access_token().await.expect("a token"), token);
    assert_eq!(world.job().access_token().await.expect("a token"), token);
    assert_eq!(world.sandbox.requests(Route::Token), 4);
    assert_eq!(warnings(&world), 1);
}

#[tokio::test]
async fn a_redis_that_is_killed_while_a_token_is_asked_for_fails_nobody() {
    let Some(mut redis) = Redis::start() else { return };
    let world = World::new().with_variable("CARTO_AUTH_STORE", redis.url());
    world.sandbox.plan(Route::Token, Fault::delay(Duration::from_millis(500)));
    let auth = world.job();
    let callers = world::fifty_callers(&auth);
    let kill = async {
        while world.sandbox.requests(Route::Token) == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        redis.kill();
    };
    let (tokens, ()) = tokio::join!(callers, kill);
    assert!(
        tokens.iter().all(|token| token.as_ref().is_ok_and(|token| Some(token) == tokens[0].as_ref().ok()))
    );
    assert_eq!((world.sandbox.requests(Route::Token), warnings(&world)), (1, 1));
}

#[tokio::test]
async fn a_redis_that_answers_nothing_fails_nobody() {
    let Some(redis) = Redis::start() else { return };
    let world = World::new().with_variable("CARTO_AUTH_STORE", redis.url());
    redis.freeze();
    let auth = world.job();
    let tokens = world::fifty_callers(&auth).await;
    assert!(tokens.iter().all(Result::is_ok), "{tokens:?}");
    assert_eq!((world.sandbox.requests(Route::Token), warnings(&world)), (1, 1));
}

#[tokio::test]
async fn a_token_request_that_fails_leaves_the_turn_to_the_next_at_once() {
    let Some(redis) = Redis::start() else { return };
    let world = World::new().with_variable("CARTO_AUTH_STORE", redis.url());
    world.sandbox.plan(Route::Token, Fault::oauth_error(401, "access_denied", "Unauthorized"));
    let error = world.job().access_token().await.expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(!redis.keys().iter().any(|key| key.ends_with(":lease")));
    world.job().access_token().await.expect("a token");
}

#[tokio::test]
async fn a_secret_that_is_replaced_while_it_runs_starts_an_entry_of_its_own() {
    let Some(redis) = Redis::start() else { return };
    let world = World::new().with_variable("CARTO_AUTH_STORE", redis.url());
    let auth = world.job();
    let old = auth.access_token().await.expect("a token");
    let (id, _) = world.sandbox.m2m_client();
    world.write_credentials("carto-credentials.json", &id, "sandbox-another-secret");
    auth.invalidate();
    assert_eq!(auth.access_token().await.expect_err("unknown").kind(), ErrorKind::Refused);
    world.credentials_file("carto-credentials.json");
    assert_eq!(world.job().access_token().await.expect("a token"), old);
}

#[tokio::test]
async fn signing_out_forgets_it_for_all() {
    let Some(redis) = Redis::start() else { return };
    let world = World::new().with_variable("CARTO_AUTH_STORE", redis.url());
    let old = world.job().access_token().await.expect("a token");
    assert!(world.job().log_out().await.expect("signed out").removed);
    assert!(!redis.dump().contains("token"), "{}", redis.dump());
    assert_ne!(world.job().access_token().await.expect("a token"), old);
}

#[tokio::test]
async fn signing_out_of_everything_takes_the_entry_of_the_job_at_hand() {
    let Some(redis) = Redis::start() else { return };
    let world = World::new().with_variable("CARTO_AUTH_STORE", redis.url());
    let old = world.job().access_token().await.expect("a token");
    let done = world.job().log_out_all().await;
    assert_eq!((done.signed_out.len(), done.left.len()), (1, 0), "{done:?}");
    assert!(!redis.dump().contains("token"), "{}", redis.dump());
    assert_ne!(world.job().access_token().await.expect("a token"), old);
}

#[tokio::test]
async fn nothing_of_a_job_is_shown_to_the_redis_or_to_anybody() {
    let Some(redis) = Redis::start() else { return };
    let (log, _listening) = Log::listen();
    let heard = redis.listen();
    let world = World::new().with_variable("CARTO_AUTH_STORE", redis.url());
    let auth = world.job();
    let token = auth.access_token().await.expect("a token");
    let status = auth.status().await.expect("a status");
    assert_eq!(status.location.as_deref(), Some(&*format!("{}/0 (sealed)", redis.bare_url())));
    let choice = auth.settings().choice("store").expect("a choice");
    assert_eq!(
        (choice.value.as_str(), choice.source.name()),
        (&*format!("{}/0", redis.bare_url()), "variable")
    );
    let shown = format!("{auth:#?} {status:#?} {:#?} {}", auth.settings(), log.text());
    let (held, heard) = (redis.dump(), heard.lock().expect("whole").clone());
    assert!(heard.contains("carto-auth:{") && held.contains("carto-auth:{"));
    let (client_id, client_secret) = world.sandbox.m2m_client();
    let url = world.sandbox.url();
    for text in [&held, &heard] {
        for secret in [client_id.as_str(), &client_secret, &token.expose()[..20], url] {
            assert!(!text.contains(secret), "`{secret}` in {text}");
        }
    }
    for secret in [client_secret.as_str(), token.expose(), world::REDIS_PASSWORD] {
        assert!(!shown.contains(secret), "`{secret}` in {shown}");
    }
}

#[tokio::test]
async fn while_a_redis_is_away_the_status_shows_what_is_in_memory_and_why() {
    let world = World::new().with_variable("CARTO_AUTH_STORE", "redis://127.0.0.1:1");
    let job = world.job();
    let before = job.status().await.expect("a status");
    assert_eq!((before.location.as_deref(), before.expires_at), (Some("this process only"), None));
    job.access_token().await.expect("a token");
    let status = job.status().await.expect("a status");
    assert_eq!(status.location.as_deref(), Some("this process only"));
    assert!(status.expires_at.is_some() && status.time_left.is_some_and(|left| left > 0), "{status:?}");
    let [warning] = &status.warnings[..] else { panic!("{:?}", status.warnings) };
    assert!(warning.contains("cannot be reached") && warning.contains("is not kept"), "{warning}");
    assert_eq!(warnings(&world), 1, "the person is told of it by the call for a token");
}

#[test]
fn a_person_is_kept_out_of_a_redis() {
    let world = World::new().with_variable("CARTO_AUTH_STORE", "redis://me:canary@redis.example.com");
    for wanted in [Wanted::Person, Wanted::Any] {
        let error = CartoAuth::open(world.platform(), &Options::default(), wanted).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Config);
        assert_eq!(error.to_string(), "a person's sign-in is not kept in the Redis from `CARTO_AUTH_STORE`");
        assert!(error.hint_text().expect("a hint").contains("`CARTO_AUTH_STORE=file`"));
        assert!(!format!("{error:?}").contains("canary"));
    }
    let in_memory = Options { use_cache: Some(false), ..Options::default() };
    CartoAuth::open(world.platform(), &in_memory, Wanted::Person).expect("nothing is kept");
    let in_a_file = Options { cache_file: Some(PathBuf::from("token.json")), ..Options::default() };
    CartoAuth::open(world.platform(), &in_a_file, Wanted::Person).expect("a file of their own");
    let by_option = Options { store: Some(StorePlace::File), ..Options::default() };
    CartoAuth::open(world.platform(), &by_option, Wanted::Person).expect("files");
}

fn warnings(world: &World) -> usize {
    world.person.told().lines().filter(|line| line.contains("the sign-in is not kept")).count()
}

fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        std::thread::sleep(Duration::from_millis(5));
    }
}
