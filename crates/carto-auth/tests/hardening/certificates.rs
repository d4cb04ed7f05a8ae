//! T22: whom to trust, and what is told of a certificate that is not accepted.

use carto_auth::ErrorKind;

use crate::proxies::token;
use crate::world::{TlsServer, World, certificate};

#[tokio::test]
async fn t22_an_authority_of_ones_own_is_trusted_through_each_of_the_four_variables() {
    let server = TlsServer::with("server");
    let url = format!("https://localhost:{}", server.port);
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::copy(certificate("authority"), folder.path().join("authority.pem")).expect("copied");
    let folder = folder.path().display().to_string();
    for (variable, value) in [
        ("SSL_CERT_FILE", certificate("authority")),
        ("SSL_CERT_DIR", folder.clone()),
        ("SSL_CERT_DIR", format!("/proc/no-such-folder:{folder}")),
        ("REQUESTS_CA_BUNDLE", certificate("authority")),
        ("REQUESTS_CA_BUNDLE", folder),
        ("CURL_CA_BUNDLE", certificate("authority")),
    ] {
        let joins = variable.ends_with("BUNDLE");
        // Where the platform has no certificates at all, these join another one.
        let without = World::new().with_variable("SSL_CERT_FILE", certificate("stranger"));
        token(&without, &url).await.expect_err("not trusted without it");
        let world = if joins { without } else { World::new() };
        token(&world.with_variable(variable, &*value), &url)
            .await
            .unwrap_or_else(|error| panic!("{variable}={value}: {error:?}"));
    }
}

#[tokio::test]
async fn t22_a_certificate_that_is_not_accepted_is_told_with_what_mends_it_and_not_tried_again() {
    for (server, trusted, message, hint) in [
        ("server", "stranger", "localhost:PORT cannot be trusted", "`SSL_CERT_FILE`"),
        (
            "elsewhere",
            "authority",
            "the certificate that localhost:PORT shows is for another name",
            "address",
        ),
        ("expired", "authority", "the certificate of localhost:PORT has expired", "clock"),
    ] {
        let server = TlsServer::with(server);
        let world = World::new().with_variable("SSL_CERT_FILE", certificate(trusted));
        let error = token(&world, &format!("https://localhost:{}", server.port)).await.expect_err(message);
        assert_eq!(error.kind(), ErrorKind::Network);
        assert_eq!(error.to_string(), message.replace("PORT", &server.port.to_string()));
        assert!(error.hint_text().expect("a hint").contains(hint), "{error:?}");
        assert_eq!(server.requests(), [""; 0], "nothing was sent");
        assert!(server.connections() <= 2, "once for the metadata, once for the token");
    }
}

#[tokio::test]
async fn t22_why_a_certificate_is_not_accepted_is_told_in_words() {
    for (server, trusted, cause) in [
        ("server", "stranger", "the authority that issued the certificate is not known here"),
        ("elsewhere", "authority", "the certificate is for `elsewhere.example.com`"),
    ] {
        let server = TlsServer::with(server);
        let world = World::new().with_variable("SSL_CERT_FILE", certificate(trusted));
        let error = token(&world, &format!("https://localhost:{}", server.port)).await.expect_err(cause);
        assert_eq!(error.causes(), [cause]);
    }
}

#[tokio::test]
async fn t22_nothing_turns_the_check_off() {
    let server = TlsServer::with("server");
    let mut world = World::new().with_variable("SSL_CERT_FILE", certificate("stranger"));
    for (name, value) in [
        ("PYTHONHTTPSVERIFY", "0"),
        ("NODE_TLS_REJECT_UNAUTHORIZED", "0"),
        ("GIT_SSL_NO_VERIFY", "1"),
        ("CURL_CA_BUNDLE", ""),
        ("REQUESTS_CA_BUNDLE", ""),
    ] {
        world = world.with_variable(name, value);
    }
    token(&world, &format!("https://localhost:{}", server.port)).await.expect_err("not trusted");
    assert_eq!(server.requests(), [""; 0]);
}

#[tokio::test]
async fn t22_without_a_certificate_that_can_be_read_nothing_is_trusted_and_the_file_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let whole = std::fs::read_to_string(certificate("authority")).expect("a certificate");
    std::fs::write(path("empty.pem"), "").expect("written");
    std::fs::write(path("text.pem"), "no certificate").expect("written");
    std::fs::write(path("cut.pem"), &whole[..whole.len() / 2]).expect("written");
    std::fs::write(path("bytes.pem"), [0, 255, 254, 0]).expect("written");
    std::fs::write(path("key.pem"), World::read(certificate("server").replace(".pem", ".key")))
        .expect("written");
    for name in ["missing.pem", "empty.pem", "text.pem", "cut.pem", "bytes.pem", "key.pem", "."] {
        let world = World::new().with_variable("SSL_CERT_FILE", path(name));
        let error = token(&world, "https://localhost:1").await.expect_err("no certificates");
        assert_eq!(error.kind(), ErrorKind::Config, "{name}: {error:?}");
        assert!(error.hint_text().expect("a hint").contains("SSL_CERT_FILE"), "{name}: {error:?}");
    }
}
