//! The sandbox as a program that runs by itself: in the foreground, detached, and how to end it.
//!
//! An [`Instance`] is known by a directory that its owner chooses. A lock file there is held for as
//! long as the sandbox lives, so that one directory has one sandbox and a file left behind by a
//! crash is known for what it is. It is ended by its own token, never by a process id, which
//! may belong to another program by now.
//!
//! A test in another language plans faults and reads what was asked over HTTP, with that token in
//! the header `sandbox-control`:
//!
//! ```text
//! POST /sandbox/plan               {"route": "token", "fault": {"status": 429, "headers": {"retry-after": "1"}}}
//!                                  {"route": "accounts", "fault": "reset", "always": true}
//! GET  /sandbox/requests           {"counts": {"token": 2, …}, "unplanned": […], "recorded": […]}
//! POST /sandbox/expire-tokens
//! POST /sandbox/revoke-everything
//! POST /sandbox/stop
//! ```
//!
//! A fault is `"none"`, `"hang"`, `"reset"`, `"lose_answer"`, `"truncate"`, or an object with one of
//! `status` (and `headers`, `body`), `delay_ms` (and `then`), `slow_body_ms` or `raw`, as
//! [`Fault`](crate::Fault) describes them; routes go by [`Route::name`](crate::Route::name).
//!
//! Nothing here prints: the caller does, with [`env_lines`] and [`unset_lines`].

mod detached;
mod instance;
mod shell;
mod standing;

use std::fs::File;
use std::io;
use std::path::Path;

use hyper::Method;

use crate::{Sandbox, Settings};

pub use detached::{Started, start_detached};
pub use instance::Instance;
pub use shell::{Shell, env_lines, unset_lines};
use standing::Standing;

/// Why a sandbox in the foreground ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Ended {
    /// Somebody who knew its token asked for it.
    Stopped,
    /// Ctrl-C, or the system's request to end.
    Interrupted,
}

/// What became of a request to stop.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Stop {
    /// It ran, and has ended.
    Stopped(Instance),
    /// It had ended already, and left its file behind.
    Gone(Instance),
    /// The directory knows of no sandbox.
    Unknown,
}

/// Runs a sandbox until it is stopped, and writes its [`Instance`] into `directory` meanwhile.
///
/// `started` is called once it answers. Clients may ask it whatever they like: nothing here panics
/// over what no client should ask.
///
/// # Errors
///
/// As [`Sandbox::start_blocking`]; [`io::ErrorKind::AlreadyExists`] if a sandbox runs in this
/// directory; and what the system says about the directory.
///
/// # Panics
///
/// If called from async code: it blocks.
pub fn serve(settings: Settings, directory: &Path, started: impl FnOnce(&Sandbox)) -> io::Result<Ended> {
    let lock = match Standing::of(directory)? {
        Standing::Free(lock) => lock,
        Standing::Running(instance) => {
            let why = format!("a sandbox is running already for {} at {}", directory.display(), instance.url);
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, why));
        }
    };
    let sandbox = Sandbox::start_blocking(settings)?;
    sandbox.forgive();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ended = runtime.block_on(async {
        // Signals are listened to before anybody learns that there is something to interrupt.
        let interrupted = interruption()?;
        Instance::of(&sandbox).write(directory)?;
        started(&sandbox);
        let mut stopping = sandbox.world().stopping.subscribe();
        tokio::select! {
            _ = stopping.wait_for(|stopping| *stopping) => Ok(Ended::Stopped),
            () = interrupted => Ok(Ended::Interrupted),
        }
    });
    drop(sandbox);
    forget(directory, lock).and(ended)
}

/// Ends the sandbox of this directory, and returns once it has ended.
///
/// # Errors
///
/// If the instance file cannot be read or the sandbox does not end.
///
/// # Panics
///
/// If called from async code: it blocks.
pub fn stop(directory: &Path) -> io::Result<Stop> {
    let Some(left) = Instance::read(directory)? else { return Ok(Stop::Unknown) };
    match Standing::of(directory)? {
        Standing::Free(lock) => forget(directory, lock).map(|()| Stop::Gone(left)),
        Standing::Running(instance) => {
            standing::ask(&instance, Method::POST, "/sandbox/stop")?;
            let ended = standing::poll(|| instance::lock(directory))?;
            let late = || io::Error::new(io::ErrorKind::TimedOut, "the sandbox did not end in time");
            ended.map(|_| Stop::Stopped(instance)).ok_or_else(late)
        }
    }
}

/// The file goes before the lock does: whoever gets the lock next finds a clean directory.
fn forget(directory: &Path, lock: File) -> io::Result<()> {
    let removed = Instance::remove(directory);
    drop(lock);
    removed
}

#[cfg(unix)]
fn interruption() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(windows)]
fn interruption() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        interrupt.recv().await;
    })
}
