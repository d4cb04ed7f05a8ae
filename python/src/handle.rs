//! What `carto_auth.CartoAuth` is a class of.

use std::sync::OnceLock;

use carto_auth::{Credential, Secret};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use crate::arguments::{switch, text};
use crate::failure::raised;
use crate::identity::Identity;
use crate::opening::Opening;
use crate::sign_in::SignIn;
use crate::status::Status;
use crate::wait::{wait, warn};

/// A sign-in to CARTO.
#[pyclass(frozen, subclass, module = "carto_auth._native")]
pub(crate) struct Handle {
    sign_in: OnceLock<SignIn>,
    restored: OnceLock<Restored>,
}

/// What the first use opens, after the way to another process. What cannot be opened here is an error of that use:
/// whatever raises while a task is unpickled ends the worker of a `multiprocessing.Pool`, and the caller waits for ever.
struct Restored {
    opening: Py<PyDict>,
    identity: Identity,
}

#[pymethods]
impl Handle {
    /// One that is not open yet: `_open` does that, once, so that a subclass may have an `__init__` of its own.
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self { sign_in: OnceLock::new(), restored: OnceLock::new() }
    }

    /// Opens the handle, unless it is open. Nothing is sent, and nobody is asked.
    fn _open(&self, py: Python<'_>, opening: &Bound<'_, PyDict>) -> PyResult<()> {
        if !self._is_open() {
            let _ = self.sign_in.set(SignIn::open(py, &Opening::read(opening)?)?);
        }
        Ok(())
    }

    /// Lets the first use open the handle. The tokens have to be those of this client, account and person; those of anybody
    /// else are not given out.
    #[pyo3(signature = (opening, client_id, account_id, person = None))]
    fn _open_later(
        &self,
        opening: Py<PyDict>,
        client_id: Option<String>,
        account_id: Option<String>,
        person: Option<String>,
    ) {
        let _ = self.restored.set(Restored { opening, identity: Identity { client_id, account_id, person } });
    }

    /// Says whether the handle is open, or will be by its first use.
    fn _is_open(&self) -> bool {
        self.sign_in.get().is_some() || self.restored.get().is_some()
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
        let sign_in = self.sign_in(py)?;
        match sign_in.kept(py) {
            Some(text) => Ok(text),
            None => sign_in.obtain(py).map(|kept| kept.text.bind(py).clone()),
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
        let sign_in = self.sign_in(py)?;
        sign_in.check_owner(py)?;
        match sign_in.live(py)?.auth.known_api_base_url() {
            Some(url) => Ok(url),
            None => sign_in.with_token(py, |auth| async move { auth.api_base_url().await }),
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
        let won =
            self.sign_in(py)?.with_token(py, |auth| async move { auth.carto_dw_credentials().await })?;
        Ok((won.project_id, won.token.expose().to_owned()))
    }

    /// Who is signed in, where, and for how long. Nothing is sent.
    fn status(&self, py: Python<'_>) -> PyResult<Status> {
        self.sign_in(py)?.status(py).map(Status::from)
    }

    /// Says that an API has answered 401 to this access token, or to the last one: the next one is another.
    ///
    /// Only a token that was won less than 30 seconds ago in place of a refused one stays in use, so that an API that
    /// accepts no token costs no new one with each request.
    ///
    /// Args:
    ///     access_token: The token that was sent. One that has taken its place meanwhile stays in use, so that many
    ///         who were not accepted cause one renewal. Where it is left out, the last one is given up however new it
    ///         is.
    #[pyo3(signature = (access_token = None))]
    fn invalidate(&self, py: Python<'_>, access_token: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let refused = access_token.map(|token| text("access_token", token)).transpose()?;
        let sign_in = self.sign_in(py)?;
        sign_in.check_owner(py)?;
        let live = sign_in.live(py)?;
        match refused {
            Some(token) => live.auth.invalidate_token(&Secret::new(token)),
            None => live.auth.invalidate(),
        }
        Ok(())
    }

    /// Signs out: tells CARTO where it offers that (RFC 7009), and forgets the token.
    ///
    /// Args:
    ///     all: Signs out of everything that is kept on this machine: every profile and every job in this sign-in's
    ///         store, in the folder of tokens, and in its memory. What another `CartoAuth` has in memory alone, or in a
    ///         file that only that one names, stays with it.
    ///
    /// Raises:
    ///     CacheError: A token cannot be removed from this machine. Everything else is gone all the same.
    #[pyo3(signature = (*, all = None), text_signature = "($self, *, all=False)")]
    fn logout(&self, py: Python<'_>, all: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let all = all.map(|all| switch("all", all)).transpose()?.unwrap_or(false);
        let sign_in = self.sign_in(py)?;
        sign_in.check_owner(py)?;
        let live = sign_in.live(py)?;
        let auth = live.auth.clone();
        if all {
            let done = wait(py, &live.desk, async move { Ok(auth.log_out_all().await) })?;
            sign_in.forget();
            let mut left = raised(py, done)?.left.into_iter();
            return left.next().map_or(Ok(()), |first| {
                left.try_for_each(|error| warn(py, &error.to_string()))?;
                raised(py, Err(first))
            });
        }
        let done = wait(py, &live.desk, async move { auth.log_out().await })?;
        raised(py, done)?;
        sign_in.forget();
        match live.auth.settings().credential {
            Credential::Token { .. } => warn(py, NOT_FORGOTTEN),
            _ => Ok(()),
        }
    }

    /// The addresses that the token may be sent to: the account's API and CARTO's accounts.
    fn api_hosts(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        let accounts = self.sign_in(py)?.live(py)?.auth.settings().environment.accounts_url.clone();
        Ok(vec![self.get_api_base_url(py)?, accounts])
    }

    /// The client, and the account and the person as far as they are known without asking anybody.
    fn _identity(&self, py: Python<'_>) -> PyResult<(Option<String>, Option<String>, Option<String>)> {
        let identity = match (self.sign_in.get(), self.restored.get()) {
            (None, Some(restored)) => restored.identity.clone(),
            _ => self.sign_in(py)?.identity(py)?,
        };
        Ok((identity.client_id, identity.account_id, identity.person))
    }
}

impl Handle {
    fn sign_in(&self, py: Python<'_>) -> PyResult<&SignIn> {
        if let Some(sign_in) = self.sign_in.get() {
            return Ok(sign_in);
        }
        let Some(restored) = self.restored.get() else {
            return Err(PyRuntimeError::new_err(
                "this `CartoAuth` is not open: the `__init__` of its class has to call `super().__init__(…)`",
            ));
        };
        let opened = SignIn::open(py, &Opening::read(restored.opening.bind(py))?)?;
        opened.expect(py, restored.identity.clone())?;
        Ok(self.sign_in.get_or_init(|| opened))
    }
}

/// What signing out does to a token that was given.
const NOT_FORGOTTEN: &str = "there is nothing to sign out of: the access token was given, so it is neither forgotten \
                             nor revoked, and goes on working; CARTO's Workspace can delete it";
