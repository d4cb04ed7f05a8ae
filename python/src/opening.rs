//! What Python asks for, in the library's words.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use carto_auth::{
    Environment, Error, ErrorKind, M2mCredentials, Options, Result, Secret, TokenSet, Wanted, Way,
};
use pyo3::prelude::*;

use crate::failure::raised;

/// The arguments of `CartoAuth` and its class methods, as one dictionary; a key that is not there is `None`.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Opening {
    /// `oauth`, `m2m_file`, `m2m`, `token` or `env`.
    kind: String,
    #[pyo3(default)]
    filepath: Option<PathBuf>,
    #[pyo3(default)]
    api_base_url: Option<String>,
    #[pyo3(default)]
    access_token: Option<String>,
    /// When the access token ends, in seconds since 1970 (UTC).
    #[pyo3(default)]
    expiration: Option<f64>,
    #[pyo3(default)]
    client_id: Option<String>,
    #[pyo3(default)]
    client_secret: Option<String>,
    #[pyo3(default)]
    cache_filepath: Option<PathBuf>,
    #[pyo3(default)]
    use_cache: Option<bool>,
    #[pyo3(default)]
    open_browser: Option<bool>,
    #[pyo3(default)]
    org: Option<String>,
    /// In seconds.
    #[pyo3(default)]
    timeout: Option<f64>,
    #[pyo3(default)]
    profile: Option<String>,
    #[pyo3(default)]
    environment: Option<HashMap<String, Py<PyAny>>>,
    #[pyo3(default)]
    interactive: Option<bool>,
    #[pyo3(default)]
    scopes: Option<Vec<String>>,
    #[pyo3(default)]
    offline_access: Option<bool>,
    /// `browser`, `paste` or `both`.
    #[pyo3(default)]
    way: Option<String>,
}

impl Opening {
    /// The options, but for those that only one kind has.
    pub(crate) fn options(&self, py: Python<'_>) -> PyResult<Options> {
        let timeout = self.timeout.map(Duration::try_from_secs_f64).transpose().map_err(|_| {
            Error::new(ErrorKind::Config, "`timeout` is not a number of seconds")
                .hint("write it in seconds, from 1 to 3600")
        });
        Ok(Options {
            profile: self.profile.clone(),
            environment: self.environment.as_ref().map(|parts| environment(py, parts)).transpose()?,
            organization: self.org.clone(),
            api_base_url: self.api_base_url.clone().filter(|_| self.kind != "m2m" && self.kind != "token"),
            scopes: self.scopes.clone(),
            offline_access: self.offline_access,
            way: raised(py, self.way())?,
            timeout: raised(py, timeout)?,
            interactive: self.interactive.or((self.kind == "env").then_some(false)),
            // A call gives a token or raises; nothing opens behind somebody's back.
            unasked_browser: Some(false),
            use_cache: self.use_cache,
            cache_file: self.cache_filepath.clone(),
        })
    }

    fn way(&self) -> Result<Option<Way>> {
        match self.way.as_deref() {
            Some("browser") => Ok(Some(Way::Browser)),
            Some("paste") => Ok(Some(Way::Paste)),
            Some("both") => Ok(Some(Way::Both)),
            Some(other) => {
                Err(Error::new(ErrorKind::Config, format!("there is no way `{other}` to sign in"))
                    .hint("the ways are `browser`, `paste` and `both`"))
            }
            None => Ok((self.open_browser == Some(false)).then_some(Way::Paste)),
        }
    }

    /// What is signed in with.
    pub(crate) fn wanted(&self) -> Result<Wanted> {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        Ok(match &*self.kind {
            "m2m_file" => Wanted::CredentialsFile(self.filepath.clone().unwrap_or_default()),
            "m2m" => {
                let (id, secret) = (text(&self.client_id), Secret::new(text(&self.client_secret)));
                Wanted::Credentials(match &self.api_base_url {
                    Some(url) => M2mCredentials::new(url, id, secret)?,
                    None => M2mCredentials::of_client(id, secret)?,
                })
            }
            "token" => Wanted::Token {
                api_base_url: self.api_base_url.clone(),
                token: Secret::new(text(&self.access_token)),
            },
            "env" => Wanted::Any,
            _ => Wanted::Person,
        })
    }

    /// The token that the caller brought along for a person or a job, as of `now`.
    pub(crate) fn first_token(&self, now: i64) -> Option<TokenSet> {
        let token = self.access_token.as_ref().filter(|token| self.kind != "token" && !token.is_empty())?;
        #[expect(clippy::cast_possible_truncation, reason = "it saturates, and a second is the unit")]
        let lifetime = self.expiration.map(|end| (end as i64).saturating_sub(now));
        let mut token = TokenSet::new(Secret::new(token.as_str()), now, lifetime);
        token.api_base_url.clone_from(&self.api_base_url);
        Some(token)
    }

    /// Whether the person may be asked in the middle of their work, as far as the caller says.
    pub(crate) fn is_interactive(&self) -> bool {
        self.kind == "oauth" && self.interactive != Some(false)
    }
}

/// CARTO's public cloud, but for these parts.
fn environment(py: Python<'_>, parts: &HashMap<String, Py<PyAny>>) -> PyResult<Environment> {
    let mut environment = Environment::default();
    for (name, value) in parts {
        let value = value.bind(py);
        let part = match name.as_str() {
            "auth_url" => &mut environment.auth_url,
            "audience" => &mut environment.audience,
            "client_id" => &mut environment.client_id,
            "redirect_uri" => &mut environment.redirect_uri,
            "paste_redirect_uri" => &mut environment.paste_redirect_uri,
            "accounts_url" => &mut environment.accounts_url,
            "api_hosts" => {
                environment.api_hosts = value.extract()?;
                continue;
            }
            other => {
                let error = Error::new(ErrorKind::Config, format!("`environment` has no part `{other}`")).hint(
                    "its parts are `auth_url`, `audience`, `client_id`, `redirect_uri`, `paste_redirect_uri`, \
                     `accounts_url` and `api_hosts`",
                );
                return raised(py, Err(error));
            }
        };
        *part = value.extract()?;
    }
    Ok(environment)
}
