//! What an authorization server says of itself (RFC 8414, OpenID Connect Discovery).

use std::time::Duration;

use serde::Deserialize;

use crate::environment::{Environment, secure_url};
use crate::error::Result;
use crate::http::{Call, Sender};

/// The endpoints of an authorization server and the name it goes by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Metadata {
    pub(crate) authorization_endpoint: String,
    pub(crate) token_endpoint: String,
    pub(crate) revocation_endpoint: Option<String>,
    /// The issuer, where the server was heard.
    issuer: Option<String>,
    /// The address the server was configured with.
    configured: String,
    /// Whether the server promises to send `iss` with every redirect (RFC 9207, section 3).
    iss_promised: bool,
}

impl Metadata {
    /// Asks the server; fails while it is silent. One that has nothing to say, or answers for somebody
    /// else, is taken to have Auth0's routes: a sign-in fails with a better word than this one could give.
    pub(crate) async fn read(sender: &Sender, environment: &Environment) -> Result<Self> {
        let assumed = Self::assumed(environment);
        let address = format!("{}/.well-known/openid-configuration", assumed.configured);
        let Ok(url) = secure_url(&address, "metadata URL") else { return Ok(assumed) };
        let answer = match sender.send(Call::get(url).within(PATIENCE)).await {
            Ok(answer) if answer.is_success() => answer,
            Ok(answer) => {
                tracing::debug!(status = answer.status, "the authorization server gives no metadata");
                return Ok(assumed);
            }
            Err(failure) => {
                tracing::debug!(error = %failure.error, "the authorization server's metadata cannot be read");
                return Err(failure.error);
            }
        };
        let read = answer.json::<Document>().and_then(|document| document.checked(&assumed));
        Ok(read.unwrap_or(assumed))
    }

    /// Auth0's routes, as CARTO has them.
    pub(crate) fn assumed(environment: &Environment) -> Self {
        let base = environment.auth_url.trim_end_matches('/').to_owned();
        Self {
            authorization_endpoint: format!("{base}/authorize"),
            token_endpoint: format!("{base}/oauth/token"),
            revocation_endpoint: None,
            issuer: None,
            configured: base,
            iss_promised: false,
        }
    }

    /// Says whether a redirect comes from this server (RFC 9207, section 2.4).
    pub(crate) fn is_issuer(&self, iss: Option<&str>) -> bool {
        match (iss, &self.issuer) {
            (Some(iss), Some(issuer)) => iss == issuer,
            // Auth0's issuer ends in a slash, and the configured address may not.
            (Some(iss), None) => iss.strip_suffix('/').unwrap_or(iss) == self.configured,
            (None, _) => !self.iss_promised,
        }
    }
}

/// The document, as far as a sign-in needs it. Unknown fields are ignored.
#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    #[serde(default)]
    revocation_endpoint: Option<String>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: Option<bool>,
}

impl Document {
    /// A document of another issuer, or one that would send secrets in the clear, is not used
    /// (RFC 8414, section 3.3).
    fn checked(self, assumed: &Metadata) -> Option<Metadata> {
        let same = self.issuer.strip_suffix('/').unwrap_or(&self.issuer) == assumed.configured;
        // Whoever is asked over https does not lead to plain http.
        let encrypted = assumed.configured.starts_with("https:");
        let endpoints = [&self.authorization_endpoint, &self.token_endpoint];
        let is_safe =
            |url: &String| secure_url(url, "endpoint").is_ok_and(|url| url.scheme() == "https" || !encrypted);
        if !same || !endpoints.into_iter().chain(&self.revocation_endpoint).all(is_safe) {
            tracing::warn!(issuer = %crate::error::clean(&self.issuer), "metadata of another issuer is not used");
            return None;
        }
        Some(Metadata {
            authorization_endpoint: self.authorization_endpoint,
            token_endpoint: self.token_endpoint,
            revocation_endpoint: self.revocation_endpoint,
            issuer: Some(self.issuer),
            configured: assumed.configured.clone(),
            iss_promised: self.authorization_response_iss_parameter_supported == Some(true),
        })
    }
}

/// How long a sign-in waits for the metadata before it goes on without.
const PATIENCE: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    fn document(issuer: &str, token_endpoint: &str) -> Document {
        Document {
            issuer: issuer.into(),
            authorization_endpoint: "https://auth.carto.com/authorize".into(),
            token_endpoint: token_endpoint.into(),
            revocation_endpoint: None,
            authorization_response_iss_parameter_supported: Some(true),
        }
    }

    #[test]
    fn an_issuer_is_compared_as_plain_text() {
        let assumed = Metadata::assumed(&Environment::default());
        assert!(assumed.is_issuer(None));
        assert!(assumed.is_issuer(Some("https://auth.carto.com")));
        assert!(assumed.is_issuer(Some("https://auth.carto.com/")));
        assert!(!assumed.is_issuer(Some("https://auth.carto.com//")));
        assert!(!assumed.is_issuer(Some("https://AUTH.carto.com/")));
        let read = document("https://auth.carto.com/", "https://auth.carto.com/oauth/token")
            .checked(&assumed)
            .expect("CARTO's own");
        assert!(read.is_issuer(Some("https://auth.carto.com/")));
        assert!(!read.is_issuer(Some("https://auth.carto.com")));
        assert!(!read.is_issuer(None), "it is promised");
    }

    #[test]
    fn a_document_of_another_issuer_is_not_used() {
        let assumed = Metadata::assumed(&Environment::default());
        assert_eq!(document("https://evil.example/", "https://evil.example/token").checked(&assumed), None);
        assert_eq!(document("https://auth.carto.com/", "http://evil.example/token").checked(&assumed), None);
    }

    #[test]
    fn only_a_server_that_is_asked_in_the_clear_may_have_endpoints_in_the_clear() {
        let here = Environment { auth_url: "http://127.0.0.1:8080".into(), ..Environment::default() };
        let assumed = Metadata::assumed(&here);
        for endpoint in ["http://127.0.0.1:8080/oauth/token", "https://auth.carto.com/oauth/token"] {
            let read = document("http://127.0.0.1:8080/", endpoint).checked(&assumed).expect(endpoint);
            assert_eq!(read.token_endpoint, endpoint);
        }
        assert_eq!(document("http://127.0.0.1:8080/", "http://evil.example/token").checked(&assumed), None);
    }

    #[test]
    fn a_server_that_promises_no_issuer_need_not_send_one() {
        let assumed = Metadata::assumed(&Environment::default());
        for said in [None, Some(false)] {
            let document = Document {
                authorization_response_iss_parameter_supported: said,
                ..document("https://auth.carto.com", "https://auth.carto.com/oauth/token")
            };
            assert!(document.checked(&assumed).expect("CARTO's own").is_issuer(None), "{said:?}");
        }
    }
}
