//! The real command before a sandbox: whole screens, exit codes, signals, streams.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod desk;

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
