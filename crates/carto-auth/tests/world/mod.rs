//! A small world for tests: the sandbox, a clock that is set by hand, a person and their browser.

#![allow(dead_code, unreachable_pub, unused_imports, reason = "each test file uses a part of it")]
#![allow(clippy::disallowed_methods, reason = "a test stands outside of the platform")]

mod figure;
mod front;
mod given;
mod job;
mod log;
mod preload;
mod process;
mod proxy;
mod redis;
mod silence;
mod tinyproxy;
mod tls;
mod waiting;
mod wire;

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use carto_auth::platform::{Browser, Clock, Input, Notice, Place, Prompt, Variables};
use carto_auth::{Boot, CartoAuth, Options, Platform, Wanted};
use carto_sandbox::{Sandbox, Settings};
use tempfile::TempDir;
use tokio::sync::Notify;

pub use self::figure::figure;
pub use self::front::Front;
pub use self::given::Given;
pub use self::job::{fifty_callers, job};
pub use self::log::Log;
pub use self::preload::preload;
pub use self::process::{Process, Task, folder, key, run as run_process};
pub use self::proxy::Proxy;
pub use self::redis::{PASSWORD as REDIS_PASSWORD, Redis, USER as REDIS_USER};
pub use self::silence::{BlackHole, trickle};
pub use self::tinyproxy::Tinyproxy;
pub use self::tls::{TlsServer, certificate};
pub use self::waiting::{Waiting, free_port, is_free, query, sign_in};
pub use self::wire::{Reply, ask, get};

pub const MINUTE: i64 = 60;
pub const HOUR: i64 = 3_600;
pub const DAY: i64 = 24 * HOUR;

/// What stands in a file of the cache.
pub type Entry = serde_json::Map<String, serde_json::Value>;

/// The sandbox and the machine it is tried from.
pub struct World {
    pub sandbox: Sandbox,
    pub clock: Arc<SetClock>,
    pub person: Arc<Person>,
    pub browser: Arc<TestBrowser>,
    pub folder: TempDir,
    pub place: Place,
    /// Variables on top of those of the sandbox.
    pub more: Vec<(String, String)>,
}

impl World {
    pub fn new() -> Self {
        Self::with(Settings::default())
    }

    pub fn with(settings: Settings) -> Self {
        let sandbox = Sandbox::start_blocking(settings).expect("a sandbox");
        Self {
            clock: Arc::new(SetClock::at_this_time()),
            person: Arc::new(Person::at(Input::Nobody)),
            browser: Arc::new(TestBrowser::new(Does::SignIn, &sandbox)),
            folder: tempfile::tempdir().expect("a folder"),
            place: Place::Desktop,
            more: Vec::new(),
            sandbox,
        }
    }

    /// What the person does at the browser.
    pub fn where_browser(mut self, does: Does) -> Self {
        self.browser = Arc::new(TestBrowser::new(does, &self.sandbox));
        self
    }

    /// How the person can answer, and what they do.
    pub fn where_person(mut self, input: Input, answers: &[&str]) -> Self {
        self.person = Arc::new(Person::at(input));
        self.person.will_type(answers);
        self
    }

    pub fn at(mut self, place: Place) -> Self {
        self.place = place;
        self
    }

    pub fn with_variable(mut self, name: &str, value: impl Into<String>) -> Self {
        self.more.push((name.to_owned(), value.into()));
        self
    }

    /// The port that the browser comes back to, instead of any free one.
    pub fn with_port(self, port: u16) -> Self {
        self.with_variable("CARTO_AUTH_REDIRECT_URI", format!("http://localhost:{port}/callback/"))
    }

    pub fn cache(&self) -> std::path::PathBuf {
        self.folder.path().join("cache")
    }

    pub fn variables(&self) -> Vec<(String, String)> {
        let mut variables = self.sandbox.variables();
        variables.retain(|(name, _)| !name.starts_with("CARTO_M2M") && name != "CARTO_API_BASE_URL");
        let folder = self.folder.path().display().to_string();
        variables.extend([
            ("HOME".into(), folder),
            ("CARTO_AUTH_CACHE_DIR".into(), self.cache().display().to_string()),
            ("CARTO_AUTH_REDIRECT_URI".into(), "http://localhost:0/callback/".into()),
        ]);
        variables.extend(self.more.iter().cloned());
        variables
    }

    pub fn platform(&self) -> Platform {
        self.platform_with(&[])
    }

    pub fn platform_with(&self, more: &[(&str, &str)]) -> Platform {
        let own = more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let mut platform = Platform::headless(self.variables().into_iter().chain(own).collect::<Variables>());
        platform.clock = Arc::<SetClock>::clone(&self.clock);
        platform.prompt = Arc::<Person>::clone(&self.person);
        platform.browser = Arc::<TestBrowser>::clone(&self.browser);
        platform.place = self.place;
        platform.program = "a test".into();
        platform
    }

    /// A person's handle; each is as good as another process.
    pub fn person(&self) -> CartoAuth {
        self.open(&Options::default())
    }

