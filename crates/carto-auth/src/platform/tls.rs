//! Whom to trust, made into what TLS takes: ring, and this machine's certificates.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use rustls::pki_types::UnixTime;
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, RootCertStore, crypto::ring};

use super::Network;
use crate::error::{Error, ErrorKind, Result};

/// The side of TLS that connects, and why it can trust nobody where that is so.
///
/// # Errors
///
/// [`ErrorKind::Config`] when TLS itself cannot be set up.
pub(crate) fn tls(network: &Network) -> Result<(ClientConfig, Option<Error>)> {
    let certificates = network.certificates();
    let mut roots = RootCertStore::empty();
    let (taken, refused) = roots.add_parsable_certificates(certificates.roots);
    tracing::debug!(taken, refused, faults = ?certificates.faults, "certificates read");
    let no_certificates = (taken == 0).then(|| {
        let cause = certificates.faults.first().cloned().unwrap_or_else(|| "none were found".into());
        Error::new(ErrorKind::Config, "there are no certificates to trust")
            .because(cause)
            .hint("install the package `ca-certificates`, or set `SSL_CERT_FILE` to a file of them in PEM")
    });
    ClientConfig::builder_with_details(Arc::new(ring::default_provider()), Arc::new(Wall))
        .with_safe_default_protocol_versions()
        .map(|config| (config.with_root_certificates(roots).with_no_client_auth(), no_certificates))
        .map_err(|error| Error::new(ErrorKind::Config, "TLS cannot be set up").because(error))
}

/// The clock on the wall. The one of `rustls` panics where it stands before 1970; here, no certificate is valid yet.
#[derive(Debug)]
struct Wall;

impl TimeProvider for Wall {
    #[expect(clippy::disallowed_methods, reason = "a certificate is judged by the clock of the machine")]
    fn current_time(&self) -> Option<UnixTime> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Some(UnixTime::since_unix_epoch(since))
    }
}
