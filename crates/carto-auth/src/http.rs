//! One place that sends.
//!
//! Every request of this crate goes through [`Sender::send`], which gives it a deadline, reads at most
//! 1 MiB of the answer, follows no redirect, repeats only what is safe to repeat, and lets a secret go
//! only where it may (see [`trust`]). What an answer means is not known here.

mod answer;
mod client;
mod failure;
#[cfg(any(test, fuzzing))]
mod made;
#[cfg(any(test, fuzzing))]
pub(crate) mod properties;
mod quota;
mod retry;
mod trust;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use url::Url;
use zeroize::Zeroizing;

use self::failure::Way;
use crate::environment::is_loopback;
use crate::error::{Error, Result};
use crate::platform::{Clock, Network, Platform};
use crate::secret::Secret;

pub(crate) use self::answer::Answer;
pub(crate) use self::failure::{Delivery, Failure};

/// Sends requests and gives answers.
///
/// The HTTP client, its certificates and its connections come into being with the first request.
#[derive(Debug)]
pub(crate) struct Sender {
    network: Network,
    clock: Arc<dyn Clock>,
    client: OnceLock<Result<client::Client>>,
}

/// Whether sending the same request twice is harmless.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// It asks, or gives the same each time.
    Safe,
    /// It uses something up, as an authorization code: only what never left is sent again.
    Unsent,
    /// Its caller sees to that: a refresh token that rotates.
    Never,
}

/// How long a connection may take to come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    /// As long as a slow network needs.
    Usual,
    /// Less, because the caller has something else meanwhile.
    Little,
}

/// A request to be sent.
#[derive(Debug)]
pub(crate) struct Call {
    url: Url,
    form: Option<Vec<(&'static str, Secret)>>,
    bearer: Option<Secret>,
    guarded: Vec<Secret>,
    repeat: Repeat,
    patience: Patience,
    deadline: Duration,
}

impl Call {
    /// Asks for a resource.
    pub(crate) fn get(url: Url) -> Self {
        let (repeat, patience) = (Repeat::Safe, Patience::Usual);
        Self { url, form: None, bearer: None, guarded: Vec::new(), repeat, patience, deadline: DEADLINE }
    }

