//! L18, L28 and L30: how a sign-in ends, and what comes after it.

use std::io::Write as _;
use std::time::{Duration, Instant};

use carto_auth::{ErrorKind, Options};
use carto_sandbox::{Fault, Route};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::world::{Does, Waiting, World, free_port, is_free};

#[tokio::test]
async fn l18_a_callback_counts_once() {
    let waiting = Waiting::begin().await;
    waiting.any_code_will_do();
    let first = waiting.get(&waiting.callback()).await;
    assert_eq!((first.status, first.header("location")), (303, Some("/callback/")));
    assert_eq!(waiting.get(&waiting.callback()).await.status, 404);
    assert!(waiting.get("/callback/").await.body.contains("You are signed in"));
    let port = waiting.port;
    let (world, result) = waiting.end().await;
    result.expect("signed in");
    assert_eq!(world.sandbox.requests(Route::Token), 1);
    assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err(), "the port is closed");
}

#[tokio::test]
async fn l18_a_callback_while_the_code_is_traded_counts_once() {
    let waiting = Waiting::begin().await;
    let slow = Fault::After {
        delay: Duration::from_millis(200),
        then: Box::new(Fault::oauth_error(403, "invalid_grant", "no such code")),
    };
    waiting.world.sandbox.plan(Route::Token, slow);
    let target = waiting.callback();
    let (first, second) = tokio::join!(waiting.get(&target), waiting.get(&target));
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 404]);
    waiting.get("/callback/").await;
    let (world, result) = waiting.end().await;
    assert_eq!(result.expect_err("refused").oauth_code(), Some("invalid_grant"));
    assert_eq!(world.sandbox.requests(Route::Token), 1);
}

#[tokio::test]
async fn l18_a_connection_that_was_opened_before_the_end_is_no_harm() {
    let waiting = Waiting::begin().await;
    let (port, target) = (waiting.port, waiting.callback());
    let mut early = TcpStream::connect(("127.0.0.1", port)).await.expect("connected");
    let world = waiting.person_signs_in().await;
    let request = format!("GET {target} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n");
    let _ = early.write_all(request.as_bytes()).await;
    assert_eq!(world.sandbox.requests(Route::Token), 1);
}

#[tokio::test]
async fn l18_a_browser_that_goes_away_does_not_hold_the_sign_in_up() {
    let waiting = Waiting::begin().await;
    waiting.any_code_will_do();
    let request = format!("GET {} HTTP/1.1\r\nHost: localhost:{}\r\n\r\n", waiting.callback(), waiting.port);
    let mut stream = TcpStream::connect(("127.0.0.1", waiting.port)).await.expect("connected");
    stream.write_all(request.as_bytes()).await.expect("sent");
    drop(stream);
    let begun = Instant::now();
    waiting.end().await.1.expect("signed in");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn l18_a_browser_that_has_gone_before_its_request_is_read_has_come_back() {
    let waiting = Waiting::begin().await;
    waiting.any_code_will_do();
    let request = format!("GET {} HTTP/1.1\r\nHost: localhost:{}\r\n\r\n", waiting.callback(), waiting.port);
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", waiting.port)).expect("connected");
    assert_eq!(waiting.get("/favicon.ico").await.status, 404, "and the one before it is accepted");
    // Nothing is awaited in between: the request and the end of the connection are read together.
    stream.write_all(request.as_bytes()).expect("sent");
    drop(stream);
    waiting.end().await.1.expect("signed in");
}

#[tokio::test]
async fn l28_the_port_is_free_again_whatever_happens() {
    let port = free_port().await;
    let begin = || async {
        let timeout = Some(Duration::from_secs(1));
        let options = Options { timeout, use_cache: Some(false), ..Options::default() };
        Waiting::in_world(World::new().with_port(port), &options).await
    };
    begin().await.person_signs_in().await;
    assert_is_free(port, "success").await;

    let waiting = begin().await;
    waiting.comes_back(&waiting.refusal("no")).await;
    waiting.end().await.1.expect_err("refused");
    assert_is_free(port, "refusal").await;

    let error = begin().await.end().await.1.expect_err("nobody came");
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert_is_free(port, "timeout").await;

    let waiting = begin().await;
    let _idle = TcpStream::connect(("127.0.0.1", port)).await.expect("connected");
    waiting.task.abort();
    assert!(waiting.task.await.expect_err("interrupted").is_cancelled());
    assert_is_free(port, "Ctrl-C").await;
}

#[tokio::test]
async fn l30_nobody_who_comes_ends_the_sign_in_in_time() {
    let world = World::new().where_browser(Does::Nothing);
    let timeout = Some(std::time::Duration::from_secs(1));
    let auth = world.open(&Options { timeout, ..Options::default() });
    let error = auth.sign_in().await.expect_err("nobody came");
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert_eq!(error.to_string(), "nobody finished the sign-in within 1 s");
}

async fn assert_is_free(port: u16, after: &str) {
    for address in ["127.0.0.1", "::1"] {
        assert!(TcpStream::connect((address, port)).await.is_err(), "nobody listens after {after}");
        assert!(is_free(port, address).await, "it can be taken after {after}");
    }
}

#[tokio::test]
async fn l18_connections_that_come_while_it_ends_do_not_hold_it_up() {
    let waiting = Waiting::begin().await;
    waiting.any_code_will_do();
    let port = waiting.port;
    assert_eq!(waiting.get(&waiting.callback()).await.status, 303);
    // The last page is not asked for; others say nothing, or half of something.
    let mut idle = Vec::new();
    for half in ["", "GET /callb", "GET /callback/ HTTP/1.1\r\nHost:"] {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.expect("connected");
        stream.write_all(half.as_bytes()).await.expect("sent");
        idle.push(stream);
    }
    waiting.end().await.1.expect("signed in");
    assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err(), "the port is closed");
}

#[tokio::test]
async fn l18_a_callback_after_the_time_is_over_finds_nobody() {
    let timeout = Some(Duration::from_secs(1));
    let waiting = Waiting::in_world(World::new(), &Options { timeout, ..Options::default() }).await;
    let (port, target) = (waiting.port, waiting.callback());
    let mut early = TcpStream::connect(("127.0.0.1", port)).await.expect("connected");
    let (world, result) = waiting.end().await;
    assert_eq!(result.expect_err("nobody came").kind(), ErrorKind::TimedOut);
    let request = format!("GET {target} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n");
    let _ = early.write_all(request.as_bytes()).await;
    assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err(), "the port is closed");
    assert_eq!(world.sandbox.requests(Route::Token), 0);
}

#[tokio::test]
async fn l30_nobody_is_waited_for_longer_than_five_minutes() {
    let waiting = Waiting::begin().await;
    // It is waited for from here on: the listener answers.
    assert_eq!(waiting.get("/callback/").await.status, 400);
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(290)).await;
    assert!(waiting.still_waits());
    tokio::time::advance(Duration::from_secs(11)).await;
    let error = waiting.task.await.expect("no panic").expect_err("nobody came");
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert_eq!(error.to_string(), "nobody finished the sign-in within 5 min");
    assert!(error.hint_text().expect("a hint").contains("--timeout"));
}
