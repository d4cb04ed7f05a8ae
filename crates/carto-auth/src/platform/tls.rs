//! Whom to trust, made into what TLS takes: ring, and this machine's certificates.

use std::sync::Arc;

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
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map(|config| (config.with_root_certificates(roots).with_no_client_auth(), no_certificates))
        .map_err(|error| Error::new(ErrorKind::Config, "TLS cannot be set up").because(error))
}
