//! A token that works: remembered, looked up, renewed, or asked of a person.
//!
//! [`Session::token`] is the way of every token. One that outlasts its margin is given without a lock and
//! without I/O. Otherwise one caller at a time looks in the store, waits for the lock that spans
//! processes, looks again, and renews; the others are given the old token while it lives, and else what the one
//! got, or its error.
//!
//! A store that fails never fails a call: the person is warned once, and the token stays in memory.

mod base_url;
mod copies;
mod departure;
mod ending;
mod errand;
mod flight;
mod held;
mod identity;
mod job;
mod keeping;
mod person;
mod quota;
mod refresh;
mod rejection;
mod renewal;
mod rest;
mod sync;
mod turn;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::api::Api;
use crate::error::{Error, Result};
use crate::grant::{Ask, Authority};
use crate::login::Way;
use crate::platform::Platform;
use crate::secret::Secret;
use crate::store::{FileStore, MemoryStore, TokenKey, TokenStore};
use crate::token::{Moment, TokenSet};

pub(crate) use self::departure::Departure;
pub use self::ending::{LoggedOut, Revoked};
pub use self::errand::stop_requests;
pub(crate) use self::flight::Effort;
use self::flight::{Current, Flight};
use self::held::Held;
pub(crate) use self::identity::{Identity, Job, JobCredentials};
pub(crate) use self::keeping::Resting;
use self::keeping::Unkept;
use self::rejection::Rejections;
use self::rest::Rest;

/// The tokens of one person or one job.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) platform: Platform,
    pub(crate) authority: Arc<Authority>,
    pub(crate) api: Api,
    pub(crate) identity: Identity,
    pub(crate) store: Store,
    pub(crate) terms: Terms,
    flight: Flight<Error>,
    current: Current<Held>,
    rejections: Rejections,
    rest: Rest,
    unkept: Unkept,
    warned: AtomicBool,
    /// When it was made, by the clock that counts from the start of the machine.
    opened: Duration,
}

/// Where the tokens of a session rest.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) shared: Arc<dyn TokenStore>,
    /// The same store where it is files, which can be read without waiting for anything.
    pub(crate) files: Option<FileStore>,
    /// What takes its place when it fails.
    pub(crate) memory: MemoryStore,
    /// Whether nothing is to be kept, so that the memory is the store.
    pub(crate) is_memory: bool,
    /// Tokens were to be kept, and there is no folder for them.
    pub(crate) is_homeless: bool,
}

/// Where a token comes from that is to be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// Somebody has just given it, and it counts whatever an API said of it before.
    Won,
    /// It was there before, and may have been rejected since it was looked at.
    Found,
}

/// How a session may ask a person.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    pub(crate) ask: Ask,
    pub(crate) way: Option<Way>,
    pub(crate) timeout: Duration,
    /// Whether a person may be asked at all.
    pub(crate) interactive: bool,
    /// Whether a browser may open by itself in the middle of somebody's work.
    pub(crate) unasked_browser: bool,
    /// The API base URL that was set, and is not looked up.
    pub(crate) api_base_url: Option<String>,
    /// The folder for what only a sign-in needs: its port's lock, a verifier that waits.
    pub(crate) folder: Option<std::path::PathBuf>,
}

impl Session {
    pub(crate) fn new(
        platform: Platform,
        authority: Authority,
        api: Api,
        identity: Identity,
        store: Store,
        terms: Terms,
    ) -> Self {
        let given = identity.given().ok();
        let opened = platform.clock.since_boot();
        let session = Self {
            platform,
            authority: Arc::new(authority),
            api,
            identity,
            store,
            terms,
            flight: Flight::default(),
            current: Current::default(),
            rejections: Rejections::default(),
            rest: Rest::default(),
            unkept: Unkept::default(),
            warned: AtomicBool::new(false),
            opened,
        };
        if let Some(token) = given {
            session.hold(token, Origin::Won);
        }
        session
    }

    /// A token that is accepted now. Never reads what a person types.
    pub(crate) async fn token(self: &Arc<Self>) -> Result<Arc<TokenSet>> {
        match self.remembered() {
            Some(token) => Ok(token),
            None => self.attempt(Effort::Renewal).await,
        }
    }

    /// The access token of [`Session::token`].
    pub(crate) async fn access_token(self: &Arc<Self>) -> Result<Secret> {
        if let Some(held) = self.current.load().as_ref().filter(|held| self.may_be_given(held)) {
            return Ok(held.access_token());
        }
        self.token().await.map(|token| token.access_token.clone())
    }

    /// A token that is accepted now, for which a person may be asked.
    pub(crate) async fn sign_in(self: &Arc<Self>, effort: Effort) -> Result<Arc<TokenSet>> {
        match self.remembered().filter(|_| effort != Effort::AnotherPerson) {
            Some(token) => Ok(token),
            None => self.attempt(effort).await,
        }
    }

