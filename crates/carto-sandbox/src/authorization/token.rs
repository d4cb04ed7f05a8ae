//! `/oauth/token`: trades codes, secrets and refresh tokens for access tokens.

use std::collections::HashSet;
use std::time::SystemTime;

use serde_json::{Value, json};

use crate::access_token::{Kind, Subject, seconds};
use crate::clients::Client;
use crate::people::{ADA, AUDIENCE};
use crate::world::{State, World};
use crate::{Answer, PUBLIC_CLIENT_ID, Recorded, key, quota};

/// What a person may ask for, and is given when they ask for nothing.
pub(crate) const PERSON_SCOPE: &str = "read:current_user update:current_user read:connections \
    write:connections read:maps write:maps read:account admin:account";

const MACHINE_SCOPE: &str =
    "read:tokens write:tokens read:imports write:imports read:connections write:connections";

/// `POST /oauth/token`
pub(crate) fn token(world: &World, request: &Recorded) -> Answer {
    let answer = grant(world, request).unwrap_or_else(|refusal| refusal);
    let reset = seconds(SystemTime::now()) + 1;
    answer
        .header("cache-control", "no-store")
        .header("x-ratelimit-limit", "100")
        .header("x-ratelimit-remaining", "99")
        .header("x-ratelimit-reset", reset.to_string())
}

fn grant(world: &World, request: &Recorded) -> Result<Answer, Answer> {
    let mut names = HashSet::new();
    if let Some((name, _)) = request.body_pairs().into_iter().find(|(name, _)| !names.insert(name.clone())) {
        return Err(bad(&format!("The parameter {name} occurs twice")));
    }
    let mut state = world.state();
    let client = state.clients.authenticate(request)?;
    let grant_type = need(request, "grant_type")?;
    match (grant_type.as_str(), client) {
        ("authorization_code", Client::Public) => by_code(world, &mut state, request),
        ("refresh_token", Client::Public) => by_refresh_token(world, &mut state, request),
        ("client_credentials", Client::Machine { id }) => by_secret(world, &mut state, request, id),
        ("authorization_code" | "refresh_token" | "client_credentials", _) => {
            let why = format!("Grant type '{grant_type}' not allowed for the client.");
            Err(Answer::oauth_error(403, "unauthorized_client", &why))
        }
        _ => {
            let why = format!("Unsupported grant type: {grant_type}");
            Err(Answer::oauth_error(403, "unsupported_grant_type", &why))
        }
    }
}

fn by_code(world: &World, state: &mut State, request: &Recorded) -> Result<Answer, Answer> {
    let (text, redirect_uri, verifier) =
        (need(request, "code")?, need(request, "redirect_uri")?, need(request, "code_verifier")?);
    let code = state
        .codes
        .redeem(&text, &redirect_uri, &verifier)
        .map_err(|why| Answer::oauth_error(403, "invalid_grant", why))?;
    let offline = code.scope.as_deref().is_some_and(|scope| has(scope, "offline_access"));
    let subject = Subject {
        client_id: PUBLIC_CLIENT_ID.to_owned(),
        kind: Kind::Person,
        person: code.person,
        organization: code.organization,
        scope: granted(code.scope.as_deref(), world.settings.refresh_tokens),
    };
    let refresh = (offline && world.settings.refresh_tokens).then(|| state.refresh.issue(subject.clone()));
    Ok(success(world, state, &subject, refresh))
}

fn by_refresh_token(world: &World, state: &mut State, request: &Recorded) -> Result<Answer, Answer> {
    let (subject, successor) = state
        .refresh
        .rotate(&need(request, "refresh_token")?, PUBLIC_CLIENT_ID)
        .map_err(|_| Answer::oauth_error(403, "invalid_grant", "Unknown or invalid refresh token."))?;
    Ok(success(world, state, &subject, Some(successor)))
}

fn by_secret(world: &World, state: &mut State, request: &Recorded, id: String) -> Result<Answer, Answer> {
    let audience = need(request, "audience")?;
    if audience != AUDIENCE {
        let why = format!("Service not enabled within domain: {audience}");
        return Err(Answer::oauth_error(403, "access_denied", &why));
    }
    let scope = MACHINE_SCOPE.to_owned();
    let subject = Subject { client_id: id, kind: Kind::Machine, person: ADA, organization: None, scope };
    match state.quotas.take(&world.settings, &subject.client_id) {
        None => Ok(success(world, state, &subject, None)),
        Some(Ok(left)) => Ok(success(world, state, &subject, None).header(quota::HEADER, left)),
        Some(Err(refusal)) => Err(refusal),
    }
}

fn success(world: &World, state: &mut State, subject: &Subject, refresh_token: Option<String>) -> Answer {
    let life = world.settings.token_life;
    let mut body = json!({
        "access_token": state.access.issue(&world.issuer(), subject, life),
        "scope": subject.scope,
        "expires_in": life.as_secs(),
        "token_type": "Bearer",
    });
    if let Some(token) = refresh_token {
        body["refresh_token"] = token.into();
    }
    if has(&subject.scope, "openid") {
        body["id_token"] = key::sign(&identity(world, subject)).into();
    }
    Answer::json(200, &body)
}

fn identity(world: &World, subject: &Subject) -> Value {
    let now = seconds(SystemTime::now());
    json!({
        "iss": world.issuer(),
        "sub": subject.person.user_id,
        "aud": subject.client_id,
        "iat": now,
        "exp": now + world.settings.token_life.as_secs(),
        "name": subject.person.name,
        "email": subject.person.email,
        "email_verified": true,
    })
}

/// Auth0 drops what it does not know and says what it granted.
fn granted(asked: Option<&str>, refresh_tokens: bool) -> String {
    let Some(asked) = asked else { return PERSON_SCOPE.to_owned() };
    let known = |one: &&str| match *one {
        "openid" | "profile" | "email" => true,
        "offline_access" => refresh_tokens,
        other => has(PERSON_SCOPE, other),
    };
    let kept: Vec<&str> = asked.split_whitespace().filter(known).collect();
    let names_permission = kept.iter().any(|one| one.contains(':'));
    let default = if names_permission { "" } else { PERSON_SCOPE };
    [default].into_iter().chain(kept).filter(|one| !one.is_empty()).collect::<Vec<_>>().join(" ")
}

fn has(scope: &str, one: &str) -> bool {
    scope.split(' ').any(|own| own == one)
}

fn need(request: &Recorded, name: &str) -> Result<String, Answer> {
    request.in_body(name).ok_or_else(|| bad(&format!("Missing required parameter: {name}")))
}

fn bad(description: &str) -> Answer {
    Answer::oauth_error(400, "invalid_request", description)
}
