//! L01 to L07: whoever else comes to the listener is answered, and the wait goes on.

use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::world::Waiting;

#[tokio::test]
async fn l01_a_favicon_is_answered_and_the_wait_goes_on() {
    let waiting = Waiting::begin().await;
    assert_eq!(waiting.get("/favicon.ico").await.status, 404);
    waiting.person_signs_in().await;
}

#[tokio::test]
async fn l01_no_other_path_does_anything() {
    let waiting = Waiting::begin().await;
    let query = waiting.callback().split_off("/callback/".len());
    for path in ["/", "/callback", "/callback//", "/Callback/", "//callback/", "/callback/x", "/%63allback/"]
    {
        assert_eq!(waiting.get(&format!("{path}{query}")).await.status, 404, "{path}");
    }
    for path in ["/cancel", "/shutdown", "/callback/../", "/robots.txt"] {
        assert_eq!(waiting.get(path).await.status, 404, "{path}");
    }
    assert_eq!(waiting.get("/callback/").await.status, 400, "there is no outcome yet");
    waiting.person_signs_in().await;
}

#[tokio::test]
async fn l02_a_link_scanner_does_not_take_the_code() {
    let waiting = Waiting::begin().await;
    let reply = waiting.send("HEAD", &waiting.callback()).await;
    assert_eq!(reply.status, 405);
    assert_eq!(reply.body, "");
    waiting.person_signs_in().await;
}

#[tokio::test]
async fn l03_a_page_elsewhere_gets_no_permission_to_ask() {
    let waiting = Waiting::begin().await;
    for more in ["", "Access-Control-Request-Private-Network: true\r\n"] {
        let (port, target) = (waiting.port, waiting.callback());
        let reply = waiting
            .ask(&format!(
                "OPTIONS {target} HTTP/1.1\r\nHost: localhost:{port}\r\nOrigin: https://evil.example\r\n\
                 Access-Control-Request-Method: GET\r\n{more}\r\n"
            ))
            .await;
        assert_eq!(reply.status, 405);
        assert!(!reply.head.contains("access-control"), "{}", reply.head);
    }
    waiting.person_signs_in().await;
}

#[tokio::test]
async fn l03_a_request_for_another_host_is_turned_away() {
    let waiting = Waiting::begin().await;
    let (target, port) = (waiting.callback(), waiting.port);
    for host in [
        "Host: evil.example\r\n".to_owned(),
        format!("Host: evil.example:{port}\r\n"),
        format!("Host: localhost.evil.example:{port}\r\n"),
        format!("Host: localhost:{}\r\n", port ^ 1),
        "Host: localhost\r\n".to_owned(),
        format!("Host: 127.0.0.1.nip.io:{port}\r\n"),
        "Host: \r\n".to_owned(),
        String::new(),
    ] {
        let reply = waiting.ask(&format!("GET {target} HTTP/1.1\r\n{host}\r\n")).await;
        assert_eq!(reply.status, 400, "{host}");
    }
    assert_eq!(waiting.ask(&format!("GET {target} HTTP/1.0\r\n\r\n")).await.status, 400);
    waiting.person_signs_in().await;
}

#[tokio::test]
async fn l04_only_get_is_an_answer() {
    let waiting = Waiting::begin().await;
    for method in ["POST", "PUT", "DELETE", "PATCH", "TRACE", "BREW"] {
        let reply = waiting.send(method, &waiting.callback()).await;
        assert_eq!((reply.status, reply.header("allow")), (405, Some("get")), "{method}");
    }
    let body = "code=a-code&state=x";
    let (port, length) = (waiting.port, body.len());
    let post = format!(
        "POST /callback/ HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    assert_eq!(waiting.ask(&post).await.status, 405);
    waiting.person_signs_in().await;
}

#[tokio::test]
async fn l05_idle_connections_do_not_keep_the_browser_out() {
    for count in [1, 20, 300] {
        let waiting = Waiting::begin().await;
        let mut idle = Vec::new();
        for _ in 0..count {
            idle.push(TcpStream::connect(("127.0.0.1", waiting.port)).await.expect("connected"));
        }
        let begun = Instant::now();
        waiting.person_signs_in().await;
        assert!(begun.elapsed() < Duration::from_secs(5), "{count} connections: {:?}", begun.elapsed());
    }
}

#[tokio::test]
async fn l05_a_client_that_takes_its_time_holds_nobody_up() {
    let waiting = Waiting::begin().await;
    let mut slow = TcpStream::connect(("127.0.0.1", waiting.port)).await.expect("connected");
    let dripping = tokio::spawn(async move {
        for byte in std::iter::repeat(b"GET /callback/?code=x&state=").flatten() {
            if slow.write_all(&[*byte]).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    waiting.person_signs_in().await;
    dripping.abort();
}

#[tokio::test]
async fn l07_what_is_too_large_is_turned_away() {
    let waiting = Waiting::begin().await;
    let host = format!("Host: localhost:{}", waiting.port);
    let long = "x".repeat(1 << 20);
    let headers: String = (0..10_000).map(|i| format!("X-{i}: y\r\n")).collect();
    let body = "x".repeat(16 * 1024 + 1);
    let length = body.len();
    for (request, statuses) in [
        (format!("GET /callback/?code={long} HTTP/1.1\r\n{host}\r\n\r\n"), &[414, 431][..]),
        (format!("GET {} HTTP/1.1\r\n{host}\r\nX: {long}\r\n\r\n", waiting.callback()), &[431]),
        (format!("GET {} HTTP/1.1\r\n{host}\r\n{headers}\r\n", waiting.callback()), &[431]),
        (
            format!("POST /callback/ HTTP/1.1\r\n{host}\r\nContent-Length: {length}\r\n\r\n{body}"),
            &[405, 413],
        ),
        (format!("GET /callback/ HTTP/1.1\r\n{host}\r\nContent-Length: {length}\r\n\r\n{body}"), &[400, 413]),
        (long.clone(), &[400, 414, 431]),
        ("\0\u{1}\u{2} not HTTP\r\n\r\n".to_owned(), &[400]),
        ("\u{16}\u{3}\u{1}\u{2}".repeat(100), &[400]),
    ] {
        let reply = waiting.ask(&request).await;
        assert!(statuses.contains(&reply.status), "{:.40}: {}", request, reply.head);
        assert!(waiting.still_waits());
    }
    waiting.person_signs_in().await;
}

#[tokio::test]
async fn l01_what_no_browser_would_send_is_answered_and_the_wait_goes_on() {
    let waiting = Waiting::begin().await;
    let (port, target) = (waiting.port, waiting.callback());
    let whole = format!("GET {target} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n");
    // The own callback, cut off at every byte but the last two line ends, takes nothing.
    for length in (0..whole.len() - 2).step_by(7) {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.expect("connected");
        stream.write_all(&whole.as_bytes()[..length]).await.expect("sent");
    }
    for odd in [
        whole.replace("HTTP/1.1", "HTTP/9.9"),
        whole.replace("HTTP/1.1", ""),
        whole.replace("Host:", "Host"),
        whole.replacen("localhost", "local\0host", 1),
        format!("GET http://evil.example{target} HTTP/1.1\r\nHost: evil.example\r\n\r\n"),
        format!("CONNECT localhost:{port} HTTP/1.1\r\nHost: evil.example\r\n\r\n"),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
    ] {
        let reply = waiting.ask(&odd).await;
        assert!(reply.is_turned_away(), "{odd:?}: {}", reply.head);
        assert!(waiting.still_waits(), "{odd:?}");
    }
    waiting.person_signs_in().await;
}
