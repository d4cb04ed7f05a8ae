//! The handle that people hold: it signs in, and gives tokens that work.

mod everywhere;
mod opening;

use std::path::Path;
use std::sync::{Arc, OnceLock};

use crate::api::CartoDwCredentials;
use crate::error::Result;
use crate::platform::Platform;
use crate::secret::Secret;
use crate::session::{Effort, LoggedOut, Session};
use crate::settings::{Options, Settings, Wanted};
use crate::status::Status;
use crate::token::TokenSet;

use self::opening::session;

pub use self::everywhere::{LoggedOutAll, SignedOut};

/// A sign-in to CARTO. Clones share it: its tokens, its connections, and the one request that renews.
///
/// ```no_run
/// # async fn example() -> carto_auth::Result<()> {
/// use carto_auth::CartoAuth;
///
/// let auth = CartoAuth::from_m2m("./carto-credentials.json").await?;
/// let token = auth.access_token().await?;
/// let url = format!("{}/v3/connections", auth.api_base_url().await?);
/// # let _ = (token, url);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct CartoAuth {
    session: Arc<Session>,
    settings: Arc<Settings>,
    /// The token that the caller brought along. It is in no store.
    brought: Arc<OnceLock<Secret>>,
}

impl CartoAuth {
    /// Signs a person in, unless they are signed in already, on this machine as it is.
    ///
    /// [`CartoAuth::open`] and [`CartoAuth::sign_in`] do the same with options.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::PersonNeeded`](crate::ErrorKind::PersonNeeded) at once where nobody can be asked, and
    /// every other kind: a sign-in goes through all there is.
    pub async fn from_oauth() -> Result<Self> {
        let auth = Self::open(Platform::system(), &Options::default(), Wanted::Person)?;
        auth.sign_in().await?;
        Ok(auth)
    }

