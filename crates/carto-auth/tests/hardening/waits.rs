//! T10, T11, T15: a server that asks to wait, or is out of order for a moment.

use std::time::{Duration, UNIX_EPOCH};

use carto_auth::platform::Clock as _;
use carto_auth::{Error, ErrorKind};
use carto_sandbox::{Answer, Fault, Route};

use crate::world::{Log, World, at_once};

#[tokio::test]
async fn t10_a_wait_that_is_too_long_is_told_and_not_sat_out() {
    let world = World::new();
    let in_700_s = u64::try_from(world.clock.now() + 700).expect("after 1970");
    let date = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(in_700_s));
    for (value, seconds) in [
        ("700", 700),
        (&*date, 700),
        ("1000000000", 86_400),
        ("99999999999999999999999999", 86_400),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400),
    ] {
        let world = World::new();
        world.sandbox.plan(Route::Token, Answer::empty(429).header("retry-after", value));
        let error = failure(&world).await;
        assert_eq!((error.kind(), error.http_status()), (ErrorKind::Network, Some(429)), "{value}");
        let wait = error.wait().expect("a time").as_secs();
        assert!((seconds - 2..=seconds).contains(&wait), "{value}: {wait}");
        assert_eq!(error.hint_text(), Some(&*format!("try again in {wait} s")));
        assert_eq!(world.sandbox.requests(Route::Token), 1, "nobody waits that long");
    }
}

/// The pauses are real, so all are taken at once.
#[tokio::test]
async fn t10_a_wait_of_seven_seconds_is_sat_out() {
    at_once([429, 503], |status| async move {
        let world = World::new();
        world.sandbox.plan(Route::Token, Answer::empty(status).header("retry-after", "7"));
        let began = std::time::Instant::now();
        world.job().access_token().await.expect("a token");
        assert!(began.elapsed() >= Duration::from_secs(7), "{:?}", began.elapsed());
        assert_eq!(world.sandbox.requests(Route::Token), 2);
    })
    .await;
}

#[tokio::test]
async fn t10_a_wait_that_is_over_or_makes_no_sense_is_ignored() {
    at_once(
        [
            "0",
            "1",
            "-1",
            "soon",
            "",
            "1.5",
            "7 s",
            "0x7",
            "+7",
            "\t",
            "Fri, 15 Jan 2021 08:00:00 GMT",
            "Fri, 32 Jan 2099 08:00:00 GMT",
            "2099-01-01T00:00:00Z",
        ],
        |value| async move {
            let world = World::new();
            world.sandbox.plan(Route::Token, Answer::empty(429).header("retry-after", value));
            world.job().access_token().await.expect(value);
            assert_eq!(world.sandbox.requests(Route::Token), 2, "{value}");
        },
    )
    .await;
}

#[tokio::test]
async fn t11_auth0s_reset_is_used_where_nothing_else_is_said() {
    for (more, seconds) in [(None, 700), (Some("600"), 600), (Some("soon"), 700)] {
        let world = World::new();
        let reset = (world.clock.now() + 700).to_string();
        let answer = Answer::empty(429).header("x-ratelimit-reset", reset);
        let answer = more.into_iter().fold(answer, |answer, value| answer.header("retry-after", value));
        world.sandbox.plan(Route::Token, answer);
        let wait = failure(&world).await.wait().expect("a time").as_secs();
        assert!((seconds - 2..=seconds).contains(&wait), "{more:?}: {wait}");
    }
    at_once(["1", "soon", "", "-1", "1e9"], |value| async move {
        let world = World::new();
        world.sandbox.plan(Route::Token, Answer::empty(429).header("x-ratelimit-reset", value));
        world.job().access_token().await.expect(value);
    })
    .await;
}

#[tokio::test]
async fn t11_quota_headers_that_make_no_sense_fail_no_sign_in() {
    for value in [
        "",
        "\t",
        ";;;,,,===",
        "b=per_hour;q=-1;r=999999999999999999999999;t=soon",
        "b=per_hour;q=10;r=11;t=5",
        "{\"b\":1}",
        &",b=per_hour;q=1;r=1".repeat(2_000),
    ] {
        let names = ["auth0-client-quota-limit", "auth0-organization-quota-limit", "x-ratelimit-reset"];
        let world = World::new();
        let body = br#"{"access_token":"sandbox-a","token_type":"Bearer","expires_in":60}"#;
        let answer = names
            .into_iter()
            .fold(Answer::new(200, "application/json", *body), |answer, name| answer.header(name, value));
        world.sandbox.plan(Route::Token, answer);
        world.job().access_token().await.unwrap_or_else(|error| panic!("{value:?}: {error:?}"));
        let refusal = names
            .into_iter()
            .fold(Answer::oauth_error(401, "access_denied", "no"), |answer, name| answer.header(name, value));
        let world = World::new();
        world.sandbox.plan(Route::Token, refusal);
        assert_eq!(failure(&world).await.kind(), ErrorKind::Refused, "{value:?}");
    }
}

#[tokio::test]
async fn t15_a_server_that_is_out_of_order_for_a_moment_is_asked_again() {
    let again = |fault: Fault| async move {
        let world = World::new();
        world.sandbox.plan(Route::Token, fault.clone());
        world.job().access_token().await.unwrap_or_else(|error| panic!("{fault:?}: {error:?}"));
        assert_eq!(world.sandbox.requests(Route::Token), 2, "{fault:?}");
    };
    at_once(
        [
            Fault::status(500),
            Fault::status(502),
            Fault::status(504),
            Answer::empty(503).header("retry-after", "1").into(),
            Fault::body(503, "text/html", "<title>busy</title>"),
            Fault::Reset,
            Fault::Truncate,
            Fault::LoseAnswer,
            Fault::Raw(Vec::new()),
            // Auth0 hides a rate limit in it.
            Fault::oauth_error(500, "access_denied", "Too many requests"),
        ],
        again,
    )
    .await;
}

#[tokio::test]
async fn t15_the_pauses_between_tries_are_spread() {
    let (log, _listening) = Log::listen();
    at_once(0..8, |_| async {
        let world = World::new();
        world.sandbox.plan(Route::Token, Fault::status(502));
        let began = std::time::Instant::now();
        world.job().access_token().await.expect("a token");
        assert!(began.elapsed() >= Duration::from_millis(200), "it has waited");
    })
    .await;
    let log = log.text();
    let waits: Vec<_> = log.lines().filter_map(|line| line.strip_prefix("wait=")).collect();
    let different: std::collections::HashSet<_> = waits.iter().collect();
    assert_eq!((waits.len(), different.len()), (8, 8), "they come back together: {waits:?}");
}

async fn failure(world: &World) -> Error {
    world.job().access_token().await.expect_err("no token")
}
