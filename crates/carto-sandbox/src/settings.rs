//! What a sandbox is told before it starts.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

/// How a sandbox behaves; the defaults are CARTO's behaviour where it is known.
///
/// ```
/// use carto_sandbox::{Settings, SignIn};
///
/// let settings = Settings { sign_in: SignIn::Automatic, ..Settings::default() };
/// assert!(settings.refresh_tokens);
/// ```
#[derive(Clone, Debug)]
pub struct Settings {
    /// The address to listen on. Anything but loopback is refused.
    pub address: IpAddr,
    /// The port to listen on; 0 takes any free one.
    pub port: u16,
    /// Whether a person meets the login page.
    pub sign_in: SignIn,
    /// How long an access token lives.
    pub token_life: Duration,
    /// How long an authorization code lives.
    pub code_life: Duration,
    /// Whether a refresh token is given to those who ask for `offline_access`.
    pub refresh_tokens: bool,
    /// Whether `offline_access` may be asked for at all.
    pub offline_scope: OfflineScope,
    /// Whether authorization answers carry `iss` and the metadata says so (RFC 9207).
    pub issuer_in_answer: bool,
    /// The path before `/v3`: empty as in CARTO's cloud, `/api` as in a self-hosted one.
    pub api_path: String,
    /// What `/accounts` names as the tenant's domain; `None` is the sandbox itself.
    pub tenant_domain: Option<String>,
    /// How many tokens each machine-to-machine client gets in an hour, from its first one on; `None` counts nothing.
    pub m2m_tokens_per_hour: Option<u32>,
    /// How many it gets in a day, likewise.
    pub m2m_tokens_per_day: Option<u32>,
}

/// Whether a person meets the login page.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SignIn {
    /// A page asks who signs in.
    Page,
    /// The first demo person is signed in without a page, unless `prompt=login` asks for one.
    Automatic,
}

/// What becomes of a request for `offline_access`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OfflineScope {
    /// It may be asked for.
    Allowed,
    /// Asking for it ends in `invalid_scope`.
    Refused,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            sign_in: SignIn::Page,
            token_life: Duration::from_secs(86_400),
            code_life: Duration::from_secs(60),
            refresh_tokens: true,
            offline_scope: OfflineScope::Allowed,
            issuer_in_answer: true,
            api_path: String::new(),
            tenant_domain: None,
            m2m_tokens_per_hour: None,
            m2m_tokens_per_day: None,
        }
    }
}
