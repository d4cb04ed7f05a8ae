//! The applications that may ask for tokens.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use subtle::ConstantTimeEq as _;

use crate::{Answer, Recorded, random};

/// The client that people sign in with. It is public: it has no secret.
pub const PUBLIC_CLIENT_ID: &str = "sandbox-public-client";

pub(crate) const FIRST_MACHINE: &str = "sandbox-m2m-client";

/// The machine-to-machine clients and their secrets.
pub(crate) struct Clients {
    secrets: HashMap<String, String>,
}

/// A client that proved who it is, as far as it can.
pub(crate) enum Client {
    Public,
    Machine { id: String },
}

impl Clients {
    pub(crate) fn new() -> Self {
        Self { secrets: HashMap::from([(FIRST_MACHINE.to_owned(), random::secret("secret"))]) }
    }

    pub(crate) fn secret(&self, id: &str) -> Option<String> {
        self.secrets.get(id).cloned()
    }

    pub(crate) fn add(&mut self) -> (String, String) {
        let id = random::secret("m2m");
        let secret = self.rotate(&id);
        (id, secret)
    }

    /// Gives a client a new secret; the old one is worth nothing from now on.
    pub(crate) fn rotate(&mut self, id: &str) -> String {
        let secret = random::secret("secret");
        self.secrets.insert(id.to_owned(), secret.clone());
        secret
    }

    /// Who sends this request, by `client_id` and `client_secret` in the body or by HTTP Basic.
    pub(crate) fn authenticate(&self, request: &Recorded) -> Result<Client, Answer> {
        let (id, secret) = credentials(request)?;
        if id == PUBLIC_CLIENT_ID {
            return if secret.is_none() { Ok(Client::Public) } else { Err(unauthorized()) };
        }
        let known = self
            .secrets
            .get(&id)
            .ok_or_else(|| Answer::oauth_error(401, "invalid_client", "Client authentication failed"))?;
        let equal = secret.is_some_and(|secret| bool::from(known.as_bytes().ct_eq(secret.as_bytes())));
        if equal { Ok(Client::Machine { id }) } else { Err(unauthorized()) }
    }
}

fn credentials(request: &Recorded) -> Result<(String, Option<String>), Answer> {
    let body_secret = request.in_body("client_secret");
    if let Some(header) = request.header("authorization") {
        if body_secret.is_some() || request.in_body("client_assertion").is_some() {
            let why = "The client must authenticate in one way only, not in the header and in the body";
            return Err(Answer::oauth_error(400, "invalid_request", why));
        }
        let (id, secret) = basic(header).ok_or_else(unauthorized)?;
        return Ok((id, Some(secret)));
    }
    let id = request.in_body("client_id").ok_or_else(|| {
        Answer::oauth_error(400, "invalid_request", "Missing required parameter: client_id")
    })?;
    Ok((id, body_secret))
}

/// RFC 6749, section 2.3.1: both halves are form-encoded before they are joined.
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    let joined = scheme.eq_ignore_ascii_case("basic").then(|| STANDARD.decode(encoded.trim()).ok())??;
    let joined = String::from_utf8(joined).ok()?;
    let (id, secret) = joined.split_once(':')?;
    let decode = |text: &str| {
        let pairs = url::form_urlencoded::parse(text.as_bytes()).next();
        pairs.map_or_else(String::new, |(name, _)| name.into_owned())
    };
    Some((decode(id), decode(secret)))
}

/// What Auth0 says to a wrong secret.
fn unauthorized() -> Answer {
    Answer::oauth_error(401, "access_denied", "Unauthorized")
}
