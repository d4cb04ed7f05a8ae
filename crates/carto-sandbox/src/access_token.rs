//! Access tokens: JSON Web Tokens shaped like CARTO's.
//!
//! The sandbox does not read its own tokens: it remembers which ones it gave out.

use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::people::{AUDIENCE, Person};
use crate::{key, random};

/// For whom a token speaks, and through which client.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    pub(crate) client_id: String,
    pub(crate) kind: Kind,
    /// Whose account it opens: for a machine, its owner's.
    pub(crate) person: Person,
    pub(crate) organization: Option<String>,
    pub(crate) scope: String,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    Person,
    Machine,
}

/// Every access token that was given out.
#[derive(Default)]
pub(crate) struct AccessTokens {
    issued: HashMap<String, Issued>,
}

struct Issued {
    subject: Subject,
    expires: SystemTime,
}

/// Why a token opens nothing.
#[derive(Debug)]
pub(crate) enum Stale {
    Unknown,
    Expired,
}

impl AccessTokens {
    pub(crate) fn issue(&mut self, issuer: &str, subject: &Subject, life: Duration) -> String {
        let now = SystemTime::now();
        let token = key::sign(&claims(issuer, subject, now, life));
        self.issued.insert(token.clone(), Issued { subject: subject.clone(), expires: now + life });
        token
    }

    pub(crate) fn check(&self, token: &str) -> Result<&Subject, Stale> {
        let issued = self.issued.get(token).ok_or(Stale::Unknown)?;
        if issued.expires <= SystemTime::now() { Err(Stale::Expired) } else { Ok(&issued.subject) }
    }

    pub(crate) fn revoke(&mut self, token: &str) {
        self.issued.remove(token);
    }

    pub(crate) fn revoke_all(&mut self) {
        self.issued.clear();
    }

    pub(crate) fn expire_all(&mut self) {
        self.issued.values_mut().for_each(|issued| issued.expires = UNIX_EPOCH);
    }
}

fn claims(issuer: &str, subject: &Subject, now: SystemTime, life: Duration) -> Value {
    let issued_at = seconds(now);
    let mut claims = json!({
        "http://app.carto.com/account_id": subject.person.account_id,
        "http://app.carto.com/email": subject.person.email,
        "iss": issuer,
        "sub": subject.person.user_id,
        "aud": [AUDIENCE, format!("{issuer}userinfo")],
        "iat": issued_at,
        "exp": issued_at + life.as_secs(),
        "scope": subject.scope,
        "azp": subject.client_id,
        "permissions": subject.scope.split(' ').filter(|scope| scope.contains(':')).collect::<Vec<_>>(),
        // Two tokens of one second differ.
        "jti": random::bits(),
    });
    if subject.kind == Kind::Machine {
        claims["sub"] = format!("{}@clients", subject.client_id).into();
        claims["aud"] = AUDIENCE.into();
        claims["gty"] = "client-credentials".into();
    }
    if let Some(organization) = &subject.organization {
        claims["org_id"] = organization.clone().into();
    }
    claims
}

pub(crate) fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
