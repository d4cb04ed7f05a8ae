//! Waiting for the library, until the person or the system ends it.

use std::future::Future;

use carto_auth::store::locks_given_back;
use carto_auth::{CartoAuth, Error, ErrorKind, Status, StorePlace};
use tokio::runtime::Builder;

use crate::failure::Failure;
use crate::screen::Screen;

/// Runs what the library does, on a runtime of this thread.
///
/// Ctrl-C, or the system's request to end, drops it: that frees its port and its locks. What is left behind
/// (a look-up of a name that hangs) is not waited for.
pub(crate) fn wait<T>(
    screen: &Screen,
    future: impl Future<Output = carto_auth::Result<T>>,
) -> Result<T, Failure> {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::of_io("no runtime can be started on this machine", &error))?;
    let result = runtime.block_on(async {
        let _limit = unlimited();
        let result = tokio::select! {
            biased;
            () = interrupted() => Err(Error::new(ErrorKind::Interrupted, "interrupted")),
            result = future => result,
        };
        // A fleet's Redis is told by this runtime, which is about to end.
        carto_auth::stop_requests().await;
        let _ = tokio::time::timeout(FAREWELL, locks_given_back()).await;
        result
    });
    runtime.shutdown_background();
    screen.done_waiting();
    result.map_err(Failure::from)
}

/// As [`wait`], for what only a person can end: it is over too once nobody hears it any more, because whoever
/// started it has died.
pub(crate) fn wait_for_person<T>(
    screen: &Screen,
    future: impl Future<Output = carto_auth::Result<T>>,
) -> Result<T, Failure> {
    wait(screen, async {
        tokio::select! {
            biased;
            result = future => result,
            () = unheard() => Err(Error::new(ErrorKind::Interrupted, "interrupted")),
        }
    })
}

/// Waits until nobody reads the error output any more, on which the link was shown: the pipe has no other end.
#[cfg(unix)]
async fn unheard() {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    const AT_ONCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };
    loop {
        tokio::time::sleep(LOOK_UP).await;
        let stderr = rustix::stdio::stderr();
        // What is asked for is nothing; that it has failed is told all the same.
        let mut end = [PollFd::new(&stderr, PollFlags::empty())];
        if poll(&mut end, Some(&AT_ONCE)).is_ok()
            && end[0].revents().intersects(PollFlags::ERR | PollFlags::HUP)
        {
            return;
        }
    }
}

#[cfg(not(unix))]
async fn unheard() {
    std::future::pending().await
}

/// Who is signed in: without a runtime where the store is this machine's own, which answers at once.
pub(crate) fn status(screen: &Screen, auth: &CartoAuth) -> Result<Status, Failure> {
    let mut status = std::pin::pin!(auth.status());
    if matches!(auth.settings().store, StorePlace::File | StorePlace::Memory) {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        if let std::task::Poll::Ready(result) = status.as_mut().poll(&mut context) {
            return result.map_err(Failure::from);
        }
    }
    wait(screen, status)
}

/// Lets a file that would be too large (`ulimit -f`) be an error of whoever writes it: the signal that comes with it
/// would end the command without a word.
#[cfg(unix)]
fn unlimited() -> Option<tokio::signal::unix::Signal> {
    use tokio::signal::unix::{SignalKind, signal};
    signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw())).ok()
}

#[cfg(not(unix))]
fn unlimited() {}

#[cfg(unix)]
async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
    let [Ok(mut interrupt), Ok(mut terminate), Ok(mut hangup)] = kinds.map(signal) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
}

#[cfg(not(unix))]
async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// How long somebody waits at most who has pressed Ctrl-C.
const FAREWELL: std::time::Duration = std::time::Duration::from_millis(150);

#[cfg(unix)]
const LOOK_UP: std::time::Duration = std::time::Duration::from_millis(500);
