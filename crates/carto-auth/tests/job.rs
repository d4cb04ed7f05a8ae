//! A job signs in with its client's id and secret.

mod world;

use std::time::Duration;

use carto_auth::platform::{Clock as _, Input};
use carto_auth::{CartoAuth, Error, ErrorKind, M2mCredentials, Options, Secret, Wanted};
use carto_sandbox::{Answer, Fault, Route};
use world::{World, at_once, free_port, job};

#[tokio::test]
async fn a_job_gets_a_token_and_its_base_url() {
    let world = World::new();
    let auth = world.job();
    let token = auth.access_token().await.expect("a token");
    assert_eq!(auth.api_base_url().await.expect("a base URL"), world.sandbox.url());
    assert!(auth.carto_dw_credentials().await.is_ok());
    assert_eq!(auth.access_token().await.expect("the same"), token);
    assert_eq!(world.sandbox.requests(Route::Token), 1);
    assert_eq!(world.sandbox.requests(Route::Accounts), 0);
}

#[tokio::test]
async fn a_token_is_kept_for_the_next_program() {
    let world = World::new();
    let token = world.job().access_token().await.expect("a token");
    let next = world.job();
    assert_eq!(next.cached_access_token().expect("read"), Some(token.clone()));
    assert_eq!(next.access_token().await.expect("kept"), token);
    assert_eq!(world.sandbox.requests(Route::Token), 1);
}

#[tokio::test]
async fn fifty_callers_cause_one_request_and_get_one_token() {
    let world = World::new();
    world.sandbox.plan(Route::Token, Fault::delay(Duration::from_millis(50)));
    let tokens = world::fifty_callers(&world.job()).await;
    assert!(
        tokens.iter().all(|token| token.as_ref().expect("a token") == tokens[0].as_ref().expect("a token"))
    );
    assert_eq!(world.sandbox.requests(Route::Token), 1);
}

#[tokio::test]
async fn fifty_callers_get_one_error() {
    let world = World::new();
    let slow = Fault::After {
        delay: Duration::from_millis(50),
        then: Box::new(Fault::oauth_error(401, "access_denied", "Unauthorized")),
    };
    world.sandbox.plan(Route::Token, slow);
    let answers = world::fifty_callers(&world.job()).await;
    assert!(
        answers.iter().all(|answer| answer.as_ref().is_err_and(|error| error.http_status() == Some(401)))
    );
    assert_eq!(world.sandbox.requests(Route::Token), 1);
}

#[tokio::test]
async fn two_credentials_never_share_a_token() {
    let world = World::new();
    let (id, secret) = world.sandbox.add_m2m_client();
    let other = with_file(&world, world.write_credentials("other.json", &id, &secret));
    let one = world.job().access_token().await.expect("a token");
    assert_ne!(other.access_token().await.expect("another"), one);
    assert_eq!(world.job().access_token().await.expect("the first"), one);
    assert_eq!(world.sandbox.requests(Route::Token), 2);
}

#[tokio::test]
async fn a_secret_that_was_changed_drops_the_old_token() {
    let world = World::new();
    let auth = world.job();
    let old = auth.access_token().await.expect("a token");
    let (id, _) = world.sandbox.m2m_client();
    world.sandbox.rotate_m2m_secret(&id);
    let new = world.job().access_token().await.expect("a token of the new secret");
    assert_ne!(new, old);
    // A token in memory is good until its margin or an API says no; the next one is of the new secret.
    auth.invalidate();
    assert_eq!(auth.access_token().await.expect("a token"), new);
    assert_eq!(world.sandbox.requests(Route::Token), 2);
}