    pub fn open(&self, options: &Options) -> CartoAuth {
        CartoAuth::open(self.platform(), options, Wanted::Person).expect("settings")
    }

    /// A job's handle.
    pub fn job(&self) -> CartoAuth {
        let credentials = self.credentials_file("carto-credentials.json");
        CartoAuth::open(self.platform(), &Options::default(), Wanted::CredentialsFile(credentials))
            .expect("settings")
    }

    /// Every refresh token that reached the sandbox.
    pub fn refresh_tokens_sent(&self) -> Vec<String> {
        let requests = self.sandbox.recorded();
        requests.iter().filter_map(|request| request.parameter("refresh_token")).collect()
    }

    pub fn refreshes(&self) -> usize {
        self.refresh_tokens_sent().len()
    }

    /// Writes the profiles of this world.
    pub fn write_config(&self, text: &str) {
        let folder = self.folder.path().join(".config/carto-auth");
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join("config.toml"), text).expect("written");
    }

    /// Every file in the folder of the cache.
    pub fn kept(&self) -> Vec<std::path::PathBuf> {
        let folder = std::fs::read_dir(self.cache()).into_iter().flatten();
        folder.map(|file| file.expect("a file").path()).collect()
    }

    /// A text file of this machine, read whole.
    pub fn read(path: impl AsRef<std::path::Path>) -> String {
        std::fs::read_to_string(path).expect("a text")
    }

    pub fn credentials_file(&self, name: &str) -> std::path::PathBuf {
        let (id, secret) = self.sandbox.m2m_client();
        self.write_credentials(name, &id, &secret)
    }

    /// What is kept was won that many seconds earlier, before this machine was started.
    pub fn age_what_is_kept(&self, seconds: i64) {
        self.change_what_is_kept(|entry| {
            entry.insert("issued_at".into(), (entry["issued_at"].as_i64().expect("a time") - seconds).into());
            entry.remove("boot");
        });
    }

    /// Somebody else writes into every entry.
    pub fn change_what_is_kept(&self, change: impl Fn(&mut Entry)) {
        for file in self.entries() {
            let mut entry = serde_json::from_str(&Self::read(&file)).expect("an entry");
            change(&mut entry);
            std::fs::write(&file, serde_json::to_string(&entry).expect("JSON")).expect("written");
        }
    }

    /// The one entry that is kept.
    pub fn entry(&self) -> Entry {
        serde_json::from_str(&Self::read(self.entries().pop().expect("an entry"))).expect("JSON")
    }

    fn entries(&self) -> Vec<std::path::PathBuf> {
        let is_entry = |path: &std::path::PathBuf| path.extension().is_some_and(|ending| ending == "json");
        self.kept().into_iter().filter(is_entry).collect()
    }

    pub fn write_credentials(&self, name: &str, id: &str, secret: &str) -> std::path::PathBuf {
        let path = self.folder.path().join(name);
        let url = self.sandbox.url();
        let text = format!(r#"{{"api_base_url":"{url}","client_id":"{id}","client_secret":"{secret}"}}"#);
        std::fs::write(&path, text).expect("written");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).expect("closed to others");
        }
        path
    }
}

/// A clock that stands still until it is set.
#[derive(Debug)]
pub struct SetClock {
    wall: AtomicI64,
    since_boot: AtomicI64,
    starts: AtomicI64,
}

impl SetClock {
    pub fn at_this_time() -> Self {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
        Self {
            wall: AtomicI64::new(i64::try_from(since.as_secs()).expect("before the end")),
            since_boot: AtomicI64::new(1_000),
            starts: AtomicI64::new(1),
        }
    }

    /// The clock of another machine, whose time on the wall is that many seconds ahead of this one's.
    pub fn elsewhere(&self, machine: usize, ahead: i64) -> Self {
        let starts = i64::try_from(1_000 * (machine + 1)).expect("a few machines");
        Self {
            wall: AtomicI64::new(self.now() + ahead),
            since_boot: AtomicI64::new(1_000 * starts),
            starts: AtomicI64::new(starts),
        }
    }

    /// Time passes, as it does for everybody.
    pub fn pass(&self, seconds: i64) {
        self.wall.fetch_add(seconds, Ordering::SeqCst);
        self.since_boot.fetch_add(seconds, Ordering::SeqCst);
    }

    /// The machine starts anew.
    pub fn restart(&self) {
        self.starts.fetch_add(1, Ordering::SeqCst);
        self.since_boot.store(20, Ordering::SeqCst);
    }

    /// Somebody sets the clock on the wall.
    pub fn jump(&self, seconds: i64) {
        self.wall.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn now(&self) -> i64 {
        self.wall.load(Ordering::SeqCst)
    }

    fn since_boot(&self) -> Duration {
        Duration::from_secs(self.since_boot.load(Ordering::SeqCst).unsigned_abs())
    }

    fn boot(&self) -> Option<Boot> {
        Some(Boot::new(&format!("start {}", self.starts.load(Ordering::SeqCst))))
    }
}

/// What the person does with a link that is opened for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Does {
    SignIn,
    Refuse,
    /// The link is opened, and nobody touches it.
    Nothing,
    /// No browser opens.
    NotOpen,
    /// Opening one is a fault of the test.
    NotExist,
}

