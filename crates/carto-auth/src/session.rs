//! A token that works: remembered, looked up, renewed, or asked of a person.
//!
//! [`Session::token`] is the way of every token. One that outlasts its margin is given without a lock and
//! without I/O. Otherwise one caller at a time looks in the store, waits for the lock that spans
//! processes, looks again, and renews; the others get what it got, or its error.
//!
//! A store that fails never fails a call: the person is warned once, and the token stays in memory.

mod base_url;
mod ending;
mod flight;
mod identity;
mod person;
mod refresh;
mod turn;

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;

use crate::api::Api;
use crate::error::{Error, ErrorKind, Result};
use crate::grant::{Ask, Authority};
use crate::login::Way;
use crate::platform::{Notice, Platform};
use crate::secret::Secret;
use crate::store::{FileStore, LockedEntry, MemoryStore, TokenKey, TokenStore};
use crate::token::TokenSet;

pub use self::ending::{LoggedOut, Revoked};
pub(crate) use self::flight::Effort;
use self::flight::Flight;
pub(crate) use self::identity::{Identity, Job, JobCredentials};
use self::turn::Turn;

/// The tokens of one person or one job.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) platform: Platform,
    pub(crate) authority: Arc<Authority>,
    pub(crate) api: Api,
    pub(crate) identity: Identity,
    pub(crate) store: Store,
    pub(crate) terms: Terms,
    flight: Flight,
    current: ArcSwapOption<TokenSet>,
    /// An access token that an API did not accept.
    rejected: Mutex<Option<Secret>>,
    /// Until when a renewal that failed is not tried again while the old token lives.
    rests_until: AtomicI64,
    /// Whether the token in memory could not be kept in the store.
    is_unkept: AtomicBool,
    warned: AtomicBool,
}

