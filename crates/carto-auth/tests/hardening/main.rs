//! Every row of the bad-input matrix on the library: a test's name begins with the number of its row.
#![allow(clippy::disallowed_methods, reason = "a test stands outside of the platform")]

#[path = "../world/mod.rs"]
mod world;

mod callback;
mod crowd;
mod ending;
mod loopback;
mod mistake;
#[cfg(target_os = "linux")]
mod network;
mod opener;
mod page;
mod paste;
mod port;
mod secrets;

/// What the processes run.
#[test]
fn a_process() {
    world::run_process();
}
