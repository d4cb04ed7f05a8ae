//! `/v3/tokens`: API Access Tokens, which open a part of an account until they are deleted.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::bearer;
use crate::world::World;
use crate::{Answer, Recorded, random};

/// The API Access Tokens of all accounts.
#[derive(Default)]
pub(crate) struct ApiTokens {
    by_text: BTreeMap<String, ApiToken>,
}

/// One API Access Token.
#[derive(Clone)]
pub(crate) struct ApiToken {
    account_id: &'static str,
    fields: Value,
    expires: Option<Timestamp>,
}

impl ApiTokens {
    pub(crate) fn get(&self, text: &str) -> Option<&ApiToken> {
        self.by_text.get(text)
    }

    pub(crate) fn issue_default(&mut self, account_id: &'static str) -> String {
        let grants = json!([{"connection_name": "carto_dw", "source": "SELECT 1"}]);
        let fields = json!({"name": "default", "grants": grants, "allowed_apis": ["sql", "maps"]});
        self.issue(account_id, fields, None)["token"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn revoke_all(&mut self) {
        self.by_text.clear();
    }

    /// Makes a token and returns its fields, the token itself among them.
    fn issue(&mut self, account_id: &'static str, mut fields: Value, expires: Option<Timestamp>) -> Value {
        let text = random::secret("token");
        fields["token"] = text.clone().into();
        self.by_text.insert(text, ApiToken { account_id, fields: fields.clone(), expires });
        fields
    }
}

impl ApiToken {
    pub(crate) fn has_expired(&self) -> bool {
        self.expires.is_some_and(|expires| expires <= Timestamp::now())
    }

    pub(crate) fn allows(&self, api: &str, connection: &str) -> bool {
        let list = |name: &str| self.fields[name].as_array().cloned().unwrap_or_default();
        list("allowed_apis").iter().any(|allowed| allowed == api)
            && list("grants").iter().any(|grant| grant["connection_name"] == connection)
    }

    /// A token without referers is good everywhere.
    pub(crate) fn accepts_referer(&self, referer: Option<&str>) -> bool {
        let allowed = self.fields["referers"].as_array().map_or(&[][..], Vec::as_slice);
        let matches = |allowed: &Value| {
            allowed
                .as_str()
                .is_some_and(|allowed| referer.is_some_and(|referer| referer.starts_with(allowed)))
        };
        allowed.is_empty() || allowed.iter().any(matches)
    }
}

/// `GET` and `POST /v3/tokens`
pub(crate) fn tokens(world: &World, request: &Recorded) -> Answer {
    let account_id = match bearer::account(world, request) {
        Ok(subject) => subject.person.account_id,
        Err(refusal) => return refusal,
    };
    let all = &mut world.state().api_tokens;
    if request.method == "GET" {
        let own = all.by_text.values().filter(|token| token.account_id == account_id);
        return Answer::json(200, &own.map(|token| token.fields.clone()).collect());
    }
    match read(request) {
        Ok((fields, expires)) => Answer::json(200, &all.issue(account_id, fields, expires)),
        Err(why) => Answer::json(400, &json!({"error": "Bad request", "description": why, "status": 400})),
    }
}

/// `GET` and `DELETE /v3/tokens/{token}`
pub(crate) fn token(world: &World, request: &Recorded) -> Answer {
    let account_id = match bearer::account(world, request) {
        Ok(subject) => subject.person.account_id,
        Err(refusal) => return refusal,
    };
    let text = request.path.rsplit('/').next().unwrap_or_default();
    let all = &mut world.state().api_tokens.by_text;
    match all.get(text) {
        Some(token) if token.account_id == account_id && request.method == "DELETE" => {
            all.remove(text);
            Answer::empty(204)
        }
        Some(token) if token.account_id == account_id => Answer::json(200, &token.fields),
        _ => Answer::api_error(404, "Token not found"),
    }
}

fn read(request: &Recorded) -> Result<(Value, Option<Timestamp>), String> {
    let Some(Value::Object(asked)) = request.json() else {
        return Err("the body must be a JSON object".to_owned());
    };
    if let Some(name) = asked.keys().find(|name| !FIELDS.contains(&name.as_str())) {
        return Err(format!("unknown field `{name}`, expected one of {}", FIELDS.join(", ")));
    }
    for name in ["grants", "allowed_apis"] {
        if asked.get(name).and_then(Value::as_array).is_none_or(Vec::is_empty) {
            return Err(format!("`{name}` must be a list with at least one item"));
        }
    }
    let expires = match asked.get("expiration_date") {
        None | Some(Value::Null) => None,
        Some(date) => {
            let parsed = date.as_str().and_then(|date| date.parse::<Timestamp>().ok());
            Some(parsed.ok_or("`expiration_date` must be a time such as 2030-01-31T12:00:00Z")?)
        }
    };
    Ok((Value::Object(asked), expires))
}

const FIELDS: [&str; 5] = ["grants", "allowed_apis", "referers", "expiration_date", "name"];
