//! What Python asks for, in the library's words.

use std::path::PathBuf;
use std::time::Duration;

use carto_auth::{
    Environment, Error, ErrorKind, M2mCredentials, Options, Result, Secret, TokenSet, Wanted, Way,
};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::arguments::{Arguments, Parts, text, texts};
use crate::failure::raised;

/// The arguments of `CartoAuth` and its class methods.
pub(crate) struct Opening {
    /// `oauth`, `m2m_file`, `m2m_token`, `m2m`, `token` or `env`.
    kind: String,
    filepath: PathBuf,
    api_base_url: Option<String>,
    access_token: Option<Secret>,
    /// When the access token ends, in seconds since 1970 (UTC).
    expiration: Option<f64>,
    client_id: Option<String>,
    client_secret: Option<Secret>,
    cache_filepath: Option<PathBuf>,
    use_cache: Option<bool>,
    open_browser: Option<bool>,
    org: Option<String>,
    /// In seconds.
    timeout: Option<f64>,
    profile: Option<String>,
    environment: Option<Environment>,
    interactive: Option<bool>,
    scopes: Option<Vec<String>>,
    offline_access: Option<bool>,
    /// `browser`, `paste` or `both`.
    way: Option<String>,
    /// `file`, `memory` or the address of a Redis, which may hold a password.
    store: Option<Secret>,
    /// `auto` or `off`.
    keyring: Option<String>,
}

impl Opening {
    /// Reads the arguments.
    pub(crate) fn read(given: &Bound<'_, PyDict>) -> PyResult<Self> {
        let py = given.py();
        let given = Arguments(given);
        let kind = given.text("kind")?.unwrap_or_default();
        let needed: &[&str] = match &*kind {
            "token" => &["api_base_url", "access_token"],
            "m2m_token" => &["api_base_url", "client_id", "client_secret"],
            _ => &[],
        };
        needed.iter().try_for_each(|name| given.need(py, name))?;
        let filepath =
            if kind == "m2m_file" { given.needed_path(py, "filepath")? } else { PathBuf::default() };
        Ok(Self {
            filepath,
            api_base_url: given.text("api_base_url")?,
            access_token: raised(py, token(given.secret("access_token")?, &kind))?,
            expiration: given.number("expiration", "seconds since 1970")?,
            client_id: given.text("client_id")?,
            client_secret: given.secret("client_secret")?,
            cache_filepath: raised(py, given.path("cache_filepath")?.map(named).transpose())?,
            use_cache: given.switch("use_cache")?,
            open_browser: given.switch("open_browser")?,
            org: given.text("org")?,
            timeout: given.number("timeout", "seconds")?,
            profile: given.text("profile")?,
            environment: given.parts("environment")?.map(|parts| environment(py, &parts)).transpose()?,
            interactive: given.switch("interactive")?,
            scopes: given.texts("scopes")?,
            offline_access: given.switch("offline_access")?,
            way: given.text("way")?,
            store: given.secret("store")?,
            keyring: given.text("keyring")?,
            kind,
        })
    }

