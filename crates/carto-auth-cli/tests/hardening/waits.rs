//! T10, T11, T15: a server that asks to wait, or is out of order for a moment.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use carto_sandbox::{Answer, Fault, Route};

use crate::desk::Desk;

#[test]
fn t10_a_wait_that_is_too_long_is_told_with_its_time() {
    let in_700_s = SystemTime::now() + Duration::from_secs(700);
    let date = httpdate::fmt_http_date(in_700_s);
    for (value, seconds) in [("700", 700), (&*date, 700), ("1000000000", 86_400)] {
        let desk = Desk::of_job();
        desk.sandbox.plan(Route::Token, Answer::empty(429).header("retry-after", value));
        let outcome = desk.run(&["token", "--json"]);
        assert_eq!((outcome.code, outcome.output.as_str()), (Some(5), ""));
        let error = outcome.json_error();
        let wait = error["retry_after"].as_u64().unwrap();
        assert!((seconds - 5..=seconds).contains(&wait), "{value}: {error}");
        assert_eq!(error["hint"], format!("try again in {wait} s"));
        assert_eq!(desk.sandbox.requests(Route::Token), 1, "nobody waits that long");
    }
}

#[test]
fn t10_a_wait_of_seven_seconds_is_sat_out_and_one_that_makes_no_sense_is_not() {
    let desk = Desk::of_job();
    desk.sandbox.plan(Route::Token, Answer::empty(429).header("retry-after", "7"));
    let began = Instant::now();
    assert_eq!(desk.run(&["token"]).code, Some(0));
    assert!(began.elapsed() >= Duration::from_secs(7));
    for value in ["-1", "soon", "", "Fri, 15 Jan 2021 08:00:00 GMT", "7 s"] {
        let desk = Desk::of_job();
        desk.sandbox.plan(Route::Token, Answer::empty(429).header("retry-after", value));
        assert_eq!(desk.run(&["token"]).code, Some(0), "{value}");
        assert_eq!(desk.sandbox.requests(Route::Token), 2, "{value}");
    }
}

#[test]
fn t11_auth0s_reset_is_used_and_headers_that_make_no_sense_are_ignored() {
    let desk = Desk::of_job();
    let reset = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() + 700;
    desk.sandbox.plan(Route::Token, Answer::empty(429).header("x-ratelimit-reset", reset.to_string()));
    let wait = desk.run(&["token", "--json"]).json_error()["retry_after"].as_u64().unwrap();
    assert!((695..=700).contains(&wait), "{wait}");
    for value in ["", ";;;,,,===", "b=per_hour;q=-1;r=99999999999999999999;t=soon", "\t"] {
        let desk = Desk::of_job();
        let names = ["auth0-client-quota-limit", "auth0-organization-quota-limit", "x-ratelimit-reset"];
        let body = br#"{"access_token":"sandbox-a","token_type":"Bearer","expires_in":3600}"#;
        let answer = names
            .into_iter()
            .fold(Answer::new(200, "application/json", *body), |answer, name| answer.header(name, value));
        desk.sandbox.plan(Route::Token, answer);
        let outcome = desk.run(&["token"]);
        assert_eq!((outcome.code, outcome.error.as_str()), (Some(0), ""), "{value}");
        assert!(desk.run(&["status", "--json"]).json()["quota"].is_null(), "{value}");
    }
}

#[test]
fn t15_a_server_that_is_out_of_order_for_a_moment_is_asked_again() {
    for fault in [
        Fault::status(502),
        Answer::empty(503).header("retry-after", "1").into(),
        Fault::status(504),
        Fault::Reset,
        Fault::Truncate,
        Fault::oauth_error(500, "access_denied", "Too many requests"),
    ] {
        let desk = Desk::of_job();
        desk.sandbox.plan(Route::Token, fault.clone());
        let outcome = desk.run(&["token"]);
        assert_eq!((outcome.code, outcome.error.as_str()), (Some(0), ""), "{fault:?}");
        assert_eq!(desk.sandbox.requests(Route::Token), 2, "{fault:?}");
    }
}
