//! What goes wrong when it is planned, and what is noticed when it is not.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod client;

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use carto_sandbox::{ADA, Answer, Fault, Route, Sandbox, Settings};
use client::Client;

#[tokio::test]
async fn a_planned_answer_is_given_once_and_then_service_is_as_usual() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::of(&sandbox);
    sandbox.plan(Route::Accounts, Answer::empty(429).header("retry-after", "7"));
    let token = sandbox.issue(ADA).access_token;
    let first = client.api("/accounts", &token).await;
    assert_eq!((first.status, first.header("retry-after")), (429, Some("7")));
    assert_eq!(client.api("/accounts", &token).await.status, 200);
    assert_eq!(sandbox.requests(Route::Accounts), 2);
}

#[tokio::test]
async fn faults_happen_in_the_order_they_were_planned_and_to_their_route_only() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::of(&sandbox);
    sandbox.plan(Route::Config, Fault::status(500));
    sandbox.plan(Route::Config, Fault::None);
    sandbox.plan_with(Route::Config, |request| Fault::body(418, "text/plain", request.path.clone()));
    assert_eq!(sandbox.waiting(Route::Config), 3);
    assert_eq!(client.get("/").await.status, 200);
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(client.get("/config.yaml").await.status);
    }
    assert_eq!(seen, [500, 200, 418, 200]);
    assert_eq!(sandbox.waiting(Route::Config), 0);
}

#[tokio::test]
async fn a_fault_can_last_until_it_is_taken_back() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::of(&sandbox);
    sandbox.plan_always(Route::Config, Fault::status(503));
    sandbox.plan(Route::Config, Fault::status(500));
    let statuses = [
        client.get("/config.yaml").await.status,
        client.get("/config.yaml").await.status,
        client.get("/config.yaml").await.status,
    ];
    assert_eq!(statuses, [500, 503, 503]);
    sandbox.plan_nothing(Route::Config);
    assert_eq!(client.get("/config.yaml").await.status, 200);
}

#[tokio::test]
async fn a_reset_is_a_reset() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.plan(Route::Index, Fault::Reset);
    let error = Client::of(&sandbox).send("GET", "/", &[], "").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert_eq!(sandbox.requests(Route::Index), 1);
}

#[tokio::test]
async fn a_lost_answer_was_served() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::of(&sandbox);
    let token = sandbox.issue(ADA).refresh_token;
    sandbox.plan(Route::Token, Fault::Reset);
    sandbox.plan(Route::Token, Fault::None);
    let form = format!("grant_type=refresh_token&client_id=sandbox-public-client&refresh_token={token}");
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    client.send("POST", "/oauth/token", &headers, &form).await.unwrap_err();
    assert_eq!(client.refresh(&token).await.status, 200, "a reset is not served");

    let token = sandbox.issue(ADA).refresh_token;
    sandbox.plan(Route::Token, Fault::LoseAnswer);
    let form = format!("grant_type=refresh_token&client_id=sandbox-public-client&refresh_token={token}");
    let error = client.send("POST", "/oauth/token", &headers, &form).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert_eq!(client.refresh(&token).await.status, 403, "the token was used");
}

#[tokio::test]
async fn half_a_body_promises_a_whole_one() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::of(&sandbox);
    let whole = client.get("/config.yaml").await.body.len();
    sandbox.plan(Route::Config, Fault::Truncate);
    let answer = client.get("/config.yaml").await;
    assert_eq!(answer.header("content-length").unwrap(), whole.to_string());
    assert_eq!(answer.body.len(), whole / 2);
}

#[tokio::test]
async fn a_slow_body_comes_byte_by_byte() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::of(&sandbox);
    let whole = client.get("/config.yaml").await.body;
    sandbox.plan(Route::Config, Fault::SlowBody { pause: Duration::from_millis(1) });
    let start = Instant::now();
    assert_eq!(client.get("/config.yaml").await.body, whole);
    assert!(start.elapsed() >= Duration::from_millis(whole.len() as u64));
}

#[tokio::test]
async fn a_delayed_request_is_served_late_and_delays_no_other() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::of(&sandbox);
    sandbox.plan(Route::Config, Fault::delay(Duration::from_millis(300)));
    let start = Instant::now();
    let late = async { (client.get("/config.yaml").await.status, start.elapsed()) };
    let other = async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        (client.get("/").await.status, start.elapsed())
    };
    let (late, other) = tokio::join!(late, other);
    assert_eq!((late.0, other.0), (200, 200));
    assert!(late.1 >= Duration::from_millis(300) && other.1 < Duration::from_millis(300));
}

