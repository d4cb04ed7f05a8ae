//! What [`flight`](super::flight) is made of. `make shuttle` runs that file with primitives of the same names that
//! try one order of events after another.

pub(super) use std::sync::{Mutex, MutexGuard};

pub(super) use arc_swap::{ArcSwapOption, Guard};
