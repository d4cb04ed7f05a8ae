//! The handle that tests and the command hold.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;

use crate::access_token::{Kind, Subject};
use crate::authorization::PERSON_SCOPE;
use crate::clients::FIRST_MACHINE;
use crate::world::World;
use crate::{Browser, Fault, PUBLIC_CLIENT_ID, Person, Recorded, Route, Settings, key, server};

/// A running sandbox. It stops when it is dropped.
///
/// It runs on a thread and a runtime of its own, so that a test may block its runtime or pause its
/// clock: the sandbox answers all the same, and its delays are in real time.
///
/// # Panics
///
/// Dropping it panics if something was asked of it that no client should ask, unless
/// [`forgive`](Self::forgive) was called or the thread is panicking already.
pub struct Sandbox {
    world: Arc<World>,
    thread: Option<JoinHandle<()>>,
}

/// A sign-in that has happened, for tests that start after it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Issued {
    /// A token that the API accepts.
    pub access_token: String,
    /// A token that the token endpoint accepts once.
    pub refresh_token: String,
}

impl Sandbox {
    /// Starts a sandbox with the default settings on a free port of 127.0.0.1.
    ///
    /// # Errors
    ///
    /// As [`start_blocking`](Self::start_blocking).
    pub async fn start() -> io::Result<Self> {
        Self::start_with(Settings::default()).await
    }

    /// Starts a sandbox.
    ///
    /// # Errors
    ///
    /// As [`start_blocking`](Self::start_blocking).
    pub async fn start_with(settings: Settings) -> io::Result<Self> {
        Self::start_blocking(settings)
    }

    /// Starts a sandbox from code without async.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::InvalidInput`] if the address is not loopback or the API's path is no path,
    /// and what the system says if it cannot listen there.
    pub fn start_blocking(settings: Settings) -> io::Result<Self> {
        let address = SocketAddr::new(settings.address, settings.port);
        let invalid = |why| Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        if !settings.address.is_loopback() {
            let why =
                format!("the sandbox listens on loopback only (127.0.0.1 or ::1), not on {}", address.ip());
            return invalid(why);
        }
        let path = &settings.api_path;
        if !path.is_empty() && (!path.starts_with('/') || path.ends_with('/')) {
            return invalid(format!("the API's path is empty or like `/api`, not `{path}`"));
        }
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let world = Arc::new(World::new(settings, format!("http://{}", listener.local_addr()?)));
        // Ahead of the first token, which would wait for it.
        std::thread::spawn(key::prepare);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        let served = Arc::clone(&world);
        let thread = std::thread::Builder::new().name("carto-sandbox".to_owned()).spawn(move || {
            runtime.block_on(server::run(served, listener));
            // What hangs on purpose would hang here too.
            runtime.shutdown_background();
        })?;
        Ok(Self { world, thread: Some(thread) })
    }