#[tokio::test]
async fn a_request_that_hangs_is_counted_and_lets_the_sandbox_end() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::of(&sandbox);
    sandbox.plan(Route::Index, Fault::Hang);
    let hung = tokio::time::timeout(Duration::from_millis(100), client.get("/")).await;
    assert!(hung.is_err());
    assert_eq!(sandbox.requests(Route::Index), 1);
}

#[tokio::test]
async fn raw_bytes_need_not_be_http() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.plan(Route::Index, Fault::Raw(b"220 mail.example.com ESMTP\r\n".to_vec()));
    let answer = Client::of(&sandbox).get("/").await;
    assert_eq!(answer.body, b"220 mail.example.com ESMTP\r\n");
}

#[tokio::test]
async fn what_was_asked_is_remembered_whole() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::of(&sandbox);
    client.machine_token(&sandbox.m2m_client()).await;
    let recorded = sandbox.recorded();
    assert_eq!(recorded.len(), 1);
    assert_eq!((recorded[0].method.as_str(), recorded[0].path.as_str()), ("POST", "/oauth/token"));
    assert_eq!(recorded[0].parameter("client_secret"), Some(sandbox.m2m_client().1));
    assert_eq!(recorded[0].header("Content-Type"), Some("application/x-www-form-urlencoded"));
}

#[tokio::test]
async fn what_no_client_should_ask_is_noticed() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.forgive();
    let client = Client::of(&sandbox);
    let bearer = [("authorization", "Bearer sandbox-token")];
    for (method, path, headers, why) in [
        ("GET", "/nowhere", &[][..], "GET /nowhere: no such route"),
        ("PUT", "/oauth/token", &[], "PUT /oauth/token: no such route"),
        ("GET", "/config.yaml", &bearer, "GET /config.yaml: sent a token to a route that needs none"),
        ("GET", "/accounts?access_token=x", &[], "GET /accounts: `access_token` in the query"),
        ("POST", "/oauth/token?client_secret=x", &[], "POST /oauth/token: `client_secret` in the query"),
        ("GET", "/", &[("host", "rebound.example.com")], "GET /: `Host` is not loopback"),
    ] {
        client.send(method, path, headers, "").await.unwrap();
        assert_eq!(sandbox.unplanned().last().unwrap(), why);
    }
    assert_eq!(sandbox.requests(Route::Unknown), 2);
}

#[tokio::test]
#[should_panic(expected = "the sandbox was asked what nobody planned")]
async fn a_sandbox_that_was_asked_too_much_fails_its_test() {
    let sandbox = Sandbox::start().await.unwrap();
    Client::of(&sandbox).get("/nowhere").await;
}

#[tokio::test]
async fn a_request_to_another_host_is_not_answered() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.forgive();
    let client = Client::of(&sandbox);
    for (host, status) in [("localhost", 200), ("127.0.0.1:1", 200), ("[::1]", 200), ("rebound.example", 421)]
    {
        let answer = client.send("GET", "/", &[("host", host)], "").await.unwrap();
        assert_eq!(answer.status, status, "{host}");
    }
}

#[tokio::test]
async fn it_listens_on_loopback_only_and_refuses_settings_that_make_no_sense() {
    for address in ["0.0.0.0", "192.0.2.1", "::"] {
        let settings = Settings { address: address.parse().unwrap(), ..Settings::default() };
        let error = Sandbox::start_with(settings).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        let why = format!("the sandbox listens on loopback only (127.0.0.1 or ::1), not on {address}");
        assert_eq!(error.to_string(), why);
    }
    let settings = Settings { api_path: "api/".to_owned(), ..Settings::default() };
    assert_eq!(Sandbox::start_with(settings).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    let settings = Settings { address: IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2)), ..Settings::default() };
    assert!(Sandbox::start_with(settings).await.unwrap().url().starts_with("http://127.0.0.2:"));
}

#[tokio::test]
async fn its_port_is_free_again_when_it_is_dropped() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::of(&sandbox);
    drop(sandbox);
    assert_eq!(client.send("GET", "/", &[], "").await.unwrap_err().kind(), ErrorKind::ConnectionRefused);
}

#[tokio::test]
async fn its_names_and_secrets_say_that_they_are_a_sandboxs() {
    let sandbox = Sandbox::start().await.unwrap();
    for (name, value) in sandbox.variables() {
        let expected =
            if name.ends_with("_ID") || name.ends_with("_SECRET") { "sandbox-" } else { sandbox.url() };
        assert!(value.starts_with(expected), "{name}={value}");
    }
    let other = Sandbox::start().await.unwrap();
    assert_ne!(sandbox.m2m_client().1, other.m2m_client().1);
}
