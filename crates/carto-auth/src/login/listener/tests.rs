//! What is listened on, on whichever machine, and for how many at once.
#![allow(clippy::disallowed_methods, reason = "a test stands outside of the platform")]

use std::io::Read as _;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;

#[tokio::test]
async fn an_address_by_number_is_listened_on_alone_and_a_name_in_both_families() {
    for (host, addresses) in
        [("127.0.0.1", &["127.0.0.1"][..]), ("[::1]", &["::1"]), ("localhost", &["127.0.0.1", "::1"])]
    {
        let listener = bind(&format!("http://{host}:0/callback/")).await.expect("a free port");
        let bound = listener.sockets.iter().map(|socket| socket.local_addr().expect("an address"));
        let (ips, ports): (Vec<_>, Vec<_>) = bound.map(|own| (own.ip().to_string(), own.port())).unzip();
        assert_eq!(ips, addresses);
        assert!(
            ports.iter().all(|port| listener.redirect_uri() == format!("http://{host}:{port}/callback/"))
        );
    }
}

#[tokio::test]
async fn a_redirect_uri_that_names_its_port_is_kept_letter_for_letter() {
    // Another test may take the port in between.
    for _ in 0..20 {
        let port = bind("http://localhost:0/").await.expect("a free port").desk_port();
        let uri = format!("HTTP://LocalHost:{port}");
        if let Ok(listener) = bind(&uri).await {
            assert_eq!(listener.redirect_uri(), uri);
            return;
        }
    }
    panic!("no port stays free");
}

#[tokio::test]
async fn of_too_many_idle_connections_the_oldest_makes_room() {
    let mut listener = bind("http://localhost:0/").await.expect("a free port");
    let port = listener.desk_port();
    let idle = async {
        let mut idle = Vec::new();
        for _ in 0..=MOST_CONNECTIONS {
            idle.push(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.expect("connected"));
        }
        // The last one has an answer: all have come.
        let mut last = idle.pop().expect("the last");
        last.write_all(b"GET / HTTP/1.1\r\n\r\n").await.expect("sent");
        last.read_u8().await.expect("an answer");
        // Sooner than one that sends nothing is closed for that.
        let closed = tokio::time::timeout(SOON, idle[0].read_u8()).await.expect("the oldest is closed");
        assert!(closed.is_err());
        let mut second = idle.swap_remove(1).into_std().expect("a socket");
        let waits = second.read(&mut [0]).expect_err("it is still open");
        assert_eq!(waits.kind(), io::ErrorKind::WouldBlock);
    };
    tokio::select! {
        _ = listener.arrival() => panic!("nobody has signed in"),
        () = idle => {}
    }
}

#[cfg(target_os = "linux")]
#[test]
fn where_there_is_no_ipv4_the_other_family_is_enough_but_for_ports_that_may_be_denied() {
    inside("ip address delete 127.0.0.1/8 dev lo", "without_ipv4");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn inside_without_ipv4() {
    if !is_inside() {
        return;
    }
    for (port, is_enough) in [(0, true), (80, false), (1023, false), (1024, true), (10_000, true)] {
        let bound = bind(&format!("http://localhost:{port}/")).await;
        assert_eq!(bound.map(|listener| listener.sockets.len()).ok(), is_enough.then_some(1), "{port}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_port_that_is_free_in_one_family_alone_is_passed_over_for_one_that_is_in_both() {
    inside("echo 50000 50007 > /proc/sys/net/ipv4/ip_local_port_range", "one_port_taken");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn inside_one_port_taken() {
    if !is_inside() {
        return;
    }
    let _held = listen(Ipv6Addr::LOCALHOST.into(), 50_001).await.expect("it is free");
    for _ in 0..40 {
        assert_eq!(bind("http://localhost:0/").await.expect("a free port").sockets.len(), 2);
    }
}

impl Listener {
    fn desk_port(&self) -> u16 {
        self.sockets[0].local_addr().expect("an address").port()
    }
}

async fn bind(redirect_uri: &str) -> Result<Listener, CannotListen> {
    Listener::bind(&Url::parse(redirect_uri).expect("a URL"), redirect_uri, "a program").await
}

/// Runs a test of this module where it is alone on a loopback, after this shell line.
#[cfg(target_os = "linux")]
fn inside(line: &str, test: &str) {
    let output = std::process::Command::new("unshare")
        .args(["--map-root-user", "--net", "sh", "-c"])
        .arg(format!("ip link set lo up && {line} && exec \"$@\""))
        .arg("sh")
        .arg(std::env::current_exe().expect("this binary"))
        .args(["--exact", &format!("login::listener::tests::inside_{test}")])
        .env(INSIDE, "1")
        .output()
        .expect("`unshare` of util-linux");
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"), "{output:?}");
}

#[cfg(target_os = "linux")]
fn is_inside() -> bool {
    std::env::var_os(INSIDE).is_some()
}

#[cfg(target_os = "linux")]
const INSIDE: &str = "CARTO_AUTH_TEST_INSIDE";

/// A deadline.
const SOON: Duration = Duration::from_secs(5);
