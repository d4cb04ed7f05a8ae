//! Signs people and jobs in to CARTO and hands out access tokens that work.
//!
//! # A person
//!
//! [`CartoAuth::from_oauth`] signs the person at this machine in, unless they are signed in already: it opens
//! a browser that comes back to a listener on loopback, or shows a link and asks for the code behind it where
//! the browser is on another machine. Programs and processes share the sign-in.
//!
//! ```no_run
//! # async fn example() -> carto_auth::Result<()> {
//! let auth = carto_auth::CartoAuth::from_oauth().await?;
//! let authorization = format!("Bearer {}", auth.access_token().await?.expose());
//! # let _ = authorization;
//! # Ok(())
//! # }
//! ```
//!
//! # A job
//!
//! [`CartoAuth::from_m2m`] takes a credentials file, [`CartoAuth::from_token`] an API Access Token, and
//! [`CartoAuth::from_env`] whatever is set. With options, any of them is [`CartoAuth::open`]:
//!
//! ```no_run
//! # async fn example() -> carto_auth::Result<()> {
//! use carto_auth::{CartoAuth, M2mCredentials, Options, Platform, Secret, Wanted};
//!
//! let secret = Secret::new("from a vault");
//! let client = M2mCredentials::new("https://gcp-us-east1.api.carto.com", "client-id", secret)?;
//! let options = Options { use_cache: Some(false), ..Options::default() };
//! let auth = CartoAuth::open(Platform::system(), &options, Wanted::Credentials(client))?;
//! # let _ = auth.access_token().await?;
//! # Ok(())
//! # }
//! ```
//!
//! # What it may use
//!
//! The library never prints, never reads the environment and never looks for a home folder. A [`Platform`]
//! does, when the application hands one in: [`Platform::system`] is this machine, [`Platform::headless`] one
//! without anybody at it, and each of its parts is a value that can be replaced: the clock, the browser, the
//! prompt, the variables, the proxies and certificates.
//!
//! # When it fails
//!
//! An [`Error`] says what happened, why, and what to do ([`Error::hint_text`]); its [`ErrorKind`] says who can
//! mend it. Secrets are of the type [`Secret`], which does not print.

mod api;
pub mod blocking;
#[cfg(any(test, fuzzing))]
mod canary;
mod carto_auth;
mod credentials;
mod environment;
mod error;
mod grant;
mod http;
mod login;
pub mod platform;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod properties;
mod secret;
mod session;
mod settings;
mod status;
pub mod store;
mod token;

pub use api::CartoDwCredentials;
pub use carto_auth::{CartoAuth, LoggedOutAll, SignedOut};
pub use credentials::{CredentialsFault, CredentialsFile, Fault, M2mCredentials, Problem};
pub use environment::Environment;
pub use error::{Error, ErrorKind, Result};
pub use login::Way;
pub use platform::Platform;
pub use secret::Secret;
pub use session::{LoggedOut, Revoked, stop_requests};
pub use settings::{
    Choice, Credential, KeyringUse, Options, Profile, Profiles, Settings, Source, StorePlace, Wanted,
};
pub use status::Status;
pub use token::{Allowance, Boot, BootTime, Claims, Moment, Quota, TokenSet};

/// The README's code, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
