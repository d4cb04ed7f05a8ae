//! Who is signed in, as Python sees it.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};

use crate::allowance::{Allowance, allowances};

/// Who is signed in, where, and for how long. It holds no secret.
///
/// `expires_at` is in seconds since 1970 (UTC), `time_left` in seconds from now; both are `None` for a token that
/// never ends, or where there is none. What the token says of its owner is not verified, and only for people to read.
#[pyclass(frozen, get_all, eq, hash, module = "carto_auth._native")]
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct Status {
    /// What is signed in with: `person`, `m2m` or `token`.
    kind: String,
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
    /// Where the refresh token rests.
    refresh_location: Option<String>,
    /// How many tokens there may still be, where CARTO said so and it still counts.
    quota: Vec<Allowance>,
    /// What is not as it should be, though it may work.
    warnings: Vec<String>,
}

#[pymethods]
impl Status {
    #[new]
    #[pyo3(signature = (*, kind, profile, signed_in, email = None, account_id = None, organization = None,
        api_base_url = None, expires_at = None, time_left = None, renews = false, scope = None, location = None,
        refresh_location = None, quota = Vec::new(), warnings = Vec::new()),
        text_signature = "(*, kind, profile, signed_in, email=None, account_id=None, organization=None, \
                          api_base_url=None, expires_at=None, time_left=None, renews=False, scope=None, location=None, \
                          refresh_location=None, quota=[], warnings=[])")]
    #[expect(clippy::too_many_arguments, reason = "by name, one for each attribute")]
    fn new(
        kind: String,
        profile: String,
        signed_in: bool,
        email: Option<String>,
        account_id: Option<String>,
        organization: Option<String>,
        api_base_url: Option<String>,
        expires_at: Option<i64>,
        time_left: Option<i64>,
        renews: bool,
        scope: Option<String>,
        location: Option<String>,
        refresh_location: Option<String>,
        quota: Vec<Allowance>,
        warnings: Vec<String>,
    ) -> Self {
        Self {
            kind,
            profile,
            signed_in,
            email,
            account_id,
            organization,
            api_base_url,
            expires_at,
            time_left,
            renews,
            scope,
            location,
            refresh_location,
            quota,
            warnings,
        }
    }

    /// What a pickle or a copy of it is made from, of every protocol.
    #[expect(clippy::type_complexity, reason = "it is what `pickle` takes")]
    fn __reduce__<'py>(
        this: &Bound<'py, Self>,
    ) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyType>, Bound<'py, PyTuple>, Bound<'py, PyDict>))> {
        let values = PyDict::new(this.py());
        for name in ATTRIBUTES {
            values.set_item(name, this.getattr(name)?)?;
        }
        let made_by = this.py().import("copyreg")?.getattr("__newobj_ex__")?;
        Ok((made_by, (this.get_type(), PyTuple::empty(this.py()), values)))
    }

    fn __repr__(&self) -> String {
        let who = self.email.as_deref().or(self.account_id.as_deref());
        let who = who.unwrap_or(if self.signed_in { &self.kind } else { "nobody" });
        format!("<Status of {who}: {}>", if self.signed_in { "signed in" } else { "not signed in" })
    }
}

impl From<carto_auth::Status> for Status {
    fn from(status: carto_auth::Status) -> Self {
        Self {
            kind: status.kind.to_owned(),
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
            refresh_location: status.refresh_location,
            quota: allowances(status.quota.as_ref()),
            warnings: status.warnings,
        }
    }
}

const ATTRIBUTES: [&str; 15] = [
    "kind",
    "profile",
    "signed_in",
    "email",
    "account_id",
    "organization",
    "api_base_url",
    "expires_at",
    "time_left",
    "renews",
    "scope",
    "location",
    "refresh_location",
    "quota",
    "warnings",
];
