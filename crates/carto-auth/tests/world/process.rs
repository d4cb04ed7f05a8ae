//! Processes of their own: each is this very test binary, which runs one test and talks on stderr.

use std::io::{self, BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use carto_auth::platform::{Browser, Input, Notice, Place, Prompt, Variables};
use carto_auth::{CartoAuth, Options, Platform, Wanted};

use super::World;

/// What a process is to do.
#[derive(Clone, Copy, Debug)]
pub enum Task {
    SignIn,
    Token,
    Job,
}

/// A process that was started, and what it says.
pub struct Process {
    child: Child,
    lines: Receiver<String>,
    pub said: Vec<String>,
}

impl Process {
    /// Starts the test `a_process` of this binary.
    pub fn start(world: &World, task: Task) -> Self {
        let (id, secret) = world.sandbox.m2m_client();
        let mut child = Command::new(std::env::current_exe().expect("this binary"))
            .args(["--exact", "a_process", "--nocapture"])
            .env_clear()
            .envs(world.variables())
            .env(TASK, format!("{task:?}"))
            .env(CLIENT, format!("{}\n{id}\n{secret}", world.sandbox.url()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("started");
        let (sender, lines) = channel();
        let output = BufReader::new(child.stderr.take().expect("an output"));
        std::thread::spawn(move || {
            output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        Self { child, lines, said: Vec::new() }
    }

    pub fn start_many(world: &World, task: Task) -> Vec<Self> {
        (0..10).map(|_| Self::start(world, task)).collect()
    }

    /// The first line that has this in it and was not looked at before.
    pub fn hears(&mut self, what: &str) -> String {
        let ends = Instant::now() + Duration::from_secs(30);
        while let Ok(line) = self.lines.recv_timeout(ends.saturating_duration_since(Instant::now())) {
            self.said.push(line.clone());
            if line.contains(what) {
                return line;
            }
        }
        panic!("no `{what}` was said, but {:#?}", self.said);
    }

    /// The next link it shows.
    pub fn link(&mut self) -> String {
        let line = self.hears("/authorize?");
        line.split_whitespace().find(|word| word.contains("/authorize?")).expect("a link").to_owned()
    }

    pub fn result(&mut self) -> String {
        self.hears("result: ").trim_start_matches("result: ").to_owned()
    }

    /// Ends it without a word (SIGKILL).
    pub fn kill(&mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("gone");
    }

    /// Stops it where it is, or lets it go on.
    #[cfg(unix)]
    pub fn signal(&self, signal: rustix::process::Signal) {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, signal).expect("sent");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a process does; nothing where its test is run like any other.
#[allow(clippy::print_stderr, reason = "that is how it is heard")]
pub fn run() {
    let Ok(task) = std::env::var(TASK) else { return };
    let client = std::env::var(CLIENT).expect("a client");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let result = runtime.block_on(async {
        let auth = handle(&task, &client)?;
        if task == format!("{:?}", Task::SignIn) {
            auth.sign_in().await?;
        }
        auth.access_token().await
    });
    match result {
        Ok(token) => eprintln!("result: {}", token.expose()),
        Err(error) => eprintln!("result: {error:?}"),
    }
}

fn handle(task: &str, client: &str) -> carto_auth::Result<CartoAuth> {
    let mut platform = Platform::headless(Variables::of_process());
    let mut wanted = Wanted::Person;
    if task == format!("{:?}", Task::SignIn) {
        platform.place = Place::Desktop;
        platform.prompt = Arc::new(Stderr);
        platform.browser = Arc::new(Untouched);
    }
    if task == format!("{:?}", Task::Job) {
        platform.prompt = Arc::new(Stderr);
        let [url, id, secret] = client.lines().collect::<Vec<_>>()[..] else { panic!("a client") };
        let secret = carto_auth::Secret::new(secret);
        wanted = Wanted::Credentials(carto_auth::M2mCredentials::new(url, id, secret)?);
    }
    CartoAuth::open(platform, &Options::default(), wanted)
}

/// Says each notice in one line.
#[derive(Debug)]
struct Stderr;

#[async_trait]
impl Prompt for Stderr {
    fn input(&self) -> Input {
        Input::Nobody
    }

    #[allow(clippy::print_stderr, reason = "that is how it is heard")]
    fn tell(&self, notice: &Notice<'_>) {
        eprintln!("{}", notice.to_string().replace('\n', " "));
    }

    async fn read(&self, _question: &str) -> io::Result<Option<String>> {
        Ok(None)
    }
}

/// A browser that opens and that nobody touches.
#[derive(Debug)]
struct Untouched;

#[async_trait]
impl Browser for Untouched {
    async fn open(&self, _url: &str) -> Result<(), String> {
        Ok(())
    }
}

const TASK: &str = "CARTO_AUTH_TEST_TASK";
const CLIENT: &str = "CARTO_AUTH_TEST_CLIENT";
