//! Where a secret may go.
//!
//! A secret is sent over https, or over plain http to this very machine when it belongs to the sandbox. A
//! secret of the sandbox never leaves the machine, so that a forgotten sandbox setting cannot reach CARTO
//! and a forgotten CARTO secret cannot reach a sandbox.

use url::Url;

use crate::environment::is_loopback;
use crate::error::{Error, ErrorKind, Result};
use crate::http::host_of;
use crate::secret::Secret;
use crate::token::Claims;

/// Says no when a secret may not be sent there.
pub(super) fn check(secret: &Secret, url: &Url) -> Result<()> {
    let host = host_of(url);
    match (url.scheme(), is_loopback(url), is_of_sandbox(secret)) {
        ("https", true, _) | ("https", false, false) | ("http", true, true) => Ok(()),
        (_, false, true) => Err(Error::new(
            ErrorKind::Config,
            format!("a secret of the sandbox would have been sent to {host}"),
        )
        .hint("unset what `carto-auth sandbox --env` has set: `eval \"$(carto-auth sandbox --stop)\"`")),
        _ => Err(Error::new(
            ErrorKind::Config,
            format!("a secret that is not the sandbox's would have been sent to {host} in the clear"),
        )
        .hint("use an https address, or a secret that begins with `sandbox-`")),
    }
}

/// Secrets of the sandbox begin with its name; its JWTs are signed by a key that does.
fn is_of_sandbox(secret: &Secret) -> bool {
    let text = secret.expose();
    text.starts_with(SANDBOX) || Claims::key_id(text).is_some_and(|key| key.starts_with(SANDBOX))
}

const SANDBOX: &str = "sandbox-";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_goes_only_where_it_may() {
        let may = |secret: &str, url: &str| {
            check(&Secret::new(secret), &Url::parse(url).expect("a URL")).map_err(|error| error.to_string())
        };
        assert!(may("real", "https://auth.carto.com/").is_ok());
        assert!(may("real", "https://localhost:1/").is_ok());
        assert!(may("sandbox-1", "http://127.0.0.1:1/").is_ok());
        assert!(may("sandbox-1", "http://[::1]:1/").is_ok());
        assert!(may("real", "http://127.0.0.1:1/").is_err());
        assert!(may("real", "http://auth.carto.com/").is_err());
        assert!(may("sandbox-1", "http://auth.carto.com/").is_err());
        assert!(may("sandbox-1", "https://auth.carto.com/").is_err());
    }
}
