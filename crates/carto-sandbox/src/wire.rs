//! A connection that can end badly on purpose.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// A TCP stream whose last act is decided while it is in use.
pub(crate) struct Wire {
    stream: TcpStream,
    ending: Ending,
}

/// How a [`Wire`] ends; every clone decides for the same one.
#[derive(Clone, Default)]
pub(crate) struct Ending(Arc<Mutex<Option<Bad>>>);

enum Bad {
    Reset,
    Raw(Vec<u8>),
}

impl Ending {
    /// The peer sees its connection reset.
    pub(crate) fn reset(&self) {
        self.set(Bad::Reset);
    }

    /// The peer sees these bytes and then the end.
    pub(crate) fn raw(&self, bytes: Vec<u8>) {
        self.set(Bad::Raw(bytes));
    }

    fn set(&self, bad: Bad) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(bad);
    }

    fn take(&self) -> Option<Bad> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Wire {
    pub(crate) fn new(stream: TcpStream, ending: Ending) -> Self {
        Self { stream, ending }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        // A connection that is gone already needs no bad ending, so failures do not matter.
        match self.ending.take() {
            Some(Bad::Reset) => drop(self.stream.set_zero_linger()),
            Some(Bad::Raw(bytes)) => drop(self.stream.try_write(&bytes)),
            None => {}
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
