//! T16: servers that take no connection, that never answer, and that take a second for each byte.
//!
//! The clock runs ahead while nothing happens, which is just what is wanted here.

use std::time::Duration;

use carto_auth::{CartoAuth, Error, ErrorKind, M2mCredentials, Options, Secret, Wanted};
use carto_sandbox::{Fault, Route};

use crate::world::{BlackHole, World, trickle};

#[tokio::test(start_paused = true)]
async fn t16_a_black_hole_is_given_up_in_time_and_told_as_one() {
    let hole = BlackHole::open();
    let error = given_up(hole.port).await;
    assert_eq!(error.to_string(), format!("127.0.0.1:{} takes no connection", hole.port));
}

#[tokio::test(start_paused = true)]
async fn t16_a_server_that_takes_connections_and_never_answers_is_given_up_in_time() {
    let port = trickle("", "").await;
    let message = given_up(port).await.to_string();
    assert!(message.starts_with(&format!("127.0.0.1:{port} did not answer within ")), "{message}");
    let world = World::new();
    world.sandbox.plan_always(Route::Token, Fault::Hang);
    let began = tokio::time::Instant::now();
    assert_eq!(world.job().access_token().await.expect_err("hangs").kind(), ErrorKind::Network);
    assert!(began.elapsed() <= DEADLINE, "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn t16_a_byte_a_second_is_given_up_in_time_and_told_as_that() {
    for (at_once, rest) in [
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n",
            "{\"access_token\": \"sandbox-a-token-that-is-long\"",
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            "1\r\n{\r\n1\r\n \r\n1\r\n \r\n1\r\n \r\n1\r\n \r\n1\r\n",
        ),
    ] {
        let port = trickle(at_once, rest).await;
        let message = given_up(port).await.to_string();
        let told = format!("127.0.0.1:{port} did not finish its answer within ");
        assert!(message.starts_with(&told), "{message}");
    }
    let port = trickle("", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nServer: a-slow-one\r\n\r\n{}").await;
    let message = given_up(port).await.to_string();
    assert!(message.contains("did not answer within "), "its head has not come: {message}");
}

/// The error of a job whose authorization server is at this port, and which does not wait for longer than it should.
async fn given_up(port: u16) -> Error {
    let world = World::new();
    let (id, secret) = world.sandbox.m2m_client();
    let platform = world.platform_with(&[("CARTO_AUTH_URL", &format!("http://127.0.0.1:{port}"))]);
    let values = M2mCredentials::new("https://api.example.com", &id, Secret::new(secret)).expect("values");
    let options = Options { use_cache: Some(false), ..Options::default() };
    let auth = CartoAuth::open(platform, &options, Wanted::Credentials(values)).expect("settings");
    let began = tokio::time::Instant::now();
    let error = auth.access_token().await.expect_err("nobody answers");
    assert!(began.elapsed() <= DEADLINE, "{:?}", began.elapsed());
    assert_eq!(error.kind(), ErrorKind::Network);
    assert!(error.hint_text().expect("a hint").contains("`HTTPS_PROXY`"), "{error:?}");
    error
}

/// 30 s for the token after 5 s for where to ask for it.
const DEADLINE: Duration = Duration::from_secs(36);
