//! Every hint is typed where it was read, and the fault is gone. `hardening/remedies.toml` is the list of them.
//!
//! The fault is brought about, the hint is taken from what the command says, what stands in its backticks is typed,
//! and the command is run again. So a hint that is written anew breaks its test, and one that does not help fails it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../command/desk.rs"]
#[allow(dead_code, reason = "the other suite uses the rest")]
mod desk;
mod hint;
#[path = "../hardening/kept.rs"]
#[allow(dead_code, reason = "the other suite uses the rest")]
mod kept;
mod list;
mod places;
#[cfg(unix)]
mod redis_server;
#[cfg(unix)]
mod resident;
#[cfg(all(unix, not(target_os = "macos")))]
#[allow(dead_code, reason = "the other suite uses the rest")]
#[path = "../hardening/secret_service.rs"]
mod secret_service;
mod sources;
#[allow(
    dead_code,
    unreachable_pub,
    reason = "it is that of the library's tests, of which a part is used here"
)]
#[path = "../../../carto-auth/tests/world/tls.rs"]
mod tls;
mod tokens;
mod tunnel;
#[cfg(target_os = "linux")]
#[path = "../command/typist.rs"]
#[allow(dead_code, reason = "the other suite uses the rest")]
mod typist;
#[cfg(unix)]
mod warning;

mod addresses;
mod answer;
mod certificate;
mod credentials;
#[cfg(target_os = "linux")]
mod disk;
mod job;
#[cfg(all(unix, not(target_os = "macos")))]
mod keyring;
mod locks;
#[cfg(target_os = "linux")]
mod notebook;
mod platform;
#[cfg(target_os = "linux")]
mod port;
mod proxy;
mod quota;
#[cfg(unix)]
mod redis;
#[cfg(unix)]
mod renamed;
mod sandbox;
mod settings;
mod sign_in;
#[cfg(unix)]
mod store;
#[cfg(unix)]
mod two_steps;
mod usage;
