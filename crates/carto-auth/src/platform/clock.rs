//! The time, by two clocks.

use std::fmt::Debug;
use std::time::Duration;

use crate::token::Boot;

/// Tells the time. Everything that depends on the time asks here, so that a test can set it.
///
/// A person, a program or a time zone can set the clock on the wall; the one that counts from the start of the
/// machine goes on through all of that and through suspend, and is the one that ages are told by.
pub trait Clock: Debug + Send + Sync {
    /// The time on the wall, in seconds since 1970 (UTC).
    fn now(&self) -> i64;

    /// The time since this machine started, suspend included. It never goes back.
    fn since_boot(&self) -> Duration;

    /// Which start of which machine that is; `None` where it cannot be told.
    fn boot(&self) -> Option<Boot>;
}

/// The machine's own clocks.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    /// The kernel's own idea of the time of its last tick: seconds are all that is asked for.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn now(&self) -> i64 {
        rustix::time::clock_gettime(rustix::time::ClockId::RealtimeCoarse).tv_sec
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
    fn now(&self) -> i64 {
        use std::time::{SystemTime, UNIX_EPOCH};

        let seconds = |time: Duration| i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => seconds(since),
            Err(before) => -seconds(before.duration()),
        }
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn since_boot(&self) -> Duration {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
    }

    /// There the monotonic clock goes on through suspend.
    #[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
    fn since_boot(&self) -> Duration {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
    }

    /// Since the first look: only differences count.
    #[cfg(not(unix))]
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
    fn since_boot(&self) -> Duration {
        static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
        START.get_or_init(std::time::Instant::now).elapsed()
    }

    /// The kernel's own random name for this start. It is read once.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn boot(&self) -> Option<Boot> {
        static BOOT: std::sync::OnceLock<Option<Boot>> = std::sync::OnceLock::new();
        BOOT.get_or_init(|| {
            let path = std::path::Path::new("/proc/sys/kernel/random/boot_id");
            let file = super::read_small(path, 100, super::Links::Follow).ok()?;
            let name = std::str::from_utf8(&file.bytes).ok()?.trim();
            (!name.is_empty()).then(|| Boot::new(name))
        })
        .clone()
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn boot(&self) -> Option<Boot> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_since_the_start_goes_on_and_its_start_has_a_name() {
        let clock = SystemClock;
        let before = clock.since_boot();
        std::thread::sleep(Duration::from_millis(2));
        assert!(clock.since_boot() >= before + Duration::from_millis(2));
        assert_eq!(clock.boot(), SystemClock.boot());
        #[cfg(target_os = "linux")]
        assert!(clock.boot().is_some());
    }
}