    /// Signs a job in with a credentials file (CARTO's machine-to-machine client).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) lists all faults of the file;
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused) when CARTO does not accept it.
    pub async fn from_m2m(path: impl AsRef<Path>) -> Result<Self> {
        let wanted = Wanted::CredentialsFile(path.as_ref().to_owned());
        let auth = Self::open(Platform::system(), &Options::default(), wanted)?;
        auth.access_token().await?;
        Ok(auth)
    }

    /// Takes an API Access Token, which never renews.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) when the URL or the token cannot be used.
    pub fn from_token(api_base_url: impl Into<String>, token: Secret) -> Result<Self> {
        let wanted = Wanted::Token { api_base_url: Some(api_base_url.into()), token };
        Self::open(Platform::system(), &Options::default(), wanted)
    }

    /// Takes what is set: `CARTO_API_TOKEN`, the machine-to-machine variables, `CARTO_CREDENTIALS_FILE`,
    /// or the sign-in of the profile. Nobody is asked to sign in.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) names the setting that cannot be used.
    pub fn from_env() -> Result<Self> {
        let options = Options { interactive: Some(false), ..Options::default() };
        Self::open(Platform::system(), &options, Wanted::Any)
    }

    /// A handle for these settings. Nothing is asked of anybody yet, and nothing is sent.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) names the setting that cannot be used.
    pub fn open(platform: Platform, options: &Options, wanted: Wanted) -> Result<Self> {
        let settings = Settings::resolve(&platform, options, wanted)?;
        Ok(Self {
            session: Arc::new(session(platform, &settings)),
            settings: Arc::new(settings),
            brought: Arc::default(),
        })
    }

    /// The same handle for a process that was forked: with these settings and the access token that is in
    /// memory, and with locks, connections and a store of its own.
    ///
    /// A refresh token that is in memory alone stays with the process it came from, since two that send it
    /// would end the sign-in of both (RFC 9700, section 4.14.2).
    #[must_use]
    pub fn in_new_process(&self, platform: Platform) -> Self {
        let session = session(platform, &self.settings);
        if let Some(token) = self.session.remembered() {
            let token =
                TokenSet { refresh_token: None, refresh_in_keyring: false, ..TokenSet::clone(&token) };
            session.inherit(token, &self.session);
        }
        Self {
            session: Arc::new(session),
            settings: Arc::clone(&self.settings),
            brought: Arc::clone(&self.brought),
        }
    }

    /// Uses this token from now on, until it ends. It is not written to the store.
    pub fn start_with(&self, token: TokenSet) {
        let _ = self.brought.set(token.access_token.clone());
        self.session.take_over(token);
    }

    /// Signs in, unless that is done already. A person may be asked for it, in any way there is here.
    ///
    /// Threads and processes that want the same sign-in at the same time cause one: the others wait for
    /// it and get the same token, or the same error.
    ///
    /// # Errors
    ///
    /// As [`CartoAuth::from_oauth`].
    pub async fn sign_in(&self) -> Result<()> {
        self.session.sign_in(Effort::SignIn).await.map(drop)
    }

    /// Signs in anew, so that another person can: the login page is shown even to somebody who is
    /// signed in in the browser.
    ///
    /// # Errors
    ///
    /// As [`CartoAuth::from_oauth`].
    pub async fn sign_in_as_another(&self) -> Result<()> {
        self.session.sign_in(Effort::AnotherPerson).await.map(drop)
    }

    /// Ends a sign-in that was begun before and could not wait, with the code or the address that the
    /// person brings.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::PersonNeeded`](crate::ErrorKind::PersonNeeded) when none was begun in the last ten
    /// minutes, or it was ended already.
    pub async fn complete_sign_in(&self, answer: &str) -> Result<()> {
        self.session.complete(answer).await
    }

    /// An access token that is accepted now, to be sent as `Authorization: Bearer` (RFC 6750).
    ///
    /// It is renewed before it ends, by one request however many ask. What a person types is never read.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::PersonNeeded`](crate::ErrorKind::PersonNeeded) when somebody has to sign in again,
    /// [`ErrorKind::Network`](crate::ErrorKind::Network) when CARTO cannot be reached and no token lives.
    pub async fn access_token(&self) -> Result<Secret> {
        self.session.access_token().await
    }

    /// As [`CartoAuth::access_token`], with what is known about the token.
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn token(&self) -> Result<Arc<TokenSet>> {
        self.session.token().await
    }

    /// As [`CartoAuth::token`], for a caller at whose side a person is: they may be asked in any way there is, once
    /// no token lives any more.
    ///
    /// # Errors
    ///
    /// As [`CartoAuth::from_oauth`].
    pub async fn token_of_person(&self) -> Result<Arc<TokenSet>> {
        self.session.sign_in(Effort::Use).await
    }

    /// Says whether this very token is still the one to use: a look without a lock and without I/O.
    pub fn is_current(&self, token: &Arc<TokenSet>) -> bool {
        self.session.is_remembered(token)
    }

    /// Says whether a person who signs in with one of the two has signed in with the other: their tokens go by one key.
    pub fn is_same_sign_in(&self, other: &Self) -> bool {
        let key = |auth: &Self| auth.session.identity.key().ok().flatten();
        key(self).zip(key(other)).is_some_and(|(one, another)| one.id() == another.id())
    }

    /// The access token that is kept on this machine, where it can be used as it is.
    ///
    /// Reads a file and does nothing else: no runtime, no thread, no network.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) when a credentials file cannot be read any more.
    pub fn cached_access_token(&self) -> Result<Option<Secret>> {
        Ok(self.cached_token()?.map(|token| token.access_token.clone()))
    }

    /// As [`CartoAuth::cached_access_token`], with what is known about the token.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn cached_token(&self) -> Result<Option<Arc<TokenSet>>> {
        self.session.cached()
    }

    /// The base URL of the account's API, without a slash at the end.
    ///
    /// Where it was not set, CARTO is asked for it (accounts, `config.yaml`) and the answer is kept.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) when the place found is not to be trusted,
    /// [`ErrorKind::UnexpectedAnswer`](crate::ErrorKind::UnexpectedAnswer) when CARTO does not name one.
    pub async fn api_base_url(&self) -> Result<String> {
        self.session.api_base_url().await
    }

    /// The API base URL, where it was set, is known of the token in memory, or stands in a job's credentials. Nothing is
    /// sent.
    pub fn known_api_base_url(&self) -> Option<String> {
        self.session.known_api_base_url()
    }

    /// Asks CARTO for the base URL of a person's account with the token at hand, so that [`CartoAuth::status`] has it from
    /// the start. It takes a few seconds at most, fails never, and costs no token whatever the answer is.
    pub async fn look_for_api_base_url(&self) {
        self.session.look_for_api_base_url().await;
    }

    /// The project and the Google token of the account's CARTO Data Warehouse.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Warehouse`](crate::ErrorKind::Warehouse) when the account has none.
    pub async fn carto_dw_credentials(&self) -> Result<CartoDwCredentials> {
        self.session.carto_dw_credentials().await
    }

    /// Says that an API has not accepted the last token (a 401): the next one is another.
    pub fn invalidate(&self) {
        self.session.invalidate();
    }

    /// Says that an API has not accepted this very token (a 401). One that has taken its place meanwhile
    /// stays in use, so that many who were not accepted cause one renewal.
    ///
    /// One that was won less than 30 seconds ago in place of a refused one stays in use as well: an API that accepts
    /// no token costs no new one with each request. [`CartoAuth::invalidate`] gives up any.
    pub fn invalidate_token(&self, token: &Secret) {
        self.session.reject(token);
    }

    /// Who is signed in, where the token rests, and which settings won. Nothing is sent.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) when a credentials file cannot be read any more.
    pub async fn status(&self) -> Result<Status> {
        let is_brought = |token: &Arc<TokenSet>| self.brought.get() == Some(&token.access_token);
        Status::of(&self.session, &self.settings, self.session.remembered().filter(is_brought)).await
    }

    /// Signs out: tells the server where it offers that, within a few seconds, and forgets the token
    /// whatever the server says.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Storage`](crate::ErrorKind::Storage) when the token cannot be removed.
    pub async fn log_out(&self) -> Result<LoggedOut> {
        self.session.log_out().await
    }

    /// What was decided of all settings, and why.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }
}
