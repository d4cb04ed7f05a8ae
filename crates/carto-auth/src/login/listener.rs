//! The listener that the browser comes back to.
//!
//! It binds 127.0.0.1 and ::1 by number and never looks a name up (RFC 8252, sections 7.3 and 8.3). Both
//! families are ours or neither is: half a listener would leave the other half of the codes to whoever
//! holds it. Dropping a [`Listener`] frees the port.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};
use url::{Host, Url};

use super::callback::Callback;
use super::connection::{self, Desk};
use super::page::Page;
use crate::grant::{AuthorizationRequest, Metadata};
use crate::platform::{OwnSocket, holder_of_port};

/// A port of this machine on which callbacks are waited for.
pub(super) struct Listener {
    sockets: Vec<OwnSocket<TcpListener>>,
    desk: Arc<Desk>,
    arrivals: mpsc::Receiver<Arrival>,
    connections: JoinSet<()>,
    /// The same, oldest first.
    ages: VecDeque<AbortHandle>,
    redirect_uri: String,
}

/// Why no port can be listened on.
#[derive(Debug)]
pub(super) struct CannotListen {
    pub(super) reason: String,
    pub(super) hint: &'static str,
    /// Another program has the port, and may let go of it.
    pub(super) taken: bool,
}

/// The callback of this sign-in; the browser waits for what comes of it.
pub(super) struct Arrival {
    pub(super) callback: Callback,
    pub(super) reply: tokio::sync::oneshot::Sender<Reply>,
}

/// What the browser is told.
pub(super) enum Reply {
    /// How it ended.
    Outcome(Page),
    /// To open another link of ours.
    Again(String),
}

impl Listener {
    /// Listens where a redirect URI leads.
    pub(super) async fn bind(
        redirect: &Url,
        redirect_uri: &str,
        program: &str,
    ) -> Result<Self, CannotListen> {
        let port = redirect.port_or_known_default().unwrap_or(80);
        let sockets = match redirect.host() {
            Some(Host::Ipv4(address)) => vec![listen(address.into(), port).await?],
            Some(Host::Ipv6(address)) => vec![listen(address.into(), port).await?],
            _ => listen_on_both(port).await?,
        };
        let port = sockets
            .first()
            .and_then(|socket| socket.local_addr().ok())
            .map_or(port, |address| address.port());
        let mut bound = redirect.clone();
        let redirect_uri = if redirect.port() == Some(0) && bound.set_port(Some(port)).is_ok() {
            bound.to_string()
        } else {
            redirect_uri.to_owned()
        };
        let (sender, arrivals) = mpsc::channel(1);
        let desk = Arc::new(Desk::new(redirect.path(), port, program, sender));
        Ok(Self { sockets, desk, arrivals, connections: JoinSet::new(), ages: VecDeque::new(), redirect_uri })
    }

    /// The redirect URI that leads here.
    pub(super) fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// Waits from now on for the callback of this request.
    pub(super) fn expect(&self, request: &AuthorizationRequest, metadata: &Metadata) {
        self.desk.expect(request.state.clone(), metadata.clone());
    }

    /// Serves whoever comes until the callback of this sign-in does.
    pub(super) async fn arrival(&mut self) -> Arrival {
        loop {
            tokio::select! {
                biased;
                Some(arrival) = self.arrivals.recv() => return arrival,
                Some(_) = self.connections.join_next(), if !self.connections.is_empty() => {}
                stream = accept(&self.sockets) => self.serve(stream),
            }
        }
    }

    /// Tells the browser how it ended and stays until the page was read, or a little while.
    pub(super) async fn finish(mut self, reply: tokio::sync::oneshot::Sender<Reply>, page: Page) {
        let _ = reply.send(Reply::Outcome(page));
        let desk = Arc::clone(&self.desk);
        let serve = async {
            loop {
                tokio::select! {
                    biased;
                    () = desk.delivered() => return,
                    Some(_) = self.connections.join_next(), if !self.connections.is_empty() => {}
                    stream = accept(&self.sockets) => self.serve(stream),
                }
            }
        };
        let _ = tokio::time::timeout(LAST_PAGE, serve).await;
    }

