//! Every row of the bad-input matrix on the real command: a test's name begins with the number of its row.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(dead_code, reason = "the desk is that of `tests/command`, of which a part is used here")]

#[path = "../command/desk.rs"]
mod desk;

mod answers;
mod kept;
mod lifetimes;
mod network;
mod outages;
mod refusals;
mod secrets;
mod tinyproxy;
mod tls;
mod waits;
