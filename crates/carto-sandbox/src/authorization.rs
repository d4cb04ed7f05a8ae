//! The authorization server, with Auth0's routes and words.

mod authorize;
mod code;
mod request;
mod revoke;
mod token;

use serde_json::json;

use crate::world::World;
use crate::{Answer, key};

pub(crate) use authorize::{Transactions, authorize, decision};
pub(crate) use code::Codes;
pub(crate) use revoke::revoke;
pub(crate) use token::{PERSON_SCOPE, token};

/// `/.well-known/openid-configuration`
pub(crate) fn discovery(world: &World) -> Answer {
    let url = &world.url;
    let metadata = json!({
        "issuer": world.issuer(),
        "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/oauth/token"),
        "revocation_endpoint": format!("{url}/oauth/revoke"),
        "jwks_uri": format!("{url}/.well-known/jwks.json"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "client_credentials", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none", "client_secret_post", "client_secret_basic"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "authorization_response_iss_parameter_supported": world.settings.issuer_in_answer,
    });
    Answer::json(200, &metadata)
}

/// `/.well-known/jwks.json`
pub(crate) fn keys() -> Answer {
    Answer::json(200, &key::set())
}
