//! T16, T18, T26, T29: a server that is away, and what may be sent twice.

use std::time::Duration;

use carto_auth::platform::Place;
use carto_auth::{CartoAuth, Error, ErrorKind, M2mCredentials, Options, Secret, Wanted};
use carto_sandbox::{Answer, Fault, Route, Settings};
use tokio::task::JoinSet;

use crate::world::{DAY, Given, HOUR, TlsServer, Waiting, World, at_once, certificate, free_port};

#[tokio::test]
async fn t16_a_server_that_is_always_out_of_order_is_asked_four_times_and_it_is_no_refusal() {
    at_once([500, 502, 503, 504], |status| async move {
        let world = World::new();
        let words = Fault::oauth_error(status, "access_denied", "Too many requests");
        world.sandbox.plan_always(Route::Token, words);
        let error = world.job().access_token().await.expect_err("out of order");
        assert_eq!((error.kind(), error.http_status()), (ErrorKind::Network, Some(status)));
        assert!(error.to_string().ends_with("is out of order"), "{error}");
        assert!(error.causes()[0].contains("Too many requests"));
        assert_eq!(world.sandbox.requests(Route::Token), 4, "there is an end to it");
    })
    .await;
}

#[tokio::test]
async fn t16_what_fails_on_the_way_has_words_of_its_own_and_is_the_networks_fault() {
    let (expired, plain) = (TlsServer::with("expired"), World::new());
    let cases = [
        (format!("https://localhost:{}", free_port().await), "cannot be reached"),
        ("https://no-such-host.invalid".to_owned(), "the name no-such-host.invalid cannot be found"),
        (format!("https://localhost:{}", expired.port), "has expired"),
        (plain.sandbox.url().replace("http://127.0.0.1", "https://localhost"), "does not speak TLS"),
    ];
    at_once(cases, |(url, message)| async move {
        let error = asked_of(&url).await;
        assert_eq!(error.kind(), ErrorKind::Network, "{error:?}");
        assert!(error.to_string().contains(message), "{error:?}");
        assert!(!error.causes().is_empty() && error.hint_text().is_some(), "{error:?}");
    })
    .await;
}

#[tokio::test]
async fn t16_an_answer_that_breaks_off_is_told_as_that() {
    at_once([Fault::Reset, Fault::Truncate, Fault::Raw(Vec::new())], |fault| async move {
        let world = World::new();
        world.sandbox.plan_always(Route::Token, fault.clone());
        let error = world.job().access_token().await.expect_err("cut");
        assert_eq!(error.kind(), ErrorKind::Network);
        assert!(error.to_string().ends_with("broke the connection off"), "{fault:?}: {error:?}");
        assert!(!error.causes().concat().contains("https://"), "{error:?}");
    })
    .await;
}

#[tokio::test]
async fn t16_while_the_old_token_lives_it_is_served_whatever_fails() {
    at_once(
        [
            Fault::status(500),
            Fault::Reset,
            Fault::Raw(b"no HTTP".to_vec()),
            Fault::body(200, "text/html", "<title>Hotel</title>"),
            Fault::oauth_error(401, "access_denied", "Unauthorized"),
        ],
        |fault| async move {
            let world = World::new();
            let auth = world.job();
            let old = auth.access_token().await.expect("a token");
            world.clock.pass(DAY - 200);
            world.sandbox.plan_always(Route::Token, fault.clone());
            for _ in 0..3 {
                assert_eq!(auth.access_token().await.expect("the old one"), old, "{fault:?}");
            }
            world.clock.pass(200);
            auth.access_token().await.expect_err("it has ended");
        },
    )
    .await;
}

#[tokio::test]
async fn t18_a_code_is_sent_once_whatever_happens_and_a_new_sign_in_works() {
    for fault in [Fault::status(502), Fault::status(503), Fault::LoseAnswer, Fault::Truncate, Fault::Reset] {
        let waiting = Waiting::begin().await;
        waiting.world.sandbox.plan(Route::Token, fault.clone());
        let page = waiting.browser_comes_back().await;
        assert!(!page.body.contains("You are signed in"), "{page:?}");
        let (world, result) = waiting.end().await;
        let error = result.expect_err("no token");
        assert_eq!(error.kind(), ErrorKind::Network, "{fault:?}: {error:?}");
        assert_eq!(world.sandbox.requests(Route::Token), 1, "{fault:?}");
        let world = world.where_browser(crate::world::Does::SignIn);
        world.person().sign_in().await.expect("a new sign-in");
        let sent = world.sandbox.recorded();
        let codes: Vec<_> = sent.iter().filter_map(|request| request.parameter("code_verifier")).collect();
        assert!(codes.len() == 2 && codes[0] != codes[1], "each with a verifier of its own");
    }
}

