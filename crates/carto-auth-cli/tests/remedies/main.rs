//! Every hint is typed where it was read, and the fault is gone. `hardening/remedies.toml` is the list of them.
//!
//! The fault is brought about, the hint is taken from what the command says, what stands in its backticks is typed,
//! and the command is run again. So a hint that is written anew breaks its test, and one that does not help fails it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../command/desk.rs"]
#[allow(dead_code, reason = "the other suite uses the rest")]
mod desk;
mod hint;
mod list;
mod places;
mod sources;
mod tokens;

mod addresses;
mod credentials;
mod job;
mod settings;
mod sign_in;
mod usage;
