//! Hints that only a program in Rust reads: each is done as it says, in the same world, and the fault is gone. The list
//! of all hints is `hardening/remedies.toml`, and the command's `tests/remedies` counts these too.
#![allow(clippy::disallowed_methods, reason = "a test stands outside of the platform")]

#[path = "../world/mod.rs"]
mod world;

mod blocking;
mod environment;
mod hint;
#[cfg(unix)]
mod locks;
mod outage;
#[cfg(feature = "redis")]
mod redis;
mod revocation;
#[cfg(not(feature = "redis"))]
mod store;

/// What the processes run.
#[test]
fn a_process() {
    world::run_process();
}
