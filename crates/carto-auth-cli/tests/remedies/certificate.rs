//! A server whose certificate is not accepted, and one that has none.

use std::net::TcpListener;

use crate::hint::{fails, works};
use crate::tls::{TlsServer, certificate};
use crate::tunnel::{FAR, Tunnel, far_away};

#[test]
fn an_authority_that_is_not_known_is_named() {
    let server = TlsServer::with("server");
    // The server's own, and that of a proxy that reads along.
    for (url, proxy) in [
        (format!("https://localhost:{}", server.port), None),
        (FAR.to_owned(), Some(Tunnel::to(server.port, None))),
    ] {
        let mut desk = far_away(&url, "stranger");
        if let Some(proxy) = proxy {
            desk.set("HTTPS_PROXY", proxy.address(""));
        }
        let hint = fails(&desk, &["token"], "set-ssl-cert-file-to-a");
        hint.says("PEM");
        desk.set(hint.word("SSL_CERT_FILE"), certificate("authority"));
        works(&desk, &["token"]);
    }
}

#[test]
fn certificates_are_named() {
    let server = TlsServer::with("server");
    let mut desk = far_away(&format!("https://localhost:{}", server.port), "authority");
    desk.set("SSL_CERT_FILE", desk.file("none.pem", "").display().to_string());
    let hint = fails(&desk, &["token"], "install-the-package-ca");
    desk.set(hint.word("SSL_CERT_FILE"), certificate("authority"));
    works(&desk, &["token"]);
}

#[test]
fn an_address_of_another_name_is_put_right_as_is_what_answers_in_its_place() {
    let (server, elsewhere) = (TlsServer::with("server"), TlsServer::with("elsewhere"));
    let mut desk = far_away(&format!("https://localhost:{}", elsewhere.port), "authority");
    fails(&desk, &["token"], "check-the-address-and").says("check the address");
    desk.set("CARTO_AUTH_URL", format!("https://localhost:{}", server.port));
    works(&desk, &["token"]);
    let mut desk = far_away(FAR, "authority");
    let proxy = Tunnel::to(elsewhere.port, None);
    desk.set("HTTPS_PROXY", proxy.address(""));
    fails(&desk, &["token"], "check-the-address-and")
        .says("whether a proxy or a network sign-in page answers in its place");
    proxy.turn_to(server.port);
    works(&desk, &["token"]);
}

#[test]
fn a_port_without_tls_is_put_right_as_is_what_answers_in_its_place() {
    let server = TlsServer::with("server");
    let plain = plain_server();
    let mut desk = far_away(&format!("https://localhost:{plain}"), "authority");
    fails(&desk, &["token"], "check-the-address-and-its").says("check the address and its port");
    desk.set("CARTO_AUTH_URL", format!("https://localhost:{}", server.port));
    works(&desk, &["token"]);
    let mut desk = far_away(FAR, "authority");
    let proxy = Tunnel::to(plain, None);
    desk.set("HTTPS_PROXY", proxy.address(""));
    fails(&desk, &["token"], "check-the-address-and-its")
        .says("whether a proxy or a network sign-in page answers in its place");
    proxy.turn_to(server.port);
    works(&desk, &["token"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_clock_that_is_wrong_is_put_right() {
    let server = TlsServer::with("server");
    for (seconds, id) in [
        (-TEN_YEARS, "check-this-machine-s-clock"),
        // Before 1970, where the clocks of computers begin.
        (-A_CENTURY, "check-this-machine-s-clock"),
        (A_CENTURY, "check-this-machine-s"),
    ] {
        let mut desk = far_away(&format!("https://localhost:{}", server.port), "authority");
        desk.set("LD_PRELOAD", clock(&desk, seconds));
        fails(&desk, &["token"], id).says("check this machine's clock");
        desk.unset("LD_PRELOAD");
        works(&desk, &["token"]);
    }
}

#[test]
fn a_certificate_that_has_expired_is_renewed() {
    let proxy = Tunnel::to(TlsServer::with("expired").port, None);
    let mut desk = far_away(FAR, "authority");
    desk.set("HTTPS_PROXY", proxy.address(""));
    fails(&desk, &["token"], "check-this-machine-s").says("the server's certificate has to be renewed");
    proxy.turn_to(TlsServer::with("server").port);
    works(&desk, &["token"]);
}

/// A library that makes a machine's clock be wrong by so much for whatever is started with it.
#[cfg(target_os = "linux")]
fn clock(desk: &crate::desk::Desk, seconds: i64) -> String {
    let source = format!(
        "#include <time.h>
        #include <unistd.h>
        #include <sys/syscall.h>
        int clock_gettime(clockid_t clock, struct timespec *now) {{
            int done = syscall(SYS_clock_gettime, clock, now);
            if (done == 0 && clock == CLOCK_REALTIME) now->tv_sec += {seconds}L;
            return done;
        }}"
    );
    let (file, library) = (desk.file("clock.c", &source), desk.folder.path().join("clock.so"));
    let done = std::process::Command::new("cc")
        .args(["-shared", "-fPIC", "-D_GNU_SOURCE", "-o"])
        .args([&library, &file])
        .status();
    assert!(done.expect("a C compiler, as Rust needs one to link").success());
    library.display().to_string()
}

/// A server that speaks HTTP and knows no TLS; gives its port.
fn plain_server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            use std::io::{Read as _, Write as _};
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream
                .write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
    });
    port
}

/// Before every certificate.
#[cfg(target_os = "linux")]
const TEN_YEARS: i64 = 315_576_000;

/// After every certificate.
#[cfg(target_os = "linux")]
const A_CENTURY: i64 = 10 * TEN_YEARS;
