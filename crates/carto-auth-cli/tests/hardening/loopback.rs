//! L01 to L07: whoever else comes to the listener is answered, and the wait goes on.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::waiting::Waiting;

#[test]
fn l01_a_favicon_is_answered_and_the_wait_goes_on() {
    let waiting = Waiting::begin();
    for target in ["/favicon.ico", "/", "/robots.txt", "/callback"] {
        assert_eq!(waiting.get(target).0, 404, "{target}");
    }
    waiting.person_signs_in();
}

#[test]
fn l02_a_link_scanner_does_not_take_the_code() {
    let waiting = Waiting::begin();
    assert_eq!(waiting.send("HEAD", &waiting.callback("code=a-code")).0, 405);
    waiting.person_signs_in();
}

#[test]
fn l03_a_page_elsewhere_gets_no_permission_to_ask() {
    let waiting = Waiting::begin();
    for more in ["", "Access-Control-Request-Private-Network: true\r\n"] {
        let (target, port) = (waiting.callback("code=a-code"), waiting.port);
        let reply = waiting.ask(&format!(
            "OPTIONS {target} HTTP/1.1\r\nHost: localhost:{port}\r\nOrigin: https://evil.example\r\n{more}\r\n"
        ));
        assert_eq!(reply.0, 405);
        assert!(!reply.1.to_lowercase().contains("access-control"), "{}", reply.1);
    }
    waiting.person_signs_in();
}

#[test]
fn l04_only_get_is_an_answer() {
    let waiting = Waiting::begin();
    for method in ["POST", "PUT", "DELETE", "BREW"] {
        assert_eq!(waiting.send(method, &waiting.callback("code=a-code")).0, 405, "{method}");
    }
    waiting.person_signs_in();
}

#[test]
fn l05_idle_connections_do_not_keep_the_browser_out() {
    for count in [1, 20, 300] {
        let waiting = Waiting::begin();
        let connect = |_| TcpStream::connect(("127.0.0.1", waiting.port)).unwrap();
        let idle: Vec<_> = (0..count).map(connect).collect();
        let begun = Instant::now();
        waiting.person_signs_in();
        assert!(begun.elapsed() < Duration::from_secs(5), "{count} connections: {:?}", begun.elapsed());
        drop(idle);
    }
}

#[test]
fn l07_what_is_too_large_is_turned_away_and_not_kept() {
    let waiting = Waiting::begin();
    let host = format!("Host: localhost:{}", waiting.port);
    let long = "x".repeat(1 << 20);
    let headers: String = (0..10_000).map(|i| format!("X-{i}: y\r\n")).collect();
    let length = 16 * 1024 + 1;
    let requests = [
        format!("GET /callback/?code={long} HTTP/1.1\r\n{host}\r\n\r\n"),
        format!("GET /callback/ HTTP/1.1\r\n{host}\r\n{headers}\r\n"),
        format!("POST /callback/ HTTP/1.1\r\n{host}\r\nContent-Length: {length}\r\n\r\n{}", &long[..length]),
    ];
    let before = waiting.login.memory();
    for _ in 0..50 {
        for request in &requests {
            let status = waiting.ask(request).0;
            assert!((400..500).contains(&status), "{status}");
        }
    }
    // What came is 55 MiB.
    let grown = waiting.login.memory().saturating_sub(before);
    assert!(grown < 16 * 1024, "{grown} KiB more");
    waiting.person_signs_in();
}
