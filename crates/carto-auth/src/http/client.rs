//! The HTTP client: rustls with ring, no redirects, nothing read from the environment.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use reqwest::{ClientBuilder, NoProxy, Proxy, redirect};

use crate::error::{Error, ErrorKind, Result};
use crate::platform::{Network, tls};

/// The HTTP client, and why it can trust nobody where that is so.
#[derive(Debug)]
pub(super) struct Client {
    /// For what may be asked again: its connections are kept for the next request.
    pub(super) keeping: reqwest::Client,
    /// For what may be sent once, or rarely: each request has a connection of its own. One that was kept may be dead, or
    /// belong to a runtime that is no longer driven, and nobody can tell afterwards that nothing has arrived.
    pub(super) fresh: reqwest::Client,
    /// The same, for whoever has something else and does not wait for long.
    pub(super) hurried: reqwest::Client,
    /// A fault only for https: the sandbox is reached without certificates.
    pub(super) no_certificates: Option<Error>,
}

/// Builds the client for this network.
pub(super) fn build(network: &Network) -> Result<Client> {
    let (tls, no_certificates) = tls(network)?;
    let proxies = proxies(network)?;
    let made = |builder: ClientBuilder| {
        builder
            .build()
            .map_err(|error| Error::new(ErrorKind::Config, "the HTTP client cannot be set up").because(error))
    };
    let fresh = |limit| made(builder(tls.clone(), &proxies, limit).pool_max_idle_per_host(0));
    let (fresh, hurried) = (fresh(CONNECT)?, fresh(CONNECT_IN_A_HURRY)?);
    Ok(Client { keeping: made(builder(tls, &proxies, CONNECT))?, fresh, hurried, no_certificates })
}

fn builder(tls: rustls::ClientConfig, proxies: &[Proxy], connect: Duration) -> ClientBuilder {
    let builder = reqwest::Client::builder()
        .no_proxy()
        .tls_backend_preconfigured(tls)
        // A redirect would carry the secret in the body elsewhere.
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .connect_timeout(connect)
        .referer(false)
        .user_agent(concat!("carto-auth/", env!("CARGO_PKG_VERSION")))
        // The name is never looked up: a hosts file cannot send a secret elsewhere.
        .resolve_to_addrs(
            "localhost",
            &[SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), SocketAddr::from((Ipv6Addr::LOCALHOST, 0))],
        );
    proxies.iter().cloned().fold(builder, ClientBuilder::proxy)
}

fn proxies(network: &Network) -> Result<Vec<Proxy>> {
    let without = network.no_proxy.as_deref().unwrap_or_default();
    if without.split(',').any(|host| host.trim() == "*") {
        return Ok(Vec::new());
    }
    // Loopback is always reached directly.
    let direct = format!("localhost,127.0.0.0/8,::1,{without}");
    let mut proxies = Vec::new();
    for (address, make) in [
        (&network.https_proxy, Proxy::https::<String> as fn(String) -> reqwest::Result<Proxy>),
        (&network.http_proxy, Proxy::http::<String>),
    ] {
        let Some(address) = address else { continue };
        let address = if address.contains("://") { address.clone() } else { format!("http://{address}") };
        let proxy = make(address).map_err(|_| {
            // The error of the parser would show the password.
            Error::new(ErrorKind::Config, "the proxy's address cannot be read")
                .hint("set `HTTPS_PROXY` to an address like `http://proxy.example.com:3128`")
        })?;
        proxies.push(proxy.no_proxy(NoProxy::from_string(&direct)));
    }
    Ok(proxies)
}

/// Less than a try may take, so that a server that takes no connection is told from one that does not answer.
const CONNECT: Duration = Duration::from_secs(8);

/// Less than a caller waits who has a token that lives, so that it is known in time that nothing was sent.
const CONNECT_IN_A_HURRY: Duration = Duration::from_secs(4);
