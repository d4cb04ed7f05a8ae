//! Why a request brought no answer.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use rustls::{CertificateError, InvalidMessage};

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
    again: Again,
}

/// Whether trying again soon may help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Again {
    May,
    /// Whoever says so twice will say so a third time.
    MayOnce,
    DoesNot,
}

/// Whether the server may have acted on a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// It never got it, or did not look at it.
    Undelivered,
    /// It may have.
    Perhaps,
}

/// How a request goes to its server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// No proxy is set for it.
    Direct,
    /// A proxy is set, unless `NO_PROXY` names the server.
    Proxy,
}

impl Way {
    fn advice(self) -> &'static str {
        match self {
            Self::Direct => "check the network and try again; behind a proxy, set `HTTPS_PROXY`",
            Self::Proxy => "check the network and the proxy in `HTTPS_PROXY`, and try again",
        }
    }
}

impl Failure {
    /// A request that was not even sent.
    pub(super) fn before_sending(error: Error) -> Self {
        Self { error, delivery: Delivery::Undelivered, quota: None, again: Again::DoesNot }
    }

    /// A request that brought no answer, or none that could be used.
    pub(crate) fn passing(error: Error, delivery: Delivery) -> Self {
        Self { error, delivery, quota: None, again: Again::May }
    }

    /// The same with what the server said of how often it may still be asked.
    pub(super) fn telling(self, quota: Option<Quota>) -> Self {
        Self { quota: quota.map(Box::new), ..self }
    }

    /// Says whether one more try is enough to be sure of it.
    pub(super) fn is_sure_when_repeated(&self) -> bool {
        self.again == Again::MayOnce
    }

    /// Says whether the same request may be sent once more.
    pub(super) fn may_be_repeated(&self, repeat: Repeat) -> bool {
        match repeat {
            _ if self.again == Again::DoesNot => false,
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

/// The failure of a server that did not answer in time, or only in part.
pub(super) fn of_silence(host: &str, limit: Duration, has_begun: bool, way: Way) -> Failure {
    let seconds = limit.as_secs().max(1);
    let message = if has_begun {
        format!("{host} did not finish its answer within {seconds} s")
    } else {
        format!("{host} did not answer within {seconds} s")
    };
    Failure::passing(Error::new(ErrorKind::Network, message).hint(way.advice()), Delivery::Perhaps)
}

/// The failure that the HTTP client tells.
pub(super) fn of_client(error: reqwest::Error, host: &str, way: Way) -> Failure {
    // Only a connection that did not come about is certain to have carried nothing, whatever the cause says: a
    // connection may break in the middle of an answer with the words of one that never spoke TLS.
    let delivery =
        if error.is_connect() || error.is_builder() { Delivery::Undelivered } else { Delivery::Perhaps };
    let causes = causes(&error);
    let says = |word: &str| causes.iter().any(|cause| cause.contains(word));
    // The innermost cause is the one a person can act on; those around it say "client error".
    let cause = causes.last().cloned().unwrap_or_else(|| error.to_string());
    // Some end with the address of a manual for programmers.
    let cause = cause.split(": https://docs.rs/").next().unwrap_or_default().to_owned();
    let cause = certificate_fault(&error).and_then(in_words).unwrap_or(cause);
    let (message, hint) = if error.is_timeout() && error.is_connect() {
        (format!("{host} takes no connection"), way.advice())
    } else if error.is_timeout() {
        (format!("{host} did not answer in time"), way.advice())
    } else if let Some(fault) = certificate_fault(&error) {
        of_certificate(fault, host)
    } else if delivery == Delivery::Undelivered && is_without_tls(&error) {
        (
            format!("{host} does not speak TLS"),
            "check the address and its port, and whether a proxy or a network sign-in page answers in its place",
        )
    } else if says("failed to create underlying connection") {
        ("the proxy cannot be reached".to_owned(), way.advice())
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
    } else if delivery == Delivery::Perhaps {
        (format!("{host} broke the connection off"), way.advice())
    } else {
        (format!("{host} cannot be reached"), way.advice())
    };
    let is_of_tls = certificate_fault(&error).is_some() || is_without_tls(&error);
    let error = Error::new(ErrorKind::Network, message).because(cause).hint(hint);
    let again = if says("proxy authorization required") || (delivery == Delivery::Undelivered && is_of_tls) {
        // It will not take the same password the next time, nor show another certificate.
        Again::DoesNot
    } else if says("tunnel error: unsuccessful") {
        // It said another number than 407, which the client keeps to itself: 401 for a wrong password (tinyproxy), 403 for a
        // server that it does not allow, 502 for one that is away just now.
        Again::MayOnce
    } else {
        Again::May
    };
    Failure { error, delivery, quota: None, again }
}

/// What is wrong with the certificate, where that is the cause.
fn certificate_fault(error: &reqwest::Error) -> Option<&CertificateError> {
    match tls_error(error)? {
        rustls::Error::InvalidCertificate(fault) => Some(fault),
        _ => None,
    }
}

/// Says whether something came that is no TLS at all.
fn is_without_tls(error: &reqwest::Error) -> bool {
    matches!(tls_error(error), Some(rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType)))
}

/// The error of TLS, where there is one.
fn tls_error(error: &reqwest::Error) -> Option<&rustls::Error> {
    let mut next = error.source();
    while let Some(source) = next {
        if let Some(tls) = inside(source).downcast_ref() {
            return Some(tls);
        }
        next = source.source();
    }
    None
}

/// What a certificate that is not accepted means, and what to do: another authority mends neither time nor name.
fn of_certificate(fault: &CertificateError, host: &str) -> (String, &'static str) {
    match fault {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => (
            format!("the certificate of {host} has expired"),
            "check this machine's clock; else the server's certificate has to be renewed",
        ),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            (format!("the certificate of {host} is not valid yet"), "check this machine's clock")
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => (
            format!("the certificate that {host} shows is for another name"),
            "check the address, and whether a proxy or a network sign-in page answers in its place",
        ),
        _ => (
            format!("{host} cannot be trusted"),
            "set `SSL_CERT_FILE` to a PEM file with the certificate of the server's or the proxy's authority",
        ),
    }
}

/// What rustls says of a certificate only as it shows values to programmers.
fn in_words(fault: &CertificateError) -> Option<String> {
    match fault {
        CertificateError::NotValidForNameContext { presented, .. } if presented.is_empty() => {
            Some("the certificate names no server".to_owned())
        }
        CertificateError::NotValidForNameContext { presented, .. } => {
            // Each is as in `DnsName("example.com")`.
            let name = |shown: &String| {
                let inside = shown.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
                format!("`{}`", inside.unwrap_or(shown).trim_matches('"'))
            };
            let names: Vec<_> = presented.iter().take(NAMES).map(name).collect();
            let more = if presented.len() > NAMES { " and others" } else { "" };
            Some(format!("the certificate is for {}{more}", names.join(", ")))
        }
        CertificateError::UnknownIssuer => {
            Some("the authority that issued the certificate is not known here".to_owned())
        }
        _ => None,
    }
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

/// How many names of a certificate a person is told.
const NAMES: usize = 3;
