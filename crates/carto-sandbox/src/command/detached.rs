//! A sandbox that outlives the command that started it.

use std::fs::OpenOptions;
use std::io;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use url::Url;

use super::instance::{self, Instance};
use crate::http;

/// Whether a sandbox had to be started.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Started {
    /// It is a new one.
    Now(Instance),
    /// One was running in this directory already.
    Already(Instance),
}

/// Starts `command`, which calls [`serve`](super::serve) with this directory, and lets it run on by
/// itself: in a process group of its own, with no terminal to read from or to write to. What it
/// writes to standard error goes to `sandbox.log` in the directory.
///
/// Returns once the sandbox answers, or at once if one is running in this directory.
///
/// # Errors
///
/// If it ends before it answers, with what it wrote to standard error, or does not answer in time.
///
/// # Panics
///
/// If called from async code: it blocks.
pub fn start_detached(command: &mut Command, directory: &Path) -> io::Result<Started> {
    match instance::lock(directory)? {
        // The lock is for the sandbox, not for this process.
        Some(lock) => drop(lock),
        None => return wait_for_start(directory, None).map(Started::Already),
    }
    // Left behind by one that crashed; it must not be taken for the new one.
    Instance::remove(directory)?;
    let log = directory.join(LOG);
    let mut options = OpenOptions::new();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        std::os::unix::process::CommandExt::process_group(command, 0);
    }
    #[cfg(windows)]
    std::os::windows::process::CommandExt::creation_flags(command, DETACHED_PROCESS);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(options.open(&log)?);
    let mut child = command.spawn()?;
    wait_for_start(directory, Some(&mut child)).map(Started::Now).map_err(|error| {
        let said = std::fs::read_to_string(&log).unwrap_or_default();
        let said = said.trim();
        if said.is_empty() { error } else { io::Error::new(error.kind(), format!("{error}: {said}")) }
    })
}

fn wait_for_start(directory: &Path, mut child: Option<&mut Child>) -> io::Result<Instance> {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if let Some(instance) = Instance::read(directory)?
            && answers(&instance)?
        {
            return Ok(instance);
        }
        if let Some(status) = child.as_mut().map(|child| child.try_wait()).transpose()?.flatten() {
            return Err(io::Error::other(format!("the sandbox ended before it answered ({status})")));
        }
        std::thread::sleep(PAUSE);
    }
    Err(io::Error::new(io::ErrorKind::TimedOut, "the sandbox did not answer in time"))
}

/// Returns once nobody holds the directory's lock.
pub(super) fn wait_for_end(directory: &Path) -> io::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if instance::lock(directory)?.is_some() {
            return Ok(());
        }
        std::thread::sleep(PAUSE);
    }
    Err(io::Error::new(io::ErrorKind::TimedOut, "the sandbox did not end in time"))
}

fn answers(instance: &Instance) -> io::Result<bool> {
    let url = Url::parse(&instance.url).map_err(io::Error::other)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let asked = runtime.block_on(async { tokio::time::timeout(PATIENCE, http::get(&url)).await });
    Ok(matches!(asked, Ok(Ok(answer)) if answer.status == 200))
}

const LOG: &str = "sandbox.log";
const PAUSE: Duration = Duration::from_millis(20);
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// `DETACHED_PROCESS` of the Windows API: no console.
#[cfg(windows)]
const DETACHED_PROCESS: u32 = 0x8;
