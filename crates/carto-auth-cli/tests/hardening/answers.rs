//! T01, T19: what a token endpoint answers that is no token, or not a whole one.

use carto_sandbox::{Answer, Fault, Route};

use crate::desk::{Desk, Outcome};
use crate::kept::ago;

#[test]
fn t01_what_is_no_token_is_one_error_with_a_hint_and_nothing_of_it_is_shown() {
    let desk = Desk::of_job();
    for (kind, body, cause) in [
        ("text/html", &b"<html>canary"[..], "with a web page"),
        ("text/html", b"<title>Hotel\nWiFi</title>canary", "with a web page: `Hotel WiFi`"),
        ("text/html", b"", "with nothing"),
        (JSON, b"[\"canary\"]", "with other JSON"),
        (JSON, b"\xff\xfecanary", "with bytes that are no text"),
        (JSON, br#"{"access_token":"canary""#, "with other text"),
        (JSON, br#"{"access_token":null,"token_type":"Bearer"}"#, "`access_token` is missing"),
        (JSON, &[b'['; 100_000], "with other text"),
        (JSON, &[b' '; (1 << 20) + 1], "more than 1 MiB"),
    ] {
        desk.sandbox.plan(Route::Token, Fault::body(200, kind, body));
        desk.sandbox.plan(Route::Token, Fault::body(200, kind, body));
        let outcome = desk.run(&["token"]);
        assert_eq!((outcome.code, outcome.output.as_str()), (Some(1), ""), "{outcome:?}");
        let lines: Vec<&str> = outcome.error.lines().collect();
        assert!(lines[0].starts_with("error: 127.0.0.1:"), "{}", outcome.error);
        assert!(lines[1].starts_with("  caused by: ") && lines[1].contains(cause), "{}", outcome.error);
        assert!(lines[3].starts_with("hint: ") && lines.len() == 4, "{}", outcome.error);
        assert!(!outcome.error.contains("canary"), "{}", outcome.error);
        let error = desk.run(&["token", "--json"]).json_error();
        assert_eq!(error["kind"], "unexpected_answer");
        assert_eq!(error["message"], lines[0].trim_start_matches("error: "));
    }
}

#[test]
fn t01_a_token_of_another_content_type_is_a_token_and_no_redirect_is_followed() {
    let desk = Desk::of_job();
    desk.sandbox.plan(Route::Token, Answer::empty(307).header("location", "https://example.com/?canary"));
    let outcome = desk.run(&["token"]);
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.error.contains("sends elsewhere: example.com\n"), "{}", outcome.error);
    assert!(!outcome.error.contains("canary"));
    let body = r#"{"access_token":"sandbox-token","token_type":"bearer","expires_in":"3600","new":{}}"#;
    desk.sandbox.plan(Route::Token, Fault::body(200, "text/html", body));
    assert_eq!(desk.run(&["token"]).raw.0, "sandbox-token\n");
}

#[test]
fn t19_a_renewal_without_a_refresh_token_keeps_the_old_one() {
    for more in ["", r#","refresh_token":"""#, r#","refresh_token":null"#] {
        let desk = Desk::new();
        desk.sign_in(&[]);
        ago(&desk, 2 * 86_400);
        let body = format!(r#"{{"access_token":"sandbox-a","token_type":"Bearer","expires_in":60{more}}}"#);
        desk.sandbox.plan(Route::Token, Fault::body(200, JSON, body));
        assert_eq!(desk.run(&["token"]).raw.0, "sandbox-a\n");
        ago(&desk, 86_400);
        let second: Outcome = desk.run(&["token"]);
        assert_eq!((second.code, second.output.as_str()), (Some(0), "[TOKEN]\n"), "{more}: {second:?}");
        let sent = desk.sandbox.recorded();
        let sent: Vec<_> = sent.iter().filter_map(|request| request.parameter("refresh_token")).collect();
        assert!(sent.len() == 2 && sent[0] == sent[1], "{more}");
    }
}

const JSON: &str = "application/json";
