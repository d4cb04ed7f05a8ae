//! The real command before a sandbox: whole screens, exit codes, signals, streams.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[allow(dead_code, reason = "`tests/hardening` uses more of it")]
mod desk;
#[cfg(unix)]
#[allow(dead_code, reason = "`tests/hardening` uses more of it")]
mod typist;

mod arguments;
mod job;
mod login;
mod logout;
mod profiles;
mod sandbox;
mod status;
#[cfg(unix)]
mod terminal;
mod token;
