//! Every row of the bad-input matrix on the library: a test's name begins with the number of its row.
#![allow(clippy::disallowed_methods, reason = "a test stands outside of the platform")]

#[path = "../world/mod.rs"]
mod world;

mod accepted;
mod addresses;
mod answers;
mod attributes;
mod cache;
mod callback;
mod certificates;
mod clocks;
mod credentials;
mod crowd;
mod disks;
mod ending;
mod endpoint;
mod forerunner;
mod keyring;
#[cfg(target_os = "linux")]
mod leases;
mod lifetimes;
mod locks;
mod loopback;
mod mistake;
#[cfg(target_os = "linux")]
mod network;
mod opener;
mod outages;
mod page;
mod paste;
mod port;
mod proxies;
mod refusals;
mod rotation;
mod secrets;
mod silence;
mod waits;
mod writers;

/// What the processes run.
#[test]
fn a_process() {
    world::run_process();
}
