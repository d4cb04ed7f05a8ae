//! What `carto_auth.CartoAuth` is a class of.

use std::sync::OnceLock;

use carto_auth::Secret;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use crate::failure::raised;
use crate::identity::Identity;
use crate::opening::Opening;
use crate::sign_in::SignIn;
use crate::status::Status;
use crate::wait::wait;

/// A sign-in to CARTO.
#[pyclass(frozen, subclass, module = "carto_auth._native")]
pub(crate) struct Handle(OnceLock<SignIn>);

#[pymethods]
impl Handle {
    /// One that is not open yet: `_open` does that, once, so that a subclass may have an `__init__` of its own.
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self(OnceLock::new())
    }

    /// Opens the handle, unless it is open. Nothing is sent, and nobody is asked.
    fn _open(&self, py: Python<'_>, opening: Opening) -> PyResult<()> {
        if self.0.get().is_none() {
            let _ = self.0.set(SignIn::open(py, &opening)?);
        }
        Ok(())
    }

    /// Says whether the handle is open.
    fn _is_open(&self) -> bool {
        self.0.get().is_some()
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
        let sign_in = self.sign_in()?;
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
        let sign_in = self.sign_in()?;
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
        let won = self.sign_in()?.with_token(py, |auth| async move { auth.carto_dw_credentials().await })?;
        Ok((won.project_id, won.token.expose().to_owned()))
    }

    /// Who is signed in, where, and for how long. Nothing is sent.
    fn status(&self, py: Python<'_>) -> PyResult<Status> {
        let live = self.sign_in()?.live(py)?;
        let auth = live.auth.clone();
        let status = wait(py, &live.desk, async move { auth.status().await })?;
        raised(py, status).map(Status::from)
    }

    /// Says that an API has answered 401 to this access token, or to the last one: the next one is another.
    ///
    /// Args:
    ///     access_token: The token that was sent. One that has taken its place meanwhile stays in use, so that many
    ///         who were not accepted cause one renewal.
    #[pyo3(signature = (access_token = None))]
    fn invalidate(&self, py: Python<'_>, access_token: Option<&str>) -> PyResult<()> {
        let live = self.sign_in()?.live(py)?;
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
        let sign_in = self.sign_in()?;
        let live = sign_in.live(py)?;
        let auth = live.auth.clone();
        let done = wait(py, &live.desk, async move { auth.log_out().await })?;
        raised(py, done)?;
        sign_in.forget();
        Ok(())
    }

    /// The addresses that the token may be sent to: the account's API and CARTO's accounts.
    fn api_hosts(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        let accounts = self.sign_in()?.live(py)?.auth.settings().environment.accounts_url.clone();
        Ok(vec![self.get_api_base_url(py)?, accounts])
    }

    /// The client, and the account as far as it is known without asking anybody.
    fn _identity(&self, py: Python<'_>) -> PyResult<(Option<String>, Option<String>)> {
        let identity = self.sign_in()?.identity(py)?;
        Ok((identity.client_id, identity.account_id))
    }

    /// Says whose tokens these have to be; those of anybody else are not given out.
    fn _expect(&self, py: Python<'_>, client_id: Option<String>, account_id: Option<String>) -> PyResult<()> {
        self.sign_in()?.expect(py, Identity { client_id, account_id })
    }
}

impl Handle {
    fn sign_in(&self) -> PyResult<&SignIn> {
        self.0.get().ok_or_else(|| {
            PyRuntimeError::new_err(
                "this `CartoAuth` is not open: the `__init__` of its class has to call `super().__init__(…)`",
            )
        })
    }
}
