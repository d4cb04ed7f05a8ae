//! The single flight of the library, as it ships, in thousands of orders of events.
//!
//! [`flight`] is the library's own file. Its [`sync`] is shuttle's here, so that each step that another thread could
//! notice is one that shuttle may put another before; a deadlock is a failure. What the flight is given in the
//! library (a look, a request, a rejection) is given in [`session`], in small.
//!
//! `make shuttle` runs it, `make shuttle-planted` shows that each rule is found broken where it is.
#![cfg(test)]

#[path = "../../crates/carto-auth/src/session/flight.rs"]
#[allow(dead_code, reason = "two of four efforts will do")]
mod flight;
mod giving_up;
mod orders;
mod rules;
mod session;
mod sync;
