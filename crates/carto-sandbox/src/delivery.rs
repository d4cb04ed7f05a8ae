//! How the body of an answer reaches the client: at once, in part, or slowly.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

/// A body and the pace at which it is sent.
pub(crate) struct Delivery {
    rest: Bytes,
    pace: Pace,
}

enum Pace {
    Whole,
    /// This many bytes and, once they are on their way, the connection breaks.
    Cut(usize, Pin<Box<Sleep>>),
    /// A byte after each pause.
    Slow(Duration, Pin<Box<Sleep>>),
}

impl Delivery {
    pub(crate) fn whole(body: Vec<u8>) -> Self {
        Self { rest: body.into(), pace: Pace::Whole }
    }

    pub(crate) fn half(body: Vec<u8>) -> Self {
        let half = body.len() / 2;
        Self { rest: body.into(), pace: Pace::Cut(half, Box::pin(sleep(FLUSH))) }
    }

    pub(crate) fn slow(body: Vec<u8>, pause: Duration) -> Self {
        Self { rest: body.into(), pace: Pace::Slow(pause, Box::pin(sleep(pause))) }
    }
}

impl Body for Delivery {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let length = self.rest.len();
        let now = match &mut self.pace {
            Pace::Whole => length,
            Pace::Cut(0, timer) => {
                ready!(timer.as_mut().poll(context));
                return Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into())));
            }
            Pace::Cut(half, _) => std::mem::take(half),
            Pace::Slow(pause, timer) => {
                ready!(timer.as_mut().poll(context));
                *timer = Box::pin(sleep(*pause));
                1
            }
        };
        Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(now)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    /// The whole length in every case: a body that is cut is one that promised more.
    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}

/// The server drops what it has not written when a body fails, and writes while a body waits.
const FLUSH: Duration = Duration::from_millis(20);
