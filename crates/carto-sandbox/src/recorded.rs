//! A request as it came.

use std::borrow::Cow;

use serde_json::Value;
use url::form_urlencoded;

use crate::Route;

/// One request that the sandbox received, whole and unredacted: every secret in it is the sandbox's.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Recorded {
    /// What it asked for.
    pub route: Route,
    /// `GET`, `POST` and so on.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The query, without the question mark; empty where there was none.
    pub query: String,
    /// The headers in order, with names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Recorded {
    /// The first header of this name, in whatever case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let same = |(own, _): &&(String, String)| own.eq_ignore_ascii_case(name);
        self.headers.iter().find(same).map(|(_, value)| value.as_str())
    }

    /// The decoded pairs of the query.
    #[must_use]
    pub fn query_pairs(&self) -> Vec<(String, String)> {
        pairs(self.query.as_bytes())
    }

    /// The pairs of the body, which is a form or a JSON object.
    #[must_use]
    pub fn body_pairs(&self) -> Vec<(String, String)> {
        match self.json() {
            Some(Value::Object(object)) => {
                object.into_iter().map(|(name, value)| (name, text(value))).collect()
            }
            _ => pairs(&self.body),
        }
    }

    /// A parameter of the body or else of the query.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<String> {
        self.in_body(name).or_else(|| self.in_query(name))
    }

    /// The secrets in it.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let bearer = |header: &str| header.strip_prefix("Bearer ").map(str::to_owned);
        let sent = SECRETS.iter().filter_map(|name| self.parameter(name));
        sent.chain(self.header("authorization").and_then(bearer)).collect()
    }

    /// The body as JSON, if it says that it is and is.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        let kind = self.header("content-type")?;
        kind.starts_with("application/json").then(|| serde_json::from_slice(&self.body).ok())?
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// A parameter of the query; an empty one is as good as none (RFC 6749, section 3.1).
    pub(crate) fn in_query(&self, name: &str) -> Option<String> {
        find(self.query_pairs(), name)
    }

    /// A parameter of the body; an empty one is as good as none.
    pub(crate) fn in_body(&self, name: &str) -> Option<String> {
        find(self.body_pairs(), name)
    }

    pub(crate) fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    }
}

fn find(pairs: Vec<(String, String)>, name: &str) -> Option<String> {
    pairs.into_iter().find(|(own, value)| own == name && !value.is_empty()).map(|(_, value)| value)
}

fn pairs(encoded: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(encoded).into_owned().collect()
}

fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

/// The parameters that are secret.
const SECRETS: [&str; 5] = ["code", "code_verifier", "client_secret", "refresh_token", "token"];
