//! Environment variables, read once and handed in.

use std::collections::BTreeMap;
use std::sync::Arc;

/// A snapshot of environment variables.
///
/// An empty variable counts as not set: that is what a CI system leaves behind for a secret that it does
/// not have.
#[derive(Clone, Default)]
pub struct Variables(Arc<BTreeMap<String, String>>);

impl Variables {
    /// The variables of this process. Those that are not UTF-8 are left out.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
    pub fn of_process() -> Self {
        std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect()
    }

    /// The value of a variable that is set and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.trim().is_empty())
    }

    /// The first of these variables that is set, with its name.
    pub fn first<'a>(&self, names: &[&'a str]) -> Option<(&'a str, &str)> {
        names.iter().find_map(|name| Some((*name, self.get(name)?)))
    }

    /// The same variables but these.
    #[must_use]
    pub fn without(&self, names: &[&str]) -> Self {
        self.0
            .iter()
            .filter(|(name, _)| !names.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }

    /// Says whether a variable is set to something that means yes.
    pub fn is_on(&self, name: &str) -> bool {
        self.get(name)
            .is_some_and(|value| !matches!(&*value.trim().to_ascii_lowercase(), "0" | "false" | "no" | "off"))
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Variables {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Self(Arc::new(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect()))
    }
}

impl std::fmt::Debug for Variables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Every variable that this crate itself defines, with what it does.
pub mod names {
    /// An API Access Token to use as it is.
    pub const API_TOKEN: &str = "CARTO_API_TOKEN";
    /// The API base URL of the account.
    pub const API_BASE_URL: &str = "CARTO_API_BASE_URL";
    /// The client id of a machine-to-machine client.
    pub const M2M_CLIENT_ID: &str = "CARTO_M2M_CLIENT_ID";
    /// The client secret of a machine-to-machine client.
    pub const M2M_CLIENT_SECRET: &str = "CARTO_M2M_CLIENT_SECRET";
    /// The path of a credentials file.
    pub const CREDENTIALS_FILE: &str = "CARTO_CREDENTIALS_FILE";
    /// The profile of `config.toml` to use.
    pub const PROFILE: &str = "CARTO_PROFILE";
    /// The authorization server.
    pub const AUTH_URL: &str = "CARTO_AUTH_URL";
    /// The API that tokens are asked for.
    pub const AUDIENCE: &str = "CARTO_AUTH_AUDIENCE";
    /// The public client that people sign in through.
    pub const CLIENT_ID: &str = "CARTO_AUTH_CLIENT_ID";
    /// Where the browser is sent after a sign-in on this machine.
    pub const REDIRECT_URI: &str = "CARTO_AUTH_REDIRECT_URI";
    /// The page that shows the code to be copied.
    pub const PASTE_REDIRECT_URI: &str = "CARTO_AUTH_PASTE_REDIRECT_URI";
    /// Where the account of a token is looked up.
    pub const ACCOUNTS_URL: &str = "CARTO_ACCOUNTS_URL";
    /// The folder that tokens are kept in.
    pub const CACHE_DIR: &str = "CARTO_AUTH_CACHE_DIR";
    /// The store that tokens are kept in: `file`, `memory` or the address of a Redis.
    pub const STORE: &str = "CARTO_AUTH_STORE";
    /// Whether refresh tokens rest in the keyring of the system: `auto` or `off`.
    pub const KEYRING: &str = "CARTO_AUTH_KEYRING";
    /// How many seconds a person has to sign in.
    pub const LOGIN_TIMEOUT: &str = "CARTO_AUTH_LOGIN_TIMEOUT";
    /// The organization to sign in to.
    pub const ORGANIZATION: &str = "CARTO_AUTH_ORG";
    /// The scopes to ask for, separated by spaces.
    pub const SCOPES: &str = "CARTO_AUTH_SCOPES";
    /// Set to anything but `0`, `false`, `no` or `off`: never ask a person.
    pub const NON_INTERACTIVE: &str = "CARTO_AUTH_NON_INTERACTIVE";

    /// Set to anything but `0`, `false`, `no` or `off`: a credentials file that others can open is refused.
    pub const STRICT_FILES: &str = "CARTO_AUTH_STRICT_FILES";

    /// All of them, with a line for people.
    pub const ALL: [(&str, &str); 20] = [
        (API_TOKEN, "an API Access Token to use as it is"),
        (API_BASE_URL, "the API base URL of the account"),
        (M2M_CLIENT_ID, "the client id of a machine-to-machine client"),
        (M2M_CLIENT_SECRET, "the client secret of a machine-to-machine client"),
        (CREDENTIALS_FILE, "the path of a credentials file"),
        (PROFILE, "the profile of `config.toml` to use"),
        (AUTH_URL, "the authorization server"),
        (AUDIENCE, "the API that tokens are asked for"),
        (CLIENT_ID, "the public client that people sign in through"),
        (REDIRECT_URI, "where the browser is sent after a sign-in on this machine"),
        (PASTE_REDIRECT_URI, "the page that shows the code to be copied"),
        (ACCOUNTS_URL, "where the account of a token is looked up"),
        (CACHE_DIR, "the folder that tokens are kept in"),
        (STORE, "the store that tokens are kept in: `file`, `memory` or `redis://host:port/db`"),
        (KEYRING, "whether refresh tokens rest in the system's keyring: `auto` or `off`"),
        (LOGIN_TIMEOUT, "how many seconds a person has to sign in"),
        (ORGANIZATION, "the organization to sign in to"),
        (SCOPES, "the scopes to ask for, separated by spaces"),
        (NON_INTERACTIVE, "never ask a person"),
        (STRICT_FILES, "refuse a credentials file that others can open"),
    ];
}
