//! What `carto_auth.CartoAuth` is a class of.

use std::sync::Arc;

use arc_swap::{ArcSwap, ArcSwapOption};
use carto_auth::{CartoAuth, Error, ErrorKind, Secret, TokenSet};
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::desk::Desk;
use crate::failure;
use crate::identity::Identity;
use crate::opening::Opening;
use crate::status::Status;
use crate::surroundings;
use crate::wait::{ask, tell_warnings, wait};

/// A sign-in to CARTO.
#[pyclass(frozen, subclass, module = "carto_auth._native")]
pub(crate) struct Handle {
    live: ArcSwap<Live>,
    kept: ArcSwapOption<Kept>,
    /// Whose tokens they have to be, after the way to another process.
    expected: ArcSwapOption<Identity>,
    is_interactive: bool,
}

/// The library's handle, in the process that it was made in.
struct Live {
    process: u32,
    auth: CartoAuth,
    desk: Arc<Desk>,
    owner: carto_auth::platform::Owner,
}

/// A token, the handle that gave it, and its Python text, which is made once.
struct Kept {
    auth: CartoAuth,
    token: Arc<TokenSet>,
    text: Py<PyString>,
}

#[pymethods]
impl Handle {
    /// Opens a handle. Nothing is sent, and nobody is asked.
    #[new]
    fn new(py: Python<'_>, opening: Opening) -> PyResult<Self> {
        let desk = Arc::new(Desk::default());
        let platform = surroundings::platform(py, &desk)?;
        let (owner, now) = (platform.owner.clone(), platform.now());
        let raise = |error: Error| failure::exception(py, &error);
        let options = opening.options(py)?.map_err(raise)?;
        let wanted = opening.wanted().map_err(raise)?;
        let auth = CartoAuth::open(platform, &options, wanted);
        tell_warnings(py, &desk)?;
        let auth = auth.map_err(raise)?;
        if let Some(token) = opening.first_token(now) {
            auth.start_with(token);
        }
        let live = Live { process: std::process::id(), auth, desk, owner };
        Ok(Self {
            live: ArcSwap::from_pointee(live),
            kept: ArcSwapOption::empty(),
            expected: ArcSwapOption::empty(),
            is_interactive: opening.is_interactive(),
        })
    }

    /// An access token that CARTO accepts now, to be sent as `Authorization: Bearer` (RFC 6750).
    ///
    /// It is renewed before it ends, by one request however many ask. Where a person has to sign in again, they are
    /// asked in the main thread of a script or notebook, and nowhere else.
    ///
    /// Raises:
    ///     InteractionRequired: A person has to sign in, and nobody can be asked here.
    ///     RefusedError: CARTO does not accept the credentials.
    ///     NetworkError: CARTO cannot be reached, and no token lives.
    fn get_access_token<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        match self.kept(py) {
            Some(text) => Ok(text),
            None => self.obtain(py).map(|kept| kept.text.bind(py).clone()),
        }
    }

    /// The base URL of the account's API, without a slash at the end.
    ///
    /// Where it was not set, CARTO is asked for it, and the answer is kept with the token.
    ///
    /// Raises:
    ///     UnexpectedAnswerError: CARTO does not name one.
    ///     CredentialsError: As `get_access_token`.
    fn get_api_base_url(&self, py: Python<'_>) -> PyResult<String> {
        match self.live(py)?.auth.known_api_base_url() {
            Some(url) => Ok(url),
            None => self.with_token(py, |auth| async move { auth.api_base_url().await }),
        }
    }

    /// The Google project and a Google token of the account's CARTO Data Warehouse.
    ///
    /// CARTO does not say how long the token lasts.
    ///
    /// Raises:
    ///     WarehouseError: The account has no warehouse, or may not use it.
    ///     CredentialsError: As `get_access_token`.
    fn get_carto_dw_credentials(&self, py: Python<'_>) -> PyResult<(String, String)> {
        let won = self.with_token(py, |auth| async move { auth.carto_dw_credentials().await })?;
        Ok((won.project_id, won.token.expose().to_owned()))
    }

    /// Who is signed in, where, and for how long. Nothing is sent.
    fn status(&self, py: Python<'_>) -> PyResult<Status> {
        let live = self.live(py)?;
        let auth = live.auth.clone();
        wait(py, &live.desk, async move { auth.status().await }).map(Status::from)
    }

    /// Says that an API has answered 401 to this access token, or to the last one: the next one is another.
    ///
    /// Args:
    ///     access_token: The token that was sent. One that has taken its place meanwhile stays in use, so that many
    ///         who were not accepted cause one renewal.
    #[pyo3(signature = (access_token = None))]
    fn invalidate(&self, py: Python<'_>, access_token: Option<&str>) -> PyResult<()> {
        let live = self.live(py)?;
        match access_token {
            Some(token) => live.auth.invalidate_token(&Secret::new(token)),
            None => live.auth.invalidate(),
        }
        Ok(())
    }

    /// Signs out: tells CARTO where it offers that (RFC 7009), and forgets the token.
    ///
    /// Raises:
    ///     CacheError: The token cannot be removed from this machine.
    fn logout(&self, py: Python<'_>) -> PyResult<()> {
        let live = self.live(py)?;
        let auth = live.auth.clone();
        wait(py, &live.desk, async move { auth.log_out().await })?;
        self.kept.store(None);
        Ok(())
    }

    /// The addresses that the token may be sent to: the account's API and CARTO's accounts.
    fn api_hosts(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        let accounts = self.live(py)?.auth.settings().environment.accounts_url.clone();
        Ok(vec![self.get_api_base_url(py)?, accounts])
    }

    /// The client, and the account as far as it is known without asking anybody.
    fn _identity(&self, py: Python<'_>) -> PyResult<(Option<String>, Option<String>)> {
        let live = self.live(py)?;
        // Whose it has to be does not change with who is signed in here, nor when a token ends.
        let identity = match self.expected.load_full() {
            Some(expected) if expected.account_id.is_some() => Identity::clone(&expected),
            _ => {
                let last = self.kept.load_full().map(|kept| Arc::clone(&kept.token));
                py.detach(|| Identity::of(&live.auth, last.as_deref()))
            }
        };
        Ok((identity.client_id, identity.account_id))
    }

    /// Says whose tokens these have to be; those of anybody else are not given out.
    fn _expect(&self, py: Python<'_>, client_id: Option<String>, account_id: Option<String>) -> PyResult<()> {
        let expected = Identity { client_id, account_id };
        let found = expected.check_client(&self.live(py)?.auth);
        found.map_err(|error| failure::exception(py, &error))?;
        self.expected.store(Some(Arc::new(expected)));
        Ok(())
    }
}

