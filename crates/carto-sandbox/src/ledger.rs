//! What was asked of the sandbox, and what should not have been.

use std::collections::{HashMap, VecDeque};

use crate::{Recorded, Route};

#[derive(Default)]
pub(crate) struct Ledger {
    counts: HashMap<Route, usize>,
    recorded: VecDeque<Recorded>,
    pub(crate) unplanned: Vec<String>,
    pub(crate) forgiven: bool,
}

impl Ledger {
    pub(crate) fn enter(&mut self, request: Recorded) {
        *self.counts.entry(request.route).or_default() += 1;
        if let Some(breach) = breach(&request) {
            self.object(breach);
        }
        if self.recorded.len() == REMEMBERED {
            self.recorded.pop_front();
        }
        self.recorded.push_back(request);
    }

    /// Notes something that no client should do.
    pub(crate) fn object(&mut self, what: String) {
        if self.unplanned.len() < REMEMBERED {
            self.unplanned.push(what);
        }
    }

    pub(crate) fn count(&self, route: Route) -> usize {
        self.counts.get(&route).copied().unwrap_or(0)
    }

    pub(crate) fn recorded(&self) -> Vec<Recorded> {
        self.recorded.iter().cloned().collect()
    }
}

/// A request is wrong by its shape alone, whatever it is answered.
fn breach(request: &Recorded) -> Option<String> {
    let Recorded { route, method, path, .. } = request;
    if *route == Route::Unknown {
        return Some(format!("{method} {path}: no such route"));
    }
    if request.header("authorization").is_some() && OPEN.contains(route) {
        return Some(format!("{method} {path}: sent a token to a route that needs none"));
    }
    if request.header("authorization").is_some() && request.in_body("client_secret").is_some() {
        return Some(format!("{method} {path}: the client authenticates in two ways"));
    }
    let secret =
        request.query_pairs().into_iter().map(|(name, _)| name).find(|name| SECRET.contains(&name.as_str()));
    secret.map(|name| format!("{method} {path}: `{name}` in the query"))
}

const OPEN: [Route; 9] = [
    Route::Index,
    Route::Favicon,
    Route::Discovery,
    Route::Keys,
    Route::Authorize,
    Route::Decision,
    Route::CodePage,
    Route::SuccessPage,
    Route::Config,
];

const SECRET: [&str; 7] =
    ["access_token", "refresh_token", "client_secret", "code_verifier", "token", "id_token", "password"];

/// A sandbox that runs for days must not grow without end.
const REMEMBERED: usize = 10_000;
