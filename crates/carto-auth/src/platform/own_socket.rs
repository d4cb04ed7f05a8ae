//! Sockets that belong to this process, and not to a child that is forked from it.
//!
//! A child that kept a listener open would hold its port after the parent has gone. The runtime waits for a socket by its
//! number and must find it open, so it cannot be taken out of here, as the file of a lock is: a child is told the numbers,
//! and closes them itself.

use std::io;
use std::ops::Deref;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::own_number::{Numbered, OwnNumber};

/// A socket that a forked child is told of.
#[derive(Debug)]
pub(crate) struct OwnSocket<S> {
    /// The first to be dropped.
    _number: OwnNumber,
    socket: S,
}

impl<S: Numbered> OwnSocket<S> {
    pub(crate) fn new(socket: S) -> Self {
        Self { _number: OwnNumber::of(&socket), socket }
    }
}

impl<S> Deref for OwnSocket<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.socket
    }
}

impl AsyncRead for OwnSocket<TcpStream> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_read(context, buffer)
    }
}

impl AsyncWrite for OwnSocket<TcpStream> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}
