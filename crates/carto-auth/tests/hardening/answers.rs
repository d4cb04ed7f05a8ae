//! T01, T19: what a token endpoint answers that is no token, or not a whole one.

use carto_auth::{Error, ErrorKind, Secret};
use carto_sandbox::{Answer, Fault, Route};

use crate::world::{DAY, HOUR, World, at_once};

#[tokio::test]
async fn t01_what_is_no_token_is_told_as_what_it_is_and_nothing_of_it_is_shown() {
    at_once(
        [
            ("text/html", &b"<html><body>canary"[..], "a web page"),
            ("text/html", b"", "nothing"),
            (JSON, b"[]", "other JSON"),
            (JSON, br#"["canary"]"#, "other JSON"),
            (JSON, b"null", "other JSON"),
            (JSON, br#""canary""#, "other JSON"),
            (JSON, b"7", "other JSON"),
            (JSON, b"canary", "other text"),
            (JSON, b"\xff\xfecanary", "bytes that are no text"),
            (JSON, b"\xef\xbb\xbf{}", "other text"),
            (JSON, b"\0\0\0\0", "other text"),
            (JSON, b"{}", "`access_token` is missing"),
            (JSON, br#"{"access_token":null,"token_type":"Bearer"}"#, "`access_token` is missing"),
            (JSON, br#"{"access_token":["canary"],"token_type":"Bearer"}"#, "`access_token` is missing"),
            (JSON, br#"{"access_token":"","token_type":"Bearer"}"#, "is empty"),
            (JSON, br#"{"access_token":"canary\n","token_type":"Bearer"}"#, "cannot be sent"),
            (JSON, br#"{"access_token":"canary"}"#, "`token_type` is missing"),
            (JSON, br#"{"access_token":"canary","token_type":"mac"}"#, "`mac`"),
            (JSON, br#"{"access_token":"canary","token_type":"Bearer","expires_in":-1}"#, "`expires_in`"),
            (JSON, br#"{"access_token":"canary","token_type":"Bearer","expires_in":{}}"#, "`expires_in`"),
            (JSON, br#"{"access_token":"canary","token_type":"Bearer"}{}"#, "other text"),
        ],
        |(kind, body, cause)| async move {
            let error = failure_of(Fault::body(200, kind, body)).await;
            assert!(error.causes().concat().contains(cause), "{cause}: {error:?}");
            assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        },
    )
    .await;
}

#[tokio::test]
async fn t01_the_page_of_a_captive_portal_is_known_by_its_title() {
    for (page, told) in [
        ("<!doctype html><html><head><title>\n Hotel\tWiFi </title>", "a web page: `Hotel WiFi`"),
        ("<HTML><TITLE lang=en>Sign in\u{1b}[2J `here`</TITLE>", "a web page: `Sign in[2J 'here'`"),
        ("<title>", "a web page"),
        ("<title></title>", "a web page"),
        ("<title", "a web page"),
        ("<p>\u{130}\u{130}<title>x</title>", "a web page: `x`"),
    ] {
        let error = failure_of(Fault::body(200, "text/html", page)).await;
        assert_eq!(error.causes(), [format!("the server answered 200 with {told}")]);
        assert!(error.hint_text().expect("a hint").contains("network sign-in page"), "{error:?}");
    }
    let long = format!("<title>{}</title>", "x".repeat(100_000));
    let error = failure_of(Fault::body(200, "text/html", long)).await;
    assert!(format!("{error:?}").len() < 1_000);
}

#[tokio::test]
async fn t01_an_error_that_is_no_json_is_quoted_briefly_and_without_what_was_sent() {
    at_once(
        [
            (403, "<html><head><title>Access\n denied</title><p>canary", "a web page: `Access denied`"),
            (404, "<!doctype html><p>canary", "a web page"),
            (400, "no such \u{1b}[2Jroute\r\ncanary", "`no such [2Jroute`"),
            (403, "you sent me sandbox-secret", "`you sent me [redacted]`"),
        ],
        |(status, body, told)| async move {
            let world = World::new();
            let body = body.replace("sandbox-secret", &world.sandbox.m2m_client().1);
            world.sandbox.plan_always(Route::Token, Fault::body(status, "text/html", body));
            let error = world.job().access_token().await.expect_err("refused");
            assert!(error.causes().concat().contains(told), "{told}: {error:?}");
            assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        },
    )
    .await;
}

#[tokio::test]
async fn t01_an_answer_that_is_cut_anywhere_is_none() {
    let world = World::new();
    for end in 0..TOKEN.len() {
        world.sandbox.plan(Route::Token, Fault::body(200, JSON, &TOKEN.as_bytes()[..end]));
        let error = world.job().access_token().await.expect_err("cut");
        assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer, "at {end}: {error:?}");
    }
    world.sandbox.plan(Route::Token, Fault::body(200, JSON, TOKEN));
    world.job().access_token().await.expect("the whole one");
}

#[tokio::test]
async fn t01_an_answer_that_is_huge_deep_or_no_http_ends() {
    for body in [vec![b'x'; 2 << 20], vec![b'['; 1 << 20], vec![b' '; (1 << 20) + 1]] {
        failure_of(Fault::body(200, JSON, body)).await;
    }
    let world = World::new();
    world.sandbox.plan_always(Route::Token, Fault::Raw(b"canary, not HTTP\r\n\r\n".to_vec()));
    let error = world.job().access_token().await.expect_err("no HTTP");
    assert_eq!(error.kind(), ErrorKind::Network);
    assert!(!format!("{error:?}").contains("canary"));
}

#[tokio::test]
async fn t01_a_token_of_another_content_type_with_more_or_repeated_fields_is_a_token() {
    for body in [
        r#"{"access_token":"sandbox-token","token_type":"bearer","expires_in":"3600","new":{}}"#.to_owned(),
        r#"{"access_token":"other","access_token":"sandbox-token","token_type":"Bearer"}"#.to_owned(),
        format!("\r\n\t {}", TOKEN.replace("sandbox-a", "sandbox-token")),
        format!(r#"{{"x":"{}",{}"#, "x".repeat(900_000), &TOKEN.replace("sandbox-a", "sandbox-token")[1..]),
    ] {
        for kind in ["text/plain", "text/html", "application/octet-stream", ""] {
            let world = World::new();
            world.sandbox.plan(Route::Token, Fault::body(200, kind, &*body));
            let token = world.job().access_token().await.expect("a token");
            assert_eq!(token, Secret::new("sandbox-token"));
        }
    }
}

#[tokio::test]
async fn t01_no_redirect_is_followed_with_a_secret() {
    for status in [301, 302, 303, 307, 308] {
        let world = World::new();
        let elsewhere = format!("{}/sandbox/elsewhere?token=canary", world.sandbox.url());
        world.sandbox.plan(Route::Token, Answer::empty(status).header("location", elsewhere));
        let error = world.job().access_token().await.expect_err("elsewhere");
        assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer);
        assert!(error.causes()[0].contains("sends elsewhere: 127.0.0.1:"), "{error:?}");
        assert!(!format!("{error:?}").contains("canary"));
        assert_eq!(world.sandbox.requests(Route::Control), 0);
    }
}

#[tokio::test]
async fn t19_a_renewal_without_a_refresh_token_keeps_the_old_one() {
    let old = |world: &World| world.entry()["refresh_token"].as_str().expect("one").to_owned();
    for more in [
        "",
        r#","refresh_token":"""#,
        r#","refresh_token":null"#,
        r#","refresh_token":7"#,
        r#","refresh_token":["x"]"#,
        "the same",
    ] {
        let world = World::new();
        world.person().sign_in().await.expect("signed in");
        world.clock.pass(DAY);
        let before = old(&world);
        let more = if more == "the same" { format!(r#","refresh_token":"{before}""#) } else { more.into() };
        let answer = format!(r#"{{"access_token":"sandbox-a","token_type":"Bearer","expires_in":60{more}}}"#);
        world.sandbox.plan(Route::Token, Fault::body(200, JSON, answer));
        assert_eq!(world.person().access_token().await.expect("renewed"), Secret::new("sandbox-a"));
        assert_eq!(old(&world), before, "{more}");
        world.clock.pass(HOUR);
        world.person().access_token().await.expect("renewed with it");
        assert_eq!(world.refresh_tokens_sent(), [before.clone(), before]);
    }
}

#[tokio::test]
async fn t19_a_renewal_with_another_refresh_token_takes_its_place() {
    let world = World::new();
    world.person().sign_in().await.expect("signed in");
    for _ in 0..3 {
        world.clock.pass(DAY);
        world.person().access_token().await.expect("renewed");
    }
    let sent = world.refresh_tokens_sent();
    assert!(sent.len() == 3 && sent[0] != sent[1] && sent[1] != sent[2]);
}

/// The error of a job whose request is answered like this.
async fn failure_of(fault: Fault) -> Error {
    let world = World::new();
    world.sandbox.plan(Route::Token, fault.clone());
    let error = world.job().access_token().await.expect_err("no token");
    assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer, "{error:?}");
    assert!(error.to_string().ends_with("did not answer with a token") || error.to_string().contains("used"));
    assert!(error.hint_text().is_some());
    assert_eq!(world.sandbox.requests(Route::Token), 1, "it would be the same again");
    error
}

const JSON: &str = "application/json";
const TOKEN: &str = r#"{"access_token":"sandbox-a","token_type":"Bearer","expires_in":3600}"#;
