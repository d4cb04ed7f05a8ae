//! What is left of a quota of tokens is kept, told, and warned of before it runs out.

mod world;

use carto_auth::platform::Clock as _;
use carto_auth::{ErrorKind, Options, Quota};
use carto_sandbox::{Answer, Route, Settings};
use serde_json::json;
use world::{HOUR, World, fifty_callers, job};

#[tokio::test]
async fn the_next_program_finds_what_was_said_with_the_token() {
    let world = World::with(a_quota_of(20));
    assert_eq!(world.job().status().await.expect("a status").quota, None);
    world.job().access_token().await.expect("a token");
    let status = world.job().status().await.expect("a status");
    assert_eq!(left(status.quota.as_ref()), ["client hour 19/20"]);
    world.clock.pass(HOUR);
    assert_eq!(world.job().status().await.expect("a status").quota, None, "it counts no more");
}

#[tokio::test]
async fn what_a_refusal_said_is_known_to_its_process_and_to_the_next_program() {
    let world = World::new();
    let header = "b=per_day;q=9;r=8;t=60";
    let refusal = Answer::oauth_error(401, "access_denied", "Unauthorized");
    world.sandbox.plan(Route::Token, refusal.header("auth0-organization-quota-limit", header));
    let auth = world.job();
    assert_eq!(auth.access_token().await.expect_err("refused").kind(), ErrorKind::Refused);
    let status = auth.status().await.expect("a status");
    assert_eq!(left(status.quota.as_ref()), ["organization day 8/9"]);
    let status = world.job().status().await.expect("a status");
    assert_eq!(left(status.quota.as_ref()), ["organization day 8/9"]);
    world.job().access_token().await.expect("a token");
    let status = world.job().status().await.expect("a status");
    assert!(left(status.quota.as_ref()).is_empty(), "with a token comes how it is now");
}

#[tokio::test]
async fn a_quota_that_runs_out_is_warned_of_once_in_a_process() {
    let world = World::with(a_quota_of(20));
    let no_cache = Options { use_cache: Some(false), ..Options::default() };
    for _ in 0..17 {
        job(&world, &no_cache).access_token().await.expect("a token");
    }
    assert_eq!(world.person.told(), "", "three of twenty are enough");
    for _ in 0..3 {
        job(&world, &no_cache).access_token().await.expect("a token");
    }
    let told = world.person.told();
    assert!(told.starts_with("warning: 2 of 20 token requests left this hour, until "), "{told}");
    assert!(told.contains("`CARTO_AUTH_CACHE_DIR`") && told.contains("ask CARTO"), "{told}");
    assert_eq!(told.matches("token requests left").count(), 1, "{told}");
    // Another count is another matter.
    let answer = token().header("auth0-organization-quota-limit", "b=per_day;q=300;r=30;t=600");
    world.sandbox.plan(Route::Token, answer);
    job(&world, &no_cache).access_token().await.expect("a token");
    let told = world.person.told();
    assert!(told.contains("warning: 30 of 300 token requests left today, until "), "{told}");
    assert!(told.contains("(the quota of this organization)"), "{told}");
}

#[tokio::test]
async fn a_rate_limit_of_a_moment_is_no_warning() {
    let world = World::new();
    let answer = token().header("x-ratelimit-limit", "100").header("x-ratelimit-remaining", "0");
    world.sandbox.plan(Route::Token, answer);
    world.job().access_token().await.expect("a token");
    assert_eq!(world.person.told(), "");
}

#[tokio::test]
async fn a_quota_that_is_used_up_is_waited_for_as_long_as_it_says() {
    let world = World::new();
    let used_up = too_many().header("x-ratelimit-reset", (world.clock.now() + 1).to_string());
    world.sandbox.plan(Route::Token, used_up.clone());
    let error = world.job().access_token().await.expect_err("none is left");
    assert_eq!((error.kind(), error.http_status()), (ErrorKind::Network, Some(429)));
    assert!(error.to_string().ends_with("gives no more tokens for now to this client"), "{error}");
    assert_eq!(error.wait().map(|wait| wait.as_secs()), Some(1_740));
    let hint = error.hint_text().expect("a hint");
    assert!(hint.starts_with("0 of 100 token requests left this hour, until 20"), "{hint}");
    world.sandbox.plan(Route::Token, used_up.header("retry-after", "700"));
    let error = world.job().access_token().await.expect_err("none is left");
    assert_eq!(error.wait().map(|wait| wait.as_secs()), Some(700), "what is asked for counts");
    assert_eq!(world.sandbox.requests(Route::Token), 2, "nobody waits that long");
}

#[tokio::test]
async fn while_a_token_lives_a_quota_that_is_used_up_costs_nobody_a_call() {
    let world = World::new();
    let auth = world.job();
    let old = auth.access_token().await.expect("a token");
    world.clock.pass(23 * HOUR + 57 * 60);
    world.sandbox.plan_always(Route::Token, too_many());
    for _ in 0..4 {
        let all = fifty_callers(&auth).await;
        assert!(all.iter().all(|token| token.as_ref().expect("the old one") == &old));
        world.clock.pass(30);
    }
    assert_eq!(world.sandbox.requests(Route::Token), 2, "one more, and then it rests");
    assert!(world.person.told().contains("0 of 100 token requests left"), "nobody else would say so");
}

#[tokio::test]
async fn a_storm_of_refusals_ends_by_itself() {
    let world = World::new();
    let auth = world.job();
    let old = auth.access_token().await.expect("a token");
    world.clock.pass(25 * HOUR);
    world.sandbox.plan_always(Route::Token, too_many());
    for _ in 0..20 {
        let all = fifty_callers(&auth).await;
        assert!(all.iter().all(|token| token.as_ref().is_err_and(|error| error.http_status() == Some(429))));
    }
    let asked = world.sandbox.requests(Route::Token) - 1;
    assert!(asked <= 3, "a thousand callers sent {asked} requests");
    world.sandbox.plan_nothing(Route::Token);
    // The hour that the server spoke of.
    world.clock.pass(HOUR);
    let all = fifty_callers(&auth).await;
    assert!(all.iter().all(|token| token.as_ref().expect("a new one") != &old));
    assert_eq!(world.sandbox.requests(Route::Token), asked + 2);
}

fn a_quota_of(tokens: u32) -> Settings {
    Settings { m2m_tokens_per_hour: Some(tokens), ..Settings::default() }
}

/// The counts in short, as in `client hour 19/20`.
fn left(quota: Option<&Quota>) -> Vec<String> {
    let tokens = quota.into_iter().flat_map(Quota::tokens);
    let one = |(whose, allowance): (&str, &carto_auth::Allowance)| {
        let number = |number: Option<u64>| number.expect("a number");
        format!("{whose} {} {}/{}", allowance.period, number(allowance.remaining), number(allowance.limit))
    };
    tokens.map(one).collect()
}

fn token() -> Answer {
    let body = json!({"access_token": "sandbox-planned", "token_type": "Bearer", "expires_in": 86_400});
    Answer::json(200, &body)
}

fn too_many() -> Answer {
    let refusal = Answer::oauth_error(429, "too_many_requests", "Global token quota limit reached");
    refusal.header("auth0-client-quota-limit", "b=per_hour;q=100;r=0;t=1740")
}
