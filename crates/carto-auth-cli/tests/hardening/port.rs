//! L23 to L27: a port that cannot be had, a loopback with less on it, a browser that does what it likes.

use std::net::{TcpListener, TcpStream};
use std::process::Command;

use crate::desk::Desk;
use crate::typist::Terminal;
use crate::waiting::Waiting;

/// A desk whose browser comes back to this port.
fn at_port(port: u16) -> Desk {
    let mut desk = Desk::with_browser();
    desk.set("CARTO_AUTH_REDIRECT_URI", format!("http://localhost:{port}/callback/"));
    desk
}

fn free_port() -> u16 {
    TcpListener::bind("[::]:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn l23_a_port_that_another_program_holds_is_left_to_it() {
    for own in ["127.0.0.1", "::1", "0.0.0.0", "::"] {
        let port = free_port();
        let _held = TcpListener::bind((own, port)).unwrap();
        let outcome = at_port(port).start(&["login", "--browser"]).wait();
        assert_eq!(outcome.code, Some(3), "{own}: {outcome:?}");
        assert!(outcome.error.contains(&format!("port {port} is taken by `")), "{}", outcome.error);
        assert!(outcome.error.contains("(process "), "{}", outcome.error);
        assert!(outcome.error.contains("hint: stop that program, or sign in with a code to paste"));
    }
}

#[test]
fn l23_at_a_terminal_a_code_is_pasted_instead() {
    let port = free_port();
    let _held = TcpListener::bind(("::1", port)).unwrap();
    let desk = at_port(port);
    let mut terminal = Terminal::start(&desk, "login").unwrap();
    terminal.wait_for(&format!("port {port} is taken by `"));
    terminal.wait_for("Access code: ");
    let code = desk.browser().code_page_blocking(&terminal.link()).unwrap();
    terminal.type_in(&format!("{code}\n"));
    terminal.wait_for("Kept in");
    assert_eq!(terminal.end().0, Some(0));
}

#[test]
fn l24_another_sign_in_is_joined_or_waited_for() {
    let waiting = Waiting::at(at_port(free_port()), &[]);
    let mut same = waiting.desk.start(&["login", "--browser"]);
    let mut other = waiting.desk.start(&["login", "--browser", "--org", "org_sandbox"]);
    assert_eq!(same.link(), waiting.link);
    other.line_with("is signing in already; waiting for that.");
    waiting.desk.browser().sign_in_blocking(&waiting.link).unwrap();
    assert_eq!(waiting.login.wait().code, Some(0));
    assert_eq!(same.wait().code, Some(0));
    let own = other.link();
    assert_ne!(own, waiting.link);
    waiting.desk.browser().sign_in_blocking(&own).unwrap();
    assert_eq!(other.wait().code, Some(0));
}

#[test]
fn l24_a_command_that_asks_nobody_is_told_at_once_who_does() {
    let waiting = Waiting::begin();
    let token = waiting.desk.start(&["token"]).wait();
    assert_eq!(token.code, Some(3), "{token:?}");
    assert!(token.error.contains(") asks a person to sign in\n"), "{}", token.error);
    assert!(token.error.contains("error: `carto-auth` (process "), "{}", token.error);
    assert!(token.error.contains("hint: finish the sign-in there, and try again"), "{}", token.error);
    let desk = waiting.person_signs_in();
    assert_eq!(desk.run(&["token"]).code, Some(0));
}

#[test]
fn l25_a_port_that_may_not_be_listened_on_is_told() {
    // As root without the capability that ports below 1024 take.
    let script = "ip link set lo up && exec setpriv --inh-caps=-all --bounding-set=-all \"$@\"";
    let output = inside(&at_port(80), script, &["login", "--browser"]);
    assert_eq!(output.0, Some(3), "{}", output.1);
    assert!(output.1.contains("port 80 may not be listened on"), "{}", output.1);
    assert!(output.1.contains("carto-auth login --no-browser"), "{}", output.1);
}

#[test]
fn l26_both_loopbacks_are_listened_on_and_no_other_address() {
    let waiting = Waiting::begin();
    for own in ["127.0.0.1", "::1"] {
        assert!(TcpStream::connect((own, waiting.port)).is_ok(), "{own}");
    }
    // It would be answered at every address of this machine, of which this is one.
    assert!(TcpStream::connect(("127.0.0.2", waiting.port)).is_err());
    waiting.person_signs_in();
}

#[test]
fn l27_whatever_the_browser_does_the_link_was_shown_and_its_words_are_not_ours() {
    for what in
        ["exit 0", "echo canary; echo canary >&2; exit 3", "exec sleep 30", "cat; exit 1", "kill -9 $$"]
    {
        let mut desk = Desk::with_browser();
        let program = desk.file("opener", &format!("#!/bin/sh\n{what}\n"));
        Command::new("chmod").arg("+x").arg(&program).status().unwrap();
        desk.set("BROWSER", program.display().to_string());
        let outcome = {
            let mut terminal = Terminal::start(&desk, "login --json").unwrap();
            terminal.wait_for("code_challenge_method=S256");
            let from = terminal.seen().find("http").unwrap();
            let link = terminal.seen()[from..].split('"').next().unwrap().to_owned();
            desk.browser().sign_in_blocking(&link).unwrap();
            terminal.wait_for("ada@example.com");
            terminal.end()
        };
        assert_eq!(outcome.0, Some(0), "{what}: {}", outcome.1);
        assert!(!outcome.1.contains("canary"), "{}", outcome.1);
    }
}

#[test]
fn l27_a_browser_that_does_not_open_is_an_error_where_nobody_sees_the_link() {
    for (list, why) in [
        ("false", "`false` ended with exit code 1"),
        ("no-such-program", "`no-such-program` was not found"),
        ("no-such-program:false", "`false` ended with exit code 1"),
    ] {
        let mut desk = Desk::with_browser();
        desk.set("BROWSER", list);
        let outcome = desk.start(&["login"]).wait();
        assert_eq!(outcome.code, Some(3), "{outcome:?}");
        assert!(outcome.error.contains(why) && outcome.error.contains("/authorize?"), "{}", outcome.error);
        assert!(outcome.error.contains("hint: "), "{}", outcome.error);
    }
}

/// Runs the command in a network of its own, in which the sandbox is not: its code and its error output.
fn inside(desk: &Desk, script: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let plain = desk.command(arguments);
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--net", "sh", "-c", script, "sh"]).arg(plain.get_program());
    command.args(plain.get_args()).env_clear().current_dir(desk.folder.path());
    for (name, value) in plain.get_envs() {
        command.env(name, value.unwrap());
    }
    let output = command.output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}
