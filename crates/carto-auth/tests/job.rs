//! A job signs in with its client's id and secret.

mod world;

use std::time::Duration;

use carto_auth::platform::Input;
use carto_auth::{CartoAuth, Error, ErrorKind, M2mCredentials, Options, Secret, Wanted};
use carto_sandbox::{Fault, Route};
use world::{World, free_port, job};

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
async fn a_slow_answer_is_waited_for() {
    let world = World::new();
    world.sandbox.plan(Route::Token, Fault::SlowBody { pause: Duration::from_millis(1) });
    world.job().access_token().await.expect("a token");
    assert_eq!(world.sandbox.requests(Route::Token), 1);
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
