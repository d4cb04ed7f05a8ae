//! L28, L29: a command that is ended while it leads a fleet, on a real Redis.

use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use carto_sandbox::{Fault, Route};

use crate::desk::Desk;

#[test]
fn l28_a_leader_that_is_interrupted_gives_its_lease_back() {
    is_given_back_after("-INT", 130);
}

#[test]
fn l29_a_leader_that_is_asked_to_end_gives_its_lease_back() {
    is_given_back_after("-TERM", 130);
}

fn is_given_back_after(signal: &str, code: i32) {
    let Some(redis) = Redis::start() else { return };
    let mut desk = Desk::of_job();
    desk.set("CARTO_AUTH_STORE", redis.url());
    desk.sandbox.plan(Route::Token, Fault::Hang);
    let leader = desk.start(&["token"]);
    let ends = Instant::now() + Duration::from_secs(20);
    while desk.sandbox.requests(Route::Token) == 0 {
        assert!(Instant::now() < ends, "no token was asked for");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(redis.leases(), 1);
    leader.signal(signal);
    assert_eq!(leader.wait().code, Some(code));
    assert_eq!(redis.leases(), 0, "it would count for ten seconds");
    assert_eq!(desk.run(&["token"]).code, Some(0));
}

/// A Redis with a password, on a free port of loopback.
struct Redis {
    port: u16,
    child: Child,
}

impl Redis {
    /// Where there is none to be had, that is said and the test left out.
    fn start() -> Option<Self> {
        if Command::new("redis-server").arg("--version").output().is_err() {
            // Not by `eprintln!`, which nobody sees while the test passes.
            let _ = writeln!(std::io::stderr(), "left out: there is no redis-server here");
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).unwrap().port();
        let child = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--save", "", "--requirepass", "canary", "--port"])
            .arg(port.to_string())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let ends = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < ends, "the Redis does not start");
            std::thread::sleep(Duration::from_millis(10));
        }
        Some(Self { port, child })
    }

    fn url(&self) -> String {
        format!("redis://:canary@127.0.0.1:{}", self.port)
    }

    /// How many lead just now.
    fn leases(&self) -> usize {
        let output = Command::new("redis-cli")
            .args(["-p", &self.port.to_string(), "--no-auth-warning", "-a", "canary", "KEYS", "*:lease"])
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().matches(":lease").count()
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
