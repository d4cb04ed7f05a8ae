//! A sandbox that outlives the command that started it.

use std::io;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::instance::{self, Instance};
use super::standing::{self, Standing};

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
    // Two that start at once would start two, and one would wait for the other's end to take over.
    let _turn = instance::turn(directory)?;
    match Standing::of(directory)? {
        // What a crash left behind goes, so that it is not taken for the new one, and then the lock:
        // it is for the sandbox, not for this process.
        Standing::Free(lock) => super::forget(directory, lock)?,
        Standing::Running(instance) => return Ok(Started::Already(instance)),
    }
    let log = instance::open(directory, LOG)?;
    log.set_len(0)?;
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    #[cfg(windows)]
    std::os::windows::process::CommandExt::creation_flags(command, DETACHED_PROCESS);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    let mut child = command.spawn()?;
    wait(directory, &mut child).map_err(|error| {
        let said = std::fs::read_to_string(directory.join(LOG)).unwrap_or_default();
        let said = said.trim();
        if said.is_empty() { error } else { io::Error::new(error.kind(), format!("{error}: {said}")) }
    })
}

fn wait(directory: &Path, child: &mut Child) -> io::Result<Started> {
    let started = standing::poll(|| {
        let ended = child.try_wait()?;
        match (Instance::read(directory)?.filter(standing::answers), ended) {
            (Some(instance), None) => Ok(Some(Started::Now(instance))),
            // One in the foreground was a little faster.
            (Some(instance), Some(_)) => Ok(Some(Started::Already(instance))),
            (None, None) => Ok(None),
            (None, Some(status)) => {
                Err(io::Error::other(format!("the sandbox ended before it answered ({status})")))
            }
        }
    });
    let late = || io::Error::new(io::ErrorKind::TimedOut, "the sandbox did not answer in time");
    started?.ok_or_else(late)
}

const LOG: &str = "sandbox.log";

/// `DETACHED_PROCESS` of the Windows API: no console.
#[cfg(windows)]
const DETACHED_PROCESS: u32 = 0x8;
