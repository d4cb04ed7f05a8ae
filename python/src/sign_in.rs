//! A sign-in that is open: the library's handle, and the Python text of its token.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::{ArcSwap, ArcSwapOption};
use carto_auth::platform::{Clock, Owner};
use carto_auth::{CartoAuth, ErrorKind, TokenSet};
use pyo3::prelude::*;
use pyo3::types::PyString;
use tokio::time::timeout;

use crate::appeal::{Appeal, Other};
use crate::desk::Desk;
use crate::failure::raised;
use crate::fault::{NOBODY, STOPPED, not_here, too_long, used_up};
use crate::identity::Identity;
use crate::modules::is_shutting_down;
use crate::opening::Opening;
use crate::surroundings;
use crate::wait::{ask, tell_warnings, wait};

/// What a handle holds once it is open.
pub(crate) struct SignIn {
    live: ArcSwap<Live>,
    kept: ArcSwapOption<Kept>,
    /// Whose tokens they have to be, after the way to another process.
    expected: ArcSwapOption<Identity>,
    /// When the one token ends that there ever is, in seconds since 1970 (UTC).
    ends_for_good: Option<i64>,
    is_interactive: bool,
    /// Whether it was looked once where the person's account is.
    has_looked: AtomicBool,
}

/// The library's handle, in the process that it was made in.
pub(crate) struct Live {
    process: u32,
    pub(crate) auth: CartoAuth,
    pub(crate) desk: Arc<Desk>,
    clock: Arc<dyn Clock>,
    owner: Owner,
}

/// A token, the handle that gave it, and its Python text, which is made once.
pub(crate) struct Kept {
    auth: CartoAuth,
    token: Arc<TokenSet>,
    pub(crate) text: Py<PyString>,
}

impl SignIn {
    /// Opens it. Nothing is sent, and nobody is asked.
    pub(crate) fn open(py: Python<'_>, opening: &Opening) -> PyResult<Self> {
        let desk = Arc::new(Desk::default());
        let platform = surroundings::platform(py, &desk)?;
        let (owner, clock, now) = (platform.owner.clone(), Arc::clone(&platform.clock), platform.now());
        let options = opening.options(py)?;
        let auth = CartoAuth::open(platform, &options, raised(py, opening.wanted())?);
        tell_warnings(py, &desk)?;
        let auth = raised(py, auth)?;
        if let Some(token) = opening.first_token(now) {
            auth.start_with(token);
        }
        Ok(Self {
            live: ArcSwap::from_pointee(Live { process: std::process::id(), auth, desk, clock, owner }),
            kept: ArcSwapOption::empty(),
            expected: ArcSwapOption::empty(),
            ends_for_good: opening.ends_for_good(),
            is_interactive: opening.is_interactive(),
            has_looked: AtomicBool::new(false),
        })
    }

    /// The text of the token in memory, if that is still the one to use.
    pub(crate) fn kept<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyString>> {
        let kept = self.kept.load();
        let kept = kept.as_ref().filter(|kept| kept.auth.is_current(&kept.token))?;
        Some(kept.text.bind(py).clone())
    }

    /// Gives no text any more that was given before; whoever signs in next may have another account.
    pub(crate) fn forget(&self) {
        self.kept.store(None);
        self.has_looked.store(false, Ordering::Relaxed);
    }

    /// The token that is kept on this machine, or else a new one.
    pub(crate) fn obtain(&self, py: Python<'_>) -> PyResult<Arc<Kept>> {
        let live = self.live(py)?;
        if self.ends_for_good.is_some_and(|end| live.clock.now() >= end) {
            return raised(py, Err(used_up()));
        }
        let cached = py.detach(|| live.auth.cached_token());
        tell_warnings(py, &live.desk)?;
        let token = match raised(py, cached)? {
            Some(token) => token,
            None => self.won(py, &live)?,
        };
        if let Some(expected) = self.expected.load().as_ref() {
            raised(py, expected.check_token(token.access_token.expose()))?;
        }
        let text = PyString::new(py, token.access_token.expose()).unbind();
        let kept = Arc::new(Kept { auth: live.auth.clone(), token, text });
        self.kept.store(Some(Arc::clone(&kept)));
        Ok(kept)
    }

