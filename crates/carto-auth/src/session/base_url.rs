//! Where the account's API is, and what is asked of it.

use super::{Effort, Identity, Session, Turn};
use crate::api::CartoDwCredentials;
use crate::error::{Error, ErrorKind, Result};
use crate::secret::Secret;
use crate::token::TokenSet;

impl Session {
    /// The API base URL: the one that was set, else the account's, which is looked up once and kept.
    pub(crate) async fn api_base_url(&self) -> Result<String> {
        if let Some(url) = self.terms.api_base_url.clone() {
            return Ok(url);
        }
        match &self.identity {
            Identity::Job(job) => Ok(job.current(&self.platform)?.api_base_url),
            Identity::Token { .. } => {
                Err(Error::new(ErrorKind::Config, "the API base URL of this token is not known")
                    .hint("set `CARTO_API_BASE_URL`, or give `--base-url`; CARTO shows it under Developers"))
            }
            Identity::Person { .. } => {
                let token = self.token().await?;
                if let Some(url) = &token.api_base_url {
                    return Ok(url.clone());
                }
                let url = self.asking(|token| async move { self.api.find_base_url(&token).await }).await?;
                self.keep_base_url(&url).await?;
                Ok(url)
            }
        }
    }

    /// The key to the account's warehouse.
    pub(crate) async fn carto_dw_credentials(&self) -> Result<CartoDwCredentials> {
        let base_url = &self.api_base_url().await?;
        self.asking(|token| async move { self.api.carto_dw_credentials(base_url, &token).await }).await
    }

    /// Asks with a token; when it is not accepted, once more with a new one, and then no more.
    async fn asking<T, F: Future<Output = Result<T>>>(&self, ask: impl Fn(Secret) -> F) -> Result<T> {
        let token = self.token().await?;
        match ask(token.access_token.clone()).await {
            Err(error)
                if error.http_status() == Some(401) && !matches!(self.identity, Identity::Token { .. }) =>
            {
                self.reject(&token.access_token);
                let renewed = self.token().await.map_err(|renewal| match renewal.kind() {
                    ErrorKind::PersonNeeded => renewal.because(error.clone()),
                    _ => renewal,
                })?;
                ask(renewed.access_token.clone()).await
            }
            answer => answer,
        }
    }

    /// Writes the base URL beside the token it belongs to.
    async fn keep_base_url(&self, url: &str) -> Result<()> {
        let Some(token) = self.current.load_full() else { return Ok(()) };
        let with_url = |token: TokenSet| TokenSet { api_base_url: Some(url.to_owned()), ..token };
        self.adopt(with_url((*token).clone()));
        let Some(key) = self.identity.key(&self.platform)? else { return Ok(()) };
        let Ok(Turn::Ours(mut entry)) = self.turn(&key, Effort::AnotherPerson).await else { return Ok(()) };
        let stored = entry.load().await.unwrap_or_else(|error| self.go_on_without(&error));
        if let Some(stored) = stored.filter(|stored| stored.access_token == token.access_token)
            && let Err(error) = entry.save(&with_url(stored)).await
        {
            self.go_on_without::<()>(&error);
        }
        Ok(())
    }
}
