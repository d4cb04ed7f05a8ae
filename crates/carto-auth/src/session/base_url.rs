//! Where the account's API is, and what is asked of it.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::held::Held;
use super::{Identity, Session};
use crate::api::CartoDwCredentials;
use crate::error::{Error, ErrorKind, Result};
use crate::store::TokenStore;
use crate::token::TokenSet;

impl Session {
    /// The API base URL: the one that was set, else the account's, which is looked up once and kept.
    pub(crate) async fn api_base_url(self: &Arc<Self>) -> Result<String> {
        if let Some(url) = &self.terms.api_base_url {
            return Ok(url.clone());
        }
        // What a job's credentials say needs no token and no network. A file that was changed counts with the next token.
        if let Identity::Job(job) = &self.identity {
            let own = self.remembered().and_then(|token| token.api_base_url.clone());
            let url = own.map_or_else(|| job.current().map(|now| now.api_base_url), |url| Ok(Some(url)))?;
            if let Some(url) = url {
                return Ok(url);
            }
        }
        self.asking(|token| async move { self.base_url_of(&token).await }).await
    }

    /// The API base URL that is known without asking anybody: what was set, what came with the token, or what a job's
    /// credentials say.
    pub(crate) fn known_api_base_url(&self) -> Option<String> {
        let of_token = || self.remembered()?.api_base_url.clone();
        self.terms.api_base_url.clone().or_else(of_token).or_else(|| self.api_base_url_of_job())
    }

    /// What a job's credentials say now.
    pub(crate) fn api_base_url_of_job(&self) -> Option<String> {
        match &self.identity {
            Identity::Job(job) => job.current().ok()?.api_base_url,
            Identity::Person { .. } | Identity::Token { .. } => None,
        }
    }

    /// Looks where the API of whoever has just signed in is, so that it can be shown with the rest. What stands in the way is
    /// told to whoever needs the answer: no token is given up or renewed for it, and nobody waits for long.
    pub(crate) async fn look_for_api_base_url(&self) {
        let Some(token) = self.remembered().filter(|_| self.identity.is_person()) else { return };
        match timeout(A_LOOK, self.base_url_of(&token)).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::debug!(%error, "the API base URL is not known yet"),
            Err(_) => tracing::debug!("the API base URL is not known yet: nobody answers in time"),
        }
    }

    /// The key to the account's warehouse.
    pub(crate) async fn carto_dw_credentials(self: &Arc<Self>) -> Result<CartoDwCredentials> {
        self.asking(|token| async move {
            let base_url = self.base_url_of(&token).await?;
            self.api.carto_dw_credentials(&base_url, &token.access_token).await
        })
        .await
    }

    /// Where this very token belongs: the token of one account is never sent to the API of another.
    async fn base_url_of(&self, token: &TokenSet) -> Result<String> {
        if let Some(url) = self.terms.api_base_url.as_ref().or(token.api_base_url.as_ref()) {
            return Ok(url.clone());
        }
        if let Identity::Job(job) = &self.identity
            && let Some(url) = job.current()?.api_base_url
        {
            return Ok(url);
        }
        match &self.identity {
            Identity::Token { .. } => {
                Err(Error::new(ErrorKind::Config, "the API base URL of this token is not known")
                    .hint("set `CARTO_API_BASE_URL`, or give `--base-url`; CARTO shows it under Developers"))
            }
            Identity::Person { .. } | Identity::Job(_) => {
                let url = self.api.find_base_url(&token.access_token).await?;
                self.keep_base_url(token, &url).await?;
                Ok(url)
            }
        }
    }

    /// Asks with a token; when it is not accepted, once more with a new one, and then no more.
    async fn asking<T, F: Future<Output = Result<T>>>(
        self: &Arc<Self>,
        ask: impl Fn(Arc<TokenSet>) -> F,
    ) -> Result<T> {
        let token = self.token().await?;
        match ask(Arc::clone(&token)).await {
            Err(error)
                if error.http_status() == Some(401) && !matches!(self.identity, Identity::Token { .. }) =>
            {
                self.reject(&token.access_token);
                self.rejections.doubt(&token.access_token);
                let renewed = self.token().await.map_err(|renewal| match renewal.kind() {
                    ErrorKind::PersonNeeded => renewal.because(error.clone()),
                    _ => renewal,
                })?;
                ask(renewed).await
            }
            Err(error) if error.http_status() == Some(401) => Err(error.hint(
                "replace the API Access Token, or unset `CARTO_API_TOKEN`; CARTO makes them in Developers > Credentials",
            )),
            answer => answer,
        }
    }

    /// Writes the base URL beside the token it was found with, where that is still the one in use. While
    /// somebody else holds the lock it stays in memory; it can be found again.
    async fn keep_base_url(&self, token: &TokenSet, url: &str) -> Result<()> {
        let is_same = |other: &TokenSet| other.access_token == token.access_token;
        let with_url = |token: TokenSet| TokenSet { api_base_url: Some(url.to_owned()), ..token };
        let learnt = |held: &Held| held.with(Arc::new(with_url(TokenSet::clone(&held.token))));
        self.current.learn(|held| is_same(&held.token).then(|| learnt(held)));
        self.unkept.learn(|unkept| is_same(unkept).then(|| with_url(unkept.clone())));
        let Some(key) = self.identity.key()? else { return Ok(()) };
        // In memory is what could not be kept.
        let memory: &dyn TokenStore = &self.store.memory;
        for store in [memory, &*self.store.shared] {
            let Ok(Some(mut entry)) = store.try_lock(&key).await else { continue };
            let stored = entry.load().await.ok().flatten().filter(is_same);
            if let Some(stored) = stored
                && let Err(error) = entry.save(&with_url(stored)).await
            {
                self.go_on_without::<()>(&error);
            }
            entry.release().await;
        }
        Ok(())
    }
}

/// How long a look may take that only shows something.
const A_LOOK: Duration = Duration::from_secs(3);
