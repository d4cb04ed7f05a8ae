//! How many tokens a machine may still get, as Auth0 counts them.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use crate::{Answer, Settings};

/// What each client has used of its quota.
#[derive(Default)]
pub(crate) struct Quotas {
    used: HashMap<(String, &'static str), Used>,
}

/// A count that begins with the first token and ends with its period.
struct Used {
    tokens: u32,
    ends: SystemTime,
}

impl Quotas {
    /// Takes one token of the client's quota: the value of the header that says what is left, or the refusal of a
    /// client that has none left. `None` where nothing is counted.
    pub(crate) fn take(&mut self, settings: &Settings, client: &str) -> Option<Result<String, Answer>> {
        let now = SystemTime::now();
        let periods = [
            ("per_hour", settings.m2m_tokens_per_hour, HOUR),
            ("per_day", settings.m2m_tokens_per_day, 24 * HOUR),
        ];
        let counted = periods.into_iter().filter_map(|(name, limit, length)| Some((name, limit?, length)));
        let counted: Vec<_> = counted.collect();
        if counted.is_empty() {
            return None;
        }
        for (name, _, length) in &counted {
            let used = self.used.entry((client.to_owned(), name));
            let used = used.or_insert(Used { tokens: 0, ends: now + *length });
            if used.ends <= now {
                *used = Used { tokens: 0, ends: now + *length };
            }
        }
        let of = |name: &'static str| (client.to_owned(), name);
        let is_left = counted
            .iter()
            .all(|(name, limit, _)| self.used.get(&of(name)).is_none_or(|used| used.tokens < *limit));
        let mut buckets = Vec::new();
        for (name, limit, _) in counted {
            let Some(used) = self.used.get_mut(&of(name)) else { continue };
            used.tokens += u32::from(is_left);
            let seconds = used.ends.duration_since(now).unwrap_or_default().as_secs();
            buckets.push(format!("b={name};q={limit};r={};t={seconds}", limit - used.tokens));
        }
        let value = buckets.join(",");
        Some(if is_left {
            Ok(value)
        } else {
            let why = "Global token quota limit reached for the client";
            Err(Answer::oauth_error(429, "too_many_requests", why).header(HEADER, value))
        })
    }
}

/// The header that says what is left of a client's quota.
pub(crate) const HEADER: &str = "auth0-client-quota-limit";

const HOUR: Duration = Duration::from_secs(3_600);
