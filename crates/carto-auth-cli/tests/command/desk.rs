//! A desk to type the command at: a sandbox, an empty home folder, and no variable but those named.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use carto_sandbox::{Browser, Sandbox, Settings};
use tempfile::TempDir;

pub(crate) struct Desk {
    pub(crate) sandbox: Sandbox,
    pub(crate) folder: TempDir,
    variables: Vec<(String, String)>,
}

/// What a command has left behind.
#[must_use]
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    /// The output, with what differs from run to run in brackets.
    pub(crate) output: String,
    /// The error output, likewise.
    pub(crate) error: String,
    /// Both as they were.
    pub(crate) raw: (String, String),
}

/// A command that runs.
pub(crate) struct Running {
    child: Child,
    lines: mpsc::Receiver<String>,
    seen: String,
    desk: Names,
}

/// What is put in brackets.
#[derive(Clone)]
struct Names(Vec<(String, &'static str)>);

impl Desk {
    /// A desk that a person sits at.
    pub(crate) fn new() -> Self {
        Self::with(Settings::default())
    }

    pub(crate) fn with(settings: Settings) -> Self {
        let sandbox = Sandbox::start_blocking(settings).unwrap();
        let folder = TempDir::new().unwrap();
        let mut variables = sandbox.variables();
        variables.retain(|(name, _)| !name.starts_with("CARTO_M2M") && name != "CARTO_API_BASE_URL");
        let mut desk = Self { sandbox, folder, variables };
        desk.set("HOME", desk.home().display().to_string());
        desk.set("PATH", std::env::var("PATH").unwrap());
        // Any free port, so that tests do not wait for each other.
        desk.set("CARTO_AUTH_REDIRECT_URI", "http://localhost:0/callback/");
        std::fs::create_dir(desk.home()).unwrap();
        desk
    }

    /// A desk of a job, whose variables are set.
    pub(crate) fn of_job() -> Self {
        Self::of_job_with(Settings::default())
    }

    pub(crate) fn of_job_with(settings: Settings) -> Self {
        let mut desk = Self::with(settings);
        desk.variables.extend(
            desk.sandbox
                .variables()
                .into_iter()
                .filter(|(name, _)| name.starts_with("CARTO_M2M") || name == "CARTO_API_BASE_URL"),
        );
        desk
    }

    /// A desk with a screen, whose browser is a program that does nothing.
    pub(crate) fn with_browser() -> Self {
        let mut desk = Self::new();
        desk.set("DISPLAY", ":0");
        desk.set("BROWSER", "true");
        desk
    }

    pub(crate) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.unset(name);
        self.variables.push((name.to_owned(), value.into()));
    }

    pub(crate) fn unset(&mut self, name: &str) {
        self.variables.retain(|(other, _)| other != name);
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    pub(crate) fn browser(&self) -> Browser {
        self.sandbox.browser()
    }

    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
        path
    }

    /// A credentials file of the sandbox.
    pub(crate) fn credentials(&self) -> PathBuf {
        let (id, secret) = self.sandbox.m2m_client();
        let url = self.sandbox.url();
        self.file(
            "carto-credentials.json",
            &format!(r#"{{"api_base_url": "{url}", "client_id": "{id}", "client_secret": "{secret}"}}"#),
        )
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command
            .args(arguments)
            .env_clear()
            .envs(self.variables.iter().cloned())
            .current_dir(self.folder.path());
        command
    }

    /// Runs the command with nothing to read.
    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        self.run_with(arguments, "")
    }

    /// Runs the command with this on its input.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &str) -> Outcome {
        let mut running = self.start(arguments);
        running.type_in(input);
        running.end()
    }

    /// Starts the command; its input stays open.
    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let error = BufReader::new(child.stderr.take().unwrap());
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in error.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        Running { child, lines, seen: String::new(), desk: self.names() }
    }

    /// Signs Ada in, as a person does.
    pub(crate) fn sign_in(&self, arguments: &[&str]) {
        let mut all = vec!["login", "--no-browser"];
        all.extend(arguments);
        let mut running = self.start(&all);
        let code = self.browser().code_page_blocking(&running.link()).unwrap();
        running.type_in(&format!("{code}\n"));
        let outcome = running.end();
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
    }

    fn names(&self) -> Names {
        let (id, secret) = self.sandbox.m2m_client();
        Names(vec![
            (self.sandbox.url().to_owned(), "[SANDBOX]"),
            (self.folder.path().display().to_string(), "[DESK]"),
            (secret, "[SECRET]"),
            (id, "[CLIENT]"),
        ])
    }
}

