//! `/v3/connections`: what an account is connected to.

use serde_json::json;

use super::bearer;
use crate::world::World;
use crate::{Answer, Recorded, random};

/// The connections of every account, as name and provider.
pub(super) const CONNECTIONS: [(&str, &str); 2] =
    [("carto_dw", "carto_dw"), ("sandbox-postgres", "postgres")];

/// `GET /v3/connections`
pub(crate) fn connections(world: &World, request: &Recorded) -> Answer {
    if let Err(refusal) = bearer::account(world, request) {
        return refusal;
    }
    let list: Vec<_> = CONNECTIONS
        .iter()
        .map(|(name, provider)| json!({"id": format!("sandbox-connection-{name}"), "name": name, "provider_id": provider}))
        .collect();
    Answer::json(200, &json!(list))
}

/// `GET /v3/connections/carto-dw/token`: a fresh Google token, without a word on how long it lives.
pub(crate) fn warehouse_token(world: &World, request: &Recorded) -> Answer {
    match bearer::account(world, request) {
        Ok(subject) => {
            let account = subject.person.account_id.trim_start_matches("ac_sandbox_");
            let project = format!("sandbox-carto-dw-ac-{account}");
            let token = format!("sandbox-ya29.{}", random::bits());
            Answer::json(200, &json!({"projectId": project, "token": token}))
        }
        Err(refusal) => refusal,
    }
}
