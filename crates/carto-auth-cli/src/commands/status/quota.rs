//! How many tokens there may still be, in words and in JSON.

use carto_auth::{Allowance, Quota};
use serde::Serialize;

use crate::words;

/// What `--json` gives.
#[derive(Serialize)]
pub(super) struct Told {
    told_at: String,
    client: Vec<Count>,
    organization: Vec<Count>,
    rate: Option<Count>,
}

#[derive(Serialize)]
struct Count {
    period: String,
    limit: Option<u64>,
    remaining: Option<u64>,
    resets_at: Option<String>,
}

impl Told {
    pub(super) fn of(quota: &Quota) -> Self {
        Self {
            told_at: words::time(quota.told_at),
            client: quota.client.iter().map(Count::of).collect(),
            organization: quota.organization.iter().map(Count::of).collect(),
            rate: quota.rate.as_ref().map(Count::of),
        }
    }
}

impl Count {
    fn of(allowance: &Allowance) -> Self {
        Self {
            period: allowance.period.clone(),
            limit: allowance.limit,
            remaining: allowance.remaining,
            resets_at: allowance.resets_at.map(words::time),
        }
    }
}

/// A line for each count of tokens. A rate limit of a short while is over before anybody has read it.
pub(super) fn lines(quota: &Quota) -> Vec<String> {
    let line = |(whose, allowance): (&str, &Allowance)| match whose {
        "client" => allowance.to_string(),
        whose => format!("{allowance} (all of the {whose})"),
    };
    quota.tokens().map(line).collect()
}
