//! Proxies, certificates, and where a secret may go.

mod world;

use carto_auth::{CartoAuth, Error, ErrorKind, M2mCredentials, Options, Result, Secret, Wanted};
use carto_sandbox::Route;
use world::{Proxy, TlsServer, World, certificate, free_port};

#[tokio::test]
async fn a_proxy_is_used_with_its_password() {
    let server = TlsServer::with("server");
    for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        let proxy = Proxy::to(server.port).await;
        let world = World::new()
            .with_variable("SSL_CERT_FILE", certificate("authority"))
            .with_variable(variable, format!("http://me:canary@127.0.0.1:{}", proxy.port));
        token(&world, "https://auth.example.com").await.expect(variable);
        let heads = proxy.heads();
        assert!(heads[0].starts_with("CONNECT auth.example.com:443 "), "{heads:?}");
        // me:canary
        assert!(heads[0].contains("Basic bWU6Y2FuYXJ5"), "{heads:?}");
        assert!(!heads.concat().contains("a-secret"), "the secret goes through, not to it");
    }
    assert!(server.requests().iter().any(|request| request.contains("client_secret=a-secret")));
}

#[tokio::test]
async fn hosts_without_a_proxy_are_reached_directly() {
    let server = TlsServer::with("server");
    let proxy = Proxy::to(server.port).await;
    let url = format!("https://0.0.0.0:{}", server.port);
    let mut world = World::new()
        .with_variable("SSL_CERT_FILE", certificate("authority"))
        .with_variable("HTTPS_PROXY", format!("127.0.0.1:{}", proxy.port));
    token(&world, &url).await.expect("through the proxy");
    let through = proxy.heads().len();
    assert!(through > 0);
    for list in ["0.0.0.0", "example.com, 0.0.0.0", "*"] {
        world = world.with_variable("NO_PROXY", list);
        token(&world, &url).await.expect(list);
        assert_eq!(proxy.heads().len(), through, "{list}");
    }
}

#[tokio::test]
async fn loopback_is_always_reached_directly() {
    let server = TlsServer::with("server");
    let proxy = Proxy::that_refuses().await;
    let address = format!("http://127.0.0.1:{}", proxy.port);
    let mut world = World::new().with_variable("SSL_CERT_FILE", certificate("authority"));
    for variable in ["HTTPS_PROXY", "HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        world.more.push((variable.into(), address.clone()));
    }
    token(&world, &format!("https://localhost:{}", server.port)).await.expect("directly");
    world.job().access_token().await.expect("directly");
    world.person().sign_in().await.expect("directly");
    assert_eq!(proxy.heads(), [""; 0]);
}

#[tokio::test]
async fn a_proxy_that_wants_another_password_is_told_and_not_asked_again() {
    let proxy = Proxy::that_refuses().await;
    let world =
        World::new().with_variable("HTTPS_PROXY", format!("http://me:canary@127.0.0.1:{}", proxy.port));
    let error = token(&world, "https://auth.example.com").await.expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Network);
    assert_eq!(error.to_string(), "the proxy did not let the request through");
    assert!(error.hint_text().expect("a hint").contains("HTTPS_PROXY"));
    assert!(!all_of(&error).contains("canary"), "{error:?}");
    assert_eq!(proxy.heads().len(), 2, "once for the metadata, once for the token");
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_a_network_error() {
    let address = format!("http://me:canary@127.0.0.1:{}", free_port().await);
    let world = World::new().with_variable("HTTPS_PROXY", address);
    let error = token(&world, "https://auth.example.com").await.expect_err("nobody is there");
    assert_eq!(error.kind(), ErrorKind::Network);
    assert!(error.hint_text().expect("a hint").contains("HTTPS_PROXY"));
    assert!(!all_of(&error).contains("canary"), "{error:?}");
}

#[tokio::test]
async fn a_proxy_whose_address_makes_no_sense_is_named_without_its_password() {
    for address in ["http://me:canary@[", "http://me:canary@:x", "://canary"] {
        let world = World::new().with_variable("HTTPS_PROXY", address);
        let error = token(&world, "https://auth.example.com").await.expect_err(address);
        assert_eq!(error.kind(), ErrorKind::Config, "{error:?}");
        assert!(!all_of(&error).contains("canary"), "{error:?}");
        assert!(!format!("{:?}", world.platform()).contains("canary"));
    }
}

#[tokio::test]
async fn an_authority_of_ones_own_is_trusted_where_it_is_named() {
    let server = TlsServer::with("server");
    let url = format!("https://localhost:{}", server.port);
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::copy(certificate("authority"), folder.path().join("authority.pem")).expect("copied");
    let folder = folder.path().display().to_string();
    for (variable, value) in [
        ("SSL_CERT_FILE", certificate("authority")),
        ("SSL_CERT_DIR", folder),
        ("REQUESTS_CA_BUNDLE", certificate("authority")),
        ("CURL_CA_BUNDLE", certificate("authority")),
    ] {
        let joined = variable.ends_with("BUNDLE");
        let world = World::new().with_variable(variable, value);
        // Where the platform has no certificates at all, these join another one.
        let world =
            if joined { world.with_variable("SSL_CERT_FILE", certificate("stranger")) } else { world };
        token(&world, &url).await.unwrap_or_else(|error| panic!("{variable}: {error:?}"));
    }
}

#[tokio::test]
async fn a_certificate_that_cannot_be_trusted_is_told_with_what_to_do_and_not_tried_again() {
    for (server, trusted, hint) in [
        ("server", "stranger", "`SSL_CERT_FILE`"),
        ("elsewhere", "authority", "`SSL_CERT_FILE`"),
        ("expired", "authority", "clock"),
    ] {
        let server = TlsServer::with(server);
        let world = World::new().with_variable("SSL_CERT_FILE", certificate(trusted));
        let error = token(&world, &format!("https://localhost:{}", server.port)).await.expect_err(hint);
        assert_eq!(error.kind(), ErrorKind::Network);
        assert!(error.to_string().ends_with("cannot be trusted"), "{hint}: {error:?}");
        assert!(error.hint_text().expect("a hint").contains(hint), "{error:?}");
        assert_eq!(server.requests(), [""; 0], "nothing was sent");
        assert!(server.connections() <= 2, "once for the metadata, once for the token");
    }
}

#[tokio::test]
async fn without_certificates_nothing_is_trusted() {
    let world = World::new().with_variable("SSL_CERT_FILE", "/proc/no-such-file");
    let error = token(&world, "https://localhost:1").await.expect_err("no certificates");
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.hint_text().expect("a hint").contains("SSL_CERT_FILE"));
}

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
