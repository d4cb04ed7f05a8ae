//! A small CARTO on loopback.
//!
//! [`Sandbox`] stands in for the whole of CARTO that a sign-in touches: the authorization server
//! with its login page, the page that shows the access code, accounts, `config.yaml` and the API.
//! It is a world, not a mock: it knows none of the types of the libraries that are tried on it, and
//! it refuses what CARTO refuses.
//!
//! ```
//! use carto_sandbox::{Fault, Route, Sandbox, Settings};
//!
//! # fn main() -> std::io::Result<()> {
//! let sandbox = Sandbox::start_blocking(Settings::default())?;
//! sandbox.plan(Route::Config, Fault::status(503));
//!
//! let config = format!("{}/config.yaml", sandbox.url());
//! assert_eq!(sandbox.browser().open_blocking(&config)?.status, 503);
//! assert_eq!(sandbox.browser().open_blocking(&config)?.status, 200);
//! assert_eq!(sandbox.requests(Route::Config), 2);
//! # Ok(())
//! # }
//! ```
//!
//! It is not CARTO and says so on every page, it is no authorization server for anything real, and
//! it proves nothing about the standards: where CARTO's own answer is not publicly known, it gives
//! a plausible one.
//!
//! It keeps these promises, and `tests/` holds it to each:
//!
//! - it listens on loopback and nowhere else, and answers only requests addressed to loopback;
//! - every request is counted and remembered, and one that nobody should have sent (an unknown
//!   route, a token in a query string) fails the test when the sandbox is dropped;
//! - any request can be made to go wrong as a [`Fault`] says, and the next one is served as usual;
//! - its identifiers and secrets begin with `sandbox-`, so that none is mistaken for a real one.

mod access_token;
mod answer;
mod api;
mod authorization;
mod browser;
mod clients;
pub mod command;
mod control;
mod delivery;
mod fault;
mod http;
mod key;
mod ledger;
mod pages;
mod people;
mod plan;
mod quota;
mod random;
mod recorded;
mod refresh_token;
mod route;
mod sandbox;
mod server;
mod service;
mod settings;
mod spelling;
mod wire;
mod world;

pub use answer::Answer;
pub use browser::{Browser, Page};
pub use clients::PUBLIC_CLIENT_ID;
pub use fault::Fault;
pub use people::{ADA, AUDIENCE, GRACE, ORGANIZATION, PEOPLE, Person};
pub use recorded::Recorded;
pub use route::Route;
pub use sandbox::{Issued, Sandbox};
pub use settings::{OfflineScope, Settings, SignIn};
pub use spelling::spellings;
