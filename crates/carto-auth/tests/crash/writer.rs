//! A writer of its own process: this very binary, which raises the version of one entry and says what was kept.

use std::fs::OpenOptions;
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use carto_auth::platform::Variables;
use carto_auth::store::{Announcement, FileStore, Kind, LockedEntry, TokenKey, TokenStore};
use carto_auth::{Platform, Result};

use crate::version::{key, token, version};

/// Where the entry is.
#[derive(Clone, Debug)]
pub(crate) enum Shelf {
    Folder(std::path::PathBuf),
    #[cfg(feature = "redis")]
    Redis(String),
}

impl Shelf {
    /// The library's store, as it is shipped.
    pub(crate) fn store(&self, platform: &Platform) -> Box<dyn TokenStore> {
        match self {
            Self::Folder(folder) => Box::new(FileStore::in_folder(folder.clone(), platform)),
            #[cfg(feature = "redis")]
            Self::Redis(url) => {
                Box::new(carto_auth::store::RedisStore::new(url.parse().expect("an address"), platform))
            }
        }
    }

    pub(crate) fn key(&self) -> TokenKey {
        match self {
            Self::Folder(_) => key(Kind::OAuth),
            #[cfg(feature = "redis")]
            Self::Redis(_) => key(Kind::M2m),
        }
    }
}

/// A writer that runs.
pub(crate) struct Writer {
    child: Child,
    lines: Receiver<String>,
    /// How often it has kept nothing, since another has led after it.
    pub(crate) overtaken: u64,
}

impl Writer {
    /// Starts one that goes on until it is killed.
    pub(crate) fn start(shelf: &Shelf) -> Self {
        Self::spawn(command(shelf, None, u64::MAX))
    }

    fn spawn(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().expect("started");
        let (sender, lines) = channel();
        let output = BufReader::new(child.stderr.take().expect("an output"));
        std::thread::spawn(move || {
            output.lines().map_while(std::io::Result::ok).try_for_each(|line| sender.send(line))
        });
        Self { child, lines, overtaken: 0 }
    }

    /// The version that it keeps next.
    pub(crate) fn hears(&mut self) -> u64 {
        loop {
            let line = self.lines.recv_timeout(Duration::from_secs(60)).expect("a writer that writes");
            if let Some(version) = self.kept(&line) {
                return version;
            }
        }
    }

    /// What it has kept since it was asked last, without waiting.
    pub(crate) fn said(&mut self) -> Vec<u64> {
        let lines: Vec<_> = self.lines.try_iter().collect();
        lines.iter().filter_map(|line| self.kept(line)).collect()
    }

    /// Ends it without a word (SIGKILL), and gives what it had said before.
    pub(crate) fn kill(&mut self) -> Vec<u64> {
        self.child.kill().expect("killed");
        self.child.wait().expect("gone");
        let lines: Vec<_> = self.lines.iter().collect();
        lines.iter().filter_map(|line| self.kept(line)).collect()
    }

    fn kept(&mut self, line: &str) -> Option<u64> {
        assert!(!line.contains("panicked"), "a writer has failed: {line}");
        self.overtaken += u64::from(line == OVERTAKEN);
        line.strip_prefix(KEPT).map(|version| version.parse().expect("a version"))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program that writes so many versions, run by another one where there is one.
pub(crate) fn command(shelf: &Shelf, by: Option<Command>, rounds: u64) -> Command {
    let program = std::env::current_exe().expect("this binary");
    let mut command = match by {
        Some(mut by) => {
            by.arg(program);
            by
        }
        None => Command::new(program),
    };
    let place = match shelf {
        Shelf::Folder(folder) => folder.display().to_string(),
        #[cfg(feature = "redis")]
        Shelf::Redis(url) => url.clone(),
    };
    command
        .args(["--exact", "a_process", "--nocapture"])
        .env_clear()
        .env(PLACE, place)
        .env(ROUNDS, rounds.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    command
}

/// What a writer does; nothing where its test is run like any other.
pub(crate) fn run() {
    let Ok(place) = std::env::var(PLACE) else { return };
    let rounds: u64 = std::env::var(ROUNDS).expect("a number").parse().expect("a number");
    let shelf = match place.strip_prefix('/') {
        Some(_) => Shelf::Folder(place.into()),
        #[cfg(feature = "redis")]
        None => Shelf::Redis(place),
        #[cfg(not(feature = "redis"))]
        None => panic!("no folder: {place}"),
    };
    let platform = Platform::headless(Variables::of_process());
    let (store, key) = (shelf.store(&platform), shelf.key());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        if rounds == 1 {
            be_ahead();
        }
        for _ in 0..rounds {
            mark(BEGIN);
            match raise(&*store, &key, &platform).await {
                Ok(()) => {}
                // A leader whose lease was ended under it has kept nothing.
                Err(error) if error.to_string().contains("another has taken its turn") => say(OVERTAKEN),
                Err(error) => panic!("{error:?}"),
            }
            mark(END);
            // Longer than others wait before they try again: otherwise it would be first again and again.
            std::thread::sleep(2 * AGAIN);
        }
    });
}

/// One round as a sign-in has it: the lock, what is there, what is said meanwhile, what is kept, the lock's end.
async fn raise(store: &dyn TokenStore, key: &TokenKey, platform: &Platform) -> Result<()> {
    let mut entry = lock(store, key).await?;
    let next = entry.load().await?.map_or(1, |found| version(&found) + 1);
    let raised = async {
        entry.announce(&Announcement::new(platform, None)).await?;
        entry.save(&token(next)).await
    };
    let raised = raised.await;
    if raised.is_ok() {
        say(&format!("{KEPT}{next}"));
    }
    entry.release().await;
    raised
}

/// The lock, as soon as it is free.
pub(crate) async fn lock(store: &dyn TokenStore, key: &TokenKey) -> Result<Box<dyn LockedEntry>> {
    loop {
        if let Some(entry) = store.try_lock(key).await? {
            return Ok(entry);
        }
        std::thread::sleep(AGAIN);
    }
}

/// One line at once: what is killed in between has said all of it or nothing.
fn say(line: &str) {
    std::io::stderr().write_all(format!("{line}\n").as_bytes()).expect("heard");
}

/// `strace` counts calls by the thread. With these, this one has made more of each than the one that runs the tests.
fn be_ahead() {
    for _ in 0..100 {
        let mut file = OpenOptions::new().read(true).write(true).open("/dev/null").expect("opened");
        let read = file.metadata().and_then(|_| file.read(&mut [0])).expect("read");
        assert_eq!((read, file.stream_position().expect("told")), (0, 0));
        file.write_all(b"x").expect("written");
        assert_ne!(std::fs::read_dir("/").expect("a folder").count(), 0);
    }
}

/// Something that a list of the system's calls shows.
fn mark(name: &str) {
    let _ = Path::new(name).symlink_metadata();
}

pub(crate) const BEGIN: &str = "/mark/begin";
pub(crate) const END: &str = "/mark/end";
/// How long a writer waits before it tries again to get the lock; shorter than the runtime's clock can tell.
const AGAIN: Duration = Duration::from_micros(200);

pub(crate) const KEPT: &str = "kept ";
const OVERTAKEN: &str = "overtaken";
const PLACE: &str = "CARTO_AUTH_TEST_PLACE";
const ROUNDS: &str = "CARTO_AUTH_TEST_ROUNDS";
