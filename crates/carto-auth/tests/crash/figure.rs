//! What `make crash` sets, and what it writes down.

use std::hash::{BuildHasher as _, RandomState};
use std::io::Write as _;
use std::time::Duration;

/// How many are wanted: what the variable says, or as few as an everyday run can afford.
pub(crate) fn wanted(variable: &str, few: u64) -> u64 {
    std::env::var(variable).map_or(few, |text| text.parse().expect("a number"))
}

/// Tells a figure to whoever writes them down; otherwise it is shown when a test fails.
pub(crate) fn tell(what: &str, figure: impl std::fmt::Display) {
    // Not by `println!`, whose text is kept back while the test passes.
    if std::env::var_os("FIGURES").is_some() {
        let _ = writeln!(std::io::stdout(), "\nfigure: {what} | {figure}");
    }
}

/// When a writer dies, counted from the first version that it has kept: somewhere in its next rounds. One in ten dies
/// without having kept any.
pub(crate) fn any_instant() -> Option<Duration> {
    (any_below(10) > 0).then(|| Duration::from_micros(any_below(20_000)))
}

/// A number below this one, another each time.
pub(crate) fn any_below(limit: u64) -> u64 {
    RandomState::new().hash_one(0) % limit
}
