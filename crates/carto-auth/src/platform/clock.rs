//! The time.

use std::fmt::Debug;

/// Tells the time. Everything that depends on the time asks here, so that a test can set it.
pub trait Clock: Debug + Send + Sync {
    /// The time, in seconds since 1970 (UTC).
    fn now(&self) -> i64;
}

/// The machine's own clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    /// The kernel's own idea of the time of its last tick: seconds are all that is asked for, and to be read at
    /// every call it must cost next to nothing.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn now(&self) -> i64 {
        rustix::time::clock_gettime(rustix::time::ClockId::RealtimeCoarse).tv_sec
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
    fn now(&self) -> i64 {
        use std::time::{SystemTime, UNIX_EPOCH};

        let seconds = |time: std::time::Duration| i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => seconds(since),
            Err(before) => -seconds(before.duration()),
        }
    }
}
