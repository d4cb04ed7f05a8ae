//! What a caller sets in code or on the command line.

use std::path::PathBuf;
use std::time::Duration;

use super::{KeyringUse, StorePlace};
use crate::environment::Environment;
use crate::login::Way;

/// Settings that win over variables, profiles and defaults. All of them may be left out.
///
/// ```
/// use carto_auth::Options;
///
/// let options = Options { organization: Some("org_acme".into()), ..Options::default() };
/// assert!(options.profile.is_none());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The profile of `config.toml`. Otherwise `CARTO_PROFILE`, the profile that `carto-auth use` chose,
    /// or `default`.
    pub profile: Option<String>,
    /// Where CARTO is, as a whole: no variable and no profile changes a part of it. Otherwise
    /// `CARTO_AUTH_URL`, `CARTO_AUTH_AUDIENCE`, `CARTO_AUTH_CLIENT_ID`, `CARTO_AUTH_REDIRECT_URI`,
    /// `CARTO_AUTH_PASTE_REDIRECT_URI` and `CARTO_ACCOUNTS_URL`, the profile, or CARTO's public cloud.
    pub environment: Option<Environment>,
    /// The organization to sign in to, as CARTO's support gives it. Otherwise `CARTO_AUTH_ORG`, the
    /// profile, or none. An empty one counts as left out.
    pub organization: Option<String>,
    /// The API base URL of the account. Otherwise the one that comes with explicit credentials,
    /// `CARTO_API_BASE_URL`, the credentials file, the profile, or what CARTO says about the account.
    pub api_base_url: Option<String>,
    /// The scopes to ask for, besides `offline_access`. Otherwise `CARTO_AUTH_SCOPES`, the profile, or
    /// none.
    pub scopes: Option<Vec<String>>,
    /// Whether to ask for a token that renews without a person. Otherwise the profile, or yes.
    pub offline_access: Option<bool>,
    /// The way the person signs in. Otherwise the one that suits the machine.
    pub way: Option<Way>,
    /// How long the person has to sign in: from a second to an hour. Otherwise
    /// `CARTO_AUTH_LOGIN_TIMEOUT` (seconds), the profile, or 5 minutes.
    pub timeout: Option<Duration>,
    /// Whether a person may be asked at all. Otherwise no where `CARTO_AUTH_NON_INTERACTIVE` is set, or
    /// yes.
    pub interactive: Option<bool>,
    /// Whether a browser may open by itself in the middle of somebody's work, when their sign-in has ended, and
    /// one that another process has opened be waited for. Yes by default.
    pub unasked_browser: Option<bool>,
    /// Whether tokens are kept between runs. Yes by default.
    pub use_cache: Option<bool>,
    /// The one file to keep the token in. Otherwise a file of its own in the folder
    /// `CARTO_AUTH_CACHE_DIR`, or `~/.carto-auth`.
    ///
    /// Such a file holds the whole sign-in, so that it can be carried elsewhere: no keyring is used.
    pub cache_file: Option<PathBuf>,
    /// The kind of store to keep tokens in. Otherwise files where `cache_file` names one, `CARTO_AUTH_STORE`,
    /// or files.
    pub store: Option<StorePlace>,
    /// Whether refresh tokens may rest in the keyring of the system. Otherwise `CARTO_AUTH_KEYRING`, or `auto`:
    /// where there is one that works.
    pub keyring: Option<KeyringUse>,
}
