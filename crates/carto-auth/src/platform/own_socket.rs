//! Sockets that belong to this process, and not to a child that is forked from it.
//!
//! A child that kept a listener open would hold its port after the parent has gone. The runtime waits for a socket by its
//! number and must find it open, so it cannot be taken out of here, as the file of a lock is: a child is told the numbers,
//! and closes them itself.

use std::io;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// A socket that a forked child is told of.
#[derive(Debug)]
pub(crate) struct OwnSocket<S: Numbered>(S);

impl<S: Numbered> OwnSocket<S> {
    pub(crate) fn new(socket: S) -> Self {
        open().extend(socket.number());
        Self(socket)
    }
}

impl<S: Numbered> Drop for OwnSocket<S> {
    /// Before it is closed: its number is soon another's.
    fn drop(&mut self) {
        let number = self.0.number();
        open().retain(|own| Some(*own) != number);
    }
}

impl<S: Numbered> Deref for OwnSocket<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.0
    }
}

impl AsyncRead for OwnSocket<TcpStream> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for OwnSocket<TcpStream> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

/// What the system knows by a number that a child inherits.
pub(crate) trait Numbered {
    fn number(&self) -> Option<i32>;
}

#[cfg(unix)]
impl<S: std::os::fd::AsRawFd> Numbered for S {
    fn number(&self) -> Option<i32> {
        Some(self.as_raw_fd())
    }
}

#[cfg(not(unix))]
impl<S> Numbered for S {
    fn number(&self) -> Option<i32> {
        None
    }
}

/// The descriptors of the sockets at which this process waits for a browser, and of those who came to them.
///
/// A child that was just forked closes these, and uses nothing that its parent had made: safe Rust closes nothing by its
/// number, so that is left to the program. It waits for nothing: while another thread of the parent was opening or closing
/// one, none is told.
pub fn sockets_of_parent() -> Vec<i32> {
    OPEN.try_lock().map(|open| open.clone()).unwrap_or_default()
}

fn open() -> MutexGuard<'static, Vec<i32>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

static OPEN: Mutex<Vec<i32>> = Mutex::new(Vec::new());
