//! All that one sandbox knows, shared by its handle and its server.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::access_token::AccessTokens;
use crate::api::ApiTokens;
use crate::authorization::{Codes, Transactions};
use crate::clients::Clients;
use crate::ledger::Ledger;
use crate::plan::Plan;
use crate::quota::Quotas;
use crate::refresh_token::RefreshTokens;
use crate::{Settings, random};

pub(crate) struct World {
    pub(crate) settings: Settings,
    /// `http://127.0.0.1:PORT`, without a final slash.
    pub(crate) url: String,
    /// Tells this instance from another on the same port; no secret.
    pub(crate) instance: String,
    /// Whoever knows it may end this instance, or plan its faults.
    pub(crate) control_token: String,
    pub(crate) stopping: watch::Sender<bool>,
    ledger: Mutex<Ledger>,
    plan: Mutex<Plan>,
    state: Mutex<State>,
}

/// What changes as people sign in and tokens are given out.
pub(crate) struct State {
    pub(crate) clients: Clients,
    pub(crate) transactions: Transactions,
    pub(crate) codes: Codes,
    pub(crate) access: AccessTokens,
    pub(crate) refresh: RefreshTokens,
    pub(crate) api_tokens: ApiTokens,
    pub(crate) quotas: Quotas,
}

impl State {
    pub(crate) fn revoke_everything(&mut self) {
        self.access.revoke_all();
        self.refresh.revoke_all();
        self.api_tokens.revoke_all();
    }
}

impl World {
    pub(crate) fn new(settings: Settings, url: String) -> Self {
        Self {
            settings,
            url,
            instance: random::secret("instance"),
            control_token: random::secret("control"),
            stopping: watch::Sender::new(false),
            ledger: Mutex::default(),
            plan: Mutex::default(),
            state: Mutex::new(State {
                clients: Clients::new(),
                transactions: Transactions::default(),
                codes: Codes::default(),
                access: AccessTokens::default(),
                refresh: RefreshTokens::default(),
                api_tokens: ApiTokens::default(),
                quotas: Quotas::default(),
            }),
        }
    }

    /// The issuer, which ends in a slash as Auth0's does.
    pub(crate) fn issuer(&self) -> String {
        format!("{}/", self.url)
    }

    /// What `config.yaml` names as the API's base.
    pub(crate) fn api_base_url(&self) -> String {
        format!("{}{}", self.url, self.settings.api_path)
    }

    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        lock(&self.ledger)
    }

    pub(crate) fn plan(&self) -> MutexGuard<'_, Plan> {
        lock(&self.plan)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

/// A test that panicked elsewhere must not hide behind a poisoned lock.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
