//! How many tokens there may still be, as Python sees it.

use carto_auth::Quota;
use pyo3::prelude::*;
use pyo3::types::PyType;

/// How much is left of something that CARTO counts, as it last said so.
///
/// `of` is whose it is: `client`, `organization`, or `rate` for the requests of a short while. `period` is `hour`,
/// `day` or another word of the server's; `resets_at` is in seconds since 1970 (UTC).
#[pyclass(frozen, get_all, eq, hash, from_py_object, module = "carto_auth._native")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Allowance {
    /// Whose it is: `client`, `organization`, or `rate` for the requests of a short while.
    of: String,
    /// What it is counted by: `hour`, `day`, or another word of the server's.
    period: String,
    /// How many are left, where the server said so.
    remaining: Option<u64>,
    /// How many there are in all, where the server said so.
    limit: Option<u64>,
    /// When the count begins anew, in seconds since 1970 (UTC), where the server said so.
    resets_at: Option<i64>,
}

#[pymethods]
impl Allowance {
    #[new]
    #[pyo3(signature = (of, period, remaining = None, limit = None, resets_at = None))]
    fn new(
        of: String,
        period: String,
        remaining: Option<u64>,
        limit: Option<u64>,
        resets_at: Option<i64>,
    ) -> Self {
        Self { of, period, remaining, limit, resets_at }
    }

    /// What a pickle or a copy of it is made from, of every protocol.
    fn __reduce__<'py>(this: &Bound<'py, Self>) -> (Bound<'py, PyType>, Values) {
        let own = this.get();
        (this.get_type(), (own.of.clone(), own.period.clone(), own.remaining, own.limit, own.resets_at))
    }

    fn __repr__(&self) -> String {
        let number = |number: Option<u64>| number.map_or_else(|| "?".to_owned(), |number| number.to_string());
        let (remaining, limit) = (number(self.remaining), number(self.limit));
        format!("<Allowance of {} by {}: {remaining} of {limit} left>", self.of, self.period)
    }
}

/// The arguments that make the same one.
type Values = (String, String, Option<u64>, Option<u64>, Option<i64>);

/// What the server said of its quota, in the order in which it counts.
pub(crate) fn allowances(quota: Option<&Quota>) -> Vec<Allowance> {
    let of = |(of, allowance): (&str, &carto_auth::Allowance)| Allowance {
        of: of.to_owned(),
        period: allowance.period.clone(),
        remaining: allowance.remaining,
        limit: allowance.limit,
        resets_at: allowance.resets_at,
    };
    let rate = quota.and_then(|quota| quota.rate.as_ref()).map(|rate| ("rate", rate));
    quota.into_iter().flat_map(Quota::tokens).chain(rate).map(of).collect()
}