#[tokio::test]
async fn t18_a_jobs_request_may_be_sent_again_and_a_refresh_token_may_not() {
    for fault in [Fault::LoseAnswer, Fault::Truncate, Fault::status(502)] {
        let world = World::new();
        world.sandbox.plan(Route::Token, fault.clone());
        world.job().access_token().await.expect("the second time");
        assert_eq!(world.sandbox.requests(Route::Token), 2, "{fault:?}");
        let world = World::new();
        world.person().sign_in().await.expect("signed in");
        let world = world.at(Place::Headless);
        world.clock.pass(DAY);
        world.sandbox.plan(Route::Token, fault.clone());
        let auth = world.person();
        assert_eq!(auth.access_token().await.expect_err("lost").kind(), ErrorKind::Network);
        for auth in [auth, world.person()] {
            let error = auth.access_token().await.expect_err("somebody has to sign in");
            assert_eq!(error.kind(), ErrorKind::PersonNeeded, "{fault:?}");
        }
        assert_eq!(world.refreshes(), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn t26_in_half_an_hour_without_a_server_two_hundred_tasks_are_served_with_few_requests() {
    let world = World::with(Settings { token_life: Duration::from_hours(1), ..Settings::default() });
    let auth = world.job();
    let mut given = Given::in_world(&world, HOUR);
    given.give_all(std::slice::from_ref(&auth)).await;
    world.clock.pass(HOUR / 2);
    world.sandbox.plan_always(Route::Token, Answer::empty(503).header("retry-after", "31"));
    let callers: Vec<_> = (0..200).map(|_| auth.clone()).collect();
    for _ in 0..59 {
        given.give_all(&callers).await;
        world.clock.pass(30);
    }
    let requests = world.sandbox.requests(Route::Token) - 1;
    assert!((1..=6).contains(&requests), "{requests} requests for 200 tasks in half an hour");
    // Once the token has ended, they fail, and are no storm.
    world.clock.pass(60);
    for _ in 0..10 {
        let mut tasks = JoinSet::new();
        for auth in callers.clone() {
            tasks.spawn(async move { auth.access_token().await });
        }
        for answer in tasks.join_all().await {
            assert_eq!(answer.expect_err("the server is away").kind(), ErrorKind::Network);
        }
        world.clock.pass(1);
    }
    let more = world.sandbox.requests(Route::Token) - 1 - requests;
    assert!(more <= 5, "{more} requests of 2,000 calls");
    world.sandbox.plan_nothing(Route::Token);
    world.clock.pass(31);
    given.give_all(&callers).await;
}

/// The counterpart of an interpreter that ends: whatever waits on it is dropped.
#[test]
fn t29_a_runtime_that_ends_in_the_middle_of_a_renewal_locks_nobody_out() {
    let world = World::new();
    run(async { world.job().access_token().await.expect("a token") });
    world.age_what_is_kept(2 * DAY);
    world.sandbox.plan(Route::Token, Fault::Hang);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let auth = world.job();
    let asks = runtime.spawn(async move { auth.access_token().await });
    while world.sandbox.requests(Route::Token) < 2 {
        std::thread::sleep(Duration::from_millis(5));
    }
    runtime.shutdown_background();
    drop(asks);
    run(async { world.job().access_token().await.expect("nobody holds the lock") });
    assert_eq!(world.sandbox.requests(Route::Token), 3);
}

/// The error of a job whose authorization server is at this address.
async fn asked_of(url: &str) -> Error {
    let world = World::new().with_variable("SSL_CERT_FILE", certificate("authority"));
    let values = M2mCredentials::new("https://api.example.com", "a-client", Secret::new("a-secret"));
    let options = Options { use_cache: Some(false), ..Options::default() };
    let platform = world.platform_with(&[("CARTO_AUTH_URL", url)]);
    let wanted = Wanted::Credentials(values.expect("values"));
    let auth = CartoAuth::open(platform, &options, wanted).expect("settings");
    auth.access_token().await.expect_err("nobody is there")
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}
