//! Every row of the bad-input matrix on the command: a test's name begins with the number of its row.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../command/desk.rs"]
#[allow(dead_code, reason = "the other suite uses the rest")]
mod desk;

mod secrets;
