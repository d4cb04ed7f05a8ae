//! Where a secret may go.

mod world;

use std::time::Duration;

use carto_auth::{CartoAuth, Error, ErrorKind, M2mCredentials, Options, Result, Secret, Wanted};
use carto_sandbox::Route;
use world::{TlsServer, World, certificate};

#[tokio::test]
async fn a_secret_is_never_sent_in_the_clear() {
    let world = World::new();
    let error = token(&world, world.sandbox.url()).await.expect_err("not the sandbox's secret");
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(!all_of(&error).contains("a-secret"));
    assert_eq!(world.sandbox.requests(Route::Token), 0);
    for url in ["http://auth.example.com", "http://0.0.0.0:1", "http://localhost.example.com"] {
        let error = token(&world, url).await.expect_err(url);
        assert_eq!(error.kind(), ErrorKind::Config, "{error:?}");
    }
}

#[tokio::test]
async fn a_network_that_is_slow_to_connect_is_waited_for_where_there_is_no_other_token() {
    let server = TlsServer::that_takes(Duration::from_millis(4_500));
    let world = World::new().with_variable("SSL_CERT_FILE", certificate("authority"));
    token(&world, &format!("https://localhost:{}", server.port)).await.expect("a token");
}

#[tokio::test]
async fn a_secret_of_the_sandbox_stays_on_this_machine() {
    let server = TlsServer::with("server");
    let url = format!("https://0.0.0.0:{}", server.port);
    let world = World::new().with_variable("SSL_CERT_FILE", certificate("authority"));
    let error = token_with(&world, &url, "sandbox-secret").await.expect_err("it would leave");
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(!server.requests().concat().contains("sandbox-secret"));
}

/// What a job gets whose authorization server is at this address.
async fn token(world: &World, url: &str) -> Result<Secret> {
    token_with(world, url, "a-secret").await
}

async fn token_with(world: &World, url: &str, secret: &str) -> Result<Secret> {
    let values = M2mCredentials::new("https://api.example.com", "a-client", Secret::new(secret))?;
    let options = Options { use_cache: Some(false), ..Options::default() };
    let platform = world.platform_with(&[("CARTO_AUTH_URL", url)]);
    CartoAuth::open(platform, &options, Wanted::Credentials(values))?.access_token().await
}

/// Everything that an error says.
fn all_of(error: &Error) -> String {
    format!("{error} {error:?} {:?} {:?}", error.causes(), error.hint_text())
}
