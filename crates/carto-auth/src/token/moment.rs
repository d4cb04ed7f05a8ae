//! What time it is, and how old that makes a token.
//!
//! An age is told by the clock that counts from the start of the machine wherever both ends of it lie in the same
//! start: nobody sets that clock, no time zone moves it, and it goes on through suspend. Between machines, and across
//! a restart, the clock on the wall has to do, corrected by what the authorization server says the time is.

use std::sync::Arc;
use std::time::Duration;

/// The name of one start of one machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boot(Arc<str>);

impl Boot {
    /// The start of this name.
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// Its name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A time in one start of one machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootTime {
    /// Which start it is.
    pub boot: Boot,
    /// The time since then, suspend included, in whole milliseconds.
    pub elapsed: Duration,
}

impl BootTime {
    /// A time in this start.
    pub fn new(boot: Boot, elapsed: Duration) -> Self {
        let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        Self { boot, elapsed: Duration::from_millis(millis) }
    }
}

/// What time it is, by both clocks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Moment {
    /// Seconds since 1970 (UTC), as the authorization server has it where that is known.
    pub now: i64,
    /// The same by the clock on the wall of this machine.
    pub here: i64,
    /// The time since the machine started, where that can be told.
    pub boot: Option<BootTime>,
}

impl Moment {
    /// This moment.
    pub fn new(now: i64, boot: Option<BootTime>) -> Self {
        Self { now, here: now, boot }
    }

    /// How long it is since something happened that was at `issued_at` by the clock on the wall; negative for what
    /// has not happened yet. In milliseconds.
    ///
    /// `here` is when that was by the wall of the machine that it happened on, where the server's clock differs. Of
    /// the two the one that makes it older counts, unless the other one has not happened yet.
    pub(super) fn since(&self, issued_at: i64, here: Option<i64>, booted: Option<&BootTime>) -> i64 {
        match (booted, &self.boot) {
            (Some(then), Some(now)) if then.boot == now.boot && then.elapsed <= now.elapsed => {
                i64::try_from((now.elapsed - then.elapsed).as_millis()).unwrap_or(i64::MAX)
            }
            _ => {
                let there = self.now.saturating_sub(issued_at);
                let here = here.map(|here| self.here.saturating_sub(here)).filter(|here| *here >= 0);
                here.map_or(there, |here| here.max(there)).saturating_mul(1_000)
            }
        }
    }
}

/// A moment of which only the clock on the wall is known.
impl From<i64> for Moment {
    fn from(now: i64) -> Self {
        Self::new(now, None)
    }
}

impl From<&Self> for Moment {
    fn from(moment: &Self) -> Self {
        moment.clone()
    }
}