/// A browser that follows the link through the real listener.
#[derive(Debug)]
pub struct TestBrowser {
    does: Does,
    browser: carto_sandbox::Browser,
    opened: Mutex<Vec<String>>,
    pages: Mutex<Vec<tokio::task::JoinHandle<io::Result<carto_sandbox::Page>>>>,
}

impl TestBrowser {
    fn new(does: Does, sandbox: &Sandbox) -> Self {
        Self { does, browser: sandbox.browser(), opened: Mutex::default(), pages: Mutex::default() }
    }

    pub fn opened(&self) -> Vec<String> {
        self.opened.lock().expect("whole").clone()
    }

    /// The page that the person ended on last.
    pub async fn page(&self) -> carto_sandbox::Page {
        let page = self.pages.lock().expect("whole").pop().expect("a browser was opened");
        tokio::time::timeout(std::time::Duration::from_secs(10), page)
            .await
            .expect("a page in time")
            .expect("no panic")
            .expect("a page")
    }
}

/// The person goes on by themselves while the sign-in waits.
#[async_trait]
impl Browser for TestBrowser {
    async fn open(&self, url: &str) -> Result<(), String> {
        self.opened.lock().expect("whole").push(url.to_owned());
        let (browser, url, does) = (self.browser.clone(), url.to_owned(), self.does);
        match does {
            Does::NotExist => panic!("a browser was opened"),
            Does::NotOpen => return Err("`xdg-open` was not found".into()),
            Does::Nothing => return Ok(()),
            Does::SignIn | Does::Refuse => {}
        }
        let visit = tokio::spawn(async move {
            match does {
                Does::Refuse => browser.refuse(&url).await,
                _ => browser.sign_in(&url).await,
            }
        });
        self.pages.lock().expect("whole").push(visit);
        Ok(())
    }
}

/// Somebody at the machine: remembers what they were told, and types what they will.
#[derive(Debug)]
pub struct Person {
    input: Input,
    told: Mutex<Vec<String>>,
    types: Mutex<VecDeque<String>>,
    asked: Mutex<usize>,
    news: Notify,
    /// The input goes on after everything was typed.
    stays_open: bool,
}

impl Person {
    pub fn at(input: Input) -> Self {
        Self {
            input,
            stays_open: matches!(input, Input::Terminal | Input::Notebook),
            told: Mutex::default(),
            types: Mutex::default(),
            asked: Mutex::default(),
            news: Notify::new(),
        }
    }

    /// A pipe that nobody closes.
    pub fn with_an_open_pipe() -> Self {
        Self { stays_open: true, ..Self::at(Input::Pipe) }
    }

    pub fn will_type(&self, answers: &[&str]) {
        self.types.lock().expect("whole").extend(answers.iter().map(|text| (*text).to_owned()));
        self.news.notify_waiters();
    }

    pub fn told(&self) -> String {
        self.told.lock().expect("whole").join("\n")
    }

    pub fn asked(&self) -> usize {
        *self.asked.lock().expect("whole")
    }

    /// The first link that was shown.
    pub fn first_link(&self) -> String {
        let told = self.told();
        let link = told.split_whitespace().find(|word| word.contains("/authorize?"));
        link.expect("a link was shown").to_owned()
    }

    /// The newest link that was shown, as soon as there is one after `skip` others.
    pub async fn link(&self, skip: usize) -> String {
        loop {
            let told = self.told();
            let links = told.split_whitespace().filter(|word| word.contains("/authorize?"));
            if let Some(link) = links.skip(skip).last() {
                return link.to_owned();
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }
}

#[async_trait]
impl Prompt for Person {
    fn input(&self) -> Input {
        self.input
    }

    fn tell(&self, notice: &Notice<'_>) {
        self.told.lock().expect("whole").push(notice.to_string());
    }

    /// At a pipe, the input ends when everything was typed; at a terminal, more may come.
    async fn read(&self, _question: &str) -> io::Result<Option<String>> {
        *self.asked.lock().expect("whole") += 1;
        loop {
            let news = self.news.notified();
            if let Some(text) = self.types.lock().expect("whole").pop_front() {
                return Ok(Some(text));
            }
            if !self.stays_open {
                return Ok(None);
            }
            news.await;
        }
    }
}

/// Writes a text as whoever wrote it would.
pub fn write(path: &std::path::Path, text: &str) {
    std::fs::write(path, text).expect("written");
}

/// Tries all cases at once: most of the time, each of them waits.
pub async fn at_once<T, F: Future<Output = ()> + Send + 'static>(
    cases: impl IntoIterator<Item = T>,
    try_one: impl Fn(T) -> F,
) {
    let mut tries = tokio::task::JoinSet::new();
    for case in cases {
        tries.spawn(try_one(case));
    }
    while let Some(tried) = tries.join_next().await {
        if let Err(error) = tried {
            std::panic::resume_unwind(error.into_panic());
        }
    }
}