impl Running {
    /// Waits for the link and gives it.
    pub(crate) fn link(&mut self) -> String {
        let line = self.line_with("/authorize?");
        line[line.find("http").unwrap()..].trim_end_matches(['"', '}']).to_owned()
    }

    /// Waits for a line of the error output.
    pub(crate) fn line_with(&mut self, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => {
                    self.seen.push_str(&format!("{line}\n"));
                    if line.contains(text) {
                        return line;
                    }
                }
                Err(error) => panic!("no line with `{text}` came ({error}): {}", self.seen),
            }
        }
    }

    pub(crate) fn type_in(&mut self, text: &str) {
        // A command that does not read may have ended.
        let _ = self.child.stdin.as_mut().unwrap().write_all(text.as_bytes());
    }

    /// The memory that it has now, in KiB, as Linux counts it; nothing elsewhere.
    pub(crate) fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|line| line.trim().split(' ').next()?.parse().ok()).unwrap_or_default()
    }

    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Closes the input, and waits for the end.
    pub(crate) fn end(mut self) -> Outcome {
        drop(self.child.stdin.take());
        self.wait()
    }

    /// Waits for the end with the input still open.
    pub(crate) fn wait(mut self) -> Outcome {
        let _input = self.child.stdin.take();
        let mut output = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut output).unwrap();
        let code = self.child.wait().unwrap().code();
        while let Ok(line) = self.lines.recv_timeout(PATIENCE) {
            self.seen.push_str(&format!("{line}\n"));
        }
        Outcome {
            code,
            output: self.desk.bracket(&output),
            error: self.desk.bracket(&self.seen),
            raw: (output, self.seen.clone()),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Outcome {
    /// The output as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.raw.0).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The error that is the last line of the error output, as JSON.
    pub(crate) fn json_error(&self) -> serde_json::Value {
        let line = self.raw.1.lines().last().unwrap();
        serde_json::from_str::<serde_json::Value>(line).unwrap()["error"].clone()
    }
}

impl Names {
    fn bracket(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, bracket) in &self.0 {
            text = text.replace(name.as_str(), bracket);
        }
        text.split_inclusive(|c: char| !(c.is_ascii_alphanumeric() || "_-.:".contains(c)))
            .map(|word| {
                let (word, end) =
                    word.split_at(word.trim_end_matches(|c: char| " \n\")/,`?&".contains(c)).len());
                format!("{}{end}", bracket_word(word))
            })
            .collect()
    }
}

fn bracket_word(word: &str) -> String {
    let is_time = word.len() == 20 && word.ends_with('Z') && word.as_bytes()[10] == b'T';
    let key = ["oauth-", "m2m-"].into_iter().find(|kind| {
        word.strip_prefix(kind).is_some_and(|rest| rest.len() > 32 && rest.as_bytes()[..32].is_ascii())
    });
    match key {
        _ if word.starts_with("eyJ") => "[TOKEN]".to_owned(),
        _ if is_time => "[TIME]".to_owned(),
        Some(kind) => format!("{kind}[KEY]{}", &word[kind.len() + 32..]),
        None => word.to_owned(),
    }
}

/// The files of a folder that the command left, but for locks and what is said to those who wait.
pub(crate) fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.ends_with(".lock") && !name.ends_with(".login"))
        .collect();
    names.sort();
    names
}

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_carto-auth");

const PATIENCE: Duration = Duration::from_secs(20);