    /// Sends a form (RFC 6749, appendix B).
    pub(crate) fn post_form(url: Url, form: Vec<(&'static str, Secret)>, repeat: Repeat) -> Self {
        Self { form: Some(form), repeat, ..Self::get(url) }
    }

    /// Signs the request with an access token (RFC 6750, section 2.1).
    pub(crate) fn bearer(mut self, token: &Secret) -> Self {
        self.bearer = Some(token.clone());
        self
    }

    /// Says that the form holds a secret which may not go everywhere.
    pub(crate) fn guard(mut self, secret: &Secret) -> Self {
        self.guarded.push(secret.clone());
        self
    }

    /// Sets how long all tries together may take.
    pub(crate) fn within(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Sets how long a connection for a form may take to come about.
    pub(crate) fn with_patience(mut self, patience: Patience) -> Self {
        self.patience = patience;
        self
    }

    /// What it holds that is for the server alone.
    fn secrets(&self) -> Vec<Secret> {
        let form = self.form.iter().flatten().filter(|(name, _)| !PUBLIC.contains(name));
        form.map(|(_, value)| value).chain(&self.bearer).cloned().collect()
    }
}

impl Sender {
    /// A sender that reaches the network as this platform says.
    pub(crate) fn new(platform: &Platform) -> Self {
        Self {
            network: platform.network.clone(),
            clock: Arc::clone(&platform.clock),
            client: OnceLock::new(),
        }
    }

    /// Sends a request and gives the answer, whatever it says, unless it is that the server is out of
    /// order (5xx) or busy (429): those are failures, after the request was repeated where that is safe.
    pub(crate) async fn send(&self, call: Call) -> Result<Answer, Failure> {
        for secret in call.bearer.iter().chain(&call.guarded) {
            trust::check(secret, &call.url).map_err(Failure::before_sending)?;
        }
        let client = self.client(&call).map_err(Failure::before_sending)?;
        let (host, way) = (host_of(&call.url), self.way_to(&call.url));
        let ends = tokio::time::Instant::now() + call.deadline;
        let mut waits = retry::waits();
        let mut before: Option<Error> = None;
        let mut is_unsure = true;
        loop {
            let left = ends.saturating_duration_since(tokio::time::Instant::now());
            let limit = if call.repeat == Repeat::Safe { left.min(ATTEMPT) } else { left };
            let has_begun = AtomicBool::new(false);
            let failure = match tokio::time::timeout(limit, self.attempt(client, &call, &has_begun)).await {
                Ok(Ok(answer)) if answer.is_out_of_order() => answer.into_failure(&host, self.clock.now()),
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(error)) => failure::of_client(error, &host, way),
                Err(_) => match before.take().filter(|_| limit < ATTEMPT) {
                    // The last try had less time than it takes to tell why: the one before it had enough.
                    Some(error) => Failure::passing(error, Delivery::Perhaps),
                    None => failure::of_silence(&host, limit, has_begun.load(Ordering::Relaxed), way),
                },
            };
            let was_unsure = is_unsure;
            is_unsure = !failure.is_sure_when_repeated();
            if !failure.may_be_repeated(call.repeat) || !(is_unsure || was_unsure) {
                return Err(failure);
            }
            let left = ends.saturating_duration_since(tokio::time::Instant::now());
            match waits.next().map(|wait| failure.error.wait().map_or(wait, |asked| asked.max(wait))) {
                Some(wait) if wait < left => {
                    tracing::debug!(%host, ?wait, error = %failure.error, "trying again");
                    tokio::time::sleep(wait).await;
                    before = Some(failure.error);
                }
                _ => return Err(failure),
            }
        }
    }

    async fn attempt(
        &self,
        client: &reqwest::Client,
        call: &Call,
        has_begun: &AtomicBool,
    ) -> Result<Answer, reqwest::Error> {
        let mut request = match &call.form {
            None => client.get(call.url.clone()),
            Some(form) => client
                .post(call.url.clone())
                .header(reqwest::header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(encode(form).as_bytes().to_vec()),
        };
        request = request.header(reqwest::header::ACCEPT, "application/json, */*;q=0.5");
        if let Some(token) = &call.bearer {
            // Marked as sensitive by the client, so that it stays out of its logs.
            request = request.bearer_auth(token.expose());
        }
        let response = request.send().await?;
        has_begun.store(true, Ordering::Relaxed);
        tracing::debug!(url = %call.url.path(), host = %host_of(&call.url), status = response.status().as_u16(), "answered");
        Answer::read(response, call.url.clone(), call.secrets()).await
    }

    fn way_to(&self, url: &Url) -> Way {
        let proxy =
            if url.scheme() == "https" { &self.network.https_proxy } else { &self.network.http_proxy };
        if proxy.is_some() && !is_loopback(url) { Way::Proxy } else { Way::Direct }
    }

    fn client(&self, call: &Call) -> Result<&reqwest::Client> {
        let made = self.client.get_or_init(|| client::build(&self.network));
        let client = made.as_ref().map_err(Clone::clone)?;
        match &client.no_certificates {
            Some(error) if call.url.scheme() == "https" => Err(error.clone()),
            // A form uses something up, or is sent once in the life of a token.
            _ if call.form.is_some() => Ok(match call.patience {
                Patience::Usual => &client.fresh,
                Patience::Little => &client.hurried,
            }),
            _ => Ok(&client.keeping),
        }
    }
}

/// The host, and the port where it is not the usual one, as a person would name the server.
pub(crate) fn host_of(url: &Url) -> String {
    match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => url.scheme().to_owned(),
    }
}

fn encode(form: &[(&'static str, Secret)]) -> Zeroizing<String> {
    let mut serializer = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in form {
        serializer.append_pair(name, value.expose());
    }
    Zeroizing::new(serializer.finish())
}

/// The parameters of a form that everybody may see.
const PUBLIC: [&str; 5] = ["grant_type", "client_id", "audience", "redirect_uri", "token_type_hint"];

/// How long all tries together may take, unless the caller says otherwise.
const DEADLINE: Duration = Duration::from_secs(30);

/// How long one try may take when there can be another.
const ATTEMPT: Duration = Duration::from_secs(10);
