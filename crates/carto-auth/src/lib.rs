//! Signs people and jobs in to CARTO and hands out access tokens that work.

mod credentials;
mod environment;
mod error;
mod grant;
mod http;
mod login;
pub mod platform;
mod secret;
mod settings;
mod store;
mod token;

pub use credentials::{CredentialsFault, CredentialsFile, Fault, M2mCredentials, Problem};
pub use environment::Environment;
pub use error::{Error, ErrorKind, Result};
pub use login::Way;
pub use platform::Platform;
pub use secret::Secret;
pub use settings::{Choice, Credential, Options, Profile, Profiles, Settings, Source, Wanted, Way};
pub use token::{Claims, TokenSet};
