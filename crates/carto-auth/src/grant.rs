//! OAuth on the wire: what is asked of the authorization server, and what its answers mean.
//!
//! No file here knows a person, a store or the time of day; each speaks one part of the protocol.

mod authorization_code;
mod client_credentials;
mod metadata;
mod pkce;
mod refresh_token;
mod refusal;
mod revocation;
mod token_answer;

use std::sync::Arc;

use tokio::sync::OnceCell;

use crate::environment::Environment;
use crate::http::Sender;
use crate::platform::Clock;

pub(crate) use self::authorization_code::{Ask, AuthorizationRequest};
pub(crate) use self::metadata::Metadata;
pub(crate) use self::refusal::{Refusal, of_redirect};
pub(crate) use self::revocation::Revocation;

/// The authorization server of an environment, ready to be asked.
#[derive(Debug)]
pub(crate) struct Authority {
    pub(crate) environment: Environment,
    sender: Arc<Sender>,
    clock: Arc<dyn Clock>,
    metadata: OnceCell<Metadata>,
}

impl Authority {
    pub(crate) fn new(environment: Environment, sender: Arc<Sender>, clock: Arc<dyn Clock>) -> Self {
        Self { environment, sender, clock, metadata: OnceCell::new() }
    }

    /// What the server says of itself, asked for once.
    pub(crate) async fn metadata(&self) -> &Metadata {
        self.metadata.get_or_init(|| Metadata::read(&self.sender, &self.environment)).await
    }

    /// The token endpoint. CARTO's own is known; another server is asked where its is.
    async fn token_endpoint(&self) -> crate::Result<url::Url> {
        let known = self.environment.auth_url == Environment::default().auth_url;
        let text = if known && !self.metadata.initialized() {
            Metadata::assumed(&self.environment).token_endpoint
        } else {
            self.metadata().await.token_endpoint.clone()
        };
        crate::environment::secure_url(&text, "token endpoint")
    }
}