#[tokio::test]
async fn a_refusal_is_typed_names_the_file_and_is_not_repeated() {
    for (status, code) in [
        (401, "access_denied"),
        (401, "invalid_client"),
        (403, "unauthorized_client"),
        (403, "access_denied"),
        (400, "invalid_request"),
        (403, "something_new"),
    ] {
        let world = World::new();
        world.sandbox.plan(Route::Token, Fault::oauth_error(status, code, "The server's words"));
        let error = failure(&world).await;
        assert_eq!(error.kind(), ErrorKind::Refused, "{code}");
        assert_eq!((error.oauth_code(), error.http_status()), (Some(code), Some(status)));
        assert!(error.causes()[0].contains("The server's words"), "{error:?}");
        assert!(error.hint_text().expect("a hint").contains("carto-credentials.json"), "{error:?}");
        assert_eq!(world.sandbox.requests(Route::Token), 1);
    }
}

#[tokio::test]
async fn a_wrong_secret_is_refused() {
    let world = World::new();
    let (id, _) = world.sandbox.m2m_client();
    let auth = with_file(&world, world.write_credentials("wrong.json", &id, "sandbox-wrong"));
    let error = auth.access_token().await.expect_err("refused");
    assert_eq!((error.kind(), error.oauth_code()), (ErrorKind::Refused, Some("access_denied")));
    assert!(error.hint_text().expect("a hint").contains("wrong.json"));
}

#[tokio::test]
async fn a_server_that_is_asked_too_often_says_when_to_come_back() {
    let world = World::new();
    let reset = u64::try_from(world.clock.now() + 700).expect("after 1970");
    let date = httpdate::fmt_http_date(std::time::UNIX_EPOCH + Duration::from_secs(reset));
    let reset = reset.to_string();
    for (header, value, seconds) in [
        ("retry-after", "700", 700..=700),
        ("retry-after", &date, 700..=700),
        ("x-ratelimit-reset", &reset, 700..=700),
        ("retry-after", "1000000000", 86_400..=86_400),
    ] {
        world.sandbox.plan(Route::Token, Answer::empty(429).header(header, value));
        let error = failure(&world).await;
        assert_eq!((error.kind(), error.http_status()), (ErrorKind::Network, Some(429)), "{value}");
        let wait = error.wait().expect("a time").as_secs();
        assert!(seconds.contains(&wait), "{value}: {wait}");
        assert_eq!(error.hint_text(), Some(&*format!("try again in {wait} s")));
    }
    assert_eq!(world.sandbox.requests(Route::Token), 4, "nobody waits that long");
}

#[tokio::test]
async fn a_wait_that_is_short_or_makes_no_sense_is_sat_out() {
    at_once(
        [
            ("retry-after", "0"),
            ("retry-after", "1"),
            ("retry-after", "Fri, 15 Jan 2021 08:00:00 GMT"),
            ("retry-after", "-1"),
            ("retry-after", "soon"),
            ("x-ratelimit-reset", "1"),
            ("x-ratelimit-reset", "soon"),
        ],
        |(header, value)| async move {
            let world = World::new();
            world.sandbox.plan(Route::Token, Answer::empty(429).header(header, value));
            world.job().access_token().await.expect(value);
            assert_eq!(world.sandbox.requests(Route::Token), 2);
        },
    )
    .await;
}

#[tokio::test]
async fn a_server_that_is_out_of_order_is_asked_again() {
    at_once(
        [
            Fault::status(502),
            Fault::status(503),
            Fault::status(504),
            Fault::Reset,
            Fault::Truncate,
            // Auth0 hides a rate limit in it.
            Fault::oauth_error(500, "access_denied", "Too many requests"),
        ],
        |fault| async move {
            let world = World::new();
            world.sandbox.plan(Route::Token, fault.clone());
            world.job().access_token().await.unwrap_or_else(|error| panic!("{fault:?}: {error:?}"));
            assert_eq!(world.sandbox.requests(Route::Token), 2, "{fault:?}");
        },
    )
    .await;
}

#[tokio::test]
async fn a_5xx_is_never_a_refusal() {
    let world = World::new();
    world.sandbox.plan_always(Route::Token, Fault::oauth_error(500, "access_denied", "Too many requests"));
    let error = failure(&world).await;
    assert_eq!((error.kind(), error.http_status()), (ErrorKind::Network, Some(500)));
    assert!(error.causes()[0].contains("Too many requests"));
    assert_eq!(world.sandbox.requests(Route::Token), 4, "there is an end to it");
}

