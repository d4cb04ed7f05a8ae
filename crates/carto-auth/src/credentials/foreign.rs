//! Other programs' JSON, recognised by its shape.

use serde_json::Value;

use super::syntax::Object;

/// A file that belongs to something else, and what to do instead of giving it to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Foreign {
    pub(super) what: &'static str,
    pub(super) hint: &'static str,
}

impl Foreign {
    /// What the file is, if it is one that people mistake for a credentials file.
    pub(super) fn recognise(object: &Object) -> Option<Self> {
        let has = |key: &str| object.iter().any(|(name, _)| name == key);
        let text = |key: &str| value(object, key).and_then(Value::as_str);
        let nested = |key: &str| value(object, key).is_some_and(Value::is_object);
        match text("type").map(str::to_ascii_lowercase).as_deref() {
            Some("service_account") => return Some(SERVICE_ACCOUNT),
            Some("authorized_user" | "external_account" | "impersonated_service_account") => {
                return Some(GOOGLE_DEFAULT);
            }
            Some("spa" | "native" | "regular_web" | "oauth" | "web") => return Some(OTHER_CLIENT),
            _ => {}
        }
        if has("private_key") && has("client_email") {
            return Some(SERVICE_ACCOUNT);
        }
        if nested("installed") || nested("web") {
            return Some(GOOGLE_CLIENT);
        }
        if has("current_profile") || nested("profiles") {
            return Some(CARTO_CLI);
        }
        if has("client_secret") || has("clientSecret") {
            return None;
        }
        if has("access_token") {
            return Some(STORED_TOKEN);
        }
        // The CLI's file was flat once; CARTO answers `POST /v3/tokens` with `token` as well.
        if has("token") {
            return Some(if has("tenant_id") || has("tenant_domain") { CARTO_CLI } else { API_TOKEN });
        }
        None
    }

    /// Says whether a complete file is refused for it all the same.
    pub(super) fn is_another_kind(self) -> bool {
        [SERVICE_ACCOUNT, GOOGLE_DEFAULT, OTHER_CLIENT].contains(&self)
    }
}

fn value<'a>(object: &'a Object, key: &str) -> Option<&'a Value> {
    object.iter().find(|(name, _)| name == key).map(|(_, value)| value)
}

const SERVICE_ACCOUNT: Foreign = Foreign {
    what: "a service account key of Google",
    hint: "it signs in to Google, not to CARTO; create a machine-to-machine client in CARTO's Workspace: Developers > Credentials > M2M OAuth Client",
};
const GOOGLE_DEFAULT: Foreign = Foreign {
    what: "a file of Google's application default credentials",
    hint: "it signs in to Google, not to CARTO; create a machine-to-machine client in CARTO's Workspace: Developers > Credentials > M2M OAuth Client",
};
const GOOGLE_CLIENT: Foreign = Foreign {
    what: "an OAuth client of Google",
    hint: "it signs in to Google, not to CARTO; create a machine-to-machine client in CARTO's Workspace: Developers > Credentials > M2M OAuth Client",
};
const OTHER_CLIENT: Foreign = Foreign {
    what: "a client that signs people in, by its `type`",
    hint: "create a machine-to-machine client in CARTO's Workspace: Developers > Credentials > M2M OAuth Client",
};
const CARTO_CLI: Foreign = Foreign {
    what: "the file of CARTO's own command `carto`, which holds a person's token",
    hint: "a person signs in with `carto-auth login`; a job needs a file with `api_base_url`, `client_id` and `client_secret`",
};
const STORED_TOKEN: Foreign = Foreign {
    what: "a stored token, which ends soon, and no credentials",
    hint: "give the file that the token was won with: one with `api_base_url`, `client_id` and `client_secret`",
};
const API_TOKEN: Foreign = Foreign {
    what: "an API Access Token and no client",
    hint: "put the token itself in `CARTO_API_TOKEN`, or pipe it to `carto-auth --token -`",
};
