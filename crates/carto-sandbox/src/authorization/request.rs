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
        let redirect = Redirect::read(world, request).map_err(|why| pages::refusal(&why))?;
        let asked = Self {
            redirect,
            code_challenge: request.in_query("code_challenge").unwrap_or_default(),
            scope: request.in_query("scope"),
            organization: request.in_query("organization"),
            prompt: request.in_query("prompt"),
        };
        match asked.fault(world, request) {
            Some((error, description)) => Err(asked.redirect.error(error, &description)),
            None => Ok(asked),
        }
    }

    /// What is wrong with it, as an error code and a description.
    fn fault(&self, world: &World, request: &Recorded) -> Option<(&'static str, String)> {
        let missing = ["response_type", "state", "code_challenge", "code_challenge_method"]
            .into_iter()
            .find(|name| request.in_query(name).is_none());
        if let Some(name) = missing {
            return Some(("invalid_request", format!("Missing required parameter: {name}")));
        }
        let value = |name: &str| request.in_query(name).unwrap_or_default();
        let response_type = value("response_type");
        if response_type != "code" {
            return Some((
                "unsupported_response_type",
                format!("Unsupported response type: {response_type}"),
            ));
        }
        if value("code_challenge_method") != "S256" || !is_challenge(&self.code_challenge) {
            let why = "code_challenge must be an S256 challenge of 43 characters";
            return Some(("invalid_request", why.to_owned()));
        }
        let audience = value("audience");
        if audience != AUDIENCE {
            return Some(("access_denied", format!("Service not found: {audience}")));
        }
        let scope = value("scope");
        if scope == "None" {
            return Some(("invalid_scope", "`None` is no scope: leave the parameter out".to_owned()));
        }
        let offline = scope.split(' ').any(|one| one == "offline_access");
        if offline && world.settings.offline_scope == OfflineScope::Refused {
            return Some(("invalid_scope", "offline_access is not allowed for this client".to_owned()));
        }
        if self.organization.as_deref().is_some_and(|organization| organization != ORGANIZATION) {
            return Some((
                "invalid_request",
                "parameter organization is invalid: no such organization".to_owned(),
            ));
        }
        None
    }
}

impl Redirect {
    /// # Errors
    ///
    /// Why nobody can be sent anywhere, in words.
    fn read(world: &World, request: &Recorded) -> Result<Self, String> {
        let mut names = HashSet::new();
        let mut pairs = request.query_pairs().into_iter();
        if let Some((name, _)) = pairs.find(|(name, _)| !names.insert(name.clone())) {
            return Err(format!("the parameter `{name}` occurs twice"));
        }
        let need =
            |name: &str| request.in_query(name).ok_or_else(|| format!("missing required parameter: {name}"));
        let (client_id, uri) = (need("client_id")?, need("redirect_uri")?);
        if client_id != PUBLIC_CLIENT_ID {
            return Err(format!("unknown client: {client_id}"));
        }
        if uri != format!("{}/auth/token", world.url) && !is_loopback(&uri) {
            return Err(format!("callback URL mismatch: {uri} is not registered for this client"));
        }
        let issuer = world.settings.issuer_in_answer.then(|| world.issuer());
        Ok(Self { uri, state: request.in_query("state"), issuer })
    }

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
