//! L18 and L27 to L33: how a sign-in ends, and what comes after it.

use std::io::{BufRead as _, BufReader};
use std::net::TcpStream;
use std::process::Stdio;
use std::time::{Duration, Instant};

use carto_sandbox::Route;

use crate::desk::Desk;
use crate::typist::Terminal;
use crate::waiting::Waiting;

#[test]
fn l18_a_callback_after_the_end_finds_nobody() {
    let waiting = Waiting::begin();
    let (port, target) = (waiting.port, waiting.callback("code=a-code"));
    let early = TcpStream::connect(("127.0.0.1", port)).unwrap();
    waiting.any_code_will_do();
    assert_eq!(waiting.get(&target).0, 303);
    assert_eq!(waiting.get(&target).0, 404, "it counts once");
    let desk = waiting.desk;
    assert_eq!(waiting.login.wait().code, Some(0), "nobody reads the last page, and one says nothing");
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    assert_eq!(desk.sandbox.requests(Route::Token), 1);
    drop(early);
}

#[test]
fn l28_ctrl_c_ends_it_at_once_and_frees_the_port() {
    ended_by("-INT");
}

#[test]
fn l28_ctrl_c_ends_it_and_the_terminal_shows_what_is_typed_again() {
    let desk = Desk::with_browser();
    let arguments = "login; echo \"code $?\"; stty -a";
    let Some(mut terminal) = Terminal::start(&desk, arguments) else { return };
    terminal.wait_for("or paste the address");
    // The echo is turned off with the question.
    std::thread::sleep(Duration::from_millis(300));
    let before = Instant::now();
    terminal.type_in("\u{3}");
    terminal.wait_for("error:");
    assert!(before.elapsed() < Duration::from_millis(500), "{:?}", before.elapsed());
    terminal.wait_for("code 130");
    terminal.wait_for(" echo ");
}

#[test]
fn l29_a_request_to_end_ends_it_at_once_and_frees_the_port() {
    for signal in ["-TERM", "-HUP"] {
        ended_by(signal);
    }
}

#[test]
fn l29_it_ends_once_whoever_started_it_has_died() {
    for way in ["--browser", "--no-browser"] {
        let desk = Desk::with_browser();
        let mut command = desk.command(&["login", way]);
        // The input stays open, as of a terminal or of a pipe that a third one holds.
        let mut login =
            command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut shown = BufReader::new(login.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("/authorize?") {
            line.clear();
            assert!(shown.read_line(&mut line).unwrap() > 0, "no link came");
        }
        drop(shown);
        let deadline = Instant::now() + Duration::from_secs(20);
        while login.try_wait().unwrap().is_none() {
            assert!(Instant::now() < deadline, "it goes on by itself");
            std::thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(login.wait().unwrap().code(), Some(130));
        let mut next = desk.start(&["login", "--browser"]);
        desk.browser().sign_in_blocking(&next.link()).unwrap();
        assert_eq!(next.wait().code, Some(0), "the lock is free");
    }
}

#[test]
fn l30_nobody_answers() {
    let waiting = Waiting::with(&["--timeout", "1"]);
    let port = waiting.port;
    let outcome = waiting.login.wait();
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.error.contains("error: nobody finished the sign-in within 1 s\n"), "{}", outcome.error);
    assert!(outcome.error.ends_with("`--timeout SECONDS` gives more time\n"));
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
}

#[test]
fn l33_fifty_commands_cause_one_sign_in_and_end_alike() {
    for refused in [false, true] {
        let desk = Desk::with_browser();
        let mut all: Vec<_> = (0..50).map(|_| desk.start(&["login", "--browser"])).collect();
        let links: Vec<_> = all.iter_mut().map(|login| login.link()).collect();
        assert!(links.iter().all(|link| *link == links[0]), "one link");
        if refused {
            desk.browser().refuse_blocking(&links[0]).unwrap();
        } else {
            desk.browser().sign_in_blocking(&links[0]).unwrap();
        }
        let ends: Vec<_> = all.into_iter().map(|login| login.wait().code).collect();
        assert_eq!(ends, vec![Some(if refused { 4 } else { 0 }); 50]);
        assert_eq!(desk.sandbox.requests(Route::Authorize), 1);
        assert_eq!(desk.sandbox.requests(Route::Token), usize::from(!refused));
    }
}

/// A signal ends it at once, with the port and the lock free for the next.
fn ended_by(signal: &str) {
    let mut desk = Desk::with_browser();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    desk.set("CARTO_AUTH_REDIRECT_URI", format!("http://127.0.0.1:{port}/callback/"));
    let mut login = desk.start(&["login", "--browser"]);
    login.link();
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
    let before = Instant::now();
    login.signal(signal);
    let outcome = login.wait();
    assert!(before.elapsed() < Duration::from_millis(500), "{:?}", before.elapsed());
    assert_eq!(outcome.code, Some(130));
    assert!(outcome.error.ends_with("error: interrupted\n"), "{}", outcome.error);
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
    // The lock is free too: the next one does not wait.
    let mut next = desk.start(&["login", "--browser"]);
    desk.browser().sign_in_blocking(&next.link()).unwrap();
    assert_eq!(next.wait().code, Some(0));
}