#[tokio::test]
async fn what_is_no_token_is_an_unexpected_answer() {
    let json = "application/json";
    at_once(
        [
            (Fault::body(200, "text/html", "<html>canary"), "a web page"),
            (Fault::status(200), "nothing"),
            (Fault::body(200, json, "[]"), "other JSON"),
            (Fault::body(200, json, "{\"access_token\":"), "other text"),
            (Fault::body(200, json, b"\xff\xfe".to_vec()), "bytes that are no text"),
            (Fault::body(200, json, "{}"), "`access_token` is missing"),
            (
                Fault::body(200, json, r#"{"access_token":null,"token_type":"Bearer"}"#),
                "`access_token` is missing",
            ),
            (Fault::body(200, json, r#"{"access_token":"","token_type":"Bearer"}"#), "is empty"),
            (Fault::body(200, json, r#"{"access_token":"canary"}"#), "`token_type` is missing"),
            (Fault::body(200, json, r#"{"access_token":"canary","token_type":"mac"}"#), "`mac`"),
            (Fault::body(200, json, "x".repeat(2 << 20)), "more than 1 MiB"),
            (Fault::body(404, "text/html", "<html>canary"), "404"),
            (Fault::Raw(b"canary, not HTTP\r\n\r\n".to_vec()), ""),
        ],
        |(fault, cause)| async move {
            let world = World::new();
            world.sandbox.plan(Route::Token, fault.clone());
            if matches!(fault, Fault::Raw(_)) {
                world.sandbox.plan_always(Route::Token, fault.clone());
            }
            let error = failure(&world).await;
            let kind =
                if matches!(fault, Fault::Raw(_)) { ErrorKind::Network } else { ErrorKind::UnexpectedAnswer };
            assert_eq!(error.kind(), kind, "{cause}: {error:?}");
            assert!(error.causes().concat().contains(cause), "{cause}: {error:?}");
            assert!(error.hint_text().is_some());
        },
    )
    .await;
}

#[tokio::test]
async fn a_token_of_another_content_type_is_a_token() {
    let world = World::new();
    let token = r#"{"access_token":"sandbox-token","token_type":"bearer","expires_in":"3600","new":{}}"#;
    world.sandbox.plan(Route::Token, Fault::body(200, "text/plain", token));
    assert_eq!(world.job().access_token().await.expect("a token"), Secret::new("sandbox-token"));
}

#[tokio::test]
async fn no_redirect_is_followed_with_a_secret() {
    for status in [301, 302, 303, 307, 308] {
        let world = World::new();
        let elsewhere = format!("{}/sandbox/elsewhere?token=canary", world.sandbox.url());
        world.sandbox.plan(Route::Token, Answer::empty(status).header("location", elsewhere));
        let error = failure(&world).await;
        assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer);
        assert!(error.causes()[0].contains("sends elsewhere: 127.0.0.1:"), "{error:?}");
        assert!(!format!("{error:?}").contains("canary"));
        assert_eq!(world.sandbox.requests(Route::Control), 0);
    }
}

#[tokio::test]
async fn a_slow_answer_is_waited_for() {
    let world = World::new();
    world.sandbox.plan(Route::Token, Fault::SlowBody { pause: Duration::from_millis(1) });
    world.job().access_token().await.expect("a token");
    assert_eq!(world.sandbox.requests(Route::Token), 1);
}

/// The clock runs ahead while nothing answers, which is just what is wanted here.
#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers_is_given_up() {
    let world = World::new();
    world.sandbox.plan_always(Route::Token, Fault::Hang);
    let begun = tokio::time::Instant::now();
    let error = failure(&world).await;
    assert_eq!(error.kind(), ErrorKind::Network);
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_server_that_is_not_there_is_a_network_error() {
    let closed = format!("http://127.0.0.1:{}", free_port().await);
    let world = World::new().with_variable("CARTO_AUTH_URL", closed);
    let error = failure(&world).await;
    assert_eq!(error.kind(), ErrorKind::Network);
    assert!(error.to_string().ends_with("cannot be reached"), "{error}");
    assert!(error.causes().concat().contains("refused"), "{error:?}");
}

#[tokio::test]
async fn variables_and_values_in_code_are_credentials_too() {
    let world = World::new();
    let (id, secret) = world.sandbox.m2m_client();
    let url = world.sandbox.url();
    let platform = world.platform_with(&[
        ("CARTO_API_BASE_URL", url),
        ("CARTO_M2M_CLIENT_ID", &id),
        ("CARTO_M2M_CLIENT_SECRET", &secret),
    ]);
    let by_variables = CartoAuth::open(platform, &Options::default(), Wanted::Any).expect("settings");
    let token = by_variables.access_token().await.expect("a token");
    let values = M2mCredentials::new(url, &id, Secret::new(secret.clone())).expect("credentials");
    let by_values = CartoAuth::open(world.platform(), &Options::default(), Wanted::Credentials(values));
    assert_eq!(by_values.expect("settings").access_token().await.expect("the same"), token);
    assert_eq!(world.sandbox.requests(Route::Token), 1);
}

#[tokio::test]
async fn a_secret_is_sent_exactly_as_it_is_and_in_the_body_alone() {
    let world = World::new();
    let secret = "sandbox-%+&=\"'\u{e9}\u{1f30d}/".to_owned() + &"x".repeat(4_000);
    let values = M2mCredentials::new(world.sandbox.url(), "sandbox-id", Secret::new(secret.clone()));
    let wanted = Wanted::Credentials(values.expect("credentials"));
    let auth = CartoAuth::open(world.platform(), &Options::default(), wanted).expect("settings");
    auth.access_token().await.expect_err("nobody knows it");
    let sent =
        world.sandbox.recorded().into_iter().find(|request| request.route == Route::Token).expect("sent");
    assert_eq!(sent.parameter("client_secret"), Some(secret));
    assert_eq!(sent.header("authorization"), None);
}

#[tokio::test]
async fn a_job_asks_nobody() {
    let world = World::new().where_person(Input::Terminal, &["never-read"]);
    world.sandbox.plan(Route::Token, Fault::oauth_error(401, "access_denied", "Unauthorized"));
    world.job().sign_in().await.expect_err("refused");
    assert_eq!(world.person.asked(), 0);
    assert!(world.browser.opened().is_empty());
}

#[tokio::test]
async fn without_a_cache_nothing_is_kept() {
    let world = World::new();
    let options = Options { use_cache: Some(false), ..Options::default() };
    let one = job(&world, &options).access_token().await.expect("a token");
    assert_ne!(job(&world, &options).access_token().await.expect("another"), one);
    assert!(!world.cache().exists());
}

async fn failure(world: &World) -> Error {
    world.job().access_token().await.expect_err("a failure")
}

fn with_file(world: &World, path: std::path::PathBuf) -> CartoAuth {
    CartoAuth::open(world.platform(), &Options::default(), Wanted::CredentialsFile(path)).expect("settings")
}

#[tokio::test]
async fn a_secret_that_the_server_repeats_is_not_shown() {
    let world = World::new();
    let (_, secret) = world.sandbox.m2m_client();
    let words = format!("bad secret {secret}");
    world.sandbox.plan(Route::Token, Fault::oauth_error(401, "invalid_client", &words));
    let error = world.job().access_token().await.expect_err("refused");
    assert!(!format!("{error:?}").contains(&secret), "{error:?}");
    assert!(format!("{error:?}").contains("bad secret [redacted]"));
}

#[tokio::test]
async fn the_sandbox_needs_no_certificates() {
    let world = World::new().with_variable("SSL_CERT_FILE", "/dev/null");
    world.job().access_token().await.expect("a token");
}