    /// The options, but for those that only one kind has.
    pub(crate) fn options(&self, py: Python<'_>) -> PyResult<Options> {
        let timeout = self.timeout.map(Duration::try_from_secs_f64).transpose().map_err(|_| {
            Error::new(ErrorKind::Config, "`timeout` is not a number of seconds")
                .hint("write it in seconds, from 1 to 3600")
        });
        Ok(Options {
            profile: self.profile.clone(),
            environment: self.environment.clone(),
            organization: self.org.clone(),
            api_base_url: self
                .api_base_url
                .clone()
                .filter(|_| !matches!(&*self.kind, "m2m" | "m2m_token" | "token")),
            scopes: self.scopes.clone(),
            offline_access: self.offline_access,
            way: raised(py, self.way())?,
            timeout: raised(py, timeout)?,
            interactive: self.interactive.or((self.kind == "env").then_some(false)),
            // A call gives a token or raises; nothing opens behind somebody's back.
            unasked_browser: Some(false),
            use_cache: self.use_cache,
            cache_file: self.cache_filepath.clone(),
            store: raised(py, self.store.as_ref().map(|store| store.expose().parse()).transpose())?,
            keyring: raised(py, self.keyring.as_deref().map(str::parse).transpose())?,
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
        let secret = |value: &Option<Secret>| value.clone().unwrap_or_else(|| Secret::new(""));
        Ok(match &*self.kind {
            "m2m_file" => Wanted::CredentialsFile(self.filepath.clone()),
            "m2m" | "m2m_token" if !self.is_lent() => {
                let (id, secret) = (self.client_id.clone().unwrap_or_default(), secret(&self.client_secret));
                Wanted::Credentials(match &self.api_base_url {
                    Some(url) => M2mCredentials::new(url, id, secret)?,
                    None => M2mCredentials::of_client(id, secret)?,
                })
            }
            "m2m" | "token" => {
                Wanted::Token { api_base_url: self.api_base_url.clone(), token: secret(&self.access_token) }
            }
            "env" => Wanted::Any,
            _ => Wanted::Person,
        })
    }

    /// The token that the caller brought along for a person or a job, as of `now`.
    pub(crate) fn first_token(&self, now: i64) -> Option<TokenSet> {
        let token = self.access_token.as_ref().filter(|_| self.kind != "token")?;
        let lifetime = self.end().map(|end| end.saturating_sub(now));
        let mut token = TokenSet::new(token.clone(), now, lifetime);
        token.api_base_url.clone_from(&self.api_base_url);
        Some(token)
    }

    /// When there is no token any more, in seconds since 1970 (UTC): nothing is there that wins another.
    pub(crate) fn ends_for_good(&self) -> Option<i64> {
        self.end().filter(|_| self.is_lent())
    }

    /// Whether a job's token is all that was given, as 0.2.0 took it.
    fn is_lent(&self) -> bool {
        let is_client = self.client_id.as_deref().is_some_and(|id| !id.is_empty())
            || self.client_secret.as_ref().is_some_and(|secret| !secret.is_empty());
        self.kind == "m2m" && self.access_token.is_some() && !is_client
    }

    fn end(&self) -> Option<i64> {
        // "Never" in the words of 0.2.0 is a number that is large enough, or `inf`.
        let end = self.expiration.filter(|end| *end < NEVER)?;
        #[expect(clippy::cast_possible_truncation, reason = "it is of this age, and a second is the unit")]
        Some(end.max(0.0) as i64)
    }

    /// Whether the person may be asked in the middle of their work, as far as the caller says.
    pub(crate) fn is_interactive(&self) -> bool {
        self.kind == "oauth" && self.interactive != Some(false)
    }
}

/// The path of a file.
fn named(path: PathBuf) -> Result<PathBuf> {
    if !path.as_os_str().is_empty() {
        return Ok(path);
    }
    Err(Error::new(ErrorKind::Config, "`cache_filepath` is empty")
        .hint("give the path of a file, or leave it out"))
}

/// A token that was brought along, as it can be sent in a header; an empty one is none. One that is all there is, the
/// library looks at itself.
fn token(given: Option<Secret>, kind: &str) -> Result<Option<Secret>> {
    let Some(token) = given.filter(|token| kind == "token" || !token.expose().trim().is_empty()) else {
        return Ok(None);
    };
    let text = token.expose().trim();
    if kind == "token" || text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(Some(if text.len() == token.expose().len() { token } else { Secret::new(text) }));
    }
    Err(Error::new(ErrorKind::Config, "`access_token` has a space or a character in it that no token has")
        .hint("copy the token alone, without quotes, spaces or `Bearer`"))
}

/// CARTO's public cloud, but for these parts.
fn environment(py: Python<'_>, parts: &Parts<'_>) -> PyResult<Environment> {
    let mut environment = Environment::default();
    for (part, value) in parts {
        let name = format!("`environment[\"{part}\"]`");
        let text_of_part = match part.as_str() {
            "auth_url" => &mut environment.auth_url,
            "audience" => &mut environment.audience,
            "client_id" => &mut environment.client_id,
            "redirect_uri" => &mut environment.redirect_uri,
            "paste_redirect_uri" => &mut environment.paste_redirect_uri,
            "accounts_url" => &mut environment.accounts_url,
            "api_hosts" => {
                environment.api_hosts = texts(&name, value)?;
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
        *text_of_part = text(&name, value)?;
    }
    Ok(environment)
}

/// The end of the year 9999, in seconds since 1970 (UTC): what ends later ends never.
const NEVER: f64 = 253_402_300_800.0;
