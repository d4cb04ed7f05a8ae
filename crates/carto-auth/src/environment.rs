//! Where CARTO is: the authorization server, the client this program is there, and the account's APIs.
//!
//! The defaults are CARTO's public cloud. Self-hosted and disconnected installations set the parts that
//! differ, in code, in a profile or by variables; nothing else in this crate knows a host name.

mod address;

pub(crate) use self::address::{base_url, is_loopback, secure_url, shown};

use url::Url;

use crate::error::{Error, ErrorKind, Result};

/// The places and names that a sign-in needs.
///
/// ```
/// use carto_auth::Environment;
///
/// let carto = Environment::default();
/// assert_eq!(carto.auth_url, "https://auth.carto.com");
/// let own = Environment { audience: "my-api".into(), ..Environment::default() };
/// own.check().expect("every other part is CARTO's");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// The authorization server, `https://auth.carto.com`. Its metadata is read from
    /// `/.well-known/openid-configuration`; without it, Auth0's routes are used.
    pub auth_url: String,
    /// The API that tokens are asked for. CARTO accepts no token without it.
    pub audience: String,
    /// The public client that people sign in through (RFC 6749, section 2.1).
    pub client_id: String,
    /// Where the browser is sent after a sign-in on this machine. Port 0 means any free port.
    pub redirect_uri: String,
    /// Where the browser is sent when the code is to be copied: a page that shows it.
    pub paste_redirect_uri: String,
    /// Where the account of a token is looked up.
    pub accounts_url: String,
    /// Hosts that may serve the account's API besides CARTO's own and the tenant's.
    pub api_hosts: Vec<String>,
}

impl Default for Environment {
    fn default() -> Self {
        Self {
            auth_url: "https://auth.carto.com".into(),
            audience: "carto-cloud-native-api".into(),
            client_id: "0dxb8HR3ATXCxJiPOJVHsLoHoAtbRX6u".into(),
            redirect_uri: "http://localhost:10000/callback/".into(),
            paste_redirect_uri: "https://app.carto.com/auth/token".into(),
            accounts_url: "https://accounts.app.carto.com".into(),
            api_hosts: Vec::new(),
        }
    }
}

impl Environment {
    /// Checks every part.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] names the first part that cannot be used, and what would do.
    pub fn check(&self) -> Result<()> {
        self.auth_base()?;
        secure_url(&self.accounts_url, "accounts URL")?;
        secure_url(&self.paste_redirect_uri, "paste redirect URI")?;
        self.loopback_redirect()?;
        for (name, value) in [("audience", &self.audience), ("client id", &self.client_id)] {
            if value.trim().is_empty() {
                return Err(Error::new(ErrorKind::Config, format!("the {name} is empty"))
                    .hint("unset it to use CARTO's own"));
            }
        }
        Ok(())
    }

    /// The authorization server without a slash at the end, ready to take a path.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] when it is not an https URL (http on loopback only).
    pub fn auth_base(&self) -> Result<String> {
        let url = secure_url(&self.auth_url, "authorization server URL")?;
        Ok(url.as_str().trim_end_matches('/').to_owned())
    }

    /// The redirect URI of a sign-in on this machine, as a URL.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] when it is not http on `localhost`, `127.0.0.1` or `[::1]`: a code must not
    /// leave the machine (RFC 8252, section 7.3).
    pub fn loopback_redirect(&self) -> Result<Url> {
        let wrong = |why: &str| {
            Error::new(ErrorKind::Config, format!("the redirect URI `{}` {why}", self.redirect_uri))
                .hint("use one like `http://localhost:10000/callback/`, registered for the client id")
        };
        let url = Url::parse(&self.redirect_uri).map_err(|error| wrong("is no URL").because(error))?;
        let ours = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        if url.scheme() != "http" || !ours {
            return Err(wrong("does not stay on this machine"));
        }
        let user = !url.username().is_empty() || url.password().is_some();
        if url.query().is_some() || url.fragment().is_some() || user {
            return Err(wrong("has more than a host, a port and a path"));
        }
        Ok(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_uri_stays_on_this_machine() {
        let with = |redirect_uri: &str| {
            Environment { redirect_uri: redirect_uri.into(), ..Environment::default() }.check()
        };
        for good in ["http://localhost:10000/callback/", "http://127.0.0.1:0/", "http://[::1]:5000/callback"]
        {
            with(good).expect(good);
        }
        for bad in [
            "https://app.example.com/",
            "http://0.0.0.0:1/",
            "http://localhost.example.com/",
            "callback",
            "http://localhost:1/?next=x",
            "http://me@localhost:1/",
            "http://:pw@localhost:1/",
            "http://127.0.0.2:1/",
            "http://localhost.:1/",
        ] {
            assert_eq!(with(bad).expect_err(bad).kind(), ErrorKind::Config);
        }
    }
}
