//! T06, T07, T09, T25: how long a token lives, and what it says of itself.

use std::time::{Duration, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use carto_auth::platform::Clock as _;
use carto_auth::{Options, Secret};
use carto_sandbox::{Answer, Route, Settings};
use serde_json::{Value, json};

use crate::world::{DAY, Given, HOUR, MINUTE, World, figure, job};

#[tokio::test]
async fn t06_a_short_life_has_a_short_margin_and_one_renewal() {
    for (life, step) in [(300, 5), (60, 1), (30, 1), (10, 1)] {
        let world = World::with(Settings { token_life: Duration::from_secs(life), ..Settings::default() });
        let life = i64::try_from(life).expect("short");
        let stays = world.job();
        let mut given = Given::in_world(&world, life);
        let mut passed = 0;
        while passed < 10 * life {
            given.give_all(&[stays.clone(), world.job()]).await;
            world.clock.pass(step);
            passed += step;
        }
        let requests = world.sandbox.requests(Route::Token);
        figure(&format!("life-{life}"), &format!("10 lifetimes of {life} s"), "requests", requests, 13);
        assert!(requests >= 10, "{requests} requests in 10 lifetimes of {life} s");
    }
}

#[tokio::test]
async fn t06_a_life_that_is_not_told_or_makes_no_sense_is_never_for_ever() {
    for (told, longest) in [
        (Value::Null, 300),
        (json!("60"), 60),
        (json!(59.9), 60),
        (json!(1e300), 315_360_000),
        (json!(99_999_999_999_i64), 315_360_000),
    ] {
        let world = World::new();
        world.sandbox.plan(Route::Token, answer("sandbox-first", &told));
        let auth = world.job();
        assert_eq!(auth.access_token().await.expect("a token"), Secret::new("sandbox-first"));
        world.clock.pass(longest);
        assert_ne!(auth.access_token().await.expect("another"), Secret::new("sandbox-first"), "{told}");
    }
}

#[tokio::test]
async fn t06_a_token_without_a_life_is_given_once_and_asked_for_again() {
    let world = World::new();
    world.sandbox.plan_always(Route::Token, answer("sandbox-dead", &json!(0)));
    let auth = world.job();
    for requests in 1..=3 {
        assert_eq!(auth.access_token().await.expect("what was won"), Secret::new("sandbox-dead"));
        assert_eq!(world.sandbox.requests(Route::Token), requests, "each call asks, and asks once");
    }
    assert_eq!(world.job().cached_access_token().expect("read"), None, "no other process is given it");
    assert_eq!(world.job().access_token().await.expect("its own"), Secret::new("sandbox-dead"));
    assert_eq!(world.sandbox.requests(Route::Token), 4);
}

#[tokio::test]
async fn t07_what_the_server_tells_decides_and_not_what_is_written_in_the_token() {
    for (own_end, side) in [(-HOUR, "earlier"), (30 * DAY, "later"), (HOUR - 61, "earlier")] {
        let world = World::new();
        let token = jwt(json!({"exp": world.clock.now() + own_end}));
        world.sandbox.plan(Route::Token, answer(&token, &json!(HOUR)));
        let auth = world.job();
        assert_eq!(auth.access_token().await.expect("a token").expose(), token);
        world.clock.pass(HOUR - 10 * MINUTE);
        assert_eq!(auth.access_token().await.expect("the same").expose(), token);
        let warnings = auth.status().await.expect("a status").warnings;
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        let seconds = (own_end - HOUR).abs();
        let near =
            [seconds - 1, seconds, seconds + 1].map(|s| format!("ends {s} s {side} than the server told"));
        assert!(near.iter().any(|text| warnings[0].contains(text)), "{warnings:?}");
        world.clock.pass(10 * MINUTE);
        assert_ne!(auth.access_token().await.expect("a new one").expose(), token);
    }
}

#[tokio::test]
async fn t07_an_end_that_agrees_is_no_drift_and_one_that_makes_no_sense_is_ignored() {
    let now = World::new().clock.now();
    for claims in [
        json!({"exp": now + HOUR + 30}),
        json!({"exp": "soon"}),
        json!({"exp": null}),
        json!({"exp": [1]}),
        json!({}),
        json!({"exp": {"a": 1}}),
    ] {
        let world = World::new();
        world.sandbox.plan(Route::Token, answer(&jwt(claims.clone()), &json!(HOUR)));
        let auth = world.job();
        auth.access_token().await.expect("a token");
        assert_eq!(auth.status().await.expect("a status").warnings, [""; 0], "{claims}");
    }
}

#[tokio::test]
async fn t09_a_token_of_another_audience_or_organization_is_warned_of_and_used() {
    let options = Options { organization: Some(carto_sandbox::ORGANIZATION.into()), ..Options::default() };
    for (claims, warned) in [
        (json!({"aud": "other"}), "another audience"),
        (json!({"aud": ["other", "more"]}), "another audience"),
        (json!({"org_id": "org_other"}), "another organization"),
    ] {
        let world = World::new();
        let token = jwt(claims);
        world.sandbox.plan(Route::Token, answer(&token, &json!(HOUR)));
        let auth = if warned.ends_with("organization") { world.open(&options) } else { world.job() };
        if warned.ends_with("organization") {
            auth.sign_in().await.expect("signed in");
        }
        assert_eq!(auth.access_token().await.expect("it is used").expose(), token);
        let warnings = auth.status().await.expect("a status").warnings.concat();
        assert!(warnings.contains(warned), "{warnings}");
    }
}

#[tokio::test]
async fn t09_claims_of_a_wrong_type_are_no_claims() {
    for claims in [json!({"aud": 7}), json!({"aud": [7, null]}), json!({"aud": {}}), json!({"org_id": 7})] {
        let world = World::new();
        world.sandbox.plan(Route::Token, answer(&jwt(claims.clone()), &json!(HOUR)));
        let auth = job(&world, &Options::default());
        auth.access_token().await.expect("a token");
        assert_eq!(auth.status().await.expect("a status").warnings, [""; 0], "{claims}");
    }
}

#[tokio::test]
async fn t25_a_clock_an_hour_off_is_told_with_the_number_and_moves_no_end() {
    for (wrong, side) in [(-HOUR, "behind"), (HOUR, "ahead of"), (-10 * DAY, "behind")] {
        let world = World::new();
        world.clock.jump(wrong);
        let auth = world.job();
        let token = auth.access_token().await.expect("a token");
        world.clock.pass(DAY - 400);
        assert_eq!(auth.access_token().await.expect("it lives"), token);
        assert_eq!(world.job().access_token().await.expect("in any process"), token);
        let status = auth.status().await.expect("a status");
        let drift = status.warnings.iter().filter(|text| text.contains("this machine's clock was"));
        let drift: Vec<_> = drift.collect();
        assert_eq!(drift.len(), 1, "{:?}", status.warnings);
        let seconds = wrong.abs();
        let near = [seconds - 2, seconds - 1, seconds, seconds + 1, seconds + 2];
        assert!(near.iter().any(|s| drift[0].contains(&format!("{s} s {side} the server's"))), "{drift:?}");
        world.clock.pass(400);
        assert_ne!(auth.access_token().await.expect("a new one"), token);
        assert_eq!(world.sandbox.requests(Route::Token), 2);
    }
}

#[tokio::test]
async fn t25_a_date_that_makes_no_sense_moves_nothing() {
    let long_ago = httpdate::fmt_http_date(UNIX_EPOCH);
    for date in ["", "soon", "7", "Mon, 99 Foo 2026 25:61:61 GMT", "\u{e9}", &*long_ago] {
        let world = World::new();
        let answer = answer("sandbox-first", &json!(HOUR)).header("date", date);
        world.sandbox.plan(Route::Token, answer);
        let auth = world.job();
        let token = auth.access_token().await.expect("a token");
        world.clock.pass(HOUR - 400);
        assert_eq!(auth.access_token().await.expect("it lives"), token, "{date}");
        world.clock.pass(400);
        assert_ne!(auth.access_token().await.expect("a new one"), token, "{date}");
    }
}

fn answer(token: &str, life: &Value) -> Answer {
    Answer::json(200, &json!({"access_token": token, "token_type": "Bearer", "expires_in": life}))
}

/// A token with these claims that may go to a sandbox.
fn jwt(claims: Value) -> String {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.c2ln", part(json!({"alg": "RS256", "kid": "sandbox-test"})), part(claims))
}