    /// Waits for what is wanted with a token; where that has ended meanwhile, once more with another.
    pub(crate) fn with_token<T: Send + 'static, F>(
        &self,
        py: Python<'_>,
        wanted: impl Fn(CartoAuth) -> F,
    ) -> PyResult<T>
    where
        F: Future<Output = carto_auth::Result<T>> + Send + 'static,
    {
        self.obtain(py)?;
        let live = self.live(py)?;
        let mut given = wait(py, &live.desk, wanted(live.auth.clone()))?;
        if matches!(&given, Err(error) if error.kind() == ErrorKind::PersonNeeded) {
            self.obtain(py)?;
            given = wait(py, &live.desk, wanted(live.auth.clone()))?;
        }
        let given = raised(py, given)?;
        if self.expected.load().is_some() {
            // After a 401 it may have been another token, and another person's.
            self.obtain(py)?;
        }
        Ok(given)
    }

    /// The client, the account and the person. Whose it has to be does not change with who is signed in here, nor when a token
    /// ends.
    pub(crate) fn identity(&self, py: Python<'_>) -> PyResult<Identity> {
        let live = self.live(py)?;
        Ok(match self.expected.load_full() {
            Some(expected) if expected.names_somebody() => Identity::clone(&expected),
            _ => {
                let last = self.kept.load_full().map(|kept| Arc::clone(&kept.token));
                py.detach(|| Identity::of(&live.auth, last.as_ref().map(|token| token.access_token.expose())))
            }
        })
    }

    /// Says whose tokens these have to be; those of anybody else are not given out.
    pub(crate) fn expect(&self, py: Python<'_>, expected: Identity) -> PyResult<()> {
        raised(py, expected.check_client(&self.live(py)?.auth))?;
        self.expected.store(Some(Arc::new(expected)));
        Ok(())
    }

    /// Says whose tokens are here, where they have to be somebody's: those of anybody else are left alone.
    pub(crate) fn check_owner(&self, py: Python<'_>) -> PyResult<()> {
        if self.expected.load().is_some() { self.status(py).map(drop) } else { Ok(()) }
    }

    /// Who is signed in.
    pub(crate) fn status(&self, py: Python<'_>) -> PyResult<carto_auth::Status> {
        let live = self.live(py)?;
        let auth = live.auth.clone();
        let mut status = raised(py, wait(py, &live.desk, async move { auth.status().await })?)?;
        if let Some(expected) = self.expected.load().as_ref() {
            raised(py, expected.check_status(&status))?;
        }
        if let Some(end) = self.ends_for_good {
            let left = end.saturating_sub(live.clock.now());
            status.signed_in &= left > 0;
            (status.expires_at, status.time_left) = (Some(end), Some(left));
        }
        Ok(status)
    }

    /// The library's handle of this process; a child that was forked makes its own.
    pub(crate) fn live(&self, py: Python<'_>) -> PyResult<Arc<Live>> {
        let live = self.live.load_full();
        if live.process == std::process::id() {
            return Ok(live);
        }
        let desk = Arc::new(Desk::default());
        let mut platform = surroundings::platform(py, &desk)?;
        platform.owner = live.owner.clone();
        let (clock, owner) = (Arc::clone(&platform.clock), live.owner.clone());
        let auth = live.auth.in_new_process(platform);
        let made = Arc::new(Live { process: std::process::id(), auth, desk, clock, owner });
        // What the parent's threads have locked is never unlocked here: it is left as it is.
        std::mem::forget(live);
        self.forget();
        self.live.store(Arc::clone(&made));
        Ok(made)
    }

    /// Waits for a token. Where a person is needed for it and can be asked here, they are; a thread that cannot ask
    /// waits for the one that does.
    fn won(&self, py: Python<'_>, live: &Live) -> PyResult<Arc<TokenSet>> {
        let auth = live.auth.clone();
        if self.is_interactive && can_ask(py)? {
            let appeal = Appeal::begin(live.auth.clone());
            let won =
                ask(
                    py,
                    &live.desk,
                    async move { appeal.until(async { auth.token_of_person().await }).await },
                )?;
            let won = raised(py, won)?;
            if !self.has_looked.swap(true, Ordering::Relaxed) {
                // It is kept by now, where anything is, and a stop ends only the look.
                let auth = live.auth.clone();
                let look = async move {
                    auth.look_for_api_base_url().await;
                    Ok(())
                };
                raised(py, wait(py, &live.desk, look)?)?;
            }
            return Ok(won);
        }
        let other = || Other::of(&live.auth).filter(|_| self.is_interactive);
        let before = other();
        let mut won = wait(py, &live.desk, async move { auth.token().await })?;
        if matches!(&won, Err(error) if error.kind() == ErrorKind::PersonNeeded)
            && let Some(other) = before.or_else(other)
        {
            let auth = live.auth.clone();
            let limit = auth.settings().timeout;
            let outcome = async move { Ok(timeout(limit, other.outcome()).await) };
            won = match wait(py, &live.desk, outcome)? {
                Ok(Ok(Some(Ok(token)))) => wait(py, &live.desk, async move { joined(&auth, &token).await })?,
                Ok(Ok(Some(Err(error)))) => return raised(py, Err(error)),
                Ok(Err(_)) => return raised(py, Err(too_long(limit))),
                _ => return raised(py, Err(not_here(STOPPED, &live.owner))),
            };
        }
        raised(
            py,
            won.map_err(|error| match error.kind() {
                ErrorKind::PersonNeeded => {
                    let said = error.to_string();
                    let bare = not_here(NOBODY, &live.owner);
                    if said == NOBODY { bare } else { bare.because(said) }
                }
                _ => error,
            }),
        )
    }
}

/// Says whether a person can be asked in this thread; not while Python shuts down.
fn can_ask(py: Python<'_>) -> PyResult<bool> {
    if is_shutting_down(py) {
        return Ok(false);
    }
    py.import("carto_auth._place")?.call_method0("can_ask")?.extract()
}

/// The token of the sign-in that was waited for; where it was kept elsewhere, this handle gets it as it is, without what
/// renews it, which two may not send.
async fn joined(auth: &CartoAuth, token: &TokenSet) -> carto_auth::Result<Arc<TokenSet>> {
    match auth.token().await {
        Err(error) if error.kind() == ErrorKind::PersonNeeded => {
            let mut lent = token.clone();
            (lent.refresh_token, lent.refresh_in_keyring) = (None, false);
            auth.start_with(lent);
            auth.token().await
        }
        kept => kept,
    }
}
