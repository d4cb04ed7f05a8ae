//! Signs people and jobs in to CARTO and hands out access tokens that work.

mod api;
pub mod blocking;
mod carto_auth;
mod credentials;
mod environment;
mod error;
mod grant;
mod http;
mod login;
pub mod platform;
mod secret;
mod session;
mod settings;
mod status;
pub mod store;
mod token;

pub use api::CartoDwCredentials;
pub use carto_auth::CartoAuth;
pub use credentials::{CredentialsFault, CredentialsFile, Fault, M2mCredentials, Problem};
pub use environment::Environment;
pub use error::{Error, ErrorKind, Result};
pub use login::Way;
pub use platform::Platform;
pub use secret::Secret;
pub use session::{LoggedOut, Revoked};
pub use settings::{Choice, Credential, Options, Profile, Profiles, Settings, Source, Wanted};
pub use status::Status;
pub use token::{Claims, TokenSet};
