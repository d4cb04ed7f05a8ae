//! T23: proxies, real ones too, with and without a password; and what never goes through one.

use carto_auth::{CartoAuth, Error, ErrorKind, M2mCredentials, Options, Result, Secret, Wanted};

use crate::world::{Proxy, Tinyproxy, TlsServer, World, at_once, certificate, free_port};

#[tokio::test]
async fn t23_a_proxy_is_used_with_its_password() {
    let server = TlsServer::with("server");
    for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        let proxy = Proxy::to(server.port).await;
        let world = trusting().with_variable(variable, format!("http://me:canary@127.0.0.1:{}", proxy.port));
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
async fn t23_a_real_proxy_is_used_with_and_without_a_password() {
    let server = TlsServer::with("server");
    let url = format!("https://0.0.0.0:{}", server.port);
    for (password, own) in [(None, ""), (None, "me:canary@"), (Some("canary"), "me:canary@")] {
        let Some(proxy) = Tinyproxy::start(password) else { return };
        let world = trusting().with_variable("HTTPS_PROXY", format!("http://{own}127.0.0.1:{}", proxy.port));
        token(&world, &url).await.unwrap_or_else(|error| panic!("{own}: {error:?}"));
        assert!(proxy.log().contains(&format!("CONNECT 0.0.0.0:{}", server.port)), "{}", proxy.log());
        assert!(!proxy.log().contains("a-secret"));
    }
}

#[tokio::test]
async fn t23_a_real_proxy_that_knows_another_password_is_told_and_no_password_shown() {
    let server = TlsServer::with("server");
    let url = format!("https://0.0.0.0:{}", server.port);
    let Some(proxy) = Tinyproxy::start(Some("another")) else { return };
    let mut before = 0;
    for own in ["", "me:canary@", "canary:another@"] {
        let world = trusting().with_variable("HTTPS_PROXY", format!("http://{own}127.0.0.1:{}", proxy.port));
        let error = token(&world, &url).await.expect_err("not let through");
        assert_eq!(error.kind(), ErrorKind::Network);
        assert_eq!(error.to_string(), "the proxy did not let the request through");
        assert!(error.hint_text().expect("a hint").contains("password in `HTTPS_PROXY`"), "{error:?}");
        assert!(!all_of(&error).contains("canary"), "{error:?}");
        // For the metadata and for the token. It answers 407 where there is no password, and 401 to a wrong one.
        let asked = proxy.log().matches(": CONNECT ").count() - before;
        before += asked;
        assert_eq!(asked, if own.is_empty() { 2 } else { 4 }, "{own}: {}", proxy.log());
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn t23_a_proxy_that_wants_a_password_is_not_asked_again_with_the_same() {
    let proxy = Proxy::that_refuses().await;
    let world =
        World::new().with_variable("HTTPS_PROXY", format!("http://me:canary@127.0.0.1:{}", proxy.port));
    let error = token(&world, "https://auth.example.com").await.expect_err("refused");
    assert_eq!(error.to_string(), "the proxy did not let the request through");
    assert!(!all_of(&error).contains("canary"), "{error:?}");
    assert_eq!(proxy.heads().len(), 2, "once for the metadata, once for the token");
}

#[tokio::test]
async fn t23_a_socks_proxy_is_used_with_its_password() {
    let server = TlsServer::with("server");
    for (scheme, asked) in [("socks5h", "auth.example.com:443"), ("socks5", "")] {
        let proxy = Proxy::socks(server.port, "canary").await;
        let address = format!("{scheme}://me:canary@127.0.0.1:{}", proxy.port);
        let url = if asked.is_empty() { "https://0.0.0.0:1" } else { "https://auth.example.com" };
        token(&trusting().with_variable("ALL_PROXY", address), url).await.expect(scheme);
        assert!(proxy.heads()[0].contains(asked), "{:?}", proxy.heads());
    }
    let proxy = Proxy::socks(server.port, "another").await;
    for own in ["me:canary@", ""] {
        let address = format!("socks5h://{own}127.0.0.1:{}", proxy.port);
        let world = trusting().with_variable("HTTPS_PROXY", address);
        let error = token(&world, "https://auth.example.com").await.expect_err("another password");
        assert_eq!(error.kind(), ErrorKind::Network);
        assert!(error.hint_text().expect("a hint").contains("HTTPS_PROXY"), "{error:?}");
        assert!(!all_of(&error).contains("canary"), "{error:?}");
    }
}

#[tokio::test]
async fn t23_hosts_without_a_proxy_are_reached_directly() {
    let server = TlsServer::with("server");
    let proxy = Proxy::to(server.port).await;
    let url = format!("https://0.0.0.0:{}", server.port);
    let mut world = trusting().with_variable("HTTPS_PROXY", format!("127.0.0.1:{}", proxy.port));
    token(&world, &url).await.expect("through the proxy");
    let through = proxy.heads().len();
    assert!(through > 0);
    for list in ["0.0.0.0", "example.com, 0.0.0.0", "*", " * ", "0.0.0.0/8"] {
        world = world.with_variable("NO_PROXY", list);
        token(&world, &url).await.expect(list);
        assert_eq!(proxy.heads().len(), through, "{list}");
    }
}

#[tokio::test]
async fn t23_loopback_is_always_reached_directly() {
    let server = TlsServer::with("server");
    let proxy = Proxy::that_refuses().await;
    let address = format!("http://127.0.0.1:{}", proxy.port);
    let mut world = trusting();
    for variable in ["HTTPS_PROXY", "HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        world.more.push((variable.into(), address.clone()));
    }
    token(&world, &format!("https://localhost:{}", server.port)).await.expect("directly");
    world.job().access_token().await.expect("directly");
    world.person().sign_in().await.expect("directly");
    assert_eq!(proxy.heads(), [""; 0]);
}

#[tokio::test]
async fn t23_a_proxy_that_is_not_there_is_the_networks_fault_and_the_hint_names_it() {
    let address = format!("http://me:canary@127.0.0.1:{}", free_port().await);
    at_once([address, "http://me:canary@no-such-host.invalid:1".into()], |address| async move {
        let world = World::new().with_variable("HTTPS_PROXY", address);
        let error = token(&world, "https://auth.example.com").await.expect_err("nobody is there");
        assert_eq!(error.kind(), ErrorKind::Network);
        assert_eq!(error.to_string(), "the proxy cannot be reached");
        assert!(error.hint_text().expect("a hint").contains("`HTTPS_PROXY`"), "{error:?}");
        assert!(!all_of(&error).contains("canary"), "{error:?}");
    })
    .await;
}

#[tokio::test]
async fn t23_a_proxy_whose_address_makes_no_sense_is_told_without_its_password() {
    for address in ["http://me:canary@[", "http://me:canary@:x", "://canary"] {
        let world = World::new().with_variable("HTTPS_PROXY", address);
        let error = token(&world, "https://auth.example.com").await.expect_err(address);
        assert_eq!(error.kind(), ErrorKind::Config, "{error:?}");
        assert!(error.hint_text().expect("a hint").contains("http://proxy.example.com:3128"), "{error:?}");
        assert!(!all_of(&error).contains("canary"), "{error:?}");
        assert!(!format!("{:?}", world.platform()).contains("canary"));
    }
}

/// Nothing reads the script: whoever has nothing else is told what to set.
#[tokio::test]
async fn t23_a_proxy_that_only_a_script_knows_is_told_to_be_named() {
    let world = World::new()
        .with_variable("auto_proxy", "http://127.0.0.1:1/proxy.pac")
        .with_variable("AUTO_PROXY", "http://127.0.0.1:1/proxy.pac");
    let error = token(&world, "https://no-such-host.invalid").await.expect_err("nobody is there");
    assert_eq!(error.kind(), ErrorKind::Network);
    assert!(error.hint_text().expect("a hint").contains("behind a proxy, set `HTTPS_PROXY`"), "{error:?}");
}

fn trusting() -> World {
    World::new().with_variable("SSL_CERT_FILE", certificate("authority"))
}

/// What a job gets whose authorization server is at this address.
pub(crate) async fn token(world: &World, url: &str) -> Result<Secret> {
    let values = M2mCredentials::new("https://api.example.com", "a-client", Secret::new("a-secret"))?;
    let options = Options { use_cache: Some(false), ..Options::default() };
    let platform = world.platform_with(&[("CARTO_AUTH_URL", url)]);
    CartoAuth::open(platform, &options, Wanted::Credentials(values))?.access_token().await
}

/// Everything that an error says.
fn all_of(error: &Error) -> String {
    format!("{error} {error:?} {:?} {:?}", error.causes(), error.hint_text())
}