    async fn attempt(self: &Arc<Self>, effort: Effort) -> Result<Arc<TokenSet>> {
        let meanwhile = || self.living().filter(|_| effort <= Effort::Use);
        let look = || self.remembered().filter(|_| effort != Effort::AnotherPerson);
        self.flight.attempt(effort, meanwhile, look, || self.obtain(effort)).await
    }

    /// Takes a token over that was just won, here or elsewhere. It is not written to the store.
    pub(crate) fn take_over(&self, token: TokenSet) -> Arc<TokenSet> {
        self.adopt_from(Origin::Won, token)
    }

    /// The token in memory or in files, if it can be used as it is. Waits for nothing.
    pub(crate) fn cached(&self) -> Result<Option<Arc<TokenSet>>> {
        if let Some(token) = self.remembered() {
            return Ok(Some(token));
        }
        let Some(key) = self.identity.key()? else { return self.identity.given().map(Some) };
        let Some(files) = &self.store.files else { return Ok(None) };
        let token = files.read(&key).unwrap_or_else(|error| self.go_on_without(&error));
        Ok(token.filter(|token| self.is_usable(token)).map(|token| self.adopt(token)))
    }

    /// Takes note that an API did not accept the last token: it is not given out again.
    pub(crate) fn invalidate(&self) {
        let held = self.current.load().clone();
        if let Some(held) = held {
            self.rejections.forget();
            self.reject(&held.token.access_token);
        }
    }

    /// Takes note that an API did not accept this token. One that has taken its place meanwhile stays, so
    /// that many who were not accepted cause one renewal.
    pub(crate) fn reject(&self, token: &Secret) {
        self.current.give_up(|held| {
            let is_current = held.is_none_or(|held| held.token.access_token == *token);
            is_current && self.rejections.reject(token, self.platform.clock.since_boot())
        });
    }

    /// The token in memory, if it can be used as it is. Takes no lock.
    pub(crate) fn remembered(&self) -> Option<Arc<TokenSet>> {
        let current = self.current.load();
        current.as_ref().filter(|held| self.may_be_given(held)).map(|held| Arc::clone(&held.token))
    }

    /// Says whether [`Session::remembered`] would give this very token.
    pub(crate) fn is_remembered(&self, token: &Arc<TokenSet>) -> bool {
        let current = self.current.load();
        current.as_ref().is_some_and(|held| Arc::ptr_eq(&held.token, token) && self.may_be_given(held))
    }

    fn may_be_given(&self, held: &Held) -> bool {
        let now = self.platform.clock.since_boot();
        held.is_fresh(now) || (held.is_alive(now) && self.rest.lets_live(now))
    }

    /// The token in memory, if it is accepted still.
    fn living(&self) -> Option<Arc<TokenSet>> {
        let current = self.current.load();
        let held = current.as_ref()?;
        held.is_alive(self.platform.clock.since_boot()).then(|| Arc::clone(&held.token))
    }

    /// What rests in the store, whether it can be used or not.
    pub(crate) async fn stored(&self, key: &TokenKey) -> Option<TokenSet> {
        let token = self.store.shared.load(key).await.unwrap_or_else(|error| self.go_on_without(&error));
        token.inspect(|token| self.unkept.replaced(token))
    }

    /// Uses a token that was found from now on.
    fn adopt(&self, token: TokenSet) -> Arc<TokenSet> {
        self.adopt_from(Origin::Found, token)
    }

    fn adopt_from(&self, origin: Origin, token: TokenSet) -> Arc<TokenSet> {
        let since_boot = self.platform.clock.since_boot();
        self.rejections.replaced(&token.access_token, token.age(&self.moment()), since_boot);
        self.unkept.replaced(&token);
        if self.is_usable(&token) {
            self.rest.end();
        }
        self.hold(Arc::new(token), origin)
    }

    /// Keeps a token in memory, with the times that decide about it.
    fn hold(&self, token: Arc<TokenSet>, origin: Origin) -> Arc<TokenSet> {
        let since_boot = self.platform.clock.since_boot();
        let held = Held::new(Arc::clone(&token), &self.moment(), since_boot, self.margin(&token));
        self.current.hold(held, |held| origin == Origin::Won || !self.is_rejected(&held.token));
        token
    }

    /// What time it is, by the server's clock where that is known.
    pub(crate) fn moment(&self) -> Moment {
        self.authority.moment()
    }

    /// How long before its end a token is renewed here: a little earlier on one host than on another, and always
    /// the same on each, so that a fleet does not come all at once.
    fn margin(&self, token: &TokenSet) -> Duration {
        let margin = token.margin();
        margin + margin.mul_f64(self.platform.spread() / 2.0)
    }

    fn is_usable(&self, token: &TokenSet) -> bool {
        token.outlasts(self.moment(), self.margin(token)) && !self.is_rejected(token)
    }

    fn is_living(&self, token: &TokenSet) -> bool {
        token.is_alive(self.moment()) && !self.is_rejected(token)
    }

    fn is_rejected(&self, token: &TokenSet) -> bool {
        self.rejections.is_rejected(&token.access_token)
    }
}
