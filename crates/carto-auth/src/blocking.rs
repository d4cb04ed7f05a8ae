//! The same handle for code without async.
//!
//! Each call that waits brings a small runtime of its own thread; a token that is at hand is given without
//! one. Not to be called from async code: there, [`crate::CartoAuth`] is.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use tokio::runtime::{Builder, Runtime};

use crate::api::CartoDwCredentials;
use crate::carto_auth::LoggedOutAll;
use crate::error::{Error, ErrorKind, Result};
use crate::platform::Platform;
use crate::secret::Secret;
use crate::session::LoggedOut;
use crate::settings::{Options, Settings, Wanted};
use crate::status::Status;

/// A sign-in to CARTO, as [`crate::CartoAuth`], whose calls wait until they are done.
///
/// ```no_run
/// # fn example() -> carto_auth::Result<()> {
/// use carto_auth::blocking::CartoAuth;
///
/// let auth = CartoAuth::from_m2m("./carto-credentials.json")?;
/// println!("{} characters", auth.access_token()?.expose().len());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct CartoAuth {
    auth: crate::CartoAuth,
    runtime: Arc<Lazy>,
}

/// A runtime that is made with the first call that waits. Connections live in it, so it is kept; it goes on between
/// calls, since a request that outlives its caller holds a lock.
#[derive(Debug, Default)]
struct Lazy(OnceLock<Runtime>);

impl CartoAuth {
    /// As [`crate::CartoAuth::from_oauth`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn from_oauth() -> Result<Self> {
        let auth = Self::open(Platform::system(), &Options::default(), Wanted::Person)?;
        auth.sign_in()?;
        Ok(auth)
    }

    /// As [`crate::CartoAuth::from_m2m`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn from_m2m(path: impl AsRef<Path>) -> Result<Self> {
        let wanted = Wanted::CredentialsFile(path.as_ref().to_owned());
        let auth = Self::open(Platform::system(), &Options::default(), wanted)?;
        auth.access_token()?;
        Ok(auth)
    }

    /// As [`crate::CartoAuth::from_token`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn from_token(api_base_url: impl Into<String>, token: Secret) -> Result<Self> {
        crate::CartoAuth::from_token(api_base_url, token).map(Self::from)
    }

    /// As [`crate::CartoAuth::from_env`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn from_env() -> Result<Self> {
        crate::CartoAuth::from_env().map(Self::from)
    }

    /// As [`crate::CartoAuth::open`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn open(platform: Platform, options: &Options, wanted: Wanted) -> Result<Self> {
        crate::CartoAuth::open(platform, options, wanted).map(Self::from)
    }

    /// As [`crate::CartoAuth::sign_in`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn sign_in(&self) -> Result<()> {
        self.wait(self.auth.sign_in())
    }

    /// As [`crate::CartoAuth::sign_in_as_another`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn sign_in_as_another(&self) -> Result<()> {
        self.wait(self.auth.sign_in_as_another())
    }

    /// As [`crate::CartoAuth::complete_sign_in`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn complete_sign_in(&self, answer: &str) -> Result<()> {
        self.wait(self.auth.complete_sign_in(answer))
    }

    /// As [`crate::CartoAuth::access_token`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn access_token(&self) -> Result<Secret> {
        if let Some(token) = self.auth.cached_access_token()? {
            return Ok(token);
        }
        self.wait(self.auth.access_token())
    }

    /// As [`crate::CartoAuth::cached_access_token`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn cached_access_token(&self) -> Result<Option<Secret>> {
        self.auth.cached_access_token()
    }

    /// As [`crate::CartoAuth::api_base_url`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn api_base_url(&self) -> Result<String> {
        self.wait(self.auth.api_base_url())
    }

    /// As [`crate::CartoAuth::carto_dw_credentials`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn carto_dw_credentials(&self) -> Result<CartoDwCredentials> {
        self.wait(self.auth.carto_dw_credentials())
    }

    /// As [`crate::CartoAuth::invalidate`].
    pub fn invalidate(&self) {
        self.auth.invalidate();
    }

    /// As [`crate::CartoAuth::invalidate_token`].
    pub fn invalidate_token(&self, token: &Secret) {
        self.auth.invalidate_token(token);
    }

    /// As [`crate::CartoAuth::status`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn status(&self) -> Result<Status> {
        self.wait(self.auth.status())
    }

    /// As [`crate::CartoAuth::log_out`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn log_out(&self) -> Result<LoggedOut> {
        self.wait(self.auth.log_out())
    }

    /// As [`crate::CartoAuth::log_out_all`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] in async code.
    pub fn log_out_all(&self) -> Result<LoggedOutAll> {
        self.wait(async { Ok(self.auth.log_out_all().await) })
    }

    /// As [`crate::CartoAuth::settings`].
    pub fn settings(&self) -> &Settings {
        self.auth.settings()
    }

    fn wait<T>(&self, future: impl Future<Output = Result<T>>) -> Result<T> {
        if tokio::runtime::Handle::try_current().is_ok() {
            return Err(Error::new(ErrorKind::Config, "the blocking handle was asked to wait in async code")
                .hint("use `carto_auth::CartoAuth` there, or a thread from `std::thread::spawn`"));
        }
        self.runtime.get()?.block_on(future)
    }
}

impl Lazy {
    fn get(&self) -> Result<&Runtime> {
        if let Some(runtime) = self.0.get() {
            return Ok(runtime);
        }
        let made = Builder::new_multi_thread().worker_threads(1).enable_all().build().map_err(|error| {
            Error::new(ErrorKind::Storage, "no runtime can be started on this machine").because(error)
        })?;
        // Of two that are made at once, one is kept.
        if let Err(other) = self.0.set(made) {
            other.shutdown_background();
        }
        self.0.get().ok_or_else(|| Error::new(ErrorKind::Storage, "the runtime was lost"))
    }
}

impl Drop for Lazy {
    /// Waits for nothing: a look-up of a name may hang for long after everybody has gone.
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl From<crate::CartoAuth> for CartoAuth {
    fn from(auth: crate::CartoAuth) -> Self {
        Self { auth, runtime: Arc::default() }
    }
}
