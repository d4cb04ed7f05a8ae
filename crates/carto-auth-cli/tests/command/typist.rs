//! A person at a terminal, which `script` of util-linux plays.

use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use crate::desk::{Desk, PROGRAM};

pub(crate) struct Terminal {
    child: Child,
    chunks: mpsc::Receiver<String>,
    seen: String,
}

impl Terminal {
    /// `None` where there is no `script` of that kind.
    pub(crate) fn start(desk: &Desk, arguments: &str) -> Option<Self> {
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

    pub(crate) fn wait_for(&mut self, text: &str) {
        self.wait_for_times(text, 1);
    }

    pub(crate) fn wait_for_times(&mut self, text: &str, times: usize) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while self.seen.matches(text).count() < times {
            let left = deadline.saturating_duration_since(Instant::now());
            let chunk = self.chunks.recv_timeout(left);
            self.seen.push_str(&chunk.unwrap_or_else(|_| panic!("no `{text}`: {:?}", self.screen())));
        }
    }

    pub(crate) fn seen(&self) -> &str {
        &self.seen
    }

    /// What was seen, without the frames of the line that moves.
    pub(crate) fn screen(&self) -> String {
        let lines = self.seen.split("\r\u{1b}[2K").filter(|line| !line.contains("Waiting"));
        lines.collect::<Vec<_>>().join("|")
    }

    pub(crate) fn link(&mut self) -> String {
        self.wait_for("code_challenge_method=S256");
        self.wait_for("\r\n\r\n");
        let from = self.seen.find("http").unwrap();
        self.seen[from..].split(['\r', '\u{1b}', ' ']).next().unwrap().to_owned()
    }

    pub(crate) fn type_in(&mut self, text: &str) {
        self.child.stdin.as_mut().unwrap().write_all(text.as_bytes()).unwrap();
    }

    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        let code = self.child.wait().unwrap().code();
        while let Ok(chunk) = self.chunks.recv_timeout(Duration::from_secs(5)) {
            self.seen.push_str(&chunk);
        }
        (code, self.seen)
    }
}
