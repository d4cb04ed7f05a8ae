//! CARTO over HTTP: what an access token opens.
//!
//! Each question takes the token it is asked with; renewing one is the session's job.

mod accounts;
mod base_url;
mod config_yaml;
#[cfg(any(test, fuzzing))]
pub(crate) mod properties;
mod warehouse;

use std::sync::Arc;

use crate::environment::Environment;
use crate::error::{Error, ErrorKind};
use crate::http::{Answer, Sender};

pub use self::warehouse::CartoDwCredentials;

/// CARTO's account services and the account's own API.
#[derive(Debug)]
pub(crate) struct Api {
    environment: Environment,
    sender: Arc<Sender>,
}

impl Api {
    pub(crate) fn new(environment: Environment, sender: Arc<Sender>) -> Self {
        Self { environment, sender }
    }
}

/// The error of an API that does not accept the access token.
fn not_accepted(answer: &Answer) -> Error {
    Error::new(ErrorKind::Refused, "CARTO does not accept the access token")
        .because(answer.said())
        .hint(ITS_BASE_URL)
        .status(answer.status)
}

/// What to do where the address of the account's API is not found, or is not the one that knows the token.
const ITS_BASE_URL: &str = "a person signs in again with `carto-auth login --base-url URL`, a job sets `CARTO_API_BASE_URL`; CARTO shows the URL \
     under Developers";