    /// Where it is: `http://127.0.0.1:PORT`, without a final slash.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.world.url
    }

    /// The environment variables that send a client here.
    #[must_use]
    pub fn variables(&self) -> Vec<(String, String)> {
        let url = self.url();
        let (id, secret) = self.m2m_client();
        [
            ("CARTO_AUTH_URL", url.to_owned()),
            ("CARTO_AUTH_CLIENT_ID", PUBLIC_CLIENT_ID.to_owned()),
            ("CARTO_AUTH_PASTE_REDIRECT_URI", format!("{url}/auth/token")),
            ("CARTO_ACCOUNTS_URL", url.to_owned()),
            ("CARTO_API_BASE_URL", self.world.api_base_url()),
            ("CARTO_M2M_CLIENT_ID", id),
            ("CARTO_M2M_CLIENT_SECRET", secret),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    /// The id and the secret of the machine-to-machine client that every sandbox has.
    #[must_use]
    pub fn m2m_client(&self) -> (String, String) {
        let secret = self.world.state().clients.secret(FIRST_MACHINE);
        (FIRST_MACHINE.to_owned(), secret.unwrap_or_default())
    }

    /// Makes one more machine-to-machine client: its id and its secret.
    #[must_use]
    pub fn add_m2m_client(&self) -> (String, String) {
        self.world.state().clients.add()
    }

    /// Gives a machine-to-machine client a new secret and returns it; the old one is refused. A
    /// client that did not exist does from now on.
    pub fn rotate_m2m_secret(&self, client_id: &str) -> String {
        self.world.state().clients.rotate(client_id)
    }

    /// Tokens as a sign-in of this person would have given them out.
    #[must_use]
    pub fn issue(&self, person: Person) -> Issued {
        let subject = Subject {
            client_id: PUBLIC_CLIENT_ID.to_owned(),
            kind: Kind::Person,
            person,
            organization: None,
            scope: PERSON_SCOPE.to_owned(),
        };
        let (issuer, life) = (self.world.issuer(), self.world.settings.token_life);
        let mut state = self.world.state();
        Issued {
            access_token: state.access.issue(&issuer, &subject, life),
            refresh_token: state.refresh.issue(subject),
        }
    }

    /// An API Access Token of this person's account, for SQL and maps on the warehouse.
    #[must_use]
    pub fn issue_api_token(&self, person: Person) -> String {
        self.world.state().api_tokens.issue_default(person.account_id)
    }

    /// Lets a fault happen to the next request of this route that has none yet.
    pub fn plan(&self, route: Route, fault: impl Into<Fault>) {
        let fault = fault.into();
        self.plan_with(route, move |_| fault);
    }

    /// As [`plan`](Self::plan), decided when the request is there.
    pub fn plan_with(&self, route: Route, choose: impl FnOnce(&Recorded) -> Fault + Send + 'static) {
        self.world.plan().next(route, Box::new(choose));
    }

    /// Lets a fault happen to every request of this route, once the queue of
    /// [`plan`](Self::plan) is empty.
    pub fn plan_always(&self, route: Route, fault: impl Into<Fault>) {
        let fault = fault.into();
        self.plan_always_with(route, move |_| fault.clone());
    }

    /// As [`plan_always`](Self::plan_always), decided for each request.
    pub fn plan_always_with(
        &self,
        route: Route,
        choose: impl Fn(&Recorded) -> Fault + Send + Sync + 'static,
    ) {
        self.world.plan().always(route, Arc::new(choose));
    }

    /// Serves this route as usual from now on.
    pub fn plan_nothing(&self, route: Route) {
        self.world.plan().clear(route);
    }

    /// How many faults planned for this route still wait for their request.
    #[must_use]
    pub fn waiting(&self, route: Route) -> usize {
        self.world.plan().waiting(route)
    }

    /// How many requests of this route came, whatever became of them.
    #[must_use]
    pub fn requests(&self, route: Route) -> usize {
        self.world.ledger().count(route)
    }

    /// Every request in order; a sandbox that runs for days keeps the last ten thousand.
    #[must_use]
    pub fn recorded(&self) -> Vec<Recorded> {
        self.world.ledger().recorded()
    }

    /// Every secret that a client had in its hands: codes, verifiers, client secrets and tokens, as its requests
    /// brought them.
    #[must_use]
    pub fn secrets(&self) -> Vec<String> {
        self.recorded().iter().flat_map(Recorded::secrets).collect()
    }

    /// What was asked that no client should ask, in words.
    #[must_use]
    pub fn unplanned(&self) -> Vec<String> {
        self.world.ledger().unplanned.clone()
    }

    /// # Panics
    ///
    /// If something was asked that no client should ask.
    pub fn assert_clean(&self) {
        let unplanned = self.unplanned();
        assert!(unplanned.is_empty(), "the sandbox was asked what nobody planned: {unplanned:#?}");
    }

    /// Lets the sandbox be dropped whatever was asked of it.
    pub fn forgive(&self) {
        self.world.ledger().forgiven = true;
    }

    /// Ends every token that was given out, of whatever kind.
    pub fn revoke_everything(&self) {
        self.world.state().revoke_everything();
    }

    /// Makes every access token too old. What the tokens say about themselves does not change.
    pub fn expire_tokens(&self) {
        self.world.state().access.expire_all();
    }

    /// A person at a browser.
    #[must_use]
    pub fn browser(&self) -> Browser {
        Browser::new()
    }

    pub(crate) fn world(&self) -> &Arc<World> {
        &self.world
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.world.stopping.send_replace(true);
        if let Some(thread) = self.thread.take() {
            // A panic of the server's thread has been reported where it happened.
            let _ = thread.join();
        }
        if !self.world.ledger().forgiven && !std::thread::panicking() {
            self.assert_clean();
        }
    }
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox").field("url", &self.url()).finish_non_exhaustive()
    }
}
