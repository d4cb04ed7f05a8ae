//! A caller who does not wait to the end.

use std::pin::Pin;
use std::task::{Context, Poll};

/// Drops a future that is not done after so many looks at it.
pub(crate) struct Impatient<'a, T> {
    future: Option<Pin<Box<dyn Future<Output = T> + 'a>>>,
    looks: usize,
}

impl<'a, T> Impatient<'a, T> {
    pub(crate) fn new(future: impl Future<Output = T> + 'a, looks: usize) -> Self {
        Self { future: Some(Box::pin(future)), looks }
    }
}

impl<T> Future for Impatient<'_, T> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let Some(future) = self.future.as_mut() else { return Poll::Ready(None) };
        if let Poll::Ready(result) = future.as_mut().poll(context) {
            return Poll::Ready(Some(result));
        }
        if self.looks == 0 {
            self.future = None;
            return Poll::Ready(None);
        }
        self.looks -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}
