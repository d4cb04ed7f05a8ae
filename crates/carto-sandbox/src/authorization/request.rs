//! What a client asks of `/authorize`, checked.

use std::collections::HashSet;

use url::{Host, Url};

use crate::people::{AUDIENCE, ORGANIZATION};
use crate::world::World;
use crate::{Answer, OfflineScope, PUBLIC_CLIENT_ID, Recorded, pages};

/// A request that may be answered with a code.
#[derive(Clone)]
pub(crate) struct AuthorizationRequest {
    pub(crate) redirect: Redirect,
    pub(crate) code_challenge: String,
    pub(crate) scope: Option<String>,
    pub(crate) organization: Option<String>,
    pub(crate) prompt: Option<String>,
}

/// Where the answer goes.
#[derive(Clone)]
pub(crate) struct Redirect {
    /// The redirect URI as the client wrote it.
    pub(crate) uri: String,
    state: Option<String>,
    issuer: Option<String>,
}

impl AuthorizationRequest {
    /// # Errors
    ///
    /// The answer to give instead: a page as long as nothing says where a redirect may go.
    pub(crate) fn read(world: &World, request: &Recorded) -> Result<Self, Answer> {
        let pairs = request.query_pairs();
        let value = |name: &str| request.in_query(name);
        let mut names = HashSet::new();
        if let Some((name, _)) = pairs.iter().find(|(name, _)| !names.insert(name)) {
            return Err(pages::refusal(&format!("the parameter `{name}` occurs twice")));
        }
        match value("client_id") {
            None => return Err(pages::refusal("missing required parameter: client_id")),
            Some(id) if id != PUBLIC_CLIENT_ID => {
                return Err(pages::refusal(&format!("unknown client: {id}")));
            }
            Some(_) => {}
        }
        let uri = value("redirect_uri")
            .ok_or_else(|| pages::refusal("missing required parameter: redirect_uri"))?;
        if uri != format!("{}/auth/token", world.url) && !is_loopback(&uri) {
            return Err(pages::refusal(&format!(
                "callback URL mismatch: {uri} is not registered for this client"
            )));
        }
        let issuer = world.settings.issuer_in_answer.then(|| world.issuer());
        let redirect = Redirect { uri, state: value("state"), issuer };
        let (Some(response_type), Some(code_challenge)) = (value("response_type"), value("code_challenge"))
        else {
            return Err(redirect
                .error("invalid_request", "Missing required parameter: response_type, code_challenge"));
        };
        let scope = value("scope");
        let asks_offline =
            scope.as_deref().is_some_and(|scope| scope.split(' ').any(|one| one == "offline_access"));
        let refuse = |error, description: &str| Err(redirect.error(error, description));
        if redirect.state.is_none() {
            return refuse("invalid_request", "Missing required parameter: state");
        }
        if response_type != "code" {
            return refuse(
                "unsupported_response_type",
                &format!("Unsupported response type: {response_type}"),
            );
        }
        if value("code_challenge_method").as_deref() != Some("S256") || !is_challenge(&code_challenge) {
            return refuse("invalid_request", "code_challenge must be an S256 challenge of 43 characters");
        }
        if value("audience").as_deref() != Some(AUDIENCE) {
            return refuse(
                "access_denied",
                &format!("Service not found: {}", value("audience").unwrap_or_default()),
            );
        }
        if scope.as_deref() == Some("None") {
            return refuse("invalid_scope", "`None` is no scope: leave the parameter out");
        }
        if asks_offline && world.settings.offline_scope == OfflineScope::Refused {
            return refuse("invalid_scope", "offline_access is not allowed for this client");
        }
        let organization = value("organization");
        if organization.as_deref().is_some_and(|organization| organization != ORGANIZATION) {
            return refuse("invalid_request", "parameter organization is invalid: no such organization");
        }
        let prompt = value("prompt");
        Ok(Self { redirect, code_challenge, scope, organization, prompt })
    }
}

impl Redirect {
    pub(crate) fn code(&self, code: &str) -> Answer {
        self.to(&[("code", code)])
    }

    pub(crate) fn error(&self, error: &str, description: &str) -> Answer {
        self.to(&[("error", error), ("error_description", description)])
    }

    /// The origin, for a policy that says where the page's form may lead.
    pub(crate) fn origin(&self) -> Option<String> {
        match Url::parse(&self.uri).ok()?.host()? {
            // The grammar of Content-Security-Policy has no IPv6 literals.
            Host::Ipv6(_) => Some("http:".to_owned()),
            _ => Some(Url::parse(&self.uri).ok()?.origin().ascii_serialization()),
        }
    }

    fn to(&self, answer: &[(&str, &str)]) -> Answer {
        let Ok(mut url) = Url::parse(&self.uri) else {
            return pages::refusal("callback URL mismatch");
        };
        let state = self.state.as_deref().map(|state| ("state", state));
        let issuer = self.issuer.as_deref().map(|issuer| ("iss", issuer));
        url.query_pairs_mut().extend_pairs(answer).extend_pairs(state).extend_pairs(issuer);
        Answer::see_other(url.as_str()).header("cache-control", "no-store")
    }
}

/// Any port and path of this computer, because a native app takes the port that is free (RFC 8252,
/// section 7.3).
fn is_loopback(uri: &str) -> bool {
    let Ok(url) = Url::parse(uri) else { return false };
    let host = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    host && url.scheme() == "http"
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none()
}

/// RFC 7636, section 4.2: a SHA-256 in URL-safe base64 has 43 characters.
fn is_challenge(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}
