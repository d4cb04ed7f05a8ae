//! Who is signed in, as Python sees it.

use pyo3::prelude::*;

/// Who is signed in, where, and for how long. It holds no secret.
///
/// `expires_at` is in seconds since 1970 (UTC), `time_left` in seconds from now; both are `None` for a token that
/// never ends, or where there is none. What the token says of its owner is not verified, and only for people to read.
#[pyclass(frozen, get_all, module = "carto_auth._native")]
pub(crate) struct Status {
    /// What is signed in with: `person`, `m2m` or `token`.
    kind: &'static str,
    /// The name of the profile.
    profile: String,
    /// Whether there is a token that can be used, or renewed without a person.
    signed_in: bool,
    /// The person's address.
    email: Option<String>,
    /// The account.
    account_id: Option<String>,
    /// The organization.
    organization: Option<String>,
    /// The base URL of the account's API, where it is known.
    api_base_url: Option<String>,
    /// When the access token ends.
    expires_at: Option<i64>,
    /// How long it lives.
    time_left: Option<i64>,
    /// Whether it renews without a person.
    renews: bool,
    /// The scopes that were granted, where the server said so.
    scope: Option<String>,
    /// Where the token rests.
    location: Option<String>,
    /// What is not as it should be, though it may work.
    warnings: Vec<String>,
}

#[pymethods]
impl Status {
    fn __repr__(&self) -> String {
        let who = self.email.as_deref().or(self.account_id.as_deref());
        let who = who.unwrap_or(if self.signed_in { self.kind } else { "nobody" });
        format!("<Status of {who}: {}>", if self.signed_in { "signed in" } else { "not signed in" })
    }
}

impl From<carto_auth::Status> for Status {
    fn from(status: carto_auth::Status) -> Self {
        Self {
            kind: status.kind,
            profile: status.profile,
            signed_in: status.signed_in,
            email: status.email,
            account_id: status.account_id,
            organization: status.organization,
            api_base_url: status.api_base_url,
            expires_at: status.expires_at,
            time_left: status.time_left,
            renews: status.renews,
            scope: status.scope,
            location: status.location,
            warnings: status.warnings,
        }
    }
}