    fn serve(&mut self, stream: io::Result<OwnSocket<TcpStream>>) {
        // Idle connections are cheap; of too many, the oldest makes room.
        self.ages.retain(|connection| !connection.is_finished());
        if self.ages.len() >= MOST_CONNECTIONS
            && let Some(oldest) = self.ages.pop_front()
        {
            oldest.abort();
        }
        match stream {
            Ok(stream) => {
                let serving = connection::serve(stream, Arc::clone(&self.desk));
                self.ages.push_back(self.connections.spawn(serving));
            }
            Err(error) => tracing::debug!(%error, "a connection was lost before it began"),
        }
    }
}

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Listener").field("redirect_uri", &self.redirect_uri).finish_non_exhaustive()
    }
}

async fn accept(sockets: &[OwnSocket<TcpListener>]) -> io::Result<OwnSocket<TcpStream>> {
    let one = |index: usize| async move {
        match sockets.get(index) {
            Some(socket) => match socket.accept().await {
                Ok((stream, _)) => Ok(OwnSocket::new(stream)),
                Err(error) => {
                    // Out of descriptors, for example: not to be asked again at once.
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    Err(error)
                }
            },
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        stream = one(0) => stream,
        stream = one(1) => stream,
    }
}

async fn listen_on_both(port: u16) -> Result<Vec<OwnSocket<TcpListener>>, CannotListen> {
    for _ in 0..PORTS_TO_TRY {
        let v4 = match listen(Ipv4Addr::LOCALHOST.into(), port).await {
            Ok(socket) => Some(socket),
            Err(error) if error.taken || (1..1024).contains(&port) => return Err(error),
            Err(error) => {
                tracing::debug!(reason = error.reason, "no IPv4 loopback");
                None
            }
        };
        let free =
            v4.as_ref().and_then(|socket| socket.local_addr().ok()).map_or(port, |address| address.port());
        match (listen(Ipv6Addr::LOCALHOST.into(), free).await, v4) {
            (Ok(v6), v4) => return Ok(v4.into_iter().chain([v6]).collect()),
            // A free port of one family may be taken in the other: try another.
            (Err(error), Some(_)) if error.taken && port == 0 => {}
            (Err(error), _) if error.taken => return Err(error),
            (Err(error), Some(v4)) => {
                tracing::debug!(reason = error.reason, "no IPv6 loopback");
                return Ok(vec![v4]);
            }
            (Err(error), None) => return Err(error),
        }
    }
    Err(CannotListen { reason: "no port is free on this machine".into(), hint: SIGN_IN_WITHOUT, taken: true })
}

async fn listen(address: IpAddr, port: u16) -> Result<OwnSocket<TcpListener>, CannotListen> {
    TcpListener::bind(SocketAddr::new(address, port)).await.map(OwnSocket::new).map_err(|error| {
        match error.kind() {
            io::ErrorKind::AddrInUse => {
                let holder = holder_of_port(port).unwrap_or_else(|| "another program".into());
                CannotListen {
                    reason: format!("port {port} is taken by {holder}"),
                    hint: STOP_IT,
                    taken: true,
                }
            }
            io::ErrorKind::PermissionDenied => CannotListen {
                reason: format!("port {port} may not be listened on"),
                hint: if cfg!(windows) { RESERVED } else { SIGN_IN_WITHOUT },
                taken: false,
            },
            _ => CannotListen {
                reason: format!("{address} cannot be listened on ({error})"),
                hint: SIGN_IN_WITHOUT,
                taken: false,
            },
        }
    })
}

const SIGN_IN_WITHOUT: &str = "sign in with a code to paste: `carto-auth login --no-browser`";
const STOP_IT: &str = "stop that program, or sign in with a code to paste: `carto-auth login --no-browser`";
const RESERVED: &str = "Windows may have reserved it: see `netsh interface ipv4 show excludedportrange protocol=tcp`, \
                        or sign in with `carto-auth login --no-browser`";

/// How many connections may be open at once.
const MOST_CONNECTIONS: usize = 256;

/// How often a port that is free in both families is looked for.
const PORTS_TO_TRY: usize = 16;

/// How long a browser has to fetch the last page.
const LAST_PAGE: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests;
