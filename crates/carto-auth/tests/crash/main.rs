//! Crash consistency: writers that are killed at any moment, and disks that fail while a program runs.
//!
//! The writers are processes that raise the version of one entry through the library's own stores. `make crash` plays
//! 2,000 kills on files and 200 on a Redis and writes the figures down; `cargo test` plays a few of them. What
//! SIGKILL cannot show is a cut of the power: there, the order of the system's calls is looked at (`calls.rs`).
#![cfg(target_os = "linux")]
#![allow(clippy::disallowed_methods, reason = "a test stands outside of the platform")]

#[path = "../world/mod.rs"]
mod world;

mod calls;
mod disk;
mod disks;
mod figure;
mod files;
#[cfg(feature = "redis")]
mod fleet;
mod ledger;
mod strace;
mod version;
mod writer;

/// What the processes run.
#[test]
fn a_process() {
    writer::run();
    disks::run();
}