/// Where the tokens of a session rest.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) shared: Arc<dyn TokenStore>,
    /// The same store where it is files, which can be read without waiting for anything.
    pub(crate) files: Option<FileStore>,
    /// What takes its place when it fails.
    pub(crate) memory: MemoryStore,
    /// Tokens were to be kept, and there is no folder for them.
    pub(crate) is_homeless: bool,
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
        let current = identity.given().ok();
        Self {
            platform,
            authority: Arc::new(authority),
            api,
            identity,
            store,
            terms,
            flight: Flight::default(),
            current: ArcSwapOption::new(current),
            rejected: Mutex::default(),
            rests_until: AtomicI64::new(i64::MIN),
            is_unkept: AtomicBool::new(false),
            warned: AtomicBool::new(false),
        }
    }

    /// A token that is accepted now. Never reads what a person types.
    pub(crate) async fn token(&self) -> Result<Arc<TokenSet>> {
        if let Some(token) = self.remembered() {
            return Ok(token);
        }
        self.flight.attempt(Effort::Renewal, || self.remembered(), || self.obtain(Effort::Renewal)).await
    }

    /// A token that is accepted now, for which a person may be asked.
    pub(crate) async fn sign_in(&self, effort: Effort) -> Result<Arc<TokenSet>> {
        let look = || self.remembered().filter(|_| effort != Effort::AnotherPerson);
        if let Some(token) = look() {
            return Ok(token);
        }
        self.flight.attempt(effort, look, || self.obtain(effort)).await
    }

    /// Takes a token over that was won elsewhere; it is not written to the store.
    pub(crate) fn take_over(&self, token: TokenSet) {
        self.adopt(token);
    }

    /// The token in memory or in files, if it can be used as it is. Waits for nothing.
    pub(crate) fn cached(&self) -> Result<Option<Arc<TokenSet>>> {
        if let Some(token) = self.remembered() {
            return Ok(Some(token));
        }
        let Some(key) = self.identity.key(&self.platform)? else { return self.identity.given().map(Some) };
        let Some(files) = &self.store.files else { return Ok(None) };
        let token = files.read(&key).unwrap_or_else(|error| self.go_on_without(&error));
        Ok(token.filter(|token| self.is_usable(token)).map(|token| self.adopt(token)))
    }

    /// Takes note that an API did not accept the last token: it is not given out again.
    pub(crate) fn invalidate(&self) {
        if let Some(token) = self.current.load_full() {
            self.reject(&token.access_token);
        }
    }

    /// Takes note that an API did not accept this token. One that has taken its place meanwhile stays, so
    /// that many who were not accepted cause one renewal.
    pub(crate) fn reject(&self, token: &Secret) {
        let current = self.current.load();
        if current.as_ref().is_none_or(|current| current.access_token == *token) {
            *self.rejected.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.clone());
            self.current.compare_and_swap(&current, None);
        }
    }

    /// Looks in the store, waits for the lock, looks again, and only then asks for a new token.
    async fn obtain(&self, effort: Effort) -> Result<Arc<TokenSet>> {
        let Some(key) = self.identity.key(&self.platform)? else { return self.identity.given() };
        let look = effort != Effort::AnotherPerson;
        let before = self.stored(&key).await;
        if look && let Some(token) = before.clone().filter(|token| self.is_usable(token)) {
            return Ok(self.adopt(token));
        }
        let (mut entry, before) = match self.turn(&key, effort).await? {
            // What another process has changed or forgotten meanwhile counts, and not what was there before.
            Turn::Ours(entry) => (entry, None),
            Turn::Alone(entry) => (entry, before),
            Turn::Theirs(token) => return Ok(self.adopt(token)),
        };
        let now = entry.load().await.unwrap_or_else(|error| self.go_on_without(&error));
        let old = newest(newest(now, before), self.unkept());
        if let Some(token) = old.clone().filter(|token| look && self.is_usable(token)) {
            return Ok(self.adopt(token));
        }
        let won = match &self.identity {
            Identity::Person { .. } => self.ask_of_person(entry, old.clone(), effort).await,
            Identity::Job(job) => match job.sign_in(&self.authority, &self.platform).await {
                Ok(token) => Ok(self.keep(entry.as_mut(), token).await),
                Err(error) => Err(error),
            },
            Identity::Token { .. } => return self.identity.given(),
        };
        match won {
            Ok(token) => {
                self.rests_until.store(i64::MIN, Ordering::Relaxed);
                Ok(token)
            }
            // Whoever wants to be another person is not served as the one before.
            Err(error) if effort == Effort::AnotherPerson => Err(error),
            // Who asked for a sign-in is told that it was refused, though the old token may live a little.
            Err(error) if effort == Effort::SignIn && error.kind() != ErrorKind::Network => Err(error),
            Err(error) => self.live_on(old, error),
        }
    }

    /// While the old token lives, a renewal that failed is no fault yet; it is tried again after a while.
    fn live_on(&self, old: Option<TokenSet>, error: Error) -> Result<Arc<TokenSet>> {
        let now = self.platform.now();
        let alive = old.filter(|token| token.is_alive(now) && !self.is_rejected(token));
        let Some(token) = alive else { return Err(error) };
        tracing::warn!(%error, "a renewal failed; the token that still lives is used");
        let asked = error.wait().map_or(0, |wait| i64::try_from(wait.as_secs()).unwrap_or(i64::MAX));
        self.rests_until.store(now.saturating_add(asked.max(REST)), Ordering::Relaxed);
        Ok(self.adopt(token))
    }

    /// The token in memory, if it can be used as it is. Takes no lock.
    pub(crate) fn remembered(&self) -> Option<Arc<TokenSet>> {
        self.current.load_full().filter(|token| self.may_be_used(token))
    }

    /// Says whether [`Session::remembered`] would give this very token.
    pub(crate) fn is_remembered(&self, token: &Arc<TokenSet>) -> bool {
        let current = self.current.load();
        current.as_ref().is_some_and(|current| Arc::ptr_eq(current, token) && self.may_be_used(token))
    }

    fn may_be_used(&self, token: &TokenSet) -> bool {
        let now = self.platform.now();
        token.is_fresh(now) || (now < self.rests_until.load(Ordering::Relaxed) && token.is_alive(now))
    }

    /// What rests in the store, whether it can be used or not.
    pub(crate) async fn stored(&self, key: &TokenKey) -> Option<TokenSet> {
        self.store.shared.load(key).await.unwrap_or_else(|error| self.go_on_without(&error))
    }

    /// Keeps a token that was won, in the store where that works and in memory whatever happens.
    async fn keep(&self, entry: &mut dyn LockedEntry, token: TokenSet) -> Arc<TokenSet> {
        if self.store.is_homeless {
            self.go_on_without::<()>(&homeless());
        }
        let saved = entry.save(&token).await;
        self.note_kept(saved.err().as_ref());
        self.adopt(token)
    }

    /// Takes note whether the token in memory rests in the store, too.
    fn note_kept(&self, fault: Option<&Error>) {
        self.is_unkept.store(fault.is_some(), Ordering::Relaxed);
        if let Some(error) = fault {
            self.go_on_without::<()>(error);
        }
    }

    /// The token that is in memory alone, because it could not be kept.
    fn unkept(&self) -> Option<TokenSet> {
        let is_unkept = self.is_unkept.load(Ordering::Relaxed);
        self.current.load_full().filter(|_| is_unkept).map(|token| TokenSet::clone(&token))
    }

    fn adopt(&self, token: TokenSet) -> Arc<TokenSet> {
        let token = Arc::new(token);
        self.current.store(Some(Arc::clone(&token)));
        token
    }

    fn is_usable(&self, token: &TokenSet) -> bool {
        token.is_fresh(self.platform.now()) && !self.is_rejected(token)
    }

    fn is_rejected(&self, token: &TokenSet) -> bool {
        self.rejected.lock().unwrap_or_else(PoisonError::into_inner).as_ref() == Some(&token.access_token)
    }

    /// Warns the person once that the store does not work, and goes on without it.
    fn go_on_without<T>(&self, error: &Error) -> Option<T> {
        tracing::debug!(%error, causes = ?error.causes(), "the store does not work");
        if !self.warned.swap(true, Ordering::Relaxed) {
            let hint = error.hint_text().map(|hint| format!(" ({hint})")).unwrap_or_default();
            let causes = error.causes().iter().map(|cause| format!(": {cause}")).collect::<String>();
            let text = format!("{error}{causes}; the sign-in is not kept{hint}");
            self.platform.prompt.tell(&Notice::Warning(&text));
        }
        None
    }
}

/// The one that was won later; of two that were won at once, the first.
fn newest(one: Option<TokenSet>, other: Option<TokenSet>) -> Option<TokenSet> {
    match (one, other) {
        (Some(one), Some(other)) => Some(if other.issued_at > one.issued_at { other } else { one }),
        (one, other) => one.or(other),
    }
}

fn homeless() -> Error {
    Error::new(ErrorKind::Storage, "there is no home folder")
        .hint("set `HOME`, or `CARTO_AUTH_CACHE_DIR` to a folder of your own")
}

/// How many seconds pass before a renewal that failed is tried again.
const REST: i64 = 30;
