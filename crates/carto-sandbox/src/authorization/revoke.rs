//! `/oauth/revoke`: ends a token (RFC 7009).

use crate::world::World;
use crate::{Answer, Recorded};

/// `POST /oauth/revoke`: a refresh token takes its family with it. An unknown token is no error.
pub(crate) fn revoke(world: &World, request: &Recorded) -> Answer {
    let Some(token) = request.in_body("token") else {
        return Answer::oauth_error(400, "invalid_request", "Missing required parameter: token");
    };
    let mut state = world.state();
    if let Err(refusal) = state.clients.authenticate(request) {
        return refusal;
    }
    state.refresh.revoke(&token);
    state.access.revoke(&token);
    Answer::empty(200)
}
