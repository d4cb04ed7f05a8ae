//! Whether a refresh token has arrived: what is certain, and what only looks like it.
#![allow(clippy::disallowed_methods, reason = "a test stands outside of the platform")]

mod world;

use carto_auth::platform::{Clock as _, Place};
use carto_auth::store::{FileStore, KeyParts, Kind, TokenKey, TokenStore as _};
use carto_auth::{CartoAuth, ErrorKind, Secret, TokenSet};
use carto_sandbox::{Answer, Route, Settings};
use world::{DAY, Does, Front, TlsServer, World, certificate};

#[tokio::test]
async fn an_answer_without_tls_comes_after_the_request_and_nothing_is_sent_again() {
    let server = TlsServer::that_answers_in_the_clear();
    let world = World::new()
        .with_variable("CARTO_AUTH_URL", format!("https://localhost:{}", server.port))
        .with_variable("SSL_CERT_FILE", certificate("authority"))
        .at(Place::Headless);
    let auth = world.person();
    keep(&world, &auth).await;
    let error = auth.access_token().await.expect_err("no answer");
    assert_eq!(error.kind(), ErrorKind::Network, "{error:?}");
    assert!(error.to_string().ends_with("broke the connection off"), "{error:?}");
    assert!(world.entry().contains_key("refresh_sent_at"));
    assert_eq!(world.person().access_token().await.expect_err("asked").kind(), ErrorKind::PersonNeeded);
    let posts = server.requests().into_iter().filter(|request| request.starts_with("POST ")).count();
    assert_eq!(posts, 1);
}

#[tokio::test]
async fn a_connection_that_was_kept_and_has_died_meanwhile_costs_no_sign_in() {
    let world = World::with(Settings { issuer_in_answer: false, ..Settings::default() });
    let front = Front::before(world.sandbox.url()).await;
    let world = world.with_variable("CARTO_AUTH_URL", front.url());
    let auth = world.person();
    auth.sign_in().await.expect("signed in");
    let world = world.at(Place::Headless);
    world.clock.pass(DAY);
    auth.access_token().await.expect("renewed");
    front.forget_connections();
    world.clock.pass(DAY);
    auth.access_token().await.expect("renewed over another one");
    assert_eq!(world.refreshes(), 2);
}

#[test]
fn a_connection_of_a_runtime_that_is_no_longer_driven_costs_no_sign_in() {
    let world = World::new();
    let (one, other) = (runtime(), runtime());
    let auth = world.person();
    one.block_on(auth.sign_in()).expect("signed in");
    let world = world.at(Place::Headless);
    world.clock.pass(DAY);
    one.block_on(auth.access_token()).expect("renewed");
    world.clock.pass(DAY);
    other.block_on(auth.access_token()).expect("renewed in another runtime");
    assert_eq!(world.refreshes(), 2);
}

#[tokio::test]
async fn an_answer_that_says_it_was_not_taken_costs_no_sign_in() {
    for answer in not_taken() {
        let world = signed_in().await;
        let auth = world.person();
        let old = auth.access_token().await.expect("a token");
        world.clock.pass(DAY - 100);
        world.sandbox.plan(Route::Token, answer.clone());
        for _ in 0..3 {
            assert_eq!(auth.access_token().await.expect("it lives"), old, "{answer:?}");
        }
        assert!(auth.status().await.expect("a status").renews, "{answer:?}");
        assert_eq!(world.refreshes(), 1, "{answer:?}: it is not tried again at once");
        world.clock.pass(31);
        assert_ne!(auth.access_token().await.expect("renewed later"), old, "{answer:?}");
    }
}

#[tokio::test]
async fn where_the_access_token_has_ended_too_nobody_is_asked_and_callers_in_a_loop_are_no_storm() {
    for answer in not_taken() {
        // A browser would open here.
        let world = World::new();
        world.person().sign_in().await.expect("signed in");
        let world = world.where_browser(Does::NotExist);
        world.clock.pass(DAY);
        world.sandbox.plan_always(Route::Token, answer.clone());
        let auth = world.person();
        for _ in 0..20 {
            let error = auth.access_token().await.expect_err("no token");
            assert_ne!(error.kind(), ErrorKind::PersonNeeded, "{answer:?}: {error:?}");
        }
        assert!(world.refreshes() <= 3, "{answer:?}: {}", world.refreshes());
        world.sandbox.plan_nothing(Route::Token);
        world.clock.pass(31);
        auth.access_token().await.expect("renewed");
    }
}

#[tokio::test]
async fn an_answer_that_leaves_it_in_doubt_leaves_the_mark() {
    for answer in [
        Answer::empty(500),
        Answer::empty(502),
        Answer::empty(504),
        Answer::new(200, "text/html", *b"<title>Hotel</title>"),
    ] {
        let world = signed_in().await;
        world.clock.pass(DAY - 100);
        world.sandbox.plan(Route::Token, answer.clone());
        world.person().access_token().await.expect("it lives");
        world.clock.pass(DAY);
        let error = world.person().access_token().await.expect_err("not again");
        assert_eq!((error.kind(), world.refreshes()), (ErrorKind::PersonNeeded, 1), "{answer:?}");
    }
}

/// Answers that say that the request was not carried out.
fn not_taken() -> [Answer; 5] {
    [
        Answer::empty(302).header("location", "https://hotel.example.com/"),
        Answer::new(403, "text/html", *b"<title>Hotel</title>"),
        Answer::empty(404),
        Answer::empty(429),
        Answer::empty(503).header("retry-after", "1"),
    ]
}

/// A world in which somebody has signed in, where nobody is now.
async fn signed_in() -> World {
    let world = World::new();
    world.person().sign_in().await.expect("signed in");
    world.at(Place::Headless)
}

/// A sign-in whose access token has ended.
async fn keep(world: &World, auth: &CartoAuth) {
    let settings = auth.settings();
    let key = TokenKey::new(KeyParts {
        kind: Kind::OAuth,
        issuer: settings.environment.auth_url.clone(),
        client_id: settings.environment.client_id.clone(),
        audience: settings.environment.audience.clone(),
        organization: settings.organization.clone(),
        scopes: settings.scopes.clone(),
        api_base_url: settings.api_base_url.clone(),
        account: settings.profile.clone(),
    });
    let mut token = TokenSet::new(Secret::new("access"), world.clock.now() - DAY, Some(3_600));
    token.refresh_token = Some(Secret::new("refresh"));
    let store = FileStore::in_folder(world.cache(), &world.platform());
    let mut entry = store.try_lock(&key).await.expect("tried").expect("free");
    entry.save(&token).await.expect("kept");
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}
