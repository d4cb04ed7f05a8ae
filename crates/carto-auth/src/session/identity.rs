//! Who signs in.

use std::sync::Arc;
use std::time::Duration;

use crate::credentials::{CredentialsFile, M2mCredentials};
use crate::environment::Environment;
use crate::error::{Error, ErrorKind, Result};
use crate::grant::Authority;
use crate::secret::Secret;
use crate::store::{KeyParts, Kind, TokenKey};
use crate::token::TokenSet;

/// Whose tokens they are.
#[derive(Debug)]
pub(crate) enum Identity {
    /// A person, with the key of their tokens.
    Person {
        /// What their tokens are kept under.
        key: TokenKey,
    },
    /// A job with a client secret.
    Job(Job),
    /// Whoever made this API Access Token. It never renews.
    Token {
        /// The token as it was given.
        token: Secret,
    },
}

/// A job and what it signs in with.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) credentials: JobCredentials,
    pub(crate) environment: Environment,
    /// The API base URL that wins over the one of the credentials.
    pub(crate) api_base_url: Option<String>,
}

/// Where a job's credentials come from.
#[derive(Debug)]
pub(crate) enum JobCredentials {
    /// A file, which may be changed while we run.
    File(CredentialsFile),
    /// Values that stay.
    Values(M2mCredentials),
}

impl Identity {
    /// What the tokens are kept under; `None` for a token that is not kept.
    pub(crate) fn key(&self) -> Result<Option<TokenKey>> {
        match self {
            Self::Person { key } => Ok(Some(key.clone())),
            Self::Job(job) => job.key().map(Some),
            Self::Token { .. } => Ok(None),
        }
    }

    pub(crate) fn is_person(&self) -> bool {
        matches!(self, Self::Person { .. })
    }

    pub(crate) fn is_job(&self) -> bool {
        matches!(self, Self::Job(_))
    }

    /// The token that was given and is all there is.
    pub(crate) fn given(&self) -> Result<Arc<TokenSet>> {
        match self {
            Self::Token { token } => Ok(Arc::new(TokenSet::new(token.clone(), 0, None))),
            _ => Err(Error::new(ErrorKind::PersonNeeded, "no token was given")),
        }
    }
}

impl Job {
    /// The credentials as they are now: a file that was changed is read again.
    pub(crate) fn current(&self) -> Result<M2mCredentials> {
        let mut credentials = match &self.credentials {
            JobCredentials::File(file) => file.current()?,
            JobCredentials::Values(values) => values.clone(),
        };
        if let Some(url) = &self.api_base_url {
            credentials.api_base_url = Some(url.clone());
        }
        Ok(credentials)
    }

    fn key(&self) -> Result<TokenKey> {
        let credentials = self.current()?;
        let key = TokenKey::new(KeyParts {
            kind: Kind::M2m,
            issuer: self.environment.auth_url.clone(),
            client_id: credentials.client_id,
            audience: self.environment.audience.clone(),
            organization: None,
            scopes: Vec::new(),
            api_base_url: credentials.api_base_url,
            account: TokenKey::account_of_secret(&credentials.client_secret),
        });
        Ok(key.with_secret(&credentials.client_secret))
    }

    /// Asks for a token. What is wrong is told with the name of the file it stands in.
    pub(super) async fn sign_in(&self, authority: &Authority, limit: Duration) -> Result<TokenSet> {
        let credentials = self.current()?;
        let (client_id, client_secret) = (&credentials.client_id, &credentials.client_secret);
        let won = authority.client_credentials(client_id, client_secret, limit).await;
        let token = won.map_err(|error| match (&self.credentials, error.kind()) {
            (JobCredentials::File(file), ErrorKind::Refused) => {
                let path = file.path().display();
                let hint = match (error.oauth_code(), error.hint_text()) {
                    // What is not about the client is not mended by another one.
                    (Some(code), Some(hint)) if !ABOUT_THE_CLIENT.contains(&code) => {
                        format!("{hint}; the credentials are read from `{path}`")
                    }
                    _ => format!(
                        "compare `client_id` and `client_secret` with CARTO's Developers > Credentials; they are read \
                         from `{path}`"
                    ),
                };
                error.hint(hint)
            }
            _ => error,
        })?;
        Ok(TokenSet { api_base_url: credentials.api_base_url, ..token })
    }
}

/// The refusals that another id or secret mends.
const ABOUT_THE_CLIENT: [&str; 3] = ["invalid_client", "access_denied", "unauthorized"];
