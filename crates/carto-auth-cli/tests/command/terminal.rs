//! A person at a terminal, which `script` of util-linux plays.

use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use crate::desk::{Desk, PROGRAM};

struct Terminal {
    child: Child,
    chunks: mpsc::Receiver<String>,
    seen: String,
}

impl Terminal {
    /// `None` where there is no `script` of that kind.
    fn start(desk: &Desk, arguments: &str) -> Option<Self> {
        let help = Command::new("script").arg("--version").output().ok()?;
        if !String::from_utf8_lossy(&help.stdout).contains("util-linux") {
            return None;
        }
        let plain = desk.command(&[]);
        let mut command = Command::new("script");
        command.args(["-qefc", &format!("trap : INT; {PROGRAM} {arguments}"), "/dev/null"]).env_clear();
        for (name, value) in plain.get_envs() {
            command.env(name, value.unwrap());
        }
        command.env("TERM", "xterm-256color").env("SHELL", "/bin/sh");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut output = child.stdout.take().unwrap();
        let (sender, chunks) = mpsc::channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                let _ = sender.send(String::from_utf8_lossy(&bytes[..count]).into_owned());
            }
        });
        Some(Self { child, chunks, seen: String::new() })
    }

    fn wait_for(&mut self, text: &str) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !self.seen.contains(text) {
            let left = deadline.saturating_duration_since(Instant::now());
            let chunk = self.chunks.recv_timeout(left);
            self.seen.push_str(&chunk.unwrap_or_else(|_| panic!("no `{text}`: {:?}", self.screen())));
        }
    }

    /// What was seen, without the frames of the line that moves.
    fn screen(&self) -> String {
        let lines = self.seen.split("\r\u{1b}[2K").filter(|line| !line.contains("Waiting"));
        lines.collect::<Vec<_>>().join("|")
    }

    fn link(&mut self) -> String {
        self.wait_for("code_challenge_method=S256");
        self.wait_for("\r\n\r\n");
        let from = self.seen.find("http").unwrap();
        self.seen[from..].split(['\r', '\u{1b}', ' ']).next().unwrap().to_owned()
    }

    fn type_in(&mut self, text: &str) {
        self.child.stdin.as_mut().unwrap().write_all(text.as_bytes()).unwrap();
    }

    fn end(mut self) -> (Option<i32>, String) {
        let code = self.child.wait().unwrap().code();
        while let Ok(chunk) = self.chunks.recv_timeout(Duration::from_secs(5)) {
            self.seen.push_str(&chunk);
        }
        (code, self.seen)
    }
}

#[test]
fn a_line_moves_while_the_browser_is_waited_for_and_a_paste_is_taken_unseen() {
    let desk = Desk::with_browser();
    let Some(mut terminal) = Terminal::start(&desk, "login") else { return };
    let link = terminal.link();
    terminal.wait_for("Waiting for the browser");
    terminal.wait_for("or paste the address");
    terminal.type_in("sandbox-canary\n");
    terminal.wait_for("This is a code alone: paste the whole address of the page you ended on.");
    desk.browser().sign_in_blocking(&link).unwrap();
    terminal.wait_for("Kept in");
    let (code, seen) = terminal.end();
    assert_eq!(code, Some(0));
    assert!(!seen.contains("canary"), "{seen:?}");
}

#[test]
fn ctrl_c_ends_it_and_the_terminal_shows_what_is_typed_again() {
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
fn a_code_is_asked_for_again() {
    let desk = Desk::new();
    let Some(mut terminal) = Terminal::start(&desk, "login --no-browser --color never") else { return };
    let link = terminal.link();
    terminal.wait_for("Access code: ");
    terminal.type_in("https://example.com/\n");
    terminal.wait_for("the page that shows the code.\r\nAccess code: ");
    let code = desk.browser().code_page_blocking(&link).unwrap();
    terminal.type_in(&format!("{code}\n"));
    terminal.wait_for("Signed in to CARTO as ada@example.com");
    assert_eq!(terminal.end().0, Some(0));
}
