//! `/accounts`, `/users/me` and `config.yaml`: how a client finds its API.

use serde_json::json;

use super::bearer;
use crate::world::World;
use crate::{Answer, Recorded};

/// `GET /accounts`
pub(crate) fn accounts(world: &World, request: &Recorded) -> Answer {
    let subject = match bearer::account(world, request) {
        Ok(subject) => subject,
        Err(refusal) => return refusal,
    };
    let own = world.url.trim_start_matches("http://");
    let tenant_domain = world.settings.tenant_domain.as_deref().unwrap_or(own);
    Answer::json(
        200,
        &json!({
            "account_id": subject.person.account_id,
            "name": format!("{}'s sandbox account", subject.person.name),
            "tenant_id": "sandbox",
            "tenant_domain": tenant_domain,
        }),
    )
}

/// `GET /users/me`
pub(crate) fn me(world: &World, request: &Recorded) -> Answer {
    let person = match bearer::account(world, request) {
        Ok(subject) => subject.person,
        Err(refusal) => return refusal,
    };
    Answer::json(
        200,
        &json!({
            "user_id": person.user_id,
            "name": person.name,
            "email": person.email,
            "account_id": person.account_id,
        }),
    )
}

/// `GET /config.yaml`
pub(crate) fn config(world: &World) -> Answer {
    let base = world.api_base_url();
    let yaml = format!("# The sandbox of carto-auth; this is not CARTO.\napis:\n  baseUrl: \"{base}\"\n");
    Answer::new(200, "text/yaml; charset=utf-8", yaml)
}
