//! Who asks, by the token in the `Authorization` header.

use crate::access_token::{Stale, Subject};
use crate::api::tokens::ApiToken;
use crate::world::World;
use crate::{Answer, Recorded};

/// What a token opens.
pub(crate) enum Caller {
    /// A person or a machine, by OAuth: everything in their account.
    Account(Subject),
    /// An API Access Token: only what it was made for.
    Token(ApiToken),
}

/// Whoever asks, by a token of either kind.
pub(crate) fn any_caller(world: &World, request: &Recorded) -> Result<Caller, Answer> {
    let token = request.bearer().ok_or_else(|| Answer::api_error(401, "Token not defined"))?;
    let state = world.state();
    if let Some(token) = state.api_tokens.get(token) {
        if token.has_expired() {
            return Err(Answer::api_error(401, "Token expired"));
        }
        return Ok(Caller::Token(token.clone()));
    }
    match state.access.check(token) {
        Ok(subject) => Ok(Caller::Account(subject.clone())),
        Err(Stale::Unknown) => Err(Answer::api_error(401, "Invalid token")),
        Err(Stale::Expired) => Err(Answer::api_error(401, "Token expired")),
    }
}

/// Whoever asks, by OAuth.
pub(crate) fn account(world: &World, request: &Recorded) -> Result<Subject, Answer> {
    match any_caller(world, request)? {
        Caller::Account(subject) => Ok(subject),
        Caller::Token(_) => Err(forbidden()),
    }
}

pub(crate) fn forbidden() -> Answer {
    Answer::api_error(403, "You don't have permissions to read this resource")
}
