//! Processes of their own: each is this very test binary, which runs one test and talks on stderr.

use std::io::{self, BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use carto_auth::platform::{Browser, Input, Notice, Place, Prompt, Variables};
use carto_auth::store::{FileStore, KeyParts, Kind, TokenKey, TokenStore as _};
use carto_auth::{CartoAuth, Options, Platform, Secret, TokenSet, Wanted};

use super::World;

/// What a process is to do.
#[derive(Clone, Copy, Debug)]
pub enum Task {
    SignIn,
    Token,
    Job,
    /// Writes one entry again and again, and says so every now and then.
    Write,
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
        Self::spawn(world, task, Command::new(program()))
    }

    /// As [`Process::start`], in a shell that does this before.
    pub fn start_after(world: &World, task: Task, line: &str) -> Self {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", &format!("{line}\nexec \"$0\" \"$@\"")]).arg(program());
        Self::spawn(world, task, shell)
    }

    fn spawn(world: &World, task: Task, mut program: Command) -> Self {
        let (id, secret) = world.sandbox.m2m_client();
        let mut child = program
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

    /// Waits until it has ended by itself; its last lines are heard as well.
    pub fn end(&mut self) -> std::process::ExitStatus {
        self.said.extend(self.lines.iter());
        self.child.wait().expect("gone")
    }

    /// How often it was heard so far, without waiting.
    pub fn count(&mut self, what: &str) -> usize {
        self.said.extend(self.lines.try_iter());
        self.said.iter().filter(|line| line.contains(what)).count()
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
    if task == format!("{:?}", Task::Write) {
        return write_for_ever();
    }
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

/// Each round writes one letter, as often as no other round does.
#[allow(clippy::print_stderr, reason = "that is how it is heard")]
fn write_for_ever() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let store = folder(&Platform::headless(Variables::of_process()));
    for round in std::process::id() as usize.. {
        let letter = ["a", "b", "c"][round % 3];
        let text = Secret::new(letter.repeat(1 + round * 997 % 20_000));
        runtime.block_on(async {
            let mut entry = loop {
                if let Some(entry) = store.try_lock(&key()).await.expect("tried") {
                    break entry;
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            };
            entry.save(&TokenSet::new(text, 1_800_000_000, Some(86_400))).await.expect("saved");
            entry.release().await;
        });
        eprintln!("wrote");
    }
}

/// The folder that a platform keeps tokens in, as a store.
pub fn folder(platform: &Platform) -> FileStore {
    FileStore::in_folder(platform.folders.cache.clone().expect("a folder"), platform)
}

/// The entry that [`Task::Write`] writes.
pub fn key() -> TokenKey {
    TokenKey::new(KeyParts {
        kind: Kind::OAuth,
        issuer: "https://auth.carto.com".into(),
        client_id: "client".into(),
        audience: "audience".into(),
        organization: None,
        scopes: vec![],
        api_base_url: None,
        account: "default".into(),
    })
}

fn program() -> std::path::PathBuf {
    std::env::current_exe().expect("this binary")
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
