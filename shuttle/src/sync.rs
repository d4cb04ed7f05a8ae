//! What the flight is made of, each with the moments at which another thread may go on.

use std::ops::Deref;
use std::sync::Arc;

pub(crate) use shuttle::sync::{Mutex, MutexGuard};

/// What `arc_swap` does, by a lock that shuttle knows.
#[derive(Debug)]
pub(crate) struct ArcSwapOption<T>(Mutex<Option<Arc<T>>>);

impl<T> ArcSwapOption<T> {
    pub(crate) fn empty() -> Self {
        Self(Mutex::new(None))
    }

    pub(crate) fn load(&self) -> Guard<Option<Arc<T>>> {
        Guard(self.0.lock().expect("whole").clone())
    }

    pub(crate) fn store(&self, value: Option<Arc<T>>) {
        *self.0.lock().expect("whole") = value;
    }
}

#[derive(Debug)]
pub(crate) struct Guard<T>(T);

impl<T> Deref for Guard<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}
