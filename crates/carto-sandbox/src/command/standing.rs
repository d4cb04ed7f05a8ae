//! Whether a directory has a sandbox.

use std::fs::File;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use hyper::Method;
use url::Url;

use super::instance::{self, Instance};
use crate::http;

pub(super) enum Standing {
    /// It has none, and nobody else can start one while the lock is held.
    Free(File),
    /// It has this one, which answers.
    Running(Instance),
}

impl Standing {
    /// Waits until one of the two is sure. Neither is while a sandbox starts or ends, and a lock
    /// outlives its holder for a moment where another thread has just forked.
    pub(super) fn of(directory: &Path) -> io::Result<Self> {
        let standing = poll(|| {
            if let Some(lock) = instance::lock(directory)? {
                return Ok(Some(Self::Free(lock)));
            }
            let running = Instance::read(directory)?.filter(answers);
            Ok(running.map(Self::Running))
        });
        let unclear = || {
            let why = format!("a sandbox holds {} but does not answer", directory.display());
            io::Error::new(io::ErrorKind::TimedOut, why)
        };
        standing?.ok_or_else(unclear)
    }
}

/// Asks again until there is something or patience ends.
pub(super) fn poll<T>(mut ask: impl FnMut() -> io::Result<Option<T>>) -> io::Result<Option<T>> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match ask()? {
            None if Instant::now() < deadline => std::thread::sleep(PAUSE),
            settled => return Ok(settled),
        }
    }
}

/// Only this very instance accepts its token, so that another one on the same port is not taken
/// for it.
pub(super) fn answers(instance: &Instance) -> bool {
    ask(instance, Method::GET, "/sandbox/instance").is_ok()
}

/// # Errors
///
/// If the instance cannot be reached, or refuses.
pub(super) fn ask(instance: &Instance, method: Method, path: &str) -> io::Result<()> {
    let url = Url::parse(&format!("{}{path}", instance.url)).map_err(io::Error::other)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let asked = http::control(&url, method, &instance.control_token);
    let answer = runtime.block_on(async { tokio::time::timeout(PATIENCE, asked).await })??;
    if answer.status.is_success() {
        return Ok(());
    }
    Err(io::Error::other(format!("{url} answered {}", answer.status)))
}

const PAUSE: Duration = Duration::from_millis(20);
const PATIENCE: Duration = Duration::from_secs(20);
