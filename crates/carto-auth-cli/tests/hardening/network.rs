//! T16, T22, T23: the way to the server, its certificate, and what stands between.

use crate::desk::{Desk, Outcome};
use crate::tinyproxy::Tinyproxy;
use crate::tls::{TlsServer, certificate};

#[test]
fn t16_what_fails_on_the_way_has_words_of_its_own_and_the_networks_exit_code() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let expired = TlsServer::with("expired").port;
    for (url, message) in [
        (format!("https://localhost:{closed}"), format!("error: localhost:{closed} cannot be reached\n")),
        (
            "https://no-such-host.invalid".to_owned(),
            "error: the name no-such-host.invalid cannot be found\n".to_owned(),
        ),
        (
            format!("https://localhost:{expired}"),
            format!("error: the certificate of localhost:{expired} has expired\n"),
        ),
    ] {
        let outcome = token(&trusting("authority"), &url);
        assert_eq!((outcome.code, outcome.output.as_str()), (Some(5), ""), "{outcome:?}");
        assert!(outcome.raw.1.starts_with(&message), "{}", outcome.error);
        assert!(outcome.error.contains("\n  caused by: ") && outcome.error.contains("\nhint: "));
    }
}

#[test]
fn t22_an_authority_of_ones_own_is_trusted_through_each_of_the_four_variables() {
    let server = TlsServer::with("server");
    let url = format!("https://localhost:{}", server.port);
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(certificate("authority"), folder.path().join("authority.pem")).unwrap();
    let folder = folder.path().display().to_string();
    for (variable, value) in [
        ("SSL_CERT_FILE", certificate("authority")),
        ("SSL_CERT_DIR", folder),
        ("REQUESTS_CA_BUNDLE", certificate("authority")),
        ("CURL_CA_BUNDLE", certificate("authority")),
    ] {
        let mut desk = if variable.ends_with("BUNDLE") { trusting("stranger") } else { Desk::new() };
        desk.set(variable, value);
        let outcome = token(&desk, &url);
        assert_eq!(
            (outcome.code, outcome.output.as_str()),
            (Some(0), "a-token\n"),
            "{variable}: {outcome:?}"
        );
    }
}

#[test]
fn t22_a_certificate_that_is_not_accepted_is_told_with_what_mends_it() {
    for (shown, trusted, message, hint) in [
        ("server", "stranger", "localhost:PORT cannot be trusted", "set `SSL_CERT_FILE`"),
        (
            "elsewhere",
            "authority",
            "the certificate that localhost:PORT shows is for another name",
            "address",
        ),
        ("expired", "authority", "the certificate of localhost:PORT has expired", "clock"),
    ] {
        let server = TlsServer::with(shown);
        let outcome = token(&trusting(trusted), &format!("https://localhost:{}", server.port));
        assert_eq!(outcome.code, Some(5), "{outcome:?}");
        let message = format!("error: {}\n", message.replace("PORT", &server.port.to_string()));
        assert!(outcome.raw.1.starts_with(&message), "{}", outcome.error);
        assert!(outcome.error.lines().last().unwrap().contains(hint), "{}", outcome.error);
        assert_eq!(server.requests(), [""; 0], "nothing was sent");
    }
    let mut desk = trusting("stranger");
    desk.set("SSL_CERT_FILE", "/proc/no-such-file");
    let outcome = token(&desk, "https://localhost:1");
    assert_eq!(outcome.code, Some(2));
    assert!(outcome.error.starts_with("error: there are no certificates to trust\n"), "{}", outcome.error);
}

#[test]
fn t23_a_real_proxy_is_used_with_and_without_a_password() {
    let server = TlsServer::with("server");
    let url = format!("https://0.0.0.0:{}", server.port);
    for (password, own) in [(None, ""), (Some("canary"), "me:canary@")] {
        let Some(proxy) = Tinyproxy::start(password) else { return };
        let mut desk = trusting("authority");
        desk.set("HTTPS_PROXY", format!("http://{own}127.0.0.1:{}", proxy.port));
        let outcome = token(&desk, &url);
        assert_eq!((outcome.code, outcome.output.as_str()), (Some(0), "a-token\n"), "{outcome:?}");
        assert!(proxy.log().contains(&format!("CONNECT 0.0.0.0:{}", server.port)), "{}", proxy.log());
        // Around it, where that is said.
        let before = proxy.log().matches("CONNECT").count();
        desk.set("NO_PROXY", "0.0.0.0");
        assert_eq!(token(&desk, &url).code, Some(0));
        assert_eq!(proxy.log().matches("CONNECT").count(), before);
    }
}

#[test]
fn t23_a_proxy_that_does_not_let_it_through_is_told_and_no_password_shown() {
    let server = TlsServer::with("server");
    let url = format!("https://0.0.0.0:{}", server.port);
    let Some(proxy) = Tinyproxy::start(Some("another")) else { return };
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for (address, code, message) in [
        (format!("http://127.0.0.1:{}", proxy.port), 5, "the proxy did not let the request through"),
        (
            format!("http://me:canary@127.0.0.1:{}", proxy.port),
            5,
            "the proxy did not let the request through",
        ),
        (format!("http://me:canary@127.0.0.1:{gone}"), 5, "cannot be reached"),
        ("http://me:canary@[".to_owned(), 2, "the proxy's address cannot be read"),
    ] {
        let mut desk = trusting("authority");
        desk.set("HTTPS_PROXY", address);
        let outcome = token(&desk, &url);
        assert_eq!((outcome.code, outcome.output.as_str()), (Some(code), ""), "{outcome:?}");
        assert!(outcome.error.lines().next().unwrap().contains(message), "{}", outcome.error);
        assert!(outcome.error.lines().last().unwrap().contains("`HTTPS_PROXY`"), "{}", outcome.error);
        assert!(!format!("{outcome:?}").contains("canary"), "{outcome:?}");
        desk.set("CARTO_AUTH_URL", &*url);
        let loud = desk.run(&["token", "--verbose", "--m2m", "own.json"]);
        assert_eq!(loud.code, Some(code), "{loud:?}");
        assert!(!format!("{loud:?}").contains("canary"), "{loud:?}");
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn t23_loopback_is_always_reached_directly() {
    let mut desk = Desk::of_job();
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for variable in ["HTTPS_PROXY", "HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        desk.set(variable, format!("http://127.0.0.1:{nobody}"));
    }
    assert_eq!(desk.run(&["token"]).code, Some(0));
    desk.sign_in(&[]);
}

/// A desk that trusts one authority and no other.
fn trusting(authority: &str) -> Desk {
    let mut desk = Desk::new();
    desk.set("SSL_CERT_FILE", certificate(authority));
    desk
}

/// What a job gets whose authorization server is at this address.
fn token(desk: &Desk, url: &str) -> Outcome {
    let text = r#"{"api_base_url": "https://api.example.com", "client_id": "a-client", "client_secret": "a-secret"}"#;
    let file = desk.file("own.json", text);
    // Of a folder of its own: nothing is kept from one to the next.
    let cache = tempfile::tempdir().unwrap();
    let mut command = desk.command(&["token", "--m2m", file.to_str().unwrap()]);
    command.env("CARTO_AUTH_URL", url).env("CARTO_AUTH_CACHE_DIR", cache.path().join("tokens"));
    let outcome = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (output, error) = (text(outcome.stdout), text(outcome.stderr));
    Outcome {
        code: outcome.status.code(),
        output: output.clone(),
        error: error.clone(),
        raw: (output, error),
    }
}
