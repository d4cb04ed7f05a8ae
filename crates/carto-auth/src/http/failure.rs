//! Why a request brought no answer.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use super::Repeat;
use crate::error::{Error, ErrorKind};
use crate::token::Quota;

/// A request that brought no answer, or only the answer that the server is out of order.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What the person is told.
    pub(crate) error: Error,
    /// Whether the server may have acted on the request.
    pub(crate) delivery: Delivery,
    /// How often the server may still be asked, where it said so.
    pub(crate) quota: Option<Box<Quota>>,
    /// Trying again soon would not help.
    lasting: bool,
}

/// Whether the server may have acted on a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// It never got it, or did not look at it.
    Undelivered,
    /// It may have.
    Perhaps,
}

impl Failure {
    /// A request that was not even sent.
    pub(super) fn before_sending(error: Error) -> Self {
        Self { error, delivery: Delivery::Undelivered, quota: None, lasting: true }
    }

    /// A request that brought no answer, or none that could be used.
    pub(super) fn passing(error: Error, delivery: Delivery) -> Self {
        Self { error, delivery, quota: None, lasting: false }
    }

    /// The same with what the server said of how often it may still be asked.
    pub(super) fn telling(self, quota: Option<Quota>) -> Self {
        Self { quota: quota.map(Box::new), ..self }
    }

    /// Says whether the same request may be sent once more.
    pub(super) fn may_be_repeated(&self, repeat: Repeat) -> bool {
        match repeat {
            _ if self.lasting => false,
            Repeat::Safe => true,
            Repeat::Unsent => self.delivery == Delivery::Undelivered,
            Repeat::Never => false,
        }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        failure.error
    }
}

/// The failure of a server that did not answer in time.
pub(super) fn of_silence(host: &str, limit: Duration) -> Failure {
    let error =
        Error::new(ErrorKind::Network, format!("{host} did not answer within {} s", limit.as_secs().max(1)))
            .hint("check the network and try again; behind a proxy, set `HTTPS_PROXY`");
    Failure::passing(error, Delivery::Perhaps)
}

/// The failure that the HTTP client tells.
pub(super) fn of_client(error: reqwest::Error, host: &str) -> Failure {
    let delivery =
        if error.is_connect() || error.is_builder() { Delivery::Undelivered } else { Delivery::Perhaps };
    let causes = causes(&error);
    let says = |word: &str| causes.iter().any(|cause| cause.contains(word));
    // The innermost cause is the one a person can act on; those around it say "client error".
    let cause = causes.last().cloned().unwrap_or_else(|| error.to_string());
    let (message, hint) = if error.is_timeout() {
        (
            format!("{host} did not answer in time"),
            "check the network and try again; behind a proxy, set `HTTPS_PROXY`",
        )
    } else if let Some(hint) = certificate_hint(&error, &cause) {
        let error =
            Error::new(ErrorKind::Network, format!("{host} cannot be trusted")).because(cause).hint(hint);
        return Failure::before_sending(error);
    } else if says("407") || says("proxy") || says("Proxy") || says("tunnel") {
        (
            "the proxy did not let the request through".to_owned(),
            "check the address, user name and password in `HTTPS_PROXY`",
        )
    } else if says("dns error") || says("lookup") {
        (
            format!("the name {host} cannot be found"),
            "check the name and the network; behind a proxy, set `HTTPS_PROXY`",
        )
    } else {
        (
            format!("{host} cannot be reached"),
            "check the network and try again; behind a proxy, set `HTTPS_PROXY`",
        )
    };
    let error = Error::new(ErrorKind::Network, message).because(cause).hint(hint);
    // The proxy will not take the same password the next time.
    Failure { error, delivery, quota: None, lasting: says("proxy authorization required") }
}

/// What to do about a certificate that is not accepted, where that is the cause.
fn certificate_hint(error: &reqwest::Error, cause: &str) -> Option<&'static str> {
    let mut next = error.source();
    while let Some(source) = next {
        if let Some(tls) = inside(source).downcast_ref::<rustls::Error>() {
            return matches!(tls, rustls::Error::InvalidCertificate(_)).then_some(if cause.contains("xpired") {
                "check this machine's clock; else the server's certificate has to be renewed"
            } else {
                "set `SSL_CERT_FILE` to a PEM file with the certificate of the server's or the proxy's authority"
            });
        }
        next = source.source();
    }
    None
}

/// What an I/O error wraps, however often: it does not name it as its source.
fn inside<'a>(mut error: &'a (dyn StdError + 'static)) -> &'a (dyn StdError + 'static) {
    while let Some(inner) = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        error = inner;
    }
    error
}

/// The texts of the causes, outermost first. The error itself is left out: its text holds the URL.
fn causes(error: &reqwest::Error) -> Vec<String> {
    let mut causes = Vec::new();
    let mut next = error.source();
    while let Some(source) = next {
        causes.push(source.to_string());
        next = source.source();
    }
    causes
}
