//! T06, T07, T09, T25: how long a token lives, and what it says of itself.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use carto_sandbox::{Answer, Route, Settings};
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::kept::{ago, jwt};

#[test]
fn t06_a_short_token_is_given_until_its_margin_and_renewed_once() {
    for life in [30, 60, 300] {
        let settings = Settings { token_life: Duration::from_secs(life), ..Settings::default() };
        let desk = Desk::of_job_with(settings);
        let first = desk.run(&["token"]).raw.0;
        let life = i64::try_from(life).unwrap();
        // Half of its life is over, then all but a twentieth.
        ago(&desk, life / 2);
        assert_eq!(desk.run(&["token"]).raw.0, first, "{life} s");
        ago(&desk, life / 2 - life / 20);
        assert_ne!(desk.run(&["token"]).raw.0, first, "{life} s");
        assert_eq!(desk.sandbox.requests(Route::Token), 2, "{life} s");
    }
}

#[test]
fn t07_what_the_server_tells_decides_and_the_status_warns_with_the_number() {
    for (own_end, side) in [(-3_600, "earlier"), (86_400, "later")] {
        let desk = Desk::of_job();
        let token = jwt(json!({"exp": now() + own_end}));
        desk.sandbox.plan(Route::Token, answer(&token, 3_600));
        assert_eq!(desk.run(&["token"]).raw.0.trim(), token);
        assert_eq!(desk.run(&["token"]).raw.0.trim(), token, "it is kept");
        let status = desk.run(&["status"]);
        let seconds = (own_end - 3_600).abs();
        let near = |s: &i64| status.error.contains(&format!("it ends {s} s {side} than the server told"));
        assert!((seconds - 2..=seconds + 2).any(|s| near(&s)), "{}", status.error);
        assert!(status.error.starts_with("warning: "), "{}", status.error);
        assert_eq!(desk.run(&["status", "--json"]).json()["warnings"].as_array().unwrap().len(), 1);
        assert_eq!(status.code, Some(0));
    }
}

#[test]
fn t09_a_token_of_another_audience_or_organization_is_warned_of_and_used() {
    for (claims, warned) in [
        (json!({"aud": "other"}), "the token is for another audience than `"),
        (json!({"org_id": "org_other"}), "the token is of another organization than `org_sandbox`"),
    ] {
        let mut desk = Desk::of_job();
        desk.set("CARTO_AUTH_ORG", "org_sandbox");
        let token = jwt(claims);
        desk.sandbox.plan(Route::Token, answer(&token, 3_600));
        assert_eq!(desk.run(&["token"]).raw.0.trim(), token, "it is used");
        let status = desk.run(&["status"]);
        assert_eq!(status.code, Some(0));
        assert!(status.error.contains(warned), "{}", status.error);
    }
}

#[test]
fn t25_a_server_whose_clock_is_an_hour_off_is_told_with_the_number_and_moves_no_end() {
    for (ahead, side) in [(3_600, "behind"), (-3_600, "ahead of")] {
        let desk = Desk::of_job();
        let there = UNIX_EPOCH + Duration::from_secs((now() + ahead).unsigned_abs());
        let date = httpdate::fmt_http_date(there);
        desk.sandbox.plan(Route::Token, answer("sandbox-first", 3_600).header("date", date));
        assert_eq!(desk.run(&["token"]).raw.0, "sandbox-first\n");
        assert_eq!(desk.run(&["token"]).raw.0, "sandbox-first\n", "it lives");
        let status = desk.run(&["status"]);
        let near = |s: i64| status.error.contains(&format!("clock was {s} s {side} the server's"));
        assert_eq!((3_598..=3_602).filter(|s| near(*s)).count(), 1, "{}", status.error);
        let left = desk.run(&["status", "--json"]).json()["expires_in"].as_i64().unwrap();
        assert!((3_500..=3_600).contains(&left), "{left}");
    }
}

fn answer(token: &str, life: u32) -> Answer {
    let body: Value = json!({"access_token": token, "token_type": "Bearer", "expires_in": life});
    Answer::json(200, &body)
}

fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}