impl Handle {
    /// The text of the token in memory, if that is still the one to use.
    fn kept<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyString>> {
        let kept = self.kept.load();
        let kept = kept.as_ref().filter(|kept| kept.auth.is_current(&kept.token))?;
        Some(kept.text.bind(py).clone())
    }

    /// The token that is kept on this machine, or else a new one.
    fn obtain(&self, py: Python<'_>) -> PyResult<Arc<Kept>> {
        let live = self.live(py)?;
        let cached = py.detach(|| live.auth.cached_token());
        tell_warnings(py, &live.desk)?;
        let token = match cached.map_err(|error| failure::exception(py, &error))? {
            Some(token) => token,
            None => self.won(py, &live)?,
        };
        if let Some(expected) = self.expected.load().as_ref() {
            expected.check_account(&token).map_err(|error| failure::exception(py, &error))?;
        }
        let text = PyString::new(py, token.access_token.expose()).unbind();
        let kept = Arc::new(Kept { auth: live.auth.clone(), token, text });
        self.kept.store(Some(Arc::clone(&kept)));
        Ok(kept)
    }

    /// Waits for what is wanted with a token; where that has ended meanwhile, once more with another.
    fn with_token<T: Send + 'static, F>(&self, py: Python<'_>, wanted: impl Fn(CartoAuth) -> F) -> PyResult<T>
    where
        F: Future<Output = carto_auth::Result<T>> + Send + 'static,
    {
        self.obtain(py)?;
        let live = self.live(py)?;
        let given = match wait(py, &live.desk, outcome(wanted(live.auth.clone())))? {
            Err(error) if error.kind() == ErrorKind::PersonNeeded => {
                self.obtain(py)?;
                wait(py, &live.desk, wanted(live.auth.clone()))?
            }
            other => other.map_err(|error| failure::exception(py, &error))?,
        };
        if self.expected.load().is_some() {
            // After a 401 it may have been another token, and another person's.
            self.obtain(py)?;
        }
        Ok(given)
    }

    /// Waits for a token. Where a person is needed for it and can be asked here, they are.
    fn won(&self, py: Python<'_>, live: &Live) -> PyResult<Arc<TokenSet>> {
        let auth = live.auth.clone();
        if self.is_interactive && py.import("carto_auth._place")?.call_method0("can_ask")?.extract()? {
            return ask(py, &live.desk, async move { auth.token_of_person().await });
        }
        match wait(py, &live.desk, outcome(async move { auth.token().await }))? {
            Err(error) if error.kind() == ErrorKind::PersonNeeded => {
                Err(failure::exception(py, &not_here(&error)))
            }
            other => other.map_err(|error| failure::exception(py, &error)),
        }
    }

    /// The library's handle of this process; a child that was forked makes its own.
    fn live(&self, py: Python<'_>) -> PyResult<Arc<Live>> {
        let live = self.live.load_full();
        if live.process == std::process::id() {
            return Ok(live);
        }
        let desk = Arc::new(Desk::default());
        let mut platform = surroundings::platform(py, &desk)?;
        platform.owner = live.owner.clone();
        let auth = live.auth.in_new_process(platform);
        let made = Arc::new(Live { process: std::process::id(), auth, desk, owner: live.owner.clone() });
        // What the parent's threads have locked is never unlocked here: it is left as it is.
        std::mem::forget(live);
        self.kept.store(None);
        self.live.store(Arc::clone(&made));
        Ok(made)
    }
}

/// A result as a value, so that the caller sees the library's own error.
async fn outcome<T>(
    future: impl Future<Output = carto_auth::Result<T>>,
) -> carto_auth::Result<carto_auth::Result<T>> {
    Ok(future.await)
}

/// The error of a thread or a front end that cannot ask.
fn not_here(error: &Error) -> Error {
    let text = "a person has to sign in, and nobody can be asked here";
    let bare = Error::new(ErrorKind::PersonNeeded, text);
    let said = error.to_string();
    if said == text { bare } else { bare.because(said) }
        .hint(
            "sign in first with `CartoAuth.from_oauth()` in the main thread of a notebook or script that can ask, or \
             with `carto-auth login` in a terminal; a job uses `CartoAuth.from_m2m(…)`, or `CartoAuth.from_env()` with \
             `CARTO_API_BASE_URL`, `CARTO_M2M_CLIENT_ID` and `CARTO_M2M_CLIENT_SECRET`",
        )
}
