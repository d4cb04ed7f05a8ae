//! OAuth on the wire: what is asked of the authorization server, and what its answers mean.
//!
//! No file here knows a person, a store or the time of day; each speaks one part of the protocol.

mod authorization_code;
mod client_credentials;
mod metadata;
mod pkce;
#[cfg(any(test, fuzzing))]
pub(crate) mod properties;
mod refresh_token;
mod refusal;
mod revocation;
mod server_clock;
mod token_answer;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::sync::OnceCell;

use crate::environment::Environment;
use crate::error::{Error, ErrorKind};
use crate::http::{Answer, Call, Failure, Sender};
use crate::platform::Clock;
use crate::token::{BootTime, Moment, Quota};

pub(crate) use crate::http::Patience;

pub(crate) use self::authorization_code::{Ask, AuthorizationRequest};
pub(crate) use self::metadata::Metadata;
pub(crate) use self::refresh_token::Fate;
pub(crate) use self::refusal::{Refusal, of_redirect};
pub(crate) use self::revocation::Revocation;
use self::server_clock::ServerClock;

/// The authorization server of an environment, ready to be asked.
#[derive(Debug)]
pub(crate) struct Authority {
    pub(crate) environment: Environment,
    sender: Arc<Sender>,
    clock: Arc<dyn Clock>,
    metadata: OnceCell<Metadata>,
    /// What is taken to be true while the server is silent.
    assumed: Metadata,
    /// Until when a server that was silent is not asked again what it says of itself, in milliseconds since the machine
    /// started.
    silent_until: AtomicU64,
    server_clock: ServerClock,
    /// What the token endpoint said last of how often it may still be asked.
    quota: ArcSwapOption<Quota>,
}

impl Authority {
    pub(crate) fn new(environment: Environment, sender: Arc<Sender>, clock: Arc<dyn Clock>) -> Self {
        let assumed = Metadata::assumed(&environment);
        let silent_until = AtomicU64::new(0);
        let (metadata, server_clock) = (OnceCell::new(), ServerClock::default());
        let quota = ArcSwapOption::empty();
        Self { environment, sender, clock, metadata, assumed, silent_until, server_clock, quota }
    }

    /// The authority that gave a token to this client, over the same connections.
    pub(crate) fn of_client(self: &Arc<Self>, issuer: &str, client_id: &str) -> Arc<Self> {
        let own = &self.environment;
        if own.auth_url.trim_end_matches('/') == issuer && own.client_id == client_id {
            return Arc::clone(self);
        }
        let (auth_url, client_id) = (issuer.to_owned(), client_id.to_owned());
        let environment = Environment { auth_url, client_id, ..own.clone() };
        Arc::new(Self::new(environment, Arc::clone(&self.sender), Arc::clone(&self.clock)))
    }

    /// What time it is, by the server's clock where that is known.
    pub(crate) fn moment(&self) -> Moment {
        self.moment_at(self.clock.since_boot())
    }

    fn moment_at(&self, since_boot: Duration) -> Moment {
        let boot = self.clock.boot().map(|boot| BootTime::new(boot, since_boot));
        Moment { here: self.clock.now(), ..Moment::new(self.server_clock.now(&*self.clock), boot) }
    }

    /// How many tokens there may still be, as the token endpoint said last, also where it gave none.
    pub(crate) fn quota(&self) -> Option<Arc<Quota>> {
        self.quota.load_full()
    }

    /// Sends a request for a token, and remembers what is said of the quota.
    async fn ask_for_token(&self, call: Call) -> crate::Result<Answer, Failure> {
        let answer = self.sender.send(call).await;
        let quota = match &answer {
            Ok(answer) => answer.quota(self.moment().now),
            Err(failure) => failure.quota.as_deref().cloned(),
        };
        if quota.is_some() {
            self.quota.store(quota.map(Arc::new));
        }
        answer
    }

    /// When the tokens of an answer were won: by the server's clock, and no later than the request left.
    fn won(&self, answer: &Answer, sent: Duration) -> Moment {
        self.server_clock.learn(answer.date(), &*self.clock);
        self.moment_at(sent)
    }

    /// What the server says of itself. It is asked until it answers, and then no more.
    pub(crate) async fn metadata(&self) -> &Metadata {
        self.heard().await.unwrap_or(&self.assumed)
    }

    /// The same, or why it was silent just now. One that was silent a while ago is not asked.
    async fn heard(&self) -> crate::Result<&Metadata> {
        let now = u64::try_from(self.clock.since_boot().as_millis()).unwrap_or(u64::MAX);
        if !self.metadata.initialized() && now < self.silent_until.load(Ordering::Relaxed) {
            return Err(Error::new(ErrorKind::Network, "the authorization server was silent a moment ago")
                .hint("try again"));
        }
        let ask = || async {
            let read = Metadata::read(&self.sender, &self.environment).await;
            read.inspect_err(|_| self.silent_until.store(now.saturating_add(SILENCE), Ordering::Relaxed))
        };
        self.metadata.get_or_try_init(ask).await
    }

    /// The authorization endpoint, for a link that is shown at once.
    pub(crate) async fn authorization_endpoint(&self) -> crate::Result<url::Url> {
        crate::environment::secure_url(&self.routes().await.authorization_endpoint, "authorization endpoint")
    }

    /// The token endpoint.
    pub(crate) async fn token_endpoint(&self) -> crate::Result<url::Url> {
        crate::environment::secure_url(&self.routes().await.token_endpoint, "token endpoint")
    }

    /// The token endpoint, for whoever can wait until the server is heard again: one that was silent just now is not
    /// tried a second time.
    pub(crate) async fn token_endpoint_if_heard(&self) -> crate::Result<url::Url> {
        if !self.are_known() {
            self.heard().await?;
        }
        self.token_endpoint().await
    }

    /// Where the endpoints are. CARTO's own are known; another server is asked where its are.
    async fn routes(&self) -> &Metadata {
        if self.are_known() { &self.assumed } else { self.metadata().await }
    }

    fn are_known(&self) -> bool {
        self.environment.auth_url == Environment::default().auth_url && !self.metadata.initialized()
    }
}

/// How many seconds a server that was silent is not asked again: a sign-in would wait each time.
const SILENCE: u64 = 60_000;

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll, Waker};

    use super::*;
    use crate::platform::{Platform, Variables};

    fn cartos() -> Authority {
        let platform = Platform::headless(Variables::default());
        let sender = Arc::new(Sender::new(&platform));
        Authority::new(Environment::default(), sender, Arc::clone(&platform.clock))
    }

    #[test]
    fn each_client_of_each_server_has_an_authority_of_its_own() {
        let own = Arc::new(cartos());
        let (url, client) = (own.environment.auth_url.clone(), own.environment.client_id.clone());
        assert!(Arc::ptr_eq(&own.of_client(&url, &client), &own));
        for (url, client) in [(url.as_str(), "another"), ("https://other.example", client.as_str())] {
            let other = own.of_client(url, client);
            assert_eq!((&*other.environment.auth_url, &*other.environment.client_id), (url, client));
        }
    }

    #[test]
    fn the_link_of_cartos_own_server_waits_for_nobody() {
        let authority = cartos();
        let ask = Ask { organization: None, scopes: Vec::new(), offline_access: true, another_person: false };
        let request = std::pin::pin!(authority.authorization_request(&ask, "http://localhost:1/".into()));
        let Poll::Ready(Ok(request)) = request.poll(&mut Context::from_waker(Waker::noop())) else {
            panic!("it waits for something");
        };
        assert!(request.link.starts_with("https://auth.carto.com/authorize?"), "{}", request.link);
    }
}
