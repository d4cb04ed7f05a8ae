//! Every row of the bad-input matrix on the real command: a test's name begins with the number of its row.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(dead_code, reason = "the desk is that of `tests/command`, of which a part is used here")]

#[path = "../command/desk.rs"]
mod desk;
#[allow(unreachable_pub, reason = "they are those of the library's tests")]
#[path = "../../../carto-auth/tests/world/tinyproxy.rs"]
mod tinyproxy;
#[allow(unreachable_pub, reason = "they are those of the library's tests")]
#[path = "../../../carto-auth/tests/world/tls.rs"]
mod tls;
#[cfg(unix)]
#[path = "../command/typist.rs"]
mod typist;

mod answers;
mod cache;
mod callback;
mod clocks;
mod credentials;
#[cfg(target_os = "linux")]
mod disks;
#[cfg(unix)]
mod ending;
mod endpoint;
mod kept;
#[cfg(all(unix, not(target_os = "macos")))]
mod keyring;
#[cfg(unix)]
mod leases;
mod lifetimes;
mod locks;
mod loopback;
mod network;
mod outages;
#[cfg(unix)]
mod paste;
#[cfg(target_os = "linux")]
mod port;
mod refusals;
#[cfg(all(unix, not(target_os = "macos")))]
mod secret_service;
mod secrets;
mod waiting;
mod waits;
